"""Lists of people: followers, followed, requests, blocked and muted, paged by the edge's id."""

from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, or_, select

from weft.domain.visibility.standing import stands
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import block, follow, host_block, mute
from weft.storage.statements import query


class EdgeCursor(Struct, frozen=True):
    """``cursor`` is the edge's id, ``id`` the other actor's."""

    cursor: int
    id: int


def _page(edge: Any, mine: Any, other: Any, *, newer: bool) -> Select[Any]:
    return (
        select(edge.c.id, other)
        .join(actor, actor.c.id == other)
        .where(
            mine == bindparam("actor_id"),
            edge.c.id < bindparam("max_id"),
            edge.c.id > bindparam("min_id"),
            stands(actor),
        )
        .order_by(edge.c.id if newer else edge.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=EdgeCursor, bounded=True)
def followers_of(
    *, state: Literal["pending", "accepted"] = "accepted", newer: bool = False
) -> Select:
    """Who follows ``:actor_id``, or asks to."""
    wanted: Any = literal_column("0" if state == "pending" else "1")
    return _page(follow, follow.c.target_id, follow.c.follower_id, newer=newer).where(
        follow.c.state == wanted
    )


@query(row=EdgeCursor, bounded=True)
def followed_by(*, newer: bool = False) -> Select:
    """Whom ``:actor_id`` follows."""
    return _page(follow, follow.c.follower_id, follow.c.target_id, newer=newer).where(
        follow.c.state == literal_column("1")
    )


@query(row=EdgeCursor)
def blocked_by(*, newer: bool = False) -> Select:
    """Whom ``:actor_id`` blocks."""
    return _page(block, block.c.actor_id, block.c.target_id, newer=newer)


@query(row=EdgeCursor)
def muted_by(*, newer: bool = False) -> Select:
    """Whom ``:actor_id`` mutes now."""
    return _page(mute, mute.c.actor_id, mute.c.target_id, newer=newer).where(
        or_(mute.c.expires_at.is_(None), mute.c.expires_at > bindparam("now"))
    )


@query(bounded=True)
def hosts_blocked_by() -> Select:
    return (
        select(host_block.c.host)
        .where(host_block.c.actor_id == bindparam("actor_id"))
        .order_by(host_block.c.host)
        .limit(bindparam("limit"))
    )
