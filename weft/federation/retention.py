"""How long the logs of federation are kept: a week of what was judged, two of what was given up."""

from sqlalchemy import Delete, bindparam, delete, literal_column, select

from weft.domain.server import Server
from weft.federation.handlers.undone import forget_undone
from weft.storage.database import Database, Tx
from weft.storage.schema.federation import delivery, inbox_log
from weft.storage.statements import query

DAY_MS = 24 * 3_600_000
JUDGED_MS = 7 * DAY_MS
GIVEN_UP_MS = 14 * DAY_MS
STEP = 1000


@query()
def forget_judged() -> Delete:
    """Some entries of the inbox log that came before ``:before`` and are closed."""
    old = (
        select(inbox_log.c.id)
        .where(
            inbox_log.c.received_at < bindparam("before"), inbox_log.c.state >= literal_column("2")
        )
        .order_by(inbox_log.c.received_at)
        .limit(bindparam("limit"))
    )
    return delete(inbox_log).where(inbox_log.c.id.in_(old))


@query()
def forget_given_up() -> Delete:
    return delete(delivery).where(
        delivery.c.state == literal_column("2"), delivery.c.tried_at < bindparam("before")
    )


UNDONE_MS = 7 * DAY_MS


async def forget_old(db: Database, server: Server) -> int:
    """The number of rows that went; in steps, so that others can write between them."""
    now = server.now_ms()
    gone = await db.write(_given_up, now - GIVEN_UP_MS)
    gone += await db.write(_undone, now - UNDONE_MS)
    while step := await db.write(_judged, now - JUDGED_MS):
        gone += step
        if step < STEP:
            break
    return gone


async def _given_up(tx: Tx, before: int) -> int:
    return await tx.run(forget_given_up, before=before)


async def _undone(tx: Tx, before: int) -> int:
    return await tx.run(forget_undone, before=before)


async def _judged(tx: Tx, before: int) -> int:
    return await tx.run(forget_judged, before=before, limit=STEP)
