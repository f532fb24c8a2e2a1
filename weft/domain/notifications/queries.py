"""Reading and clearing notifications; who was blocked, muted or suspended since (or
whose server was) is left out."""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from weft.domain.visibility.standing import stands
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import block, host_block, mute
from weft.storage.schema.timelines import marker, notification
from weft.storage.statements import any_of, query


class Notification(Struct, frozen=True):
    id: int
    kind: int
    from_id: int
    post_id: int | None
    created_at: int


_COLUMNS = [notification.c[name] for name in Notification.__struct_fields__]


def _heard() -> Any:
    me: Any = bindparam("owner")
    sender = notification.c.from_id
    return and_(
        notification.c.owner_id == me,
        not_(notification.c.filtered),
        stands(actor),
        not_(exists().where(host_block.c.actor_id == me, host_block.c.host == actor.c.host)),
        not_(exists().where(block.c.actor_id == me, block.c.target_id == sender)),
        not_(exists().where(block.c.actor_id == sender, block.c.target_id == me)),
        not_(
            exists().where(
                mute.c.actor_id == me,
                mute.c.target_id == sender,
                mute.c.hides_notifications,
                or_(mute.c.expires_at.is_(None), mute.c.expires_at > bindparam("now")),
            )
        ),
    )


@query(row=Notification, bounded=True)
def notification_page(*, newer: bool = False, from_one: bool = False) -> Select:
    """Notifications of ``:owner`` whose kind is in ``:kinds``; perhaps only those from ``:sender``."""
    statement = (
        select(*_COLUMNS)
        .join(actor, actor.c.id == notification.c.from_id)
        .where(
            _heard(),
            any_of(notification.c.kind, "kinds"),
            notification.c.id < bindparam("max_id"),
            notification.c.id > bindparam("min_id"),
        )
    )
    if from_one:
        statement = statement.where(notification.c.from_id == bindparam("sender"))
    order = notification.c.id if newer else notification.c.id.desc()
    return statement.order_by(order).limit(bindparam("limit"))


@query(row=Notification, bounded=True)
def notification_by_id() -> Select:
    return (
        select(*_COLUMNS)
        .join(actor, actor.c.id == notification.c.from_id)
        .where(_heard(), notification.c.id == bindparam("id"))
    )


@query(bounded=True)
def unread_count() -> Select:
    """One row for each notification of ``:owner`` after the marker, of ``:kinds``."""
    read = (
        select(marker.c.last_read_id)
        .where(
            marker.c.owner_id == bindparam("owner"),
            marker.c.timeline == literal_column("'notifications'"),
        )
        .scalar_subquery()
    )
    return (
        select(notification.c.id)
        .join(actor, actor.c.id == notification.c.from_id)
        .where(
            _heard(),
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
def clear_notifications() -> Delete:
    return delete(notification).where(notification.c.owner_id == bindparam("of_owner"))
