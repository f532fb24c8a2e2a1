"""Profiles of other servers that somebody opens are read, in the background.

A profile that nobody here follows has only what was fetched by chance. So the first who opens it
has it read; again at the earliest after a day. Which of several processes reads it is decided by
an update of ``actor.walked_at``; that process knows how far it has come.
"""

import asyncio
from collections import OrderedDict

import structlog

from weft.domain.actors.records import Actor
from weft.domain.server import Server
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.threads.courtesy import Courtesy
from weft.federation.threads.profile import ProfileReading
from weft.federation.threads.profile_store import claim, set_walked_at, walked_at
from weft.federation.threads.walk import Progress
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database, Tx
from weft.storage.errors import StorageError

EVERY_MS = 24 * 3_600_000
AGAIN_MS = 3_600_000
"""After a failure."""
AT_ONCE = 8
MOST_WAITING = 200
READ_S = 120.0
KEPT = 1000
"""Profiles whose progress is remembered."""

log = structlog.get_logger("weft.profiles")


class Profiles:
    """What this process reads of profiles."""

    def __init__(
        self, db: Database, server: Server, resolver: Resolver, peers: Peers, courtesy: Courtesy
    ) -> None:
        self._db = db
        self._server = server
        self._resolver = resolver
        self._peers = peers
        self._courtesy = courtesy
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._progress: OrderedDict[int, Progress] = OrderedDict()

    def is_running(self, actor_id: int) -> bool:
        return actor_id in self._tasks

    def progress(self, actor_id: int) -> Progress | None:
        """How far the reading of a profile has come, or came; None if it was not read lately."""
        return self._progress.get(actor_id)

    async def is_due(self, actor: Actor) -> bool:
        """Was it not read within a day?"""
        if actor.local or not actor.stands or actor.id in self._tasks:
            return False
        row = await self._db.one(walked_at, id=actor.id)
        return row is not None and (row[0] is None or row[0] < self._server.now_ms() - EVERY_MS)

    async def begin(self, actor: Actor) -> None:
        """Read a profile in the background, unless another process does."""
        if len(self._tasks) >= MOST_WAITING:
            return
        now = self._server.now_ms()
        if not await self._db.write(claim, actor.id, now, now - EVERY_MS):
            return
        progress = self._progress[actor.id] = Progress()
        self._progress.move_to_end(actor.id)
        while len(self._progress) > KEPT:
            self._progress.popitem(last=False)
        task = asyncio.create_task(self._read(actor, progress), name=f"profile {actor.id}")
        self._tasks[actor.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(actor.id, None))

    async def close(self) -> None:
        """What is half read is read again in an hour, if somebody opens it then."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, actor: Actor, progress: Progress) -> None:
        reading = ProfileReading(
            self._db,
            self._server,
            self._resolver,
            self._peers,
            self._courtesy,
            actor,
            progress,
        )
        is_read = False
        try:
            async with self._places, asyncio.timeout(READ_S):
                await reading.read()
                is_read = True
        except (TimeoutError, Unresolved, StorageError) as error:
            log.info("profile not read", actor=actor.uri, reason=str(error) or "it took too long")
        except Exception:
            log.exception("profile failed", actor=actor.uri)
        finally:
            if not is_read:
                again_at = self._server.now_ms() - EVERY_MS + AGAIN_MS
                await self._db.write(_set_walked_at, actor.id, again_at)


async def _set_walked_at(tx: Tx, actor_id: int, at: int) -> None:
    await tx.run(set_walked_at, of_actor=actor_id, at=at)
