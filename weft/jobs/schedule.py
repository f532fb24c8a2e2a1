"""Chores that come round: whoever finds one due takes it, so that it runs once on many machines.

Each chore is one row of ``job`` whose ``run_at`` says when it is due again. Taking it moves that on
first: a process that dies in the middle has skipped one turn, and every chore does all that is left
at its next one.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Insert, Update, bindparam, literal_column, update

from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.operations import job
from weft.storage.statements import insert_or_ignore, query

KIND = "chore"
LOOK_EVERY_S = 30.0

log = structlog.get_logger("weft.jobs")


@dataclass(frozen=True, slots=True)
class Chore:
    """``run`` does what is left to do and answers how much that was."""

    name: str
    every_s: int
    run: Callable[[], Awaitable[int]]


@query()
def announce_chore() -> Insert:
    return insert_or_ignore(job, "id", "kind", "unique_key", "args", "run_at", "created_at")


@query()
def take_chore() -> Update:
    """Changes one row for the one who gets it."""
    return (
        update(job)
        .where(
            job.c.kind == bindparam("of_kind"),
            job.c.unique_key == bindparam("of_name"),
            job.c.state == literal_column("0"),
            job.c.run_at <= bindparam("now"),
        )
        .values(run_at=bindparam("next_at"), attempts=0, last_error=None)
    )


@query()
def note_failure() -> Update:
    return (
        update(job)
        .where(
            job.c.kind == bindparam("of_kind"),
            job.c.unique_key == bindparam("of_name"),
            job.c.state == literal_column("0"),
        )
        .values(attempts=job.c.attempts + 1, last_error=bindparam("error"))
    )


class Schedule:
    """Runs the chores of this server, one after the other."""

    def __init__(self, db: Database, server: Server, chores: Sequence[Chore]) -> None:
        self._db, self._server, self._chores = db, server, chores

    async def run(self) -> None:
        """Until it is cancelled."""
        await self.announce()
        while True:
            await self.run_due()
            # Not all machines at the same moment.
            await asyncio.sleep(LOOK_EVERY_S * random.uniform(0.8, 1.2))  # noqa: S311

    async def announce(self) -> None:
        """Every chore that is new gets its place."""
        await self._db.write(_announce, self._server.now_ms(), [each.name for each in self._chores])

    async def run_due(self) -> None:
        """Every chore whose turn it is."""
        for chore in self._chores:
            now = self._server.now_ms()
            if await self._db.write(_take, chore.name, now, now + chore.every_s * 1000):
                await self._run(chore)

    async def _run(self, chore: Chore) -> None:
        started = time.monotonic()
        try:
            done = await chore.run()
        except Exception as error:
            # One chore that fails must not keep the others from their turn.
            log.exception("chore failed", chore=chore.name)
            await self._db.write(_fail, chore.name, str(error)[:500])
            return
        if done:
            seconds = round(time.monotonic() - started, 3)
            log.info("chore done", chore=chore.name, count=done, seconds=seconds)


async def _announce(tx: Tx, now: int, names: list[str]) -> None:
    for name in names:
        await tx.run(
            announce_chore,
            id=tx.new_id(),
            kind=KIND,
            unique_key=name,
            args="{}",
            run_at=now,
            created_at=now,
        )


async def _take(tx: Tx, name: str, now: int, next_at: int) -> bool:
    return await tx.run(take_chore, of_kind=KIND, of_name=name, now=now, next_at=next_at) > 0


async def _fail(tx: Tx, name: str, error: str) -> None:
    await tx.run(note_failure, of_kind=KIND, of_name=name, error=error)
