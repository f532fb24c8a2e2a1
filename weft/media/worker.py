"""Works on uploads of video and sound, a few at a time: ``media_jobs`` of the settings.

The jobs are in the database (``weft/domain/media/work.py``), the upload is in the store; whoever dies in
the middle leaves both to another. While a child works, its job is held; a job that is held no
more (this process was stopped for longer than the lease) is another's, and what we made is dropped.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from weft.domain.media import work
from weft.domain.media.facets import media_facets
from weft.domain.media.records import MediaKind, MediaState, StoredKeys
from weft.domain.media.work import LEASE_MS, MOST_TRIES, Result, Waiting, Work
from weft.domain.server import Server
from weft.media import kinds
from weft.media.errors import Rejected, TooBusy
from weft.media.gate import Candidate, Gate
from weft.media.intake import MediaIntake
from weft.media.moving import MadeMoving, WorkedMoving, work_moving
from weft.media.store import LocalStore
from weft.storage.database import Database

LOOK_EVERY_S = 5.0
"""Jobs of other processes, and of dead ones, are found after this long; our own wake us."""
HOLD_EVERY_S = LEASE_MS / 4000
AGAIN_MS = 30_000
_CANNOT = "The file could not be worked on; the server's operator can see why."

log = structlog.get_logger("weft.media")


class MediaWorker:
    """One for each process that does jobs."""

    def __init__(
        self,
        db: Database,
        server: Server,
        store: LocalStore,
        intake: MediaIntake,
        gate: Gate,
        *,
        at_once: int = 1,
    ) -> None:
        self._db, self._server, self._store = db, server, store
        self._intake, self._gate, self._at_once = intake, gate, at_once
        self._woken = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There is a new upload."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                self._woken.clear()
                await self._start_due()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._woken.wait()
        finally:
            await self._stop()

    async def run_waiting(self) -> int:
        """Work on everything that waits, and wait for it; how many there were."""
        count = 0
        try:
            while started := await self._start_due():
                count += started
                await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            while self._busy:
                await asyncio.wait(self._busy)
        finally:
            await self._stop()
        return count

    async def _stop(self) -> None:
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def _start_due(self) -> int:
        """Take as many jobs as there are places; how many."""
        free = self._at_once - len(self._busy)
        started = 0
        if free > 0:
            now = self._server.now_ms()
            for due in await self._db.all(work.work_due, of_kind=work.KIND, now=now, limit=free):
                until = now + LEASE_MS
                if await self._db.write(work.take, due, until):
                    task = asyncio.create_task(self._do(due, until), name="media")
                    self._busy.add(task)
                    task.add_done_callback(self._ended)
                    started += 1
        return started

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._woken.set()

    async def _do(self, due: Work, until: int) -> None:
        """One job to its end; whatever goes wrong stays in here."""
        held = _Held(self._db, self._server, due.id, until)
        row = await self._db.one(work.waiting_by_id, id=due.media_id)
        if row is None or row.state != MediaState.WORKED_ON:
            await self._db.write(work.drop, due.id)
            return
        try:
            if due.attempts >= MOST_TRIES:
                raise Rejected(_CANNOT)
            async with held:
                made, keys = await self._made(row)
                if not held.is_ours:
                    await self._forget(keys)
                    return
                await self._finish(due, row, made, keys)
        except Rejected as refused:
            await self._db.write(work.fail, due.id, row.id, str(refused), self._intake.forget)
        except TooBusy:
            await self._db.write(work.hold, due.id, held.until, self._server.now_ms() + AGAIN_MS)
        except Exception:
            # Whatever it was, the upload is tried again, and after a few times given up.
            log.exception("upload not worked on", media=row.id)
            await self._db.write(work.hold, due.id, held.until, self._server.now_ms() + AGAIN_MS)

    async def _made(self, row: Waiting) -> tuple[Result, StoredKeys]:
        """The new files, in the store."""
        waiting = media_facets(row.facets).waiting_key
        kind = next((each for each in kinds.MOVING if each.content_type == row.content_type), None)
        async with self._store.workspace() as folder:
            upload, made = folder / "upload", folder / "made"
            if kind is None or waiting is None or not await self._store.bring(waiting, upload):
                raise Rejected(_CANNOT)
            await asyncio.to_thread(made.mkdir)
            opened = await asyncio.to_thread(upload.open, "rb")
            try:
                worked = await work_moving(opened, kind, made)
            finally:
                opened.close()
            if worked.made.likeness:
                await self._gate.admit(_candidate(row, upload, worked))
            size_bytes = (await asyncio.to_thread(worked.full.stat)).st_size
            key = await self._store.put(worked.full, worked.kind)
            small = None
            try:
                if worked.small is not None:
                    small = await self._store.put(worked.small, kinds.WEBP)
            except BaseException:
                await self._store.delete(key)
                raise
        return _result(worked, key, small, size_bytes), StoredKeys(key, small)

    async def _finish(self, due: Work, row: Waiting, made: Result, keys: StoredKeys) -> None:
        kept = False
        try:
            kept = await self._db.write(work.finish, due.id, row.id, made, self._intake.forget)
        finally:
            if not kept:
                await self._forget(keys)

    async def _forget(self, keys: StoredKeys) -> None:
        for key in keys.all:
            await self._store.delete(key)


class _Held:
    """A job that stays ours while we work on it."""

    def __init__(self, db: Database, server: Server, job_id: int, until: int) -> None:
        self._db, self._server, self._job_id = db, server, job_id
        self.until, self.is_ours = until, True
        self._holding: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._holding = asyncio.create_task(self._hold(), name="media-lease")

    async def __aexit__(self, *_: Any) -> None:
        if self._holding is not None:
            self._holding.cancel()
            with suppress(asyncio.CancelledError):
                await self._holding

    async def _hold(self) -> None:
        while self.is_ours:
            await asyncio.sleep(HOLD_EVERY_S)
            longer = self._server.now_ms() + LEASE_MS
            try:
                self.is_ours = await self._db.write(work.hold, self._job_id, self.until, longer)
            except Exception:
                log.exception("the lease of an upload was not renewed", job=self._job_id)
            else:
                self.until = longer


def _candidate(row: Waiting, upload: Path, worked: WorkedMoving) -> Candidate:
    return Candidate(
        path=upload,
        sha256=row.hash or "",
        content_type=row.content_type or "",
        likeness=worked.made.likeness,
        owner_id=row.owner_id,
    )


def _result(worked: WorkedMoving, key: str, small: str | None, size_bytes: int) -> Result:
    made: MadeMoving = worked.made
    return Result(
        kind=MediaKind.VIDEO if made.kind == "mp4" else MediaKind.AUDIO,
        content_type=worked.kind.content_type,
        store_key=key,
        small_key=small,
        blurhash=made.blurhash,
        width=made.width,
        height=made.height,
        duration_ms=made.duration_ms,
        size_bytes=size_bytes,
        facets={
            name: getattr(made, name)
            for name in (
                "frame_rate", "bitrate", "audio_codec", "sample_rate", "channels", "peaks",
                "small_width", "small_height",
            )
        }
        | {"likeness": made.likeness or None},
    )  # fmt: skip
