"""PostgreSQL in a backup: every table through COPY, out of one repeatable-read snapshot.

No pg_dump is needed, on either side: the schema comes from Weft's migrations, to the revision that
the backup names, and only rows travel. They are PostgreSQL's text format, in pieces of
``PIECE_BYTES`` named ``database/TABLE/NNNNNNNN.copy``, so neither side holds a table in memory or
needs room for a second copy of it.

Restoring moves what is in the way into a schema of its own, and drops that when all is restored: a
restore that fails leaves the database as it was.
"""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from weft.admin.backups.archive import ArchiveWriter, BadArchive, Manifest
from weft.admin.backups.sqlite import Known
from weft.admin.failure import CommandFailed
from weft.storage.schema.tables import NUM_NOUNS, metadata

PIECE_BYTES = 8 * 1024 * 1024
FOLDER = "database/"
_VERSION_TABLE = "alembic_version"
# Who held a node number then has ended long before this is restored; the revision is in the manifest.
_LEFT_OUT = {"node_lease", _VERSION_TABLE}

_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname
"""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A connection of our own.

    Raises:
        CommandFailed: PostgreSQL cannot be reached, or refused a statement.
    """
    try:
        connection = await asyncpg.connect(url, timeout=15, command_timeout=None)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandFailed(
            f"PostgreSQL cannot be reached ({error or 'no answer'}): check WEFT_DATABASE_URL"
        ) from None
    try:
        yield connection
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandFailed(f"PostgreSQL: {error}") from error
    finally:
        await connection.close(timeout=10)


async def look_at(connection: Any) -> Known:
    """Who the database belongs to; see ``Known``."""
    tables = {row[0] for row in await connection.fetch(_TABLES)}
    remembered, revision, lease = {}, None, 0
    if "server_setting" in tables:
        remembered = dict(await connection.fetch("SELECT key, value FROM server_setting"))
    if _VERSION_TABLE in tables:
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
    if "node_lease" in tables:
        lease = await connection.fetchval("SELECT max(lease_until_at) FROM node_lease") or 0
    return Known(remembered, revision, int(lease))


