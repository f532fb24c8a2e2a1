"""What SQLite's driver is given, and what it answers: the same for reads and writes."""

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from weft.storage.errors import BrokenReference, Conflict, StorageFailed, StorageFull
from weft.storage.statements import Compiled

_UNIQUE = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)
_encode_list = msgspec.json.Encoder().encode


def values_of(compiled: Compiled, params: dict[str, Any]) -> Sequence[Any]:
    """What the driver binds; lists travel as JSON."""
    values = compiled.bind(params)
    if compiled.lists:
        values = list(values)
        for index, name in enumerate(compiled.parameters):
            if name in compiled.lists:
                values[index] = _encode_list(values[index]).decode()
    return values


def rows_of(cursor: apsw.Cursor, compiled: Compiled, values: Sequence[Any]) -> list[Any]:
    rows = cursor.execute(compiled.sql, values).fetchall()
    make = compiled.make_row
    return rows if make is None else [make(row) for row in rows]


def translated(error: apsw.Error) -> Exception:
    """The driver's error as one of ours."""
    if isinstance(error, apsw.ConstraintError):
        if getattr(error, "extendedresult", 0) in _UNIQUE:
            return Conflict(str(error).rpartition(": ")[2])
        return BrokenReference(str(error))
    if isinstance(error, apsw.FullError):
        return StorageFull("the disk that holds the database is full")
    return StorageFailed(f"SQLite: {error}")
