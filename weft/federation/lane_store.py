"""The statements behind the lanes."""

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    literal_column,
    or_,
    select,
    update,
)

from weft.storage.schema.federation import activity, delivery, host, lane, relay
from weft.storage.statements import any_of, query

WAITING: ColumnElement[int] = literal_column("0")
GIVEN_UP = 2


class DueLane(Struct, frozen=True):
    host: str
    failures: int
    failing_since_at: int | None
    software: str | None
    capabilities: str | None
    software_at: int | None
    """When it was last asked what it runs; None: never."""


class DeliveryRow(Struct, frozen=True):
    """One delivery and the activity that it carries."""

    host: str
    activity_id: int
    inbox: str
    attempts: int
    uri: str
    actor_id: int
    type: str
    object_id: int | None
    event: str
    visibility: int
    relayed: bool
    """Does it go to a relay, which passes it on?"""


@query(row=DueLane, bounded=True)
def due_lanes() -> Select:
    """Lanes that may be worked on now, longest waiting first."""
    return (
        select(
            lane.c.host,
            lane.c.failures,
            lane.c.failing_since_at,
            host.c.software,
            host.c.capabilities,
            host.c.nodeinfo_at,
        )
        .select_from(lane.outerjoin(host, host.c.name == lane.c.host))
        .where(
            lane.c.next_at.is_not(None),
            lane.c.next_at <= bindparam("now"),
            or_(lane.c.leased_until_at.is_(None), lane.c.leased_until_at < bindparam("now")),
        )
        .order_by(lane.c.next_at)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def next_due() -> Select:
    """When the earliest lane is due that is not yet."""
    return (
        select(lane.c.next_at)
        .where(lane.c.next_at.is_not(None), lane.c.next_at > bindparam("now"))
        .order_by(lane.c.next_at)
        .limit(1)
    )


@query()
def renew_lane() -> Update:
    return (
        update(lane)
        .where(lane.c.host == bindparam("of_host"), lane.c.leased_by == bindparam("holder"))
        .values(leased_until_at=bindparam("until"))
    )


@query()
def lease_lanes() -> Update:
    """Takes ``:hosts``; returns those that were still free."""
    return (
        update(lane)
        .where(
            any_of(lane.c.host, "hosts"),
            or_(lane.c.leased_until_at.is_(None), lane.c.leased_until_at < bindparam("now")),
        )
        .values(leased_by=bindparam("holder"), leased_until_at=bindparam("until"))
        .returning(lane.c.host)
    )


@query(row=DeliveryRow, bounded=True)
def waiting_for() -> Select:
    """The oldest deliveries of one host, in order."""
    return (
        select(
            delivery.c.host,
            delivery.c.activity_id,
            delivery.c.inbox,
            delivery.c.attempts,
            activity.c.uri,
            activity.c.actor_id,
            activity.c.type,
            activity.c.object_id,
            activity.c.event,
            activity.c.visibility,
            exists().where(relay.c.inbox == delivery.c.inbox),
        )
        .join(activity, activity.c.id == delivery.c.activity_id)
        .where(delivery.c.host == bindparam("host"), delivery.c.state == WAITING)
        .order_by(delivery.c.activity_id)
        .limit(bindparam("limit"))
    )


@query()
def forget_delivery() -> Delete:
    """Delivered: the row has done its work."""
    return delete(delivery).where(
        delivery.c.activity_id == bindparam("of_activity"), delivery.c.inbox == bindparam("to")
    )


@query()
def mark_delivery() -> Update:
    """A try that failed; ``:new_state`` 2 gives it up."""
    return (
        update(delivery)
        .where(
            delivery.c.activity_id == bindparam("of_activity"), delivery.c.inbox == bindparam("to")
        )
        .values(
            attempts=delivery.c.attempts + 1,
            state=bindparam("new_state"),
            last_status=bindparam("status"),
            last_error=bindparam("error"),
            tried_at=bindparam("now"),
        )
    )


@query()
def hold_lane() -> Select:
    """Locks a lane's row until the end of the write, so that the next statement sees what waits.

    PostgreSQL reads with the eyes that a statement had when it began, also after it has waited for
    the row: what a write queued meanwhile would be overlooked, and the lane put to sleep over it.
    """
    return select(lane.c.host).where(lane.c.host == bindparam("of_host")).with_for_update()


def _more_waits() -> ColumnElement[bool]:
    """Only right in a statement after ``hold_lane``."""
    return exists().where(delivery.c.host == lane.c.host, delivery.c.state == WAITING)


@query()
def finish_refused_lane() -> Update:
    """Gives a lane back whose inboxes are gone: due at once if more waits, but failing since the
    first of such runs, and away at ``:away_at``."""
    return (
        update(lane)
        .where(lane.c.host == bindparam("of_host"), lane.c.leased_by == bindparam("holder"))
        .values(
            next_at=case((_more_waits(), bindparam("now", type_=lane.c.next_at.type)), else_=None),
            failing_since_at=case(
                (lane.c.failing_since_at.is_(None), bindparam("now")),
                else_=lane.c.failing_since_at,
            ),
            away_since_at=bindparam("away_at"),
            leased_by=None,
            leased_until_at=None,
            last_error=bindparam("error"),
        )
    )


@query()
def finish_lane() -> Update:
    """Gives a lane back after a good run: due at once if more came meanwhile, else asleep."""
    return (
        update(lane)
        .where(lane.c.host == bindparam("of_host"), lane.c.leased_by == bindparam("holder"))
        .values(
            # With the type: PostgreSQL cannot tell it from a CASE of a parameter and NULL.
            next_at=case((_more_waits(), bindparam("now", type_=lane.c.next_at.type)), else_=None),
            failures=0,
            failing_since_at=None,
            away_since_at=None,
            leased_by=None,
            leased_until_at=None,
            delivered_at=bindparam("now"),
            last_error=None,
        )
    )


@query()
def back_off() -> Update:
    """Gives a lane back after a failure: due again at ``:again_at``; ``:away_at`` puts it away."""
    return (
        update(lane)
        .where(lane.c.host == bindparam("of_host"), lane.c.leased_by == bindparam("holder"))
        .values(
            next_at=bindparam("again_at"),
            failures=lane.c.failures + 1,
            failing_since_at=case(
                (lane.c.failing_since_at.is_(None), bindparam("now")),
                else_=lane.c.failing_since_at,
            ),
            away_since_at=bindparam("away_at"),
            leased_by=None,
            leased_until_at=None,
            last_error=bindparam("error"),
        )
    )


@query()
def wake_lane() -> Update:
    """Any sign of life of a host makes its lane due, and ends its being away."""
    return (
        update(lane)
        .where(
            lane.c.host == bindparam("of_host"),
            or_(lane.c.away_since_at.is_not(None), lane.c.failures > 0),
            or_(
                lane.c.leased_until_at.is_(None),
                lane.c.leased_until_at < bindparam("now"),
            ),
        )
        .values(
            next_at=case((_more_waits(), bindparam("now")), else_=None),
            away_since_at=None,
            failures=0,
            failing_since_at=None,
        )
    )
