"""Posts that this server fetched by itself and that a rule lets wait.

Nobody sent them, so there is no entry of the inbox log that could wait: what is kept aside is where the
post lives (``mark`` of the row), with the reason. It is not stored. Let in, it is fetched again, by a chore
or by whoever asks for it first, and then only rewritten by the rules; discarded, it stays out.
"""

import structlog
from sqlalchemy import Select, Update, bindparam, func, literal_column, select, update

from weft.domain.policy.quarantine import (
    DAY_MS,
    Held,
    HoldRow,
    HoldState,
    holds,
    new_values,
    put_new,
)
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.policy import quarantine
from weft.storage.statements import query

MOST_PER_HOST = 50
"""Less than what may wait of what a host sends: one thread that somebody opens can bring a hundred."""
MOST = 1000
STEP = 50
TRIES_MS = DAY_MS
"""What cannot be had for so long after it was let in is not asked for any more."""

log = structlog.get_logger("weft.policy")
_FETCHED = quarantine.c.entry_id.is_(None) & quarantine.c.draft_id.is_(None)
_WAITS = quarantine.c.state == literal_column("0")


@query(bounded=True)
def fetched_hold() -> Select:
    """What was decided about ``:uri`` of ``:host``."""
    return (
        select(quarantine.c.state)
        .where(quarantine.c.host == bindparam("host"), quarantine.c.mark == bindparam("uri"))
        .where(_FETCHED)
        .limit(literal_column("1"))
    )


@query()
def count_fetched(*, of_host: bool = False) -> Select:
    """How many of them wait, counted up to ``:limit``."""
    found = select(quarantine.c.id).where(_WAITS, _FETCHED)
    if of_host:
        found = found.where(quarantine.c.host == bindparam("host"))
    return select(func.count()).select_from(found.limit(bindparam("limit")).subquery())


@query(row=HoldRow, bounded=True)
def let_in_holds() -> Select:
    """Those that are to be fetched, longest let in first."""
    return (
        holds()
        .where(quarantine.c.state == literal_column("3"))
        .order_by(quarantine.c.id)
        .limit(bindparam("limit"))
    )


@query()
def end_let_in() -> Update:
    return (
        update(quarantine)
        .where(quarantine.c.id == bindparam("of_hold"), quarantine.c.state == literal_column("3"))
        .values(state=literal_column("1"))
    )


@query(bounded=True)
def decided_at() -> Select:
    return select(quarantine.c.decided_at).where(quarantine.c.id == bindparam("id"))


async def fetched_state(db: Database, host: str, uri: str) -> HoldState | None:
    """What became of this post; None if it is not kept aside."""
    row = await db.one(fetched_hold, host=host, uri=uri)
    return HoldState(row[0]) if row is not None else None


async def hold_fetched(
    tx: Tx, server: Server, actor_id: int, host: str, uri: str, held: Held
) -> bool:
    """Keep aside where a post lives. False if that was done before, or if too much waits: then it is
    only not stored."""
    if await tx.one(fetched_hold, host=host, uri=uri) is not None:
        return False
    of_host = await tx.one(count_fetched, of_host=True, host=host, limit=MOST_PER_HOST)
    of_all = await tx.one(count_fetched, limit=MOST)
    if (of_host and of_host[0] >= MOST_PER_HOST) or (of_all and of_all[0] >= MOST):
        log.info("fetched post not kept aside: too many wait", uri=uri, rule=held.rule)
        return False
    values = new_values(tx, actor_id, host, held, server.now_ms())
    await tx.run(put_new, entry_id=None, draft_id=None, mark=uri, **values)
    return True


async def fetch_let_in(db: Database, server: Server, resolve: Resolve) -> int:
    """Fetch what moderators let in: a chore. How many came, or will not come any more."""
    done = 0
    for row in await db.all(let_in_holds, limit=STEP):
        found = await resolve(row.fetched_uri) if row.fetched_uri is not None else None
        if found is None and row.fetched_uri is not None:
            at = await db.one(decided_at, id=row.id)
            if at is not None and at[0] is not None and at[0] > server.now_ms() - TRIES_MS:
                continue
            log.warning("let in, and not to be had", uri=row.fetched_uri)
        done += await db.write(_end, row.id)
    return done


async def _end(tx: Tx, hold_id: int) -> int:
    return await tx.run(end_let_in, of_hold=hold_id)
