"""SQLite: direct bounded reads, an executor for the rest, one writer with group commit.

Bounded reads are run in the loop thread, with an abort after ``READ_ABORT_S`` that runs them again
in the executor, where everything else is read. How writes go is in ``sqlite_writer``. Checkpoints
happen in a thread of their own, because one inside a commit doubles its latency.
"""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw

from weft.storage.database import Database, Ears, Tx
from weft.storage.errors import StorageError, TooSlow
from weft.storage.leases import NodeLease
from weft.storage.sqlite_driver import rows_of, translated, values_of
from weft.storage.sqlite_writer import BUSY_MS, Operation, SqliteWriter
from weft.storage.statements import Compiled, Engine, Query

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")

OLDEST_SQLITE = (3, 51, 3)
READ_ABORT_S = 0.010
CHECKPOINT_EVERY_S = 1.0
WAL_TRUNCATE_BYTES = 64 * 1024 * 1024
_PROGRESS_STEPS = 10_000


def check_version() -> None:
    """Refuse a SQLite with the bug that can corrupt a write-ahead log.

    Raises:
        StorageError: it is older than 3.51.3.
    """
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < OLDEST_SQLITE:
        raise StorageError(
            f"SQLite {apsw.sqlite_lib_version()} can corrupt its write-ahead log: "
            "install apsw 3.51.3 or newer"
        )


def connect(path: str, *, writer: bool = False, vfs: str | None = None) -> apsw.Connection:
    """A connection set up the one way that Weft uses SQLite."""
    connection = apsw.Connection(path, statementcachesize=512, vfs=vfs)
    connection.set_busy_timeout(BUSY_MS)
    # Plans may not depend on bound values: else this build of SQLite plans every join anew at each
    # execution (measured: 14 µs instead of 1.9 for two tables). Constants are literals for that.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    _use_log(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        "cache_size=-8192",
        "mmap_size=0",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    if not writer:
        connection.execute("PRAGMA query_only=ON").fetchall()
    return connection


def _use_log(connection: apsw.Connection) -> None:
    """Write-ahead logging. The switch of a new file does not wait for a lock by itself."""
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        except apsw.BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


class SqliteDatabase(Database):
    """One file, read in the loop thread and in an executor, written by one thread."""

    engine: Engine = "sqlite"

    def __init__(self, path: str, lease: NodeLease, *, vfs: str | None = None) -> None:
        self.path = path
        self.groups_observed: Callable[[int, float], None] = lambda _size, _seconds: None
        self._vfs = vfs
        self._lease = lease
        self.ids = lease.minter
        self.ears = Ears()
        self._reader = connect(path, vfs=vfs)
        self._cursor = self._reader.cursor()
        self._deadline = 0.0
        self._reader.set_progress_handler(self._late, _PROGRESS_STEPS)
        self._local = threading.local()
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="weft-reader")
        self._writer = SqliteWriter(
            connect(path, writer=True, vfs=vfs),
            self.ids,
            self.ears,
            self._group_written,
        )
        self._closing = threading.Event()
        self._checkpointer = threading.Thread(
            target=self._checkpoint, name="weft-checkpoint", daemon=True
        )
        self._checkpointer.start()

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        compiled = query.compiled("sqlite", params)
        values = values_of(compiled, params)
        if compiled.bounded:
            self._deadline = time.perf_counter() + READ_ABORT_S
            try:
                return rows_of(self._cursor, compiled, values)
            except apsw.InterruptError:
                pass  # slower than it may be in the loop: once more, out of the way
            except apsw.Error as error:
                raise translated(error) from error
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._aside, compiled, values)

    async def one(self, query: Query[R], **params: Any) -> R | None:
        rows = await self.all(query, **params)
        return rows[0] if rows else None

    async def write(
        self,
        fn: Callable[Concatenate[Tx, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writer.submit(Operation(fn, args, kwargs, future))
        # A caller that goes away takes nothing back: the writer does not look at the future before
        # the write is durable.
        return await future

    async def close(self) -> None:
        self._closing.set()
        await self._writer.close()
        await asyncio.to_thread(self._checkpointer.join)
        await asyncio.to_thread(self._executor.shutdown)
        await self._lease.release()
        self._reader.close()

    def _group_written(self, size: int, seconds: float) -> None:
        self.groups_observed(size, seconds)

    def _late(self) -> bool:
        return time.perf_counter() > self._deadline

    def _aside(self, compiled: Compiled, values: Sequence[Any]) -> list[Any]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self.path, vfs=self._vfs)
        if compiled.limit_s is not None:
            until = time.perf_counter() + compiled.limit_s
            connection.set_progress_handler(lambda: time.perf_counter() > until, _PROGRESS_STEPS)
        try:
            return rows_of(connection.cursor(), compiled, values)
        except apsw.InterruptError as error:
            raise TooSlow(compiled.name) from error
        except apsw.Error as error:
            raise translated(error) from error
        finally:
            if compiled.limit_s is not None:
                connection.set_progress_handler(None)

    def _checkpoint(self) -> None:
        connection = connect(self.path, writer=True, vfs=self._vfs)
        wal = Path(f"{self.path}-wal")
        while not self._closing.wait(CHECKPOINT_EVERY_S):
            with contextlib.suppress(apsw.Error, OSError):
                size = os.stat(wal).st_size
                mode = (
                    apsw.SQLITE_CHECKPOINT_TRUNCATE
                    if size > WAL_TRUNCATE_BYTES
                    else apsw.SQLITE_CHECKPOINT_PASSIVE
                )
                if size > 0:
                    connection.wal_checkpoint(mode=mode)
        connection.close()


async def open_sqlite(path: str, *, node: int | None = None, vfs: str | None = None) -> Database:
    """Open a database file; lease a node number unless one is given."""
    check_version()
    lease = NodeLease(_SqliteLeases(path, vfs), node)
    await lease.take()
    return SqliteDatabase(path, lease, vfs=vfs)


class _SqliteLeases:
    """The lease table, over a short connection of its own."""

    def __init__(self, path: str, vfs: str | None) -> None:
        self._path, self._vfs = path, vfs

    async def execute(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._execute, sql.replace("$", "?"), values)

    def _execute(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        connection = connect(self._path, writer=True, vfs=self._vfs)
        try:
            return connection.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise translated(error) from error
        finally:
            connection.close()
