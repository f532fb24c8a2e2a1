"""PostgreSQL through asyncpg: a small pool, each write its own transaction, retried when it loses."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg

from weft.storage.database import Database, Ears, Tx
from weft.storage.errors import BrokenReference, Conflict, StorageFailed, StorageFull, TooSlow
from weft.storage.ids import IdMinter
from weft.storage.leases import NodeLease
from weft.storage.schema.tables import NUM_NOUNS
from weft.storage.statements import Compiled, Engine, Query

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")

POOL = 10
TRIES = 8


def _rows(compiled: Compiled, records: Sequence[Any]) -> list[Any]:
    make = compiled.make_row
    return [make(record) for record in records] if make else list(records)


def _translated(error: Exception) -> Exception:
    """The driver's error as one of ours."""
    if isinstance(error, asyncpg.UniqueViolationError):
        if error.detail is not None and error.detail.startswith("Key (id)="):
            return Conflict(f"{error.table_name}.id")
        return Conflict(error.constraint_name or str(error))
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return BrokenReference(str(error))
    if isinstance(error, asyncpg.InsufficientResourcesError):
        return StorageFull(f"PostgreSQL: {error}")
    return StorageFailed(f"PostgreSQL: {error}")


class PostgresTx(Tx):
    __slots__ = ("_connection",)

    def __init__(self, connection: Any, ids: IdMinter, ears: Ears, attempt: int) -> None:
        super().__init__(ids, ears, attempt)
        self._connection = connection

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        compiled = query.compiled("postgresql", params)
        return _rows(compiled, await self._connection.fetch(compiled.sql, *compiled.bind(params)))

    async def one(self, query: Query[R], **params: Any) -> R | None:
        rows = await self.all(query, **params)
        return rows[0] if rows else None

    async def run(self, query: Query[Any], **params: Any) -> int:
        compiled = query.compiled("postgresql", params)
        status: str = await self._connection.execute(compiled.sql, *compiled.bind(params))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def many(self, query: Query[Any], rows: Sequence[dict[str, Any]]) -> None:
        if not rows:
            return
        compiled = query.compiled("postgresql", rows[0])
        await self._connection.executemany(compiled.sql, [compiled.bind(row) for row in rows])

    async def next_num(self, noun: str) -> int:
        if noun not in NUM_NOUNS:
            raise ValueError(f"no numbers are kept for {noun}")
        return int(await self._connection.fetchval(f"SELECT nextval('num_{noun}')"))


class PostgresDatabase(Database):
    engine: Engine = "postgresql"

    def __init__(self, pool: Any, lease: NodeLease) -> None:
        self._pool = pool
        self._lease = lease
        self.ids = lease.minter
        self.ears = Ears()

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        compiled = query.compiled("postgresql", params)
        # Without a limit of its own a statement has the pool's.
        limit = {} if compiled.limit_s is None else {"timeout": compiled.limit_s}
        try:
            found = await self._pool.fetch(compiled.sql, *compiled.bind(params), **limit)
            return _rows(compiled, found)
        except TimeoutError as error:
            raise TooSlow(compiled.name) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise _translated(error) from error

    async def one(self, query: Query[R], **params: Any) -> R | None:
        rows = await self.all(query, **params)
        return rows[0] if rows else None

    async def write(
        self,
        fn: Callable[Concatenate[Tx, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return await asyncio.shield(self._write(fn, args, kwargs))

    async def _write(
        self, fn: Callable[..., Awaitable[T]], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> T:
        met = False  # a conflict
        for attempt in range(TRIES):
            try:
                async with self._pool.acquire() as connection:
                    tx = PostgresTx(connection, self.ids, self.ears, attempt)
                    async with connection.transaction():
                        result = await fn(tx, *args, **kwargs)
                break
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError) as error:
                if attempt == TRIES - 1:
                    raise _translated(error) from error
                await asyncio.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                translated = _translated(error)
                if not isinstance(translated, Conflict):
                    raise translated from error
                # Another id, or what somebody else wrote between our look and our insert: the
                # second run finds it there, as it always would on SQLite.
                met_before = met and not translated.is_of_id
                met = True
                if met_before or attempt == TRIES - 1:
                    raise translated from error
        for callback, callback_args in tx._callbacks:
            callback(*callback_args)
        return result

    async def close(self) -> None:
        await self._lease.release()
        await self._pool.close()


class _PostgresLeases:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def execute(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._pool.fetch(sql, *values)]


async def open_postgres(url: str, *, node: int | None = None) -> Database:
    """Open a database; lease a node number unless one is given."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=POOL, command_timeout=60)
    lease = NodeLease(_PostgresLeases(pool), node)
    await lease.take()
    return PostgresDatabase(pool, lease)
