"""Edges between actors, read."""

from enum import IntEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, case, func, literal_column, or_, select

from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import block, follow, host_block, mute
from weft.storage.statements import any_of, query


class FollowState(IntEnum):
    """A follow waits for its target, or stands; a rejected one is gone. The numbers are stored."""

    PENDING = 0
    ACCEPTED = 1


class Follow(Struct, frozen=True):
    id: int
    follower_id: int
    target_id: int
    state: int
    uri: str
    shows_boosts: bool
    notifies: bool
    languages: str | None
    created_at: int
    accepted_at: int | None


class EdgeRow(Struct, frozen=True):
    """A block or a mute."""

    id: int
    actor_id: int
    target_id: int
    uri: str | None


class MuteRow(Struct, frozen=True):
    target_id: int
    hides_notifications: bool
    expires_at: int | None


FOLLOW_COLUMNS = [follow.c[name] for name in Follow.__struct_fields__]


@query(bounded=True)
def followed_here() -> Select:
    """One row if a person of this server follows ``:target``."""
    return (
        select(follow.c.id)
        .join(account, account.c.actor_id == follow.c.follower_id)
        .where(follow.c.target_id == bindparam("target"), follow.c.state == literal_column("1"))
        .limit(1)
    )


@query(bounded=True)
def followers_among() -> Select:
    """Of ``:ids``, those who follow ``:target``."""
    return select(follow.c.follower_id).where(
        any_of(follow.c.follower_id, "ids"),
        follow.c.target_id == bindparam("target"),
        follow.c.state == literal_column("1"),
    )


@query(row=Follow, bounded=True)
def follow_between() -> Select:
    return select(*FOLLOW_COLUMNS).where(
        follow.c.follower_id == bindparam("follower"), follow.c.target_id == bindparam("target")
    )


@query(row=Follow, bounded=True)
def follow_by_id() -> Select:
    return select(*FOLLOW_COLUMNS).where(follow.c.id == bindparam("id"))


@query(row=Follow, bounded=True)
def follow_by_uri() -> Select:
    return select(*FOLLOW_COLUMNS).where(follow.c.uri == bindparam("uri"))


@query(row=Follow, bounded=True)
def follows_from() -> Select:
    """``:me``'s follows of ``:others``."""
    return select(*FOLLOW_COLUMNS).where(
        follow.c.follower_id == bindparam("me"), any_of(follow.c.target_id, "others")
    )


@query(row=Follow, bounded=True)
def follows_to() -> Select:
    """Follows of ``:me`` by ``:others``."""
    return select(*FOLLOW_COLUMNS).where(
        any_of(follow.c.follower_id, "others"), follow.c.target_id == bindparam("me")
    )


@query(row=EdgeRow, bounded=True)
def blocks_from() -> Select:
    return select(block.c.id, block.c.actor_id, block.c.target_id, block.c.uri).where(
        block.c.actor_id == bindparam("me"), any_of(block.c.target_id, "others")
    )


@query(row=EdgeRow, bounded=True)
def blocks_to() -> Select:
    return select(block.c.id, block.c.actor_id, block.c.target_id, block.c.uri).where(
        any_of(block.c.actor_id, "others"), block.c.target_id == bindparam("me")
    )


@query(row=EdgeRow, bounded=True)
def block_by_uri() -> Select:
    return select(block.c.id, block.c.actor_id, block.c.target_id, block.c.uri).where(
        block.c.uri == bindparam("uri")
    )


@query(row=MuteRow, bounded=True)
def mutes_from() -> Select:
    return select(mute.c.target_id, mute.c.hides_notifications, mute.c.expires_at).where(
        mute.c.actor_id == bindparam("me"), any_of(mute.c.target_id, "others")
    )


@query(bounded=True)
def blocked_hosts() -> Select:
    """Which of ``:hosts`` the person blocks."""
    return select(host_block.c.host).where(
        host_block.c.actor_id == bindparam("me"), any_of(host_block.c.host, "hosts")
    )


@query(row=Follow)
def edges_with_host() -> Select:
    """Follows, asked for or standing, between ``:me`` and people of ``:host``."""
    me: Any = bindparam("me")
    other = case((follow.c.target_id == me, follow.c.follower_id), else_=follow.c.target_id)
    return (
        select(*FOLLOW_COLUMNS)
        .join(actor, actor.c.id == other)
        .where(
            or_(follow.c.target_id == me, follow.c.follower_id == me),
            actor.c.host == bindparam("host"),
        )
        .limit(bindparam("limit"))
    )


@query(row=Follow, bounded=True)
def edges_to(*, pending: bool = False) -> Select:
    """Follows of ``:actor_id``, newest first, ``:max_id`` exclusive."""
    return (
        select(*FOLLOW_COLUMNS)
        .where(
            follow.c.target_id == bindparam("actor_id"),
            follow.c.state == literal_column("0" if pending else "1"),
            follow.c.id < bindparam("max_id"),
        )
        .order_by(follow.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Follow, bounded=True)
def edges_from(*, pending: bool = False) -> Select:
    """Follows by ``:actor_id``, newest first, ``:max_id`` exclusive."""
    return (
        select(*FOLLOW_COLUMNS)
        .where(
            follow.c.follower_id == bindparam("actor_id"),
            follow.c.state == literal_column("0" if pending else "1"),
            follow.c.id < bindparam("max_id"),
        )
        .order_by(follow.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def count_requests() -> Select:
    """How many wait for ``:target`` to answer, counted up to a thousand."""
    waiting = (
        select(follow.c.id)
        .where(
            follow.c.target_id == bindparam("target"),
            follow.c.state == literal_column("0"),
        )
        .limit(literal_column("1000"))
        .subquery()
    )
    return select(func.count()).select_from(waiting)
