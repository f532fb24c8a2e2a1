"""Who holds a lane, and which holders are gone.

A lease runs out by itself; but a process that was killed comes back within a second, and what it
was to deliver should not wait longer. So a holder's name says where it runs: whoever starts on the
same machine knows whether that process still lives.
"""

import os
import secrets
import socket

from sqlalchemy import Select, Update, bindparam, select, update

from weft.storage.database import Database, Tx
from weft.storage.schema.federation import lane
from weft.storage.statements import any_of, query

MOST_HOLDERS = 1000


def new_holder() -> str:
    """``machine/process/word``"""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def is_gone(holder: str, machine: str, own_process: int) -> bool:
    """Is it certain that this holder does not live any more?

    A process of our own number on our own machine was before us. Of other machines nothing is known.
    """
    where, _, rest = holder.rpartition("/")[0].rpartition("/")  # a machine's name has no slash
    if where != machine or not rest.isdigit():
        return False
    process = int(rest)
    if process == own_process:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@query()
def holders() -> Select:
    """Who holds lanes; there are as many as processes."""
    return (
        select(lane.c.leased_by)
        .where(lane.c.leased_by.is_not(None))
        .distinct()
        .limit(bindparam("limit"))
    )


@query()
def release_lanes() -> Update:
    """Lanes of ``:gone`` may be taken at once."""
    return (
        update(lane)
        .where(any_of(lane.c.leased_by, "gone"))
        .values(leased_by=None, leased_until_at=None)
    )


async def release_dead(db: Database, own: str) -> int:
    """Free the lanes that dead processes of this machine hold; how many there were."""
    machine = socket.gethostname()
    found = [row[0] for row in await db.all(holders, limit=MOST_HOLDERS)]
    gone = [each for each in found if each != own and is_gone(each, machine, os.getpid())]
    return await db.write(_release, gone) if gone else 0


async def _release(tx: Tx, gone: list[str]) -> int:
    return await tx.run(release_lanes, gone=gone)
