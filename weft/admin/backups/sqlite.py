"""SQLite in a backup: a snapshot of the file taken by SQLite itself."""

from pathlib import Path

import apsw

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
        require_whole(copy, source, quick=True)
        return count_rows(copy)
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
    finally:
        connection.close()
    if counted != rows:
        wrong = sorted(name for name in counted.keys() | rows if counted.get(name) != rows.get(name))
        raise CommandFailed(f"the backup's manifest is wrong about the tables {', '.join(wrong)}")


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
