"""Reading the logs. Nothing here is hot: these statements run beside the loop, newest first.

``by`` chooses the index; what is None among the other parameters does not narrow.
"""

from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from weft.storage.schema.actors import actor
from weft.storage.schema.federation import (
    activity,
    delivery,
    delivery_try,
    host,
    inbox_log,
    lane,
    raw_document,
)
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, has_bytes, query

InboundBy = Literal["time", "host", "ended", "waiting"]


class InboundRow(Struct, frozen=True):
    id: int
    activity_uri: str
    type: str
    actor_uri: str
    host: str
    key_id: str
    state: int
    attempts: int
    recipient_id: int | None
    verdicts: str | None
    received_at: int
    retry_at: int | None
    done_at: int | None
    size_bytes: int


class OutboundRow(Struct, frozen=True):
    id: int
    uri: str
    actor_uri: str
    type: str
    object_id: int | None
    created_at: int


class DeliveryState(Struct, frozen=True):
    activity_id: int
    inbox: str
    host: str
    state: int
    attempts: int
    last_status: int | None
    last_error: str | None
    tried_at: int | None


class TryRow(Struct, frozen=True):
    activity_id: int
    host: str
    inbox: str
    outcome: int
    status: int | None
    scheme: str | None
    error: str | None
    took_ms: int
    tried_at: int


class HostStateRow(Struct, frozen=True):
    name: str
    software: str | None
    version: str | None
    capabilities: str | None
    suspended: bool
    silenced: bool
    rejects_media: bool
    first_seen_at: int
    last_seen_at: int | None
    nodeinfo_at: int | None


class LaneRow(Struct, frozen=True):
    host: str
    next_at: int | None
    failures: int
    leased_by: str | None
    leased_until_at: int | None
    failing_since_at: int | None
    away_since_at: int | None
    delivered_at: int | None
    last_error: str | None


_INBOUND = [inbox_log.c[name] for name in InboundRow.__struct_fields__[:-1]]
_SIZE: ColumnElement[int] = func.length(inbox_log.c.body).label("size_bytes")


