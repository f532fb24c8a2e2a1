"""SQLite: direct bounded reads, an executor for the rest, one writer thread with group commit.

Why: one activity per commit is two thousand a second, a hundred to a commit ten thousand, equally
durable (design section 4). The writer takes whatever waits, up to 200 operations, runs each in a
savepoint and commits once with ``synchronous=FULL``. Futures resolve, and after-commit callbacks
run, in one wake-up of the loop after the commit. Checkpoints happen in a thread of their own,
because one inside a commit doubles its latency.

What can go wrong: a member that raises loses only its savepoint; a full disk, an I/O error or no
memory loses the whole group, and every member is told; a write function that awaits something else
is refused (it would hold the writer).
"""

import asyncio
import contextlib
import os
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import apsw
import msgspec

from weft.storage.database import Database, Tx
from weft.storage.errors import (
    BrokenReference,
    Conflict,
    StorageError,
    StorageFailed,
    StorageFull,
    SuspendedInWrite,
)
from weft.storage.ids import IdMinter
from weft.storage.leases import NodeLease
from weft.storage.statements import Compiled, Engine, Query

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")

OLDEST_SQLITE = (3, 51, 3)
TRIES = 5
"""Runs of one write whose new id was taken."""

GROUP = 200
READ_ABORT_S = 0.010
BUSY_MS = 10_000
CHECKPOINT_EVERY_S = 1.0
WAL_TRUNCATE_BYTES = 64 * 1024 * 1024
_PROGRESS_STEPS = 10_000
_UNIQUE = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)

