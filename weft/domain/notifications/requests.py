"""Notifications that wait: who is behind them, and what the owner decides about that person.

How many wait is counted when it is asked, up to a hundred for each person: posts are deleted, and
people clear what they do not want.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Integer,
    Select,
    Update,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)

from weft.domain.conversations.keep import file_waiting
from weft.domain.news import NotificationsMerged
from weft.domain.notifications.hearing import heard
from weft.domain.notifications.kinds import ASKING
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.timelines import (
    notification,
    notification_permission,
    notification_request,
)
from weft.storage.statements import any_of, insert_or_ignore, query

MOST_COUNTED = 100
_ASKING: list[ColumnElement[int]] = [literal_column(str(int(kind))) for kind in sorted(ASKING)]


class Request(Struct, frozen=True):
    """Somebody whose notifications wait; ``size`` is how many mentions and quotes, up to a hundred."""

    id: int
    from_id: int
    last_post_id: int | None
    created_at: int
    updated_at: int
    size: int


class Waiting(Struct, frozen=True):
    """How many people wait, and how many notifications of theirs; of a hundred people at most."""

    requests: int
    notifications: int


def _waits() -> ColumnElement[bool]:
    request = notification_request
    return exists().where(
        notification.c.owner_id == request.c.owner_id,
        notification.c.from_id == request.c.from_id,
        notification.c.kind.in_(_ASKING),
        notification.c.filtered,
    )


def _of_owner() -> Select[Any]:
    me: Any = bindparam("owner")
    request = notification_request
    some = (
        select(notification.c.id)
        .where(
            notification.c.owner_id == request.c.owner_id,
            notification.c.from_id == request.c.from_id,
            notification.c.kind.in_(_ASKING),
            notification.c.filtered,
        )
        .limit(literal_column(str(MOST_COUNTED)))
        .correlate(request)
        .subquery("some")
    )
    size = select(func.count()).select_from(some).scalar_subquery()
    return (
        select(
            request.c.id,
            request.c.from_id,
            request.c.last_post_id,
            request.c.created_at,
            request.c.updated_at,
            size.label("size"),
        )
        .join(actor, actor.c.id == request.c.from_id)
        .where(request.c.owner_id == me, heard(me, actor), _waits())
    )


@query(row=Request)
def request_page(*, newer: bool = False) -> Select:
    """Who waits for ``:owner``, the newest first."""
    row = notification_request.c.id
    return (
        _of_owner()
        .where(row < bindparam("max_id"), row > bindparam("min_id"))
        .order_by(row if newer else row.desc())
        .limit(bindparam("limit"))
    )


@query(row=Request)
def requests_by_ids() -> Select:
    return _of_owner().where(any_of(notification_request.c.id, "ids"))


@query(row=Waiting)
def waiting_counts() -> Select:
    some = _of_owner().limit(literal_column(str(MOST_COUNTED))).subquery()
    return select(func.count(), cast(func.coalesce(func.sum(some.c.size), 0), Integer)).select_from(
        some
    )


@query(bounded=True)
def still_merging() -> Select:
    """A row if something still waits of somebody whom ``:owner`` has let through."""
    return (
        select(notification.c.id)
        .join(
            notification_permission,
            (notification_permission.c.owner_id == notification.c.owner_id)
            & (notification_permission.c.from_id == notification.c.from_id),
        )
        .where(notification_permission.c.owner_id == bindparam("owner"), notification.c.filtered)
        .limit(literal_column("1"))
    )


@query()
def permit() -> Insert:
    return insert_or_ignore(notification_permission, "owner_id", "from_id", "created_at")


@query()
def delete_permission() -> Delete:
    return delete(notification_permission).where(
        notification_permission.c.owner_id == bindparam("of_owner"),
        notification_permission.c.from_id == bindparam("of_sender"),
    )


@query()
def release() -> Update:
    """What waited takes its place among the others, each by itself."""
    return (
        update(notification)
        .where(
            notification.c.owner_id == bindparam("of_owner"),
            notification.c.from_id == bindparam("of_sender"),
            notification.c.filtered,
        )
        .values(filtered=False)
    )


@query()
def drop_waiting() -> Delete:
    return delete(notification).where(
        notification.c.owner_id == bindparam("of_owner"),
        notification.c.from_id == bindparam("of_sender"),
        notification.c.filtered,
    )


@query()
def delete_request() -> Delete:
    return delete(notification_request).where(
        notification_request.c.owner_id == bindparam("of_owner"),
        notification_request.c.from_id == bindparam("of_sender"),
    )


async def accept_requests(tx: Tx, server: Server, owner: int, ids: list[int]) -> bool:
    """Let people through, from now on and with all that waits. False, and nothing changed, if one
    of the requests is not there."""
    rows = await _found(tx, server, owner, ids)
    if rows is None:
        return False
    for row in rows:
        await tx.run(permit, owner_id=owner, from_id=row.from_id, created_at=server.now_ms())
        # Direct posts were kept out of the conversations too.
        await file_waiting(tx, owner, row.from_id)
        await tx.run(release, of_owner=owner, of_sender=row.from_id)
        await tx.run(delete_request, of_owner=owner, of_sender=row.from_id)
    tx.say(NotificationsMerged(owner))
    return True


async def dismiss_requests(tx: Tx, server: Server, owner: int, ids: list[int]) -> bool:
    """Throw away what waits; who it came from may ask again. False, and nothing changed, if one
    of the requests is not there."""
    rows = await _found(tx, server, owner, ids)
    if rows is None:
        return False
    for row in rows:
        await tx.run(drop_waiting, of_owner=owner, of_sender=row.from_id)
        await tx.run(delete_request, of_owner=owner, of_sender=row.from_id)
    return True


async def _found(tx: Tx, server: Server, owner: int, ids: list[int]) -> list[Request] | None:
    wanted = list(dict.fromkeys(ids))
    rows = await tx.all(requests_by_ids, owner=owner, ids=wanted, now=server.now_ms())
    return rows if len(rows) == len(wanted) else None
