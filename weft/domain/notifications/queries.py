"""Reading and clearing notifications; who was blocked, muted or suspended since (or
whose server was) is left out."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Delete, Select, bindparam, delete, func, literal_column, not_, select
from sqlalchemy.sql.expression import FromClause

from weft.domain.notifications.hearing import heard
from weft.storage.schema.actors import actor
from weft.storage.schema.timelines import marker, notification
from weft.storage.statements import any_of, query


class Notification(Struct, frozen=True):
    id: int
    kind: int
    from_id: int
    post_id: int | None
    about_id: int | None
    group_key: str | None
    created_at: int


def columns_of(table: FromClause) -> list[Any]:
    return [table.c[name] for name in Notification.__struct_fields__]


def _mine() -> Select[Any]:
    me: Any = bindparam("owner")
    return (
        select(*columns_of(notification))
        .join(actor, actor.c.id == notification.c.from_id)
        .where(notification.c.owner_id == me, heard(me, actor))
    )


@query(row=Notification, bounded=True)
def notification_page(
    *, newer: bool = False, from_one: bool = False, filtered_too: bool = False
) -> Select:
    """Notifications of ``:owner`` whose kind is in ``:kinds``; perhaps only those from ``:sender``."""
    statement = _mine().where(
        any_of(notification.c.kind, "kinds"),
        notification.c.id < bindparam("max_id"),
        notification.c.id > bindparam("min_id"),
    )
    if from_one:
        statement = statement.where(notification.c.from_id == bindparam("sender"))
    if not filtered_too:
        statement = statement.where(not_(notification.c.filtered))
    order = notification.c.id if newer else notification.c.id.desc()
    return statement.order_by(order).limit(bindparam("limit"))


@query(row=Notification, bounded=True)
def notification_by_id() -> Select:
    """Also one that waits."""
    return _mine().where(notification.c.id == bindparam("id"))


@query(row=Notification, bounded=True)
def notifications_in_group(*, newer: bool = False) -> Select:
    """The members of one group of ``:owner``, a page of them."""
    order = notification.c.id if newer else notification.c.id.desc()
    return (
        _mine()
        .where(
            notification.c.group_key == bindparam("group_key"),
            notification.c.id < bindparam("max_id"),
            notification.c.id > bindparam("min_id"),
        )
        .order_by(order)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def read_up_to() -> Select:
    """The notification up to which ``:owner`` has read."""
    return select(marker.c.last_read_id).where(
        marker.c.owner_id == bindparam("owner"),
        marker.c.timeline == literal_column("'notifications'"),
    )


@query(bounded=True)
def unread_count() -> Select:
    """One row for each notification of ``:owner`` after the marker, of ``:kinds``."""
    me: Any = bindparam("owner")
    read = read_up_to().scalar_subquery()
    return (
        select(notification.c.id)
        .join(actor, actor.c.id == notification.c.from_id)
        .where(
            notification.c.owner_id == me,
            heard(me, actor),
            not_(notification.c.filtered),
            any_of(notification.c.kind, "kinds"),
            notification.c.id > func.coalesce(read, literal_column("0")),
        )
        .order_by(notification.c.id)
        .limit(bindparam("limit"))
    )


@query()
def dismiss_notification() -> Delete:
    return delete(notification).where(
        notification.c.id == bindparam("of_id"), notification.c.owner_id == bindparam("of_owner")
    )


@query()
def dismiss_notifications() -> Delete:
    return delete(notification).where(
        any_of(notification.c.id, "of_ids"), notification.c.owner_id == bindparam("of_owner")
    )


@query()
def dismiss_group() -> Delete:
    return delete(notification).where(
        notification.c.owner_id == bindparam("of_owner"),
        notification.c.group_key == bindparam("group_key"),
    )


@query()
def clear_notifications() -> Delete:
    return delete(notification).where(notification.c.owner_id == bindparam("of_owner"))