_encode_list = msgspec.json.Encoder().encode


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
    for pragma in (
        "journal_mode=WAL",
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


def _values(compiled: Compiled, params: dict[str, Any]) -> list[Any]:
    values = compiled.bind(params)
    if compiled.lists:
        for index, name in enumerate(compiled.parameters):
            if name in compiled.lists:
                values[index] = _encode_list(values[index]).decode()
    return values


def _rows(connection: apsw.Connection, compiled: Compiled, values: list[Any]) -> list[Any]:
    rows = connection.execute(compiled.sql, values).fetchall()
    make = compiled.make_row
    return rows if make is None else [make(row) for row in rows]


def _translated(error: apsw.Error) -> Exception:
    """The driver's error as one of ours."""
    if isinstance(error, apsw.ConstraintError):
        if getattr(error, "extendedresult", 0) in _UNIQUE:
            return Conflict(str(error).rpartition(": ")[2])
        return BrokenReference(str(error))
    if isinstance(error, apsw.FullError):
        return StorageFull("the disk that holds the database is full")
    return StorageFailed(f"SQLite: {error}")


class SqliteTx(Tx):
    """Runs in the writer thread; its methods never suspend."""

    __slots__ = ("_connection",)

    def __init__(self, connection: apsw.Connection, ids: IdMinter, attempt: int) -> None:
        super().__init__(ids, attempt)
        self._connection = connection

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        compiled = query.compiled("sqlite", params)
        return _rows(self._connection, compiled, _values(compiled, params))

    async def one(self, query: Query[R], **params: Any) -> R | None:
        compiled = query.compiled("sqlite", params)
        rows = _rows(self._connection, compiled, _values(compiled, params))
        return rows[0] if rows else None

    async def run(self, query: Query[Any], **params: Any) -> int:
        compiled = query.compiled("sqlite", params)
        self._connection.execute(compiled.sql, _values(compiled, params))
        return self._connection.changes()

    async def many(self, query: Query[Any], rows: Sequence[dict[str, Any]]) -> None:
        for params in rows:
            await self.run(query, **params)

    async def next_num(self, noun: str) -> int:
        rows: Any = self._connection.execute(
            "INSERT INTO num_counter (noun, next) VALUES (?, 2) "
            "ON CONFLICT (noun) DO UPDATE SET next = next + 1 RETURNING next - 1",
            (noun,),
        ).fetchall()
        return int(rows[0][0])


class _Operation:
    __slots__ = ("args", "error", "fn", "future", "kwargs", "result", "tx")

    def __init__(
        self,
        fn: Callable[..., Awaitable[Any]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        future: "asyncio.Future[Any]",
    ) -> None:
        self.fn, self.args, self.kwargs, self.future = fn, args, kwargs, future
        self.tx: SqliteTx | None = None
        self.result: Any = None
        self.error: BaseException | None = None


class _Writer:
    """The thread that owns the write connection."""

    def __init__(
        self, connection: apsw.Connection, ids: IdMinter, observe: Callable[[int, float], None]
    ) -> None:
        self._connection = connection
        self._ids = ids
        self._observe = observe
        self._queue: queue.SimpleQueue[_Operation | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="weft-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: _Operation) -> None:
        self._queue.put(operation)

    def stop(self) -> None:
        """Finish what waits and end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            first = self._queue.get()
            if first is None:
                return
            group = [first]
            while len(group) < GROUP:
                try:
                    waiting = self._queue.get_nowait()
                except queue.Empty:
                    break
                if waiting is None:
                    stopping = True
                    break
                group.append(waiting)
            started = time.perf_counter()
            self._write(group)
            self._observe(len(group), time.perf_counter() - started)
            _resolve(group)

    def _write(self, group: list[_Operation]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for operation in group:
                self._member(operation)
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._lost(group, _translated(error))

    def _member(self, operation: _Operation) -> None:
        """Run one operation in its savepoint; only a failure of the whole group escapes."""
        execute = self._connection.execute
        execute("SAVEPOINT member")
        for attempt in range(TRIES):
            operation.tx = tx = SqliteTx(self._connection, self._ids, attempt)
            operation.error = None
            try:
                operation.result = _stepped(operation.fn(tx, *operation.args, **operation.kwargs))
            except (apsw.FullError, apsw.IOError, apsw.NoMemError, apsw.CorruptError):
                raise
            except BaseException as error:  # the caller gets it, whatever it is
                operation.error = _translated(error) if isinstance(error, apsw.Error) else error
                execute("ROLLBACK TO member")
            if not (isinstance(operation.error, Conflict) and operation.error.is_of_id):
                break
        execute("RELEASE member")

    def _lost(self, group: list[_Operation], error: Exception) -> None:
        with contextlib.suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        for operation in group:
            operation.error = error
            operation.tx = None


def _stepped(coroutine: Any) -> Any:
    """Run a coroutine that never suspends to its end."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise SuspendedInWrite(
        f"{getattr(coroutine, '__qualname__', coroutine)} awaited something that is not its "
        "transaction: fetch, parse and sign before the write"
    )


def _resolve(group: list[_Operation]) -> None:
    """Wake each event loop once for all its members."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Operation]] = {}
    for operation in group:
        by_loop.setdefault(operation.future.get_loop(), []).append(operation)
    for loop, operations in by_loop.items():
        # The loop may be closing: what was written is written.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_deliver, operations)


def _deliver(operations: list[_Operation]) -> None:
    for operation in operations:
        future = operation.future
        if operation.error is not None:
            if not future.done():
                future.set_exception(operation.error)
            continue
        if operation.tx is not None:
            for callback, args in operation.tx._callbacks:
                callback(*args)
        if not future.done():
            future.set_result(operation.result)


class SqliteDatabase(Database):
    """One file, read in the loop thread and in an executor, written by one thread."""

    engine: Engine = "sqlite"

    def __init__(self, path: str, lease: NodeLease, *, vfs: str | None = None) -> None:
        self.path = path
        self.groups_observed: Callable[[int, float], None] = lambda _size, _seconds: None
        self._vfs = vfs
        self._lease = lease
        self.ids = lease.minter
        self._reader = connect(path, vfs=vfs)
        self._deadline = 0.0
        self._reader.set_progress_handler(self._late, _PROGRESS_STEPS)
        self._local = threading.local()
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="weft-reader")
        self._writer = _Writer(
            connect(path, writer=True, vfs=vfs),
            self.ids,
            self._group_written,
        )
        self._closing = threading.Event()
        self._checkpointer = threading.Thread(
            target=self._checkpoint, name="weft-checkpoint", daemon=True
        )
        self._checkpointer.start()

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        compiled = query.compiled("sqlite", params)
        values = _values(compiled, params)
        if compiled.bounded:
            self._deadline = time.perf_counter() + READ_ABORT_S
            try:
                return _rows(self._reader, compiled, values)
            except apsw.InterruptError:
                pass  # slower than it may be in the loop: once more, out of the way
            except apsw.Error as error:
                raise _translated(error) from error
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
        self._writer.submit(_Operation(fn, args, kwargs, future))
        # What is being written may not be taken back by a caller that goes away.
        return await asyncio.shield(future)

    async def close(self) -> None:
        self._closing.set()
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._checkpointer.join)
        await asyncio.to_thread(self._executor.shutdown)
        await self._lease.release()
        self._reader.close()

    def _group_written(self, size: int, seconds: float) -> None:
        self.groups_observed(size, seconds)

    def _late(self) -> bool:
        return time.perf_counter() > self._deadline

    def _aside(self, compiled: Compiled, values: list[Any]) -> list[Any]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self.path, vfs=self._vfs)
        try:
            return _rows(connection, compiled, values)
        except apsw.Error as error:
            raise _translated(error) from error

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
            raise _translated(error) from error
        finally:
            connection.close()
