"""SQLite's write path: groups of writes, run in the event loop, committed in a thread.

Why groups: one activity per commit is two thousand a second, a hundred to a commit ten thousand,
equally durable (design section 4). Why in the loop: SQLite's driver lets the interpreter lock go
around each statement, so that a thread that runs short statements beside a busy loop mostly waits
for the lock and wakes the other up. Measured with ``benchmarks inbox``: 810 activities per second
of CPU with all writing in a thread, 1,150 with statements in the loop. Only the commit, which waits
for the disk, is left to the thread.

A group is begun when writes wait, takes what comes until nothing waits, ``GROUP`` operations or
``GROUP_S``, and lets the loop breathe every ``SLICE_S``. Futures resolve, and after-commit callbacks
run, in one wake-up of the loop after the commit.

First the members run without savepoints (a savepoint copies every page that is changed after it).
If one raises, the group is rolled back and run once more with a savepoint for each member, so that
only the one that raises is lost; write functions may run twice anyway. A full disk, an I/O error or
no memory loses the whole group, and every member is told.

What takes long would hold the loop: past ``LONG_S`` a write is interrupted, and its whole group is
rolled back and run in the thread, with no limit. The same happens when another process holds the
write lock. A write function that awaits something else than its transaction is refused.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from typing import Any, TypeVar

import apsw

from weft.storage.database import Ears, Tx
from weft.storage.errors import Conflict, StorageError, StorageFailed, SuspendedInWrite
from weft.storage.ids import IdMinter
from weft.storage.sqlite_driver import rows_of, translated, values_of
from weft.storage.statements import Query

R = TypeVar("R")

TRIES = 5
"""Runs of one write whose new id was taken."""

GROUP = 200
GROUP_S = 0.020
SLICE_S = 0.002
LONG_S = 0.010
BUSY_MS = 10_000
_PROGRESS_STEPS = 10_000
_LOSES_ALL = (apsw.FullError, apsw.IOError, apsw.NoMemError, apsw.CorruptError)
_NEVER = float("inf")


class _TakesLong(BaseException):
    """A write has held the loop for long enough. Not an Exception: no write function catches it."""


class _Limit:
    """Until when the write at hand may run."""

    __slots__ = ("until",)

    def __init__(self) -> None:
        self.until = _NEVER

    def is_past(self) -> bool:
        return time.perf_counter() > self.until


class _Numbers:
    """Hands out ``num``s. A group holds the write lock from its start to its commit: so what a noun
    has reached is read once for the group, and written once, before the commit."""

    __slots__ = ("_cursor", "_next")

    def __init__(self, cursor: apsw.Cursor) -> None:
        self._cursor = cursor
        self._next: dict[str, int] = {}

    def next(self, noun: str) -> int:
        number = self._next.get(noun)
        if number is None:
            rows: Any = self._cursor.execute(
                "SELECT next FROM num_counter WHERE noun = ?", (noun,)
            ).fetchall()
            number = int(rows[0][0]) if rows else 1
        self._next[noun] = number + 1
        return number

    def forget(self) -> None:
        """The group begins, or begins again."""
        self._next.clear()

    def write(self) -> None:
        """The group is about to be committed."""
        for noun, number in self._next.items():
            self._cursor.execute(
                "INSERT INTO num_counter (noun, next) VALUES (?, ?) "
                "ON CONFLICT (noun) DO UPDATE SET next = excluded.next",
                (noun, number),
            )
        self._next.clear()


class SqliteTx(Tx):
    """One write on the write connection; its methods never suspend."""

    __slots__ = ("_connection", "_cursor", "_limit", "_numbers")

    def __init__(
        self,
        cursor: apsw.Cursor,
        ids: IdMinter,
        ears: Ears,
        attempt: int,
        limit: _Limit,
        numbers: _Numbers,
    ) -> None:
        """``cursor`` is one for all writes: a new one for each statement doubles its cost."""
        super().__init__(ids, ears, attempt)
        self._cursor = cursor
        self._connection = cursor.connection
        self._limit = limit
        self._numbers = numbers

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        if time.perf_counter() > self._limit.until:
            raise _TakesLong
        compiled = query.compiled("sqlite", params)
        return rows_of(self._cursor, compiled, values_of(compiled, params))

    async def one(self, query: Query[R], **params: Any) -> R | None:
        if time.perf_counter() > self._limit.until:
            raise _TakesLong
        compiled = query.compiled("sqlite", params)
        rows = rows_of(self._cursor, compiled, values_of(compiled, params))
        return rows[0] if rows else None

    async def run(self, query: Query[Any], **params: Any) -> int:
        if time.perf_counter() > self._limit.until:
            raise _TakesLong
        compiled = query.compiled("sqlite", params)
        self._cursor.execute(compiled.sql, values_of(compiled, params))
        return self._connection.changes()

    async def many(self, query: Query[Any], rows: Sequence[dict[str, Any]]) -> None:
        for params in rows:
            await self.run(query, **params)

    async def next_num(self, noun: str) -> int:
        return self._numbers.next(noun)


class Operation:
    """One call of ``Database.write``."""

    __slots__ = ("args", "context", "error", "fn", "future", "kwargs", "result", "tx")

    def __init__(
        self,
        fn: Callable[..., Awaitable[Any]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        future: "asyncio.Future[Any]",
    ) -> None:
        self.fn, self.args, self.kwargs, self.future = fn, args, kwargs, future
        self.context = copy_context()  # a group begins in that of whoever came first
        self.tx: SqliteTx | None = None
        self.result: Any = None
        self.error: BaseException | None = None


class SqliteWriter:
    """Owns the write connection. It is touched by the home loop while a group is run, and by the
    thread from the hand-over of a group until that is done: never by both."""

    def __init__(
        self,
        connection: apsw.Connection,
        ids: IdMinter,
        ears: Ears,
        observe: Callable[[int, float], None],
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._ids, self._ears = ids, ears
        self._observe = observe
        self._limit = _Limit()
        self._numbers = _Numbers(self._cursor)
        connection.set_progress_handler(self._limit.is_past, _PROGRESS_STEPS)
        connection.set_busy_timeout(0)
        self._home: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[Operation] = deque()
        self._group: list[Operation] = []
        self._busy = False
        self._epoch = 0
        """Counts home loops: what an earlier one still has planned is void."""
        self._careful = False
        """Does each member of this group get a savepoint?"""
        self._started = 0.0
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="weft-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation) -> None:
        """Called in the loop that waits for the operation."""
        loop = operation.future.get_loop()
        home = self._home
        if home is loop:
            self._take(operation)
        elif home is not None and home.is_running():
            home.call_soon_threadsafe(self._take, operation)
        else:
            self._move_to(loop)
            self._take(operation)

    async def close(self) -> None:
        """Finish what waits and end the thread."""
        last = Operation(_nothing, (), {}, asyncio.get_running_loop().create_future())
        self.submit(last)
        with contextlib.suppress(StorageError):
            await last.future
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop that ran the groups has ended: what it left unfinished was never promised."""
        if self._busy:
            done = threading.Event()
            self._jobs.put(done.set)  # behind a commit that may still be under way
            done.wait()
            self._roll_back()
        self._home, self._epoch = loop, self._epoch + 1
        self._group, self._busy, self._careful = [], False, False

    def _take(self, operation: Operation) -> None:
        self._waiting.append(operation)
        if not self._busy:
            self._busy = True
            # In the next turn: what else is submitted in this one comes into the same group.
            self._soon(self._begin)

    def _soon(self, step: Callable[[int], None]) -> None:
        if self._home is not None:
            self._home.call_soon(step, self._epoch)

    def _begin(self, epoch: int) -> None:
        if epoch != self._epoch:
            return
        self._started = time.perf_counter()
        self._group = []
        self._numbers.forget()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            while self._waiting and len(self._group) < GROUP:
                self._group.append(self._waiting.popleft())
            self._jobs.put(self._run_aside)
        except apsw.Error as error:
            self._group.append(self._waiting.popleft())
            self._lost(translated(error))
            self._finished(epoch)
        else:
            self._slice(epoch)

    def _slice(self, epoch: int) -> None:
        """Run members for a while, in the loop."""
        if epoch != self._epoch:
            return
        try:
            more = self._run_some()
        except _TakesLong:
            self._roll_back()
            self._jobs.put(self._run_aside)
        except Exception as error:  # also a fault of ours: nobody may wait for ever
            self._lost(_as_ours(error))
            self._finished(epoch)
        else:
            if more:
                self._soon(self._slice)
            else:
                self._limit.until = _NEVER
                self._jobs.put(self._commit)

    def _run_some(self) -> bool:
        """Members for ``SLICE_S``. True if the group goes on."""
        now = time.perf_counter()
        until = now + SLICE_S
        while self._waiting and len(self._group) < GROUP:
            operation = self._waiting.popleft()
            self._group.append(operation)
            self._limit.until = now + LONG_S
            self._member(operation)
            if operation.error is not None and not self._careful:
                self._run_again()
            now = time.perf_counter()
            if now - self._started > GROUP_S:
                return False
            if now > until:
                return bool(self._waiting) and len(self._group) < GROUP
        return False

    def _run_again(self) -> None:
        """Back to the start of the group, with care."""
        self._connection.execute("ROLLBACK")
        self._numbers.forget()
        self._connection.execute("BEGIN IMMEDIATE")
        self._waiting.extendleft(reversed(self._group))
        self._group = []
        self._careful = True
        self._started = time.perf_counter()

    def _member(self, operation: Operation) -> None:
        """Run one operation; only what loses the whole group escapes."""
        if self._careful:
            self._connection.execute("SAVEPOINT member")
        for attempt in range(TRIES):
            operation.tx = tx = SqliteTx(
                self._cursor, self._ids, self._ears, attempt, self._limit, self._numbers
            )
            operation.error = None
            try:
                operation.result = operation.context.run(_stepped, operation, tx)
            except (*_LOSES_ALL, _TakesLong):
                raise
            except apsw.InterruptError:
                raise _TakesLong from None
            except BaseException as error:  # the caller gets it, whatever it is
                operation.error = translated(error) if isinstance(error, apsw.Error) else error
                if not self._careful:
                    return
                self._connection.execute("ROLLBACK TO member")
            if not (isinstance(operation.error, Conflict) and operation.error.is_of_id):
                break
        if self._careful:
            self._connection.execute("RELEASE member")

    def _work(self) -> None:
        """The thread."""
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # a fault of ours must not end the only thread that writes
                self._lost(_as_ours(error))
                self._hand_back()

    def _commit(self) -> None:
        try:
            self._numbers.write()
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._lost(translated(error))
        self._hand_back()

    def _run_aside(self) -> None:
        """The whole group in the thread, however long it takes."""
        self._careful = True
        self._limit.until = _NEVER
        self._numbers.forget()
        try:
            self._connection.set_busy_timeout(BUSY_MS)
            self._connection.execute("BEGIN IMMEDIATE")
            for operation in self._group:
                self._member(operation)
            self._numbers.write()
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._lost(translated(error))
        self._connection.set_busy_timeout(0)
        self._hand_back()

    def _hand_back(self) -> None:
        # The loop may be closing: what was written is written.
        with contextlib.suppress(RuntimeError):
            if self._home is not None:
                self._home.call_soon_threadsafe(self._finished, self._epoch)

    def _finished(self, epoch: int) -> None:
        """The group is durable, or lost: tell everybody, and go on."""
        if epoch != self._epoch:
            return
        group, self._group = self._group, []
        self._careful = False
        if self._waiting:
            self._soon(self._begin)
        else:
            self._busy = False
        seconds = time.perf_counter() - self._started
        _resolve(group, self._home)
        self._observe(len(group), seconds)

    def _lost(self, error: Exception) -> None:
        self._roll_back()
        for operation in self._group:
            operation.error = error
            operation.tx = None

    def _roll_back(self) -> None:
        with contextlib.suppress(apsw.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _as_ours(error: Exception) -> Exception:
    return translated(error) if isinstance(error, apsw.Error) else StorageFailed(repr(error))


async def _nothing(_tx: Tx) -> None:
    return


def _stepped(operation: Operation, tx: SqliteTx) -> Any:
    """Run a coroutine that never suspends to its end."""
    coroutine: Any = operation.fn(tx, *operation.args, **operation.kwargs)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise SuspendedInWrite(
        f"{getattr(coroutine, '__qualname__', coroutine)} awaited something that is not its "
        "transaction: fetch, parse and sign before the write"
    )


def _resolve(group: list[Operation], home: asyncio.AbstractEventLoop | None) -> None:
    """Tell the members: here, or by one wake-up of each other loop."""
    elsewhere: dict[asyncio.AbstractEventLoop, list[Operation]] = {}
    ours: list[Operation] = []
    for operation in group:
        loop = operation.future.get_loop()
        (ours if loop is home else elsewhere.setdefault(loop, [])).append(operation)
    for loop, operations in elsewhere.items():
        with contextlib.suppress(RuntimeError):  # that loop has ended
            loop.call_soon_threadsafe(_deliver, operations)
    _deliver(ours)


def _deliver(operations: list[Operation]) -> None:
    for operation in operations:
        future = operation.future
        if operation.error is not None:
            if not future.done():
                future.set_exception(operation.error)
            continue
        if operation.tx is not None:
            for callback, args in operation.tx._callbacks:
                try:
                    operation.context.run(callback, *args)
                except Exception as error:  # the others are told all the same
                    future.get_loop().call_exception_handler(
                        {
                            "message": f"after-commit callback {callback!r} failed",
                            "exception": error,
                        }
                    )
        if not future.done():
            future.set_result(operation.result)
