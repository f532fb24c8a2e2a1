"""What is kept of a post or an actor, in whatever table: found by the references of the schema itself,
so that a new table is found too.

For exports of evidence and for purges. A row is told by its table and key; its hash is the SHA-256 of
its values as canonical JSON (``jcs``).
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import Column, Delete, Select, Table, delete, select
from sqlalchemy import bindparam as bind

import weft.storage.schema  # noqa: F401  fills the metadata
from weft.protocol.jcs import canonical
from weft.storage.database import Database, Tx
from weft.storage.schema.tables import metadata
from weft.storage.statements import any_of, query

SECRET = frozenset(
    {
        "password_hash", "totp_sealed", "recovery_hashes", "token_hash", "code_hash",
        "private_sealed", "secret_hash", "auth", "p256dh", "public_key", "credential_id",
    }
)  # fmt: skip
"""Columns that are in no export: they open accounts."""


def _places(target: str) -> tuple[str, ...]:
    """``table.column`` of all that refer to a column."""
    return tuple(
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == target
    )


OF_POST = (
    "post.id", "post.boost_of_id", *_places("post.id"), "idempotency.post_id", "activity.object_id",
)  # fmt: skip
OF_ACCOUNT = ("account.id", *_places("account.id"))
OF_ACTOR = (
    "actor.id", *_places("actor.id"), "media.owner_id", "reaction.actor_id", "bookmark.actor_id",
    "poll_vote.actor_id", "home_entry.owner_id", "activity.actor_id", "account.actor_id",
    "notification.from_id",
)  # fmt: skip
BY_TEXT = (
    "inbox_log.actor_uri", "raw_document.uri", "remote_file.url", "mail_letter.recipient",
    "object.uri",
)  # fmt: skip
_OWN = (
    *_places("media.id"),
    "post.author_id",
    "media.id",
    "media.store_key",
    "media.small_key",
    "inbox_log.id",
)


def _first_keys() -> tuple[str, ...]:
    return tuple(
        f"{table.name}.{next(iter(table.primary_key)).name}" for table in metadata.sorted_tables
    )


ALL = tuple(dict.fromkeys((*OF_POST, *OF_ACCOUNT, *OF_ACTOR, *BY_TEXT, *_OWN, *_first_keys())))
Where: TypeAlias = Literal[ALL]  # type: ignore[valid-type]


class Trace(Struct, frozen=True):
    """One row, told without what is in it."""

    table: str
    key: dict[str, Any]
    sha256: str


def column_of(where: str) -> Column[Any]:
    table, _, name = where.partition(".")
    return metadata.tables[table].columns[name]


@query()
def rows_where(*, where: Where) -> Select:
    """Whole rows of one table, with one of ``:values`` in a column."""
    column = column_of(where)
    return select(*column.table.columns).where(any_of(column, "values")).limit(bind("limit"))


@query()
def delete_where(*, where: Where) -> Delete:
    column = column_of(where)
    table: Any = column.table
    return delete(table).where(any_of(column, "values"))


def plain(value: Any) -> Any:
    """A value as JSON has it; numbers that JSON would round are texts."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return repr(value)
    return value


def as_dict(table: Table, row: Sequence[Any]) -> dict[str, Any]:
    return {
        str(column.name): plain(value) for column, value in zip(table.columns, row, strict=True)
    }


def trace_of(table: Table, row: Sequence[Any]) -> Trace:
    values = as_dict(table, row)
    return Trace(
        str(table.name),
        {str(column.name): values[column.name] for column in table.primary_key},
        hashlib.sha256(canonical(values)).hexdigest(),
    )


MOST = 100_000


async def rows_of(
    db: Database | Tx, where: str, values: Iterable[Any]
) -> list[tuple[Table, Sequence[Any]]]:
    """Whole rows, of whatever table."""
    wanted = [each for each in values if each is not None]
    if not wanted:
        return []
    table: Any = column_of(where).table
    return [
        (table, row) for row in await db.all(rows_where, where=where, values=wanted, limit=MOST)
    ]


async def still_there(db: Database, traces: Sequence[Trace]) -> list[Trace]:
    """Those whose row is in the database."""
    by_table: dict[str, list[Trace]] = {}
    for each in traces:
        by_table.setdefault(each.table, []).append(each)
    found = []
    for name, group in by_table.items():
        table = metadata.tables[name]
        first = next(iter(table.primary_key)).name
        rows = await rows_of(db, f"{name}.{first}", {each.key[first] for each in group})
        keys = {
            tuple(sorted((c.name, plain(v)) for c, v in zip(table.columns, row, strict=True)
                         if c.primary_key))
            for _, row in rows
        }  # fmt: skip
        found += [each for each in group if tuple(sorted(each.key.items())) in keys]
    return found
