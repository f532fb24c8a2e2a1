"""Doing it again: an activity that came in, or deliveries that were given up."""

from sqlalchemy import Update, bindparam, literal_column, update

from weft.federation.inbox_store import LogState
from weft.federation.inspector.queries import inbound_body, inbound_by_id
from weft.federation.outbound import open_lanes
from weft.federation.verdicts import read_verdicts
from weft.storage.database import Tx
from weft.storage.schema.federation import delivery, inbox_log
from weft.storage.statements import query


class NotReplayable(Exception):
    """The sentence is for the operator."""


@query()
def put_back() -> Update:
    """An ended entry waits again. Its earlier steps stay, as the first try's."""
    return (
        update(inbox_log)
        .where(inbox_log.c.id == bindparam("of_entry"), inbox_log.c.state >= literal_column("2"))
        .values(state=bindparam("new_state"), attempts=1, retry_at=bindparam("now"), done_at=None)
    )


@query()
def send_again() -> Update:
    return (
        update(delivery)
        .where(
            delivery.c.activity_id == bindparam("of_activity"),
            delivery.c.state == literal_column("2"),
        )
        .values(state=0, attempts=0)
    )


async def replay_inbound(tx: Tx, entry_id: int, now: int) -> None:
    """Apply an activity again; what it did before it does not do twice.

    Raises:
        NotReplayable: it still waits, is not there, or was refused for its signature, which cannot
            be checked a second time.
    """
    row = await tx.one(inbound_by_id, id=entry_id)
    if row is None:
        raise NotReplayable(f"There is no entry {entry_id} in the log (any more).")
    if row.state < LogState.DONE:
        raise NotReplayable(f"Entry {entry_id} still waits: it will be tried by itself.")
    verified = any(
        step.step == "signature" and step.outcome == "passed"
        for step in read_verdicts(row.verdicts).steps
    )
    kept = await tx.one(inbound_body, id=entry_id)
    if not verified and (kept is None or kept[1] is None):
        raise NotReplayable(
            f"The signature of entry {entry_id} did not hold, and what it signed is not kept: its"
            " server must send it again."
        )
    state = LogState.RECEIVED if verified else LogState.UNVERIFIED
    await tx.run(put_back, of_entry=entry_id, new_state=state, now=now)


async def replay_outbound(tx: Tx, activity_id: int, now: int) -> int:
    """Send again where it was given up; the number of inboxes."""
    again = await tx.run(send_again, of_activity=activity_id)
    if again:
        await tx.run(open_lanes, activity_id=activity_id, now=now)
    return again