@asynccontextmanager
async def snapshot(connection: Any) -> AsyncIterator[None]:
    """While this lasts the connection sees the database of one moment; others go on writing."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield


async def dump(
    connection: Any, archive: ArchiveWriter
) -> tuple[dict[str, int], dict[str, tuple[str, ...]], dict[str, int]]:
    """Write every table; rows by table, columns by table, next values of the sequences."""
    found = {row[0]: tuple(row[1]) for row in await connection.fetch(_TABLES)}
    rows, columns = {}, {}
    for table in metadata.sorted_tables:  # what others refer to comes first
        if table.name not in found or table.name in _LEFT_OUT:
            continue
        columns[table.name] = found[table.name]
        pieces = _Pieces(archive, table.name)
        status = await connection.copy_from_table(
            table.name, columns=list(found[table.name]), output=pieces.take
        )
        pieces.finish()
        rows[table.name] = int(status.rpartition(" ")[2])
    # Sequences do not belong to the snapshot: they may be further on, never behind.
    sequences = {}
    for noun in NUM_NOUNS:
        row = await connection.fetchrow(f"SELECT last_value, is_called FROM num_{noun}")  # noqa: S608
        sequences[noun] = int(row[0]) + int(row[1])
    return rows, columns, sequences


class _Pieces:
    """Collects what COPY sends into members of the archive."""

    def __init__(self, archive: ArchiveWriter, table: str) -> None:
        self._archive, self._table = archive, table
        self._buffer = bytearray()
        self._number = 0

    async def take(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= PIECE_BYTES:
            self.finish()

    def finish(self) -> None:
        if self._buffer:
            self._number += 1
            name = f"{FOLDER}{self._table}/{self._number:08}.copy"
            self._archive.add(name, io.BytesIO(self._buffer), len(self._buffer))
            self._buffer = bytearray()


class Replacement:
    """The way of a database from what it holds to what a backup holds."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._aside: str | None = None
        self._schema = ""

    async def clear(self) -> None:
        """Move our tables out of the way, into a schema of their own."""
        connection = self._connection
        self._schema = str(await connection.fetchval("SELECT quote_ident(current_schema())"))
        ours = await self._ours()
        if not ours:
            return
        aside = f"weft_replaced_{int(time.time())}"
        try:
            async with connection.transaction():
                await connection.execute(f"CREATE SCHEMA {aside}")
                for kind, name in ours:
                    await connection.execute(f'ALTER {kind} "{name}" SET SCHEMA {aside}')
        except asyncpg.InsufficientPrivilegeError:
            raise CommandFailed(
                "this PostgreSQL user may not make a schema, which replacing a server needs:"
                " restore into an empty database, or GRANT CREATE ON DATABASE to it"
            ) from None
        self._aside = aside

    async def fill(self, manifest: Manifest, pieces: Iterator[tuple[str, bytes]]) -> None:
        """COPY every table in, in one transaction; the tables are there and empty.

        Raises:
            BadArchive: the rows are not those that the manifest promises.
        """
        connection = self._connection
        known = {row[0]: set(row[1]) for row in await connection.fetch(_TABLES)}
        source = _ByTable(pieces)
        async with connection.transaction():
            for table, columns in manifest.columns.items():
                if not set(columns) <= known.get(table, set()) or table in _LEFT_OUT:
                    raise BadArchive(f"the backup has a table {table} that no Weft knows")
                await connection.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
                # What migrations put there comes with the backup.
                await connection.execute(f'DELETE FROM "{table}"')  # noqa: S608  a known table
                status = await connection.copy_to_table(
                    table, source=source.rows_of(table), columns=list(columns)
                )
                await connection.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
                if int(status.rpartition(" ")[2]) != manifest.rows.get(table):
                    raise BadArchive(f"the backup's manifest is wrong about the table {table}")
            await source.require_end()
            for noun, following in manifest.sequences.items():
                if noun in NUM_NOUNS:
                    await connection.execute(
                        f"SELECT setval('num_{noun}', {int(following)}, false)"
                    )
        await connection.execute("ANALYZE")

    async def keep(self) -> None:
        """All is restored: what was there before goes."""
        if self._aside is not None:
            await self._connection.execute(f"DROP SCHEMA {self._aside} CASCADE")

    async def undo(self) -> None:
        """Put back what was there before."""
        connection = self._connection
        async with connection.transaction():
            for kind, name in reversed(await self._ours()):
                await connection.execute(f'DROP {kind} "{name}" CASCADE')
            if self._aside is None:
                return
            for kind, name in await self._ours(self._aside):
                await connection.execute(
                    f'ALTER {kind} {self._aside}."{name}" SET SCHEMA {self._schema}'
                )
            await connection.execute(f"DROP SCHEMA {self._aside}")

    async def _ours(self, schema: str | None = None) -> list[tuple[str, str]]:
        """What of Weft's is in a schema: ``("TABLE" | "SEQUENCE", name)``."""
        rows = await self._connection.fetch(
            "SELECT relkind::text, relname::text FROM pg_class"
            " WHERE relnamespace = coalesce($1, current_schema()::text)::regnamespace"
            " AND relkind IN ('r', 'p', 'S')",
            schema,
        )
        names = {*metadata.tables, _VERSION_TABLE, *(f"num_{noun}" for noun in NUM_NOUNS)}
        return sorted(
            ("SEQUENCE" if kind == "S" else "TABLE", name) for kind, name in rows if name in names
        )


class _ByTable:
    """Hands an archive's pieces, which come in order, to one COPY after the other.

    The archive is read in a thread: asyncpg's connection stays answering meanwhile."""

    def __init__(self, pieces: Iterator[tuple[str, bytes]]) -> None:
        self._pieces = pieces
        self._next: tuple[str, bytes] | None = None

    async def _advance(self) -> tuple[str, bytes] | None:
        if self._next is None:
            self._next = await asyncio.to_thread(next, self._pieces, None)
        return self._next

    async def rows_of(self, table: str) -> AsyncIterator[bytes]:
        while (piece := await self._advance()) is not None and piece[0] == table:
            self._next = None
            yield piece[1]

    async def require_end(self) -> None:
        piece = await self._advance()
        if piece is not None:
            raise BadArchive(f"the backup has rows of {piece[0]} where none belong")
