"""What is talked about now, worked out every few minutes while somebody asks.

Nothing is a trend that only one person finds so. A post cools as it ages, and each author has at
most one, so that nobody fills the page.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from weft.domain.cards.card import Card
from weft.domain.kept import Kept
from weft.domain.server import Server
from weft.domain.tags.queries import TagRow, UsesRow
from weft.domain.tags.uses import SHOWN_DAYS, day_of
from weft.domain.trends.queries import (
    DAY_MS,
    PostHeat,
    uses_of_cards,
    warm_cards,
    warm_posts,
    warm_tags,
)
from weft.domain.trends.review import (
    TrendKind,
    domain_of_page,
    publishers_of,
    refused_among,
    reviews_of,
)
from weft.storage.database import Database
from weft.storage.ids import id_at

T = TypeVar("T")

MOST = 100
"""Trends of each kind."""
LOOKED_AT = 20_000
"""Public posts, the newest."""
POST_DAYS = 3
TAG_DAYS = 2
PEOPLE = 2
CONSIDERED = 500
COOLING = 1.5
"""How much age counts: heat is divided by the hours, and two more, to this power."""
HOUR_MS = 3_600_000


class WarmCard(Struct, frozen=True):
    card: Card
    uses: tuple[UsesRow, ...]


def ranked(posts: list[PostHeat], now: int) -> list[int]:
    """Ids of posts, the hottest first, one of each author. A boost counts twice."""

    def heat(row: PostHeat) -> float:
        hours = max(now - row.published_at, 0) / HOUR_MS
        return float((row.likes + 2 * row.boosts) / (hours + 2) ** COOLING)

    best: dict[int, int] = {}
    for row in sorted(posts, key=heat, reverse=True):
        best.setdefault(row.author_id, row.id)
    return list(best.values())


@dataclass(frozen=True)
class Reviewed(Generic[T]):
    """What is warm, and what of it may be shown as moderators have it at this moment."""

    warm: Kept[list[T]]
    refused: Callable[[list[T]], Awaitable[set[int]]]
    id_of: Callable[[T], int]

    async def now(self) -> list[T]:
        rows = await self.warm.now()
        refused = await self.refused(rows) if rows else set()
        return [row for row in rows if self.id_of(row) not in refused]


class Trends:
    """Per process; what is shown of it is checked against the viewer at each reading."""

    def __init__(self, db: Database, server: Server, *, needs_review: bool = False) -> None:
        """``needs_review``: nothing is a trend that no moderator has let through."""
        self._db, self._server, self._needs_review = db, server, needs_review
        self.tags = Reviewed[TagRow](
            Kept(self._tags),
            lambda rows: self._refused(TrendKind.TAG, [row.id for row in rows]),
            lambda row: row.id,
        )
        self.posts = Reviewed[int](
            Kept(self._posts), lambda rows: self._refused(TrendKind.POST, rows), lambda row: row
        )
        self.cards = Reviewed[WarmCard](
            Kept(self._cards), self._refused_cards, lambda row: row.card.id
        )

    async def _refused(self, kind: TrendKind, ids: list[int]) -> set[int]:
        return await refused_among(self._db, kind, ids, needs_review=self._needs_review)

    async def _refused_cards(self, rows: list[WarmCard]) -> set[int]:
        """A page may be one if it, or where it comes from, was let through; neither refused."""
        ids = [row.card.id for row in rows]
        said = {
            row.target_id: row.allowed
            for row in await self._db.all(reviews_of, kind=TrendKind.CARD, ids=ids)
        }
        domains = {row.card.id: domain_of_page(row.card.url) for row in rows}
        found = await self._db.all(publishers_of, domains=list(set(domains.values())))
        publishers = {row.domain: row.allowed for row in found}
        default = not self._needs_review
        refused = set()
        for id_, domain in domains.items():
            by_publisher = publishers.get(domain)
            allowed = by_publisher if by_publisher is not None else default
            if not said.get(id_, allowed):
                refused.add(id_)
        return refused

    async def _tags(self) -> list[TagRow]:
        today = day_of(self._server.now_ms())
        return await self._db.all(
            warm_tags, first_day=today - TAG_DAYS + 1, people=PEOPLE, limit=MOST
        )

    async def _posts(self) -> list[int]:
        now = self._server.now_ms()
        rows = await self._db.all(
            warm_posts,
            since_id=id_at(now - POST_DAYS * DAY_MS),
            most=LOOKED_AT,
            least=PEOPLE,
            limit=CONSIDERED,
        )
        return ranked(rows, now)[:MOST]

    async def _cards(self) -> list[WarmCard]:
        now = self._server.now_ms()
        cards = await self._db.all(
            warm_cards,
            since_id=id_at(now - POST_DAYS * DAY_MS),
            most=LOOKED_AT,
            people=PEOPLE,
            limit=MOST,
        )
        rows = await self._db.all(
            uses_of_cards,
            ids=[each.id for each in cards],
            since=(day_of(now) - SHOWN_DAYS + 1) * DAY_MS,
            day_ms=DAY_MS,
        )
        return [WarmCard(each, tuple(r for r in rows if r.tag_id == each.id)) for each in cards]
