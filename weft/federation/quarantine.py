"""What moderators decide about what waits: let in, or discarded.

What is let in has its effect as if it had just come, in the running server, some seconds later: an entry of
the inbox log is applied again, a draft of ours is published, what was fetched is fetched again. It is not judged a second time, but for what
rules rewrite.
"""

from msgspec import Struct
from sqlalchemy import Update, exists, literal_column, update

from weft.domain.moderation.audit import record
from weft.domain.policy.facts import approve_host
from weft.domain.policy.quarantine import (
    MOST_PER_HOST,
    WAITS_MS,
    HoldRow,
    HoldState,
    decide_hold,
    forget_decided,
    hold_by_id,
    overdue,
    schedule_now,
    waiting_of_host,
)
from weft.domain.policy.store import rule_by_name
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.inbox_store import LogState, settle_entry, verdicts_of
from weft.federation.inspector.queries import inbound_body, inbound_by_id
from weft.federation.inspector.replay import put_back
from weft.federation.verdicts import Step, read_verdicts, written
from weft.storage.database import Database, Tx
from weft.storage.ids import id_at
from weft.storage.schema.federation import inbox_log
from weft.storage.schema.policy import quarantine
from weft.storage.statements import query

STEP = 200
LETS_HOSTS_IN = "unknown-host"


@query()
def settle_left() -> Update:
    """Entries whose row went with their actor: nobody can decide about them any more."""
    known = exists().where(quarantine.c.entry_id == inbox_log.c.id)
    return (
        update(inbox_log)
        .where(inbox_log.c.state > literal_column("2"), inbox_log.c.state == literal_column("6"))
        .where(~known)
        .values(state=literal_column("4"))
    )


class NotWaiting(Exception):
    """The sentence is for the moderator."""


class Content(Struct, frozen=True):
    """What waits, whole."""

    row: HoldRow
    body: str


async def look(tx: Tx, server: Server, who: int | None, hold_id: int) -> Content | None:
    """What waits, whole. Looking at what is not for everybody is noted in the audit log. None if there
    is nothing of this number."""
    row = await tx.one(hold_by_id, id=hold_id)
    if row is None:
        return None
    body = ""
    if row.entry_id is not None:
        kept = await tx.one(inbound_body, id=row.entry_id)
        body = bytes(kept[0]).decode(errors="replace") if kept is not None else ""
    elif row.draft_id is not None:
        body = row.excerpt
    elif row.fetched_uri is not None:
        body = f"{row.fetched_uri}\n\n{row.excerpt}"
    if row.visibility is not None and row.visibility > Visibility.UNLISTED:
        await record(
            tx, who, "quarantine.look", row.id, row.handle or row.host, None, None, server.now_ms()
        )
    return Content(row, body)


async def release(tx: Tx, server: Server, who: int | None, hold_id: int) -> list[HoldRow]:
    """Let in what waits; of a server that was new here, all that waits for the same reason, and the
    server itself from now on. What was let in.

    Raises:
        NotWaiting: somebody has decided, or there is no such thing.
    """
    row = await _waiting(tx, hold_id)
    now = server.now_ms()
    together = [row]
    rule = await tx.one(rule_by_name, name=row.rule)
    if rule is not None and rule.rule == LETS_HOSTS_IN:
        await tx.run(approve_host, name=row.host, approved_at=now)
        await record(tx, who, "policy.host", None, row.host, None, None, now)
        others = await tx.all(waiting_of_host, host=row.host, limit=MOST_PER_HOST)
        together += [each for each in others if each.rule == row.rule and each.id != row.id]
    let_in = []
    for each in sorted(together, key=lambda one: one.id):
        state = HoldState.RELEASED if each.fetched_uri is None else HoldState.LET_IN
        if await tx.run(decide_hold, of_hold=each.id, new_state=state, now=now):
            await _let_in(tx, each, now)
            await _note(tx, who, "quarantine.release", each, now)
            let_in.append(each)
    return let_in


async def discard(
    tx: Tx, server: Server, who: int | None, hold_id: int, why: str = "a moderator discarded it"
) -> HoldRow:
    """Refuse what waits. A draft of ours stays its author's.

    Raises:
        NotWaiting: somebody has decided, or there is no such thing.
    """
    row = await _waiting(tx, hold_id)
    now = server.now_ms()
    await tx.run(decide_hold, of_hold=row.id, new_state=HoldState.DISCARDED, now=now)
    if row.entry_id is not None:
        kept = await tx.one(verdicts_of, id=row.entry_id)
        steps = read_verdicts(kept[0]).steps if kept is not None else []
        await tx.run(
            settle_entry,
            of_entry=row.entry_id,
            old_state=LogState.QUARANTINED,
            new_state=LogState.REFUSED,
            verdicts=written(steps, [], Step("quarantine", "refused", why)),
        )
    await _note(tx, who, "quarantine.discard", row, now)
    return row


async def _waiting(tx: Tx, hold_id: int) -> HoldRow:
    row = await tx.one(hold_by_id, id=hold_id)
    if row is None:
        raise NotWaiting(f"Nothing in the quarantine has the number {hold_id}.")
    if row.state != HoldState.WAITS:
        word = HoldState(row.state).name.lower()
        raise NotWaiting(f"{hold_id} does not wait any more: it was {word}.")
    return row


async def _let_in(tx: Tx, row: HoldRow, now: int) -> None:
    if row.draft_id is not None:
        await tx.run(schedule_now, of_draft=row.draft_id, now=now)
        return
    if row.entry_id is None:
        return  # It is fetched by a chore.
    entry = await tx.one(inbound_by_id, id=row.entry_id)
    if entry is not None and entry.state == LogState.QUARANTINED:
        await tx.run(put_back, of_entry=entry.id, new_state=LogState.RECEIVED, now=now)


async def _note(tx: Tx, who: int | None, action: str, row: HoldRow, now: int) -> None:
    details = {"rule": row.rule, "why": row.reason, "activity": row.activity}
    await record(tx, who, action, row.id, row.handle or row.host, None, details, now)


async def clear_out(db: Database, server: Server) -> int:
    """Discard what has waited too long, and forget old decisions: a chore. How many rows."""
    before, done = server.now_ms() - WAITS_MS, 0
    while rows := await db.all(overdue, before_id=id_at(before), limit=STEP):
        for row in rows:
            await db.write(_discard_late, server, row.id)
        done += len(rows)
    done += await db.write(_settle_left)
    before_id = id_at(before - WAITS_MS)
    while step := await db.write(_forget, before_id):
        done += step
    return done


async def _discard_late(tx: Tx, server: Server, hold_id: int) -> None:
    row = await tx.one(hold_by_id, id=hold_id)
    if row is not None and row.state == HoldState.WAITS:
        days = WAITS_MS // 86_400_000
        await discard(tx, server, None, hold_id, f"nobody decided within {days} days")


async def _settle_left(tx: Tx) -> int:
    return await tx.run(settle_left)


async def _forget(tx: Tx, before_id: int) -> int:
    return await tx.run(forget_decided, before_id=before_id, limit=STEP)