def _narrowed(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Equal to ``:name``, or anything if that is None."""
    value: Any = bindparam(name, type_=column.type)
    return or_(cast(value, column.type).is_(None), column == value)


@query(row=InboundRow)
def inbound_entries(*, by: InboundBy) -> Select:
    statement = (
        select(*_INBOUND, _SIZE)
        .where(
            inbox_log.c.id < bindparam("before_id", type_=Big),
            inbox_log.c.received_at >= bindparam("since"),
            inbox_log.c.received_at < bindparam("until"),
            _narrowed(inbox_log.c.actor_uri, "actor_uri"),
            _narrowed(inbox_log.c.type, "type"),
        )
        .order_by(inbox_log.c.id.desc())
        .limit(bindparam("limit"))
    )
    if by == "ended":
        statement = statement.where(
            inbox_log.c.state == bindparam("state"), inbox_log.c.state > literal_column("2")
        )
    elif by == "waiting":
        statement = statement.where(
            inbox_log.c.state == bindparam("state"), inbox_log.c.state < literal_column("2")
        )
    else:
        statement = statement.where(_narrowed(inbox_log.c.state, "state"))
    if by == "host":
        return statement.where(inbox_log.c.host == bindparam("host"))
    return statement.where(_narrowed(inbox_log.c.host, "host"))


@query(row=InboundRow, bounded=True)
def inbound_by_id() -> Select:
    return select(*_INBOUND, _SIZE).where(inbox_log.c.id == bindparam("id"))


@query(row=InboundRow, bounded=True)
def inbound_by_uri() -> Select:
    """One activity id may have come from several actors; only one of them is its own."""
    return select(*_INBOUND, _SIZE).where(inbox_log.c.activity_uri == bindparam("uri")).limit(20)


@query(row=InboundRow)
def inbound_naming() -> Select:
    """Newest entries whose body has this text: a walk through the log, newest first."""
    return (
        select(*_INBOUND, _SIZE)
        .where(
            inbox_log.c.id < bindparam("before_id", type_=Big),
            has_bytes(inbox_log.c.body, "wanted"),
        )
        .order_by(inbox_log.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def inbound_body() -> Select:
    return select(inbox_log.c.body, inbox_log.c.request).where(inbox_log.c.id == bindparam("id"))


_OUTBOUND = [
    activity.c.id,
    activity.c.uri,
    actor.c.uri.label("actor_uri"),
    activity.c.type,
    activity.c.object_id,
    activity.c.created_at,
]


@query(row=OutboundRow)
def outbound_activities(*, by: Literal["time", "host", "given_up"]) -> Select:
    """Newest activities of ours; ``host``: that went or go to ``:host``; ``given_up``: that did not
    arrive somewhere."""
    statement = (
        select(*_OUTBOUND)
        .join(actor, actor.c.id == activity.c.actor_id)
        .where(
            activity.c.id < bindparam("before_id", type_=Big),
            activity.c.created_at >= bindparam("since"),
            activity.c.created_at < bindparam("until"),
            _narrowed(actor.c.uri, "actor_uri"),
            _narrowed(activity.c.type, "type"),
        )
        .order_by(activity.c.id.desc())
        .limit(bindparam("limit"))
    )
    if by == "host":
        tried = select(delivery_try.c.activity_id).where(delivery_try.c.host == bindparam("host"))
        waiting = select(delivery.c.activity_id).where(delivery.c.host == bindparam("host"))
        return statement.where(or_(activity.c.id.in_(tried), activity.c.id.in_(waiting)))
    if by == "given_up":
        lost = select(delivery.c.activity_id).where(
            delivery.c.state == literal_column("2"), _narrowed(delivery.c.host, "host")
        )
        return statement.where(activity.c.id.in_(lost))
    return statement


@query(row=OutboundRow, bounded=True)
def outbound_by_id() -> Select:
    return (
        select(*_OUTBOUND)
        .join(actor, actor.c.id == activity.c.actor_id)
        .where(activity.c.id == bindparam("id"))
    )


@query(row=OutboundRow, bounded=True)
def outbound_by_uri() -> Select:
    return (
        select(*_OUTBOUND)
        .join(actor, actor.c.id == activity.c.actor_id)
        .where(activity.c.uri == bindparam("uri"))
    )


@query(row=OutboundRow, bounded=True)
def outbound_about() -> Select:
    """Activities about one of our posts or actors."""
    return (
        select(*_OUTBOUND)
        .join(actor, actor.c.id == activity.c.actor_id)
        .where(activity.c.object_id == bindparam("object_id"))
        .limit(bindparam("limit"))
    )


@query(row=DeliveryState, bounded=True)
def deliveries_of() -> Select:
    """What waits, and what was given up; what arrived has only its tries."""
    return (
        select(*[delivery.c[name] for name in DeliveryState.__struct_fields__])
        .where(any_of(delivery.c.activity_id, "ids"))
        .limit(bindparam("limit"))
    )


@query(row=TryRow, bounded=True)
def tries_of() -> Select:
    """Unordered: sort by ``tried_at``."""
    return (
        select(*[delivery_try.c[name] for name in TryRow.__struct_fields__])
        .where(any_of(delivery_try.c.activity_id, "ids"))
        .limit(bindparam("limit"))
    )


@query(row=TryRow, bounded=True)
def tries_with_host() -> Select:
    return (
        select(*[delivery_try.c[name] for name in TryRow.__struct_fields__])
        .where(delivery_try.c.host == bindparam("host"))
        .order_by(delivery_try.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=HostStateRow, bounded=True)
def host_state() -> Select:
    return select(*[host.c[name] for name in HostStateRow.__struct_fields__]).where(
        host.c.name == bindparam("name")
    )


@query(row=LaneRow, bounded=True)
def lane_of() -> Select:
    return select(*[lane.c[name] for name in LaneRow.__struct_fields__]).where(
        lane.c.host == bindparam("host")
    )


@query()
def delivery_counts() -> Select:
    """``(state, how many)`` of one host."""
    return (
        select(delivery.c.state, func.count())
        .where(and_(delivery.c.host == bindparam("host")))
        .group_by(delivery.c.state)
    )


@query(bounded=True)
def kept_document() -> Select:
    return select(raw_document.c.body, raw_document.c.seen_at).where(
        raw_document.c.uri == bindparam("uri")
    )
