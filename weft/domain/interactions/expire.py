"""An author who says nothing for long has said no: nothing waits for leave for ever."""

from weft.domain.interactions.queries import leave_by_id, waiting_since
from weft.domain.interactions.records import LeaveState
from weft.domain.interactions.settle import refuse
from weft.domain.server import Server
from weft.storage.database import Database, Tx

WAITS_MS = 30 * 24 * 60 * 60 * 1000
STEP = 50


async def expire_leaves(db: Database, server: Server) -> int:
    """Withdraw what has waited for 30 days, each in a write of its own; the number withdrawn.

    An answer that was withdrawn can still be allowed later, as one that was refused.
    """
    before, after, ended = server.now_ms() - WAITS_MS, 0, 0
    while waiting := await db.all(waiting_since, before=before, after=after, limit=STEP):
        for row in waiting:
            after = row[0]
            ended += await db.write(_expire, server, after)
    return ended


async def _expire(tx: Tx, server: Server, leave_id: int) -> bool:
    leave = await tx.one(leave_by_id, id=leave_id)
    # It may have been answered a moment ago.
    if leave is None or leave.state != LeaveState.PENDING:
        return False
    return await refuse(tx, server, leave)
