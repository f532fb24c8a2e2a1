"""How long the logs of federation are kept: by age, and by the space that they may take.

What waits is never forgotten. The oldest goes first, some rows in a write, so that others can write
in between.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Delete,
    Executable,
    Select,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    not_,
    select,
)

from weft.domain.moderation.holds import held
from weft.domain.server import Server
from weft.federation.handlers.undone import forget_undone
from weft.storage.database import Database, Tx
from weft.storage.ids import id_at
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import activity, delivery, delivery_try, inbox_log
from weft.storage.statements import Query, query

DAY_MS = 24 * 3_600_000
UNDONE_MS = 7 * DAY_MS
STEP = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of the logs stays."""

    days: int = 7
    bytes: int = 1024**3
    """Of the bodies of what came in."""


@query()
def forget_judged() -> Executable:
    """Some entries of the inbox log that came before ``:before`` and are closed; their sizes. Those
    of actors under a legal hold stay."""
    kept = exists().where(actor.c.uri == inbox_log.c.actor_uri, held(actor.c.id))
    old = (
        select(inbox_log.c.id)
        .where(
            inbox_log.c.received_at < bindparam("before"),
            inbox_log.c.state >= literal_column("2"),
            inbox_log.c.state != literal_column("6"),  # quarantined: a moderator has it
            not_(kept),
        )
        .order_by(inbox_log.c.received_at)
        .limit(bindparam("limit"))
    )
    return delete(inbox_log).where(inbox_log.c.id.in_(old)).returning(func.length(inbox_log.c.body))


@query()
def size_of_inbox_log() -> Select:
    """Bytes of all bodies."""
    return select(func.coalesce(func.sum(func.length(inbox_log.c.body)), 0))


@query()
def forget_given_up() -> Delete:
    return delete(delivery).where(
        delivery.c.state == literal_column("2"), delivery.c.tried_at < bindparam("before")
    )


@query()
def forget_tries() -> Delete:
    """Ids are times: the oldest tries have the smallest."""
    old = (
        select(delivery_try.c.id)
        .where(delivery_try.c.id < bindparam("before_id"))
        .order_by(delivery_try.c.id)
        .limit(bindparam("limit"))
    )
    return delete(delivery_try).where(delivery_try.c.id.in_(old))


@query()
def forget_activities() -> Delete:
    """Activities of ours for which nothing waits and nothing was given up lately."""
    waits = exists().where(delivery.c.activity_id == activity.c.id)
    old = (
        select(activity.c.id)
        .where(activity.c.id < bindparam("before_id"), not_(waits))
        .order_by(activity.c.id)
        .limit(bindparam("limit"))
    )
    return delete(activity).where(activity.c.id.in_(old))


async def forget_old(db: Database, server: Server, kept: Kept) -> int:
    """The number of rows that went. What was given up stays twice as long: it is what is asked for."""
    before = server.now_ms() - kept.days * DAY_MS
    before_id = id_at(before)
    given_up_before = server.now_ms() - 2 * kept.days * DAY_MS
    gone = await db.write(_run, forget_given_up, {"before": given_up_before})
    gone += await db.write(_run, forget_undone, {"before": server.now_ms() - UNDONE_MS})
    for statement in (forget_tries, forget_activities):
        while step := await db.write(_run, statement, {"before_id": before_id, "limit": STEP}):
            gone += step
            if step < STEP:
                break
    return gone + await _forget_inbound(db, server, before, kept.bytes)


async def _forget_inbound(db: Database, server: Server, before: int, most_bytes: int) -> int:
    gone = 0
    while rows := await db.write(_judged, before):
        gone += len(rows)
        if len(rows) < STEP:
            break
    size = (await db.all(size_of_inbox_log))[0][0]
    while size > most_bytes:
        rows = await db.write(_judged, server.now_ms())
        if not rows:
            break  # all that is left still waits
        gone += len(rows)
        size -= sum(rows)
    return gone


async def _judged(tx: Tx, before: int) -> list[int]:
    return [row[0] for row in await tx.all(forget_judged, before=before, limit=STEP)]


async def _run(tx: Tx, statement: Query[Any], params: dict[str, int]) -> int:
    return await tx.run(statement, **params)
