"""Bringing a database's schema to this version's, and refusing the ones that are not.

Alembic turns the revisions in ``migrations`` into SQL text, and our own drivers run it in one
transaction: so no second driver per engine is needed, two processes may start at once, and a
failure in the middle leaves the schema as it was. Alembic is imported only when there is something
to do.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from weft.storage.errors import SchemaMismatch, StorageFailed
from weft.storage.statements import Engine

if TYPE_CHECKING:
    import apsw
    import asyncpg

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x57656674
"""PostgreSQL's advisory lock that two migrating processes queue at."""


def revisions() -> list[str]:
    """Every revision that this version knows, oldest first."""
    return sorted(path.name[:4] for path in MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


def knows_revision(revision: str) -> bool:
    """Can this version work with, or upgrade, a database of that revision?"""
    return revision in revisions()


async def upgrade(url: str, *, to: str | None = None) -> None:
    """Bring the schema up to ``to`` (a revision), or to the newest; a new database gets all of it.

    Raises:
        SchemaMismatch: the database belongs to a newer Weft.
        StorageFailed: the database refused; its schema is as it was.
    """
    target = to or revisions()[-1]
    if url.startswith("sqlite:///"):
        _upgrade_sqlite(url.removeprefix("sqlite:///"), target)
    else:
        await _upgrade_postgres(url, target)


async def check(url: str) -> None:
    """Is the schema exactly this version's?

    Raises:
        SchemaMismatch: with what to do.
        StorageFailed: the database could not be read.
    """
    current = await current_revision(url)
    if current is None:
        raise SchemaMismatch("the database is empty: run weft db migrate")
    _refuse_newer(current)
    if current != revisions()[-1]:
        raise SchemaMismatch(
            f"the database's schema is {current}, and this version works with {revisions()[-1]}:"
            " stop the server, make a backup, and run weft db migrate"
        )


async def current_revision(url: str) -> str | None:
    """The revision of a database, or None when it is empty.

    Raises:
        StorageFailed: it could not be read.
    """
    if url.startswith("sqlite:///"):
        import apsw

        try:
            with closing(_connect(url.removeprefix("sqlite:///"))) as file:
                return _sqlite_revision(file)
        except apsw.Error as error:
            raise StorageFailed(f"SQLite: {error}") from error
    connection = await _connect_postgres(url)
    try:
        return await _postgres_revision(connection)
    finally:
        await connection.close()


def _refuse_newer(current: str | None) -> None:
    if current is not None and not knows_revision(current):
        raise SchemaMismatch(
            f"the database's schema is {current}, which this version of Weft does not know: a newer"
            " version has used it; install that version, or restore a backup from before"
        )


def _connect(path: str) -> "apsw.Connection":
    from weft.storage.sqlite import check_version, connect

    check_version()
    return connect(path, writer=True)


def _sqlite_revision(connection: "apsw.Connection") -> str | None:
    found = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    ).fetchall()
    if not found:
        return None
    rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(rows[0][0]) if rows else None


def _upgrade_sqlite(path: str, target: str) -> None:
    import apsw

    try:
        with closing(_connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                current = _sqlite_revision(connection)
                _refuse_newer(current)
                for statement in _statements(current, target, "sqlite"):
                    connection.execute(statement)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except apsw.Error as error:
        raise StorageFailed(f"SQLite: {error}") from error


async def _connect_postgres(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    import asyncpg

    try:
        return await asyncpg.connect(url)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StorageFailed(f"PostgreSQL cannot be reached: {error}") from error


async def _postgres_revision(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    current = await connection.fetchval("SELECT version_num FROM alembic_version")
    return str(current) if current is not None else None


async def _upgrade_postgres(url: str, target: str) -> None:
    import asyncpg

    connection = await _connect_postgres(url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            current = await _postgres_revision(connection)
            _refuse_newer(current)
            for statement in _statements(current, target, "postgresql"):
                await connection.execute(statement)
    except asyncpg.PostgresError as error:
        raise StorageFailed(f"PostgreSQL: {error}") from error
    finally:
        await connection.close()


class _Statements(list[str]):
    """A file for Alembic to write to: it writes one statement at a time."""

    def write(self, text: str) -> None:
        if not text.startswith("--"):
            self.append(text.strip().removesuffix(";"))

    def flush(self) -> None:
        """Nothing is held back."""


def _statements(current: str | None, target: str, engine: Engine) -> Iterator[str]:
    """The SQL that leads from one revision to another."""
    if current is not None and current >= target:
        return
    from alembic.config import Config
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS.parent).replace("%", "%%"))
    config.set_main_option("version_locations", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)
    written = _Statements()
    context = MigrationContext.configure(
        dialect_name=engine,
        opts={
            "as_sql": True,
            "starting_rev": current,
            "output_buffer": written,
            "fn": lambda revision, _context: scripts._upgrade_revs(target, revision),
        },
    )
    with Operations.context(context):
        context.run_migrations()
    yield from written
