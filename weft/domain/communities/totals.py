"""How much is in communities, and how many people write there."""

from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Select, bindparam, case, func, literal_column, select

from weft.domain.communities.queries import GROUP, IN_COMMUNITY, placed
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post, post_audience
from weft.storage.statements import any_of, query

DAY_MS = 24 * 3_600_000


class Totals(Struct, frozen=True):
    threads: int
    comments: int
    communities: int


class Tally(Struct, frozen=True):
    """How much is in a community, or by a person."""

    id: int
    threads: int
    comments: int


class Activity(Struct, frozen=True):
    """How many people wrote in a community in the last day, week, month and half year."""

    id: int
    day: int
    week: int
    month: int
    half_year: int


@query(row=Totals)
def totals() -> Select:
    """Local posts in communities, and local communities."""
    in_communities = (
        select(func.count())
        .select_from(post_audience.join(post, post.c.id == post_audience.c.post_id))
        .where(post_audience.c.role == IN_COMMUNITY, post.c.local)
    )
    groups = select(func.count(literal_column("1"))).where(
        actor.c.kind == GROUP, actor.c.local, actor.c.deleted_at.is_(None)
    )
    return select(
        in_communities.where(post.c.in_reply_to_uri.is_(None)).scalar_subquery(),
        in_communities.where(post.c.in_reply_to_uri.is_not(None)).scalar_subquery(),
        groups.scalar_subquery(),
    )


@query(row=Tally)
def tallies(*, by: Literal["community", "author"]) -> Select:
    """Threads and comments in each of ``:ids``: communities, or people in communities."""
    key = placed.c.actor_id if by == "community" else post.c.author_id
    answers = post.c.in_reply_to_uri.is_not(None)
    return (
        select(key, func.count().filter(~answers), func.count().filter(answers))
        .join(post, post.c.id == placed.c.post_id)
        .where(any_of(key, "ids"), placed.c.role == IN_COMMUNITY)
        .group_by(key)
    )


def activity_since(now_ms: int) -> dict[str, int]:
    """The parameters of ``activity`` besides ``ids``."""
    days = {"day_at": 1, "week_at": 7, "month_at": 30, "half_year_at": 180}
    return {name: now_ms - count * DAY_MS for name, count in days.items()}


@query(row=Activity)
def activity() -> Select:
    """People who wrote in each of ``:ids`` since each of four times."""

    def writers(since: str) -> Any:
        counts = post.c.published_at >= bindparam(since)
        return func.count(case((counts, post.c.author_id)).distinct())

    return (
        select(
            placed.c.actor_id,
            writers("day_at"),
            writers("week_at"),
            writers("month_at"),
            writers("half_year_at"),
        )
        .join(post, post.c.id == placed.c.post_id)
        .where(
            any_of(placed.c.actor_id, "ids"),
            placed.c.role == IN_COMMUNITY,
            post.c.published_at >= bindparam("half_year_at"),
        )
        .group_by(placed.c.actor_id)
    )
