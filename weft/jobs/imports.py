"""Works off the files that people brought along (``weft/domain/moving/imports.py``).

One job at a time per process, a few of its rows at once; a lease keeps other processes away. A row
that fails for a passing reason is tried again after the others.
"""

import asyncio
import random
from contextlib import suppress

import structlog

from weft.domain.accounts.queries import account_by_id
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.moving import imports
from weft.domain.moving.effects import LookUp, RowFailed, do_row
from weft.domain.moving.imports import ImportJob, WaitingRow
from weft.domain.moving.sheets import Kind
from weft.domain.server import Server
from weft.storage.database import Database

AT_ONCE = 8
LOOK_EVERY_S = 5.0
PAUSE_S = 20.0
"""Between one round over the rows and the next."""
_CANNOT = "This did not work here; the server's operator can see why."

log = structlog.get_logger("weft.jobs")


class Imports:
    """The worker."""

    def __init__(
        self, db: Database, server: Server, look_up: LookUp, *, pause_s: float = PAUSE_S
    ) -> None:
        self._db, self._server, self._look_up = db, server, look_up
        self._pause_s = pause_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is a new job."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._woken.clear()
            await self.run_waiting()
            wait_s = LOOK_EVERY_S * random.uniform(0.8, 1.2)  # noqa: S311
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()

    async def run_waiting(self) -> int:
        """Do every job that nobody works on; how many there were."""
        count = 0
        while True:
            now = self._server.now_ms()
            jobs = await self._db.all(imports.free_imports, now=now, limit=1)
            if not jobs:
                return count
            if await self._db.write(imports.take_import, jobs[0].id, now):
                await self._work_off(jobs[0])
                count += 1

    async def _work_off(self, job: ImportJob) -> None:
        account = await self._db.one(account_by_id, id=job.account_id)
        me = await self._db.one(actor_by_id, id=account.actor_id) if account else None
        if me is None or not me.stands:
            await self._db.write(imports.finish_import, job.id, self._server.now_ms())
            return
        for turn in range(imports.MOST_ATTEMPTS):
            left = await self._round(job, me)
            if not left:
                break
            if turn + 1 < imports.MOST_ATTEMPTS:
                await asyncio.sleep(self._pause_s)
        await self._db.write(imports.finish_import, job.id, self._server.now_ms())
        ended = await self._db.one(imports.import_by_id, id=job.id)
        if ended is not None:
            log.info(
                "import ended", job=job.id, kind=job.kind, done=ended.done, failed=ended.failed
            )

    async def _round(self, job: ImportJob, me: Actor) -> int:
        """All waiting rows once; how many still wait."""
        after, left = 0, 0
        # One by one where a row makes what others are put into: two at once would make two.
        at_once = 1 if job.kind in (Kind.LISTS, Kind.COLLECTIONS) else AT_ONCE
        while True:
            rows = await self._db.all(
                imports.waiting_rows, job_id=job.id, after=after, limit=at_once
            )
            current = await self._db.one(imports.import_by_id, id=job.id)
            if not rows or current is None or current.state != imports.WAITING:
                return left if current is not None and current.state == imports.WAITING else 0
            outcomes = await asyncio.gather(*(self._do(job, me, row) for row in rows))
            await self._db.write(imports.end_rows, job.id, outcomes, self._server.now_ms())
            left += sum(state == imports.WAITING for _, state, _ in outcomes)
            after = rows[-1].position

    async def _do(self, job: ImportJob, me: Actor, row: WaitingRow) -> tuple[int, int, str | None]:
        try:
            await do_row(self._db, self._server, self._look_up, me, Kind(job.kind), row.row)
        except RowFailed as failed:
            again = failed.passing and row.attempts + 1 < imports.MOST_ATTEMPTS
            return row.position, imports.WAITING if again else imports.FAILED, str(failed)
        except Exception:
            # One row that nobody foresaw must not keep the others waiting.
            log.exception("import row failed", job=job.id, position=row.position)
            return row.position, imports.FAILED, _CANNOT
        return row.position, imports.DONE, None
