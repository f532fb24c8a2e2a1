"""What is talked about now, worked out every few minutes while somebody asks.

Nothing is a trend that only one person finds so. A post cools as it ages, and each author has at
most one, so that nobody fills the page.
"""

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
from weft.storage.database import Database
from weft.storage.ids import id_at

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


class Trends:
    """Per process; what is shown of it is checked against the viewer at each reading."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db, self._server = db, server
        self.tags: Kept[list[TagRow]] = Kept(self._tags)
        self.posts: Kept[list[int]] = Kept(self._posts)
        self.cards: Kept[list[WarmCard]] = Kept(self._cards)

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
