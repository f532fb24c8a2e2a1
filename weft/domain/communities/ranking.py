"""The order of threads and comments by votes and age: the ranks of Lemmy 0.19 (lemmy.md 5.2).

``hot``            log10(max(2, score + 2)) / (hours + 2) ** 1.8, and nought after a week
``active``         the same, counted from the newest comment: by somebody else than the author, and
                   written within two days of the thread
``scaled``         hot / log10(2 + people who wrote in the community within a month), so that small
                   communities are seen beside large ones
``controversial``  (up + down) ** (fewer / more): many votes, evenly split
``new_comments``   when the newest comment was written

Lemmy keeps ranks in columns and renews them every ten minutes. Here they are computed when somebody
asks, over the ``RANKED`` newest that they may see; the rest follows newest first. After a week hot,
active and scaled are nought and Lemmy goes by age as well, so that a page differs from Lemmy's only
where more than ``RANKED`` were written in a week, or in an old thread that is still disputed.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, null, select

from weft.domain.communities.queries import (
    LIKES,
    Reader,
    Where,
    answer,
    in_communities,
    placed,
)
from weft.storage.schema.posts import post, post_stats
from weft.storage.statements import query

RANKED = 500
HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS
REVIVED_MS = 2 * 24 * HOUR_MS
GRAVITY = 1.8

Rank = Literal["hot", "active", "scaled", "controversial", "new_comments"]


class Candidate(Struct, frozen=True):
    """What the ranks are computed from; ``answered_at`` is any newest comment's time,
    ``revived_at`` that of the newest comment that counts for ``active``."""

    id: int
    community_id: int
    published_at: int
    likes: int
    dislikes: int
    answered_at: int | None
    revived_at: int | None


@query(row=Candidate)
def candidates(
    *, who: Reader, where: Where, comments: bool = False, sensitive: bool = True
) -> Select:
    """The newest threads (or comments) of communities, with ids before ``:before``."""
    # Cut to the newest first: SQLite would look for the comments of all before it sorts them.
    newest = (
        in_communities(who=who, where=where, comments=comments, sensitive=sensitive)
        .add_columns(
            post.c.id,
            placed.c.actor_id,
            post.c.author_id,
            post.c.published_at,
            LIKES.label("likes"),
            post_stats.c.dislikes,
        )
        .where(post.c.id < bindparam("before"))
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
        .subquery("newest")
    )
    empty: Any = null()
    answered, revived = (
        (empty, empty) if comments else (_newest(newest), _newest(newest, _revives(newest)))
    )
    row = newest.c
    return select(
        row.id, row.actor_id, row.published_at, row.likes, row.dislikes, answered, revived
    )


def _newest(thread: Any, *conditions: ColumnElement[bool]) -> Any:
    return (
        select(func.max(answer.c.published_at))
        .where(answer.c.root_id == thread.c.id, answer.c.id != thread.c.id, *conditions)
        .scalar_subquery()
    )


def _revives(thread: Any) -> ColumnElement[bool]:
    until = thread.c.published_at + literal_column(str(REVIVED_MS))
    return and_(answer.c.author_id != thread.c.author_id, answer.c.published_at < until)


def hot(score: int, age_ms: int) -> float:
    """Nought for what is older than a week, or from the future."""
    if not 0 <= age_ms <= WEEK_MS:
        return 0.0
    return math.log10(max(2, score + 2)) / float((age_ms / HOUR_MS + 2) ** GRAVITY)


def controversy(up: int, down: int) -> float:
    if up <= 0 or down <= 0:
        return 0.0
    return float((up + down) ** (min(up, down) / max(up, down)))


def rank(row: Candidate, by: Rank, now_ms: int, active: Mapping[int, int]) -> float:
    """``active``: how many wrote in each community within a month."""
    score, age_ms = row.likes - row.dislikes, now_ms - row.published_at
    match by:
        case "hot":
            return hot(score, age_ms)
        case "active":
            return hot(score, now_ms - (row.revived_at or row.published_at))
        case "scaled":
            return hot(score, age_ms) / math.log10(2 + active.get(row.community_id, 0))
        case "controversial":
            return controversy(row.likes, row.dislikes)
        case "new_comments":
            return row.answered_at or row.published_at


def ranked(
    rows: Iterable[Candidate], by: Rank, now_ms: int, active: Mapping[int, int]
) -> list[int]:
    """Ids, the best first; equals by age, the newest first."""
    ordered = sorted(rows, key=lambda row: (rank(row, by, now_ms, active), row.id), reverse=True)
    return [row.id for row in ordered]
