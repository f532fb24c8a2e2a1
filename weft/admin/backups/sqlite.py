"""SQLite in a backup: a snapshot of the file taken by SQLite itself."""

from pathlib import Path

import apsw
from msgspec import Struct

from weft.admin.failure import CommandFailed

MEMBER = "database/weft.db"


def snapshot(source: Path, target: Path) -> dict[str, int]:
    """Copy the database as it is at one moment, while others write; rows by table.

    All pages in one step: one read transaction, which a write-ahead log lets writers pass.

    Raises:
        CommandFailed: there is no database, or it is damaged.
    """
    if not source.is_file():
        raise CommandFailed(f"there is no database {source}: run weft setup first")
    reader = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)
    copy = apsw.Connection(str(target))
    try:
        reader.set_busy_timeout(10_000)
        with copy.backup("main", reader, "main") as backup:
            while not backup.done:
                backup.step(-1)
        # A restored file must open anywhere; the server turns the write-ahead log on again.
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()
        # Who held a node number then has ended long before this is restored.
        copy.execute("DELETE FROM node_lease")
        require_whole(copy, source, quick=True)
        return count_rows(copy)
    except apsw.Error as error:
        raise CommandFailed(
            f"the database {source} cannot be read ({error}): weft doctor looks closer"
        ) from None
    finally:
        reader.close()
        copy.close()


def verify_file(path: Path, rows: dict[str, int]) -> None:
    """Is a restored file whole, and does it hold the rows that the manifest promises?

    Raises:
        CommandFailed: it is not.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        require_whole(connection, path, quick=False)
        counted = count_rows(connection)
    except apsw.Error as error:
        raise CommandFailed(f"the backup holds no working database ({error})") from None
    finally:
        connection.close()
    if counted != rows:
        wrong = sorted(
            name for name in counted.keys() | rows if counted.get(name) != rows.get(name)
        )
        raise CommandFailed(f"the backup's manifest is wrong about the tables {', '.join(wrong)}")


class Known(Struct, frozen=True):
    """What a database says about itself: its rows of ``server_setting`` (empty while it was never
    used), its schema's revision, and until when a process holds a lease (ms; 0: none does)."""

    remembered: dict[str, str]
    revision: str | None
    leased_until_at: int


def look_at(path: Path) -> Known:
    """Read who a database file belongs to; of an empty file or another program's, nothing.

    Raises:
        CommandFailed: it cannot be read.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(10_000)
        tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema")}
        remembered, revision, lease = {}, None, 0
        if "server_setting" in tables:
            rows = connection.execute("SELECT key, value FROM server_setting")
            remembered = {str(key): str(value) for key, value in rows}
        if "alembic_version" in tables:
            revision = connection.execute("SELECT version_num FROM alembic_version").get
        if "node_lease" in tables:
            lease = connection.execute("SELECT max(lease_until_at) FROM node_lease").get or 0
        return Known(remembered, revision, int(lease))
    except apsw.Error as error:
        raise CommandFailed(
            f"the database {path} cannot be read ({error}): weft doctor looks closer"
        ) from None
    finally:
        connection.close()


def require_whole(connection: apsw.Connection, path: Path, *, quick: bool) -> None:
    """Raises CommandFailed with SQLite's first findings when the file is damaged."""
    check = "quick_check" if quick else "integrity_check"
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}(5)")]
    if found != ["ok"]:
        raise CommandFailed(
            f"the database {path} is damaged ({'; '.join(found)}): restore the last good backup"
        )


def count_rows(connection: apsw.Connection) -> dict[str, int]:
    """Rows by table, without SQLite's own."""
    names = [
        str(row[0])
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
    ]
    return {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').get)  # noqa: S608  our names
        for name in names
    }
