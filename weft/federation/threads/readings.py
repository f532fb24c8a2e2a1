"""Reading of what is on other servers that somebody opened here: in the background, once a day.

Which of several processes reads is decided by an update of the row's ``walked_at``; that process
knows how far it has come.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from typing import Any, Generic, Protocol, TypeVar

import structlog

from weft.domain.server import Server
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.threads.courtesy import Courtesy
from weft.federation.threads.walk import Progress
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database, Tx
from weft.storage.errors import StorageError
from weft.storage.statements import Query

EVERY_MS = 24 * 3_600_000
AGAIN_MS = 3_600_000
"""After a failure."""
AT_ONCE = 8
MOST_WAITING = 200
KEPT = 1000
"""How many are remembered with their progress."""

log = structlog.get_logger("weft.readings")


class Row(Protocol):
    """What is read."""

    @property
    def id(self) -> int: ...

    @property
    def uri(self) -> str | None: ...


T = TypeVar("T", bound=Row)


class Readings(ABC, Generic[T]):
    """What this process reads of one kind."""

    kind: str
    """For the log."""
    read_s: float
    """How long one may take."""
    walked_at: Query[Any]
    """Of ``:id``: when it was read last; one row with None if never."""
    claim: Query[Any]
    """Sets ``:of_row``'s to ``:now`` unless it is after ``:before``: whose update this is reads it."""
    set_walked_at: Query[Any]
    """Sets ``:of_row``'s to ``:at``."""

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

    @abstractmethod
    def may_be_read(self, row: T) -> bool:
        """Is there anything to read?"""

    @abstractmethod
    async def read(self, row: T, progress: Progress) -> None:
        """Read it. Raises Unresolved when it cannot be had."""

    def is_running(self, id_: int) -> bool:
        return id_ in self._tasks

    def progress(self, id_: int) -> Progress | None:
        """How far the reading has come, or came; None if it was not read lately."""
        return self._progress.get(id_)

    async def is_due(self, row: T) -> bool:
        """Was it not read within a day?"""
        if not self.may_be_read(row) or row.id in self._tasks:
            return False
        last = await self._db.one(self.walked_at, id=row.id)
        return last is not None and (last[0] is None or last[0] < self._server.now_ms() - EVERY_MS)

    async def begin(self, row: T) -> None:
        """Read it in the background, unless another process does."""
        if len(self._tasks) >= MOST_WAITING:
            return
        now = self._server.now_ms()
        if not await self._db.write(self._claim, row.id, now, now - EVERY_MS):
            return
        progress = self._progress[row.id] = Progress()
        self._progress.move_to_end(row.id)
        while len(self._progress) > KEPT:
            self._progress.popitem(last=False)
        task = asyncio.create_task(self._read(row, progress), name=f"{self.kind} {row.id}")
        self._tasks[row.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(row.id, None))

    async def close(self) -> None:
        """What is half read is read again in an hour, if somebody opens it then."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, row: T, progress: Progress) -> None:
        is_read = False
        try:
            async with self._places, asyncio.timeout(self.read_s):
                await self.read(row, progress)
                is_read = True
        except (TimeoutError, Unresolved, StorageError) as error:
            reason = str(error) or "it took too long"
            log.info("not read", kind=self.kind, uri=row.uri, reason=reason)
        except Exception:  # a fault of ours: nobody awaits this task who would see it otherwise
            log.exception("reading failed", kind=self.kind, uri=row.uri)
        finally:
            if not is_read:
                again_at = self._server.now_ms() - EVERY_MS + AGAIN_MS
                await self._db.write(self._set, row.id, again_at)

    async def _claim(self, tx: Tx, id_: int, now: int, before: int) -> bool:
        return await tx.run(self.claim, of_row=id_, now=now, before=before) > 0

    async def _set(self, tx: Tx, id_: int, at: int) -> None:
        await tx.run(self.set_walked_at, of_row=id_, at=at)
