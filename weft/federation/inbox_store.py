"""The statements behind the inbox log."""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from weft.storage.schema.federation import inbox_log
from weft.storage.statements import insert_or_ignore, query


class LogState(IntEnum):
    """An activity's way: UNVERIFIED or RECEIVED, then one of the ends. The numbers are stored;
    what waits is below 2."""

    UNVERIFIED = 0
    RECEIVED = 1
    DONE = 2
    IGNORED = 3
    REFUSED = 4
    FAILED = 5
    QUARANTINED = 6


class Waiting(Struct, frozen=True):
    id: int
    activity_uri: str
    type: str
    actor_uri: str
    host: str
    key_id: str
    state: int
    attempts: int
    request: str | None
    recipient_id: int | None
    body: bytes
    received_at: int


@query()
def append_log() -> Insert:
    """Appends an activity; nothing happens if this actor's activity is already there."""
    return insert_or_ignore(
        inbox_log,
        *[name for name in Waiting.__struct_fields__ if name != "attempts"],
        "source",
    )


@query(row=Waiting, bounded=True)
def waiting_activities() -> Select:
    """What waits and is due, oldest first, after ``:after_id``."""
    return (
        select(*[inbox_log.c[name] for name in Waiting.__struct_fields__])
        .where(
            inbox_log.c.state < literal_column("2"),
            inbox_log.c.id > bindparam("after_id"),
            func.coalesce(inbox_log.c.retry_at, 0) <= bindparam("now"),
        )
        .order_by(inbox_log.c.id)
        .limit(bindparam("limit"))
    )


@query()
def count_unverified() -> Select:
    """How many activities of one source network wait for their key."""
    return select(func.count()).where(
        inbox_log.c.state < literal_column("2"),
        inbox_log.c.state == literal_column("0"),
        inbox_log.c.source == bindparam("source"),
    )


@query()
def waiting_of_host() -> Select:
    """Whether more than ``:room`` activities that a host signed wait: one row then."""
    return (
        select(literal_column("1"))
        .where(inbox_log.c.state < literal_column("2"), inbox_log.c.host == bindparam("host"))
        .offset(bindparam("room"))
        .limit(1)
    )


@query(bounded=True)
def verdicts_of() -> Select:
    return select(inbox_log.c.verdicts).where(inbox_log.c.id == bindparam("id"))


@query()
def close_entry() -> Update:
    """Ends an entry that still waits; changes nothing if another process ended it before."""
    return (
        update(inbox_log)
        .where(inbox_log.c.id == bindparam("of_entry"), inbox_log.c.state < literal_column("2"))
        .values(
            state=bindparam("new_state"),
            verdicts=bindparam("verdicts"),
            done_at=bindparam("now"),
            request=None,
        )
    )


@query()
def settle_entry() -> Update:
    """Moves an ended entry from one end to another."""
    return (
        update(inbox_log)
        .where(inbox_log.c.id == bindparam("of_entry"), inbox_log.c.state == bindparam("old_state"))
        .values(state=bindparam("new_state"), verdicts=bindparam("verdicts"))
    )


@query()
def retry_entry() -> Update:
    return (
        update(inbox_log)
        .where(inbox_log.c.id == bindparam("of_entry"))
        .values(
            attempts=inbox_log.c.attempts + 1,
            retry_at=bindparam("again_at"),
            verdicts=bindparam("verdicts"),
        )
    )


@query()
def prune_log() -> Delete:
    """Forgets the oldest ended entries, some at a time."""
    old = (
        select(inbox_log.c.id)
        .where(
            inbox_log.c.received_at < bindparam("before"), inbox_log.c.state >= literal_column("2")
        )
        .order_by(inbox_log.c.received_at)
        .limit(bindparam("limit"))
    )
    return delete(inbox_log).where(inbox_log.c.id.in_(old))
