"""The schema that the migrations make is the one that the statements are written against."""

import re
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable

import weft.storage.schema  # noqa: F401  fills the metadata
from tests.support.databases import Databases, sql
from weft.storage.schema.moderation import AUDIT_TRIGGERS
from weft.storage.schema.tables import metadata
from weft.storage.statements import Engine

DIALECTS: dict[Engine, Any] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]


def make_from_metadata(url: str, engine: Engine) -> None:
    """The schema as the metadata says it, without migrations."""
    dialect = DIALECTS[engine]
    statements: list[Any] = []
    if engine == "postgresql":
        statements += [CreateSequence(each) for each in metadata._sequences.values()]
    for table in metadata.sorted_tables:
        statements.append(CreateTable(table))
        if engine == "postgresql" or not table.info.get("fulltext"):  # FTS5 is an index
            statements += [CreateIndex(index) for index in table.indexes]
    for statement in statements:
        sql(url, str(statement.compile(dialect=dialect)))
    for trigger in AUDIT_TRIGGERS[engine]:
        sql(url, trigger)


def read_back(url: str, engine: Engine) -> dict[str, Any]:
    """All that a database says of its schema: by name, comparable."""
    return _of_sqlite(url) if engine == "sqlite" else _of_postgresql(url)


def _of_sqlite(url: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, name, made in sql(url, "SELECT type, name, sql FROM sqlite_master"):
        if kind == "table":
            found[name] = {
                "columns": sorted(sql(url, f"PRAGMA table_info('{name}')")),
                "references": sorted(
                    row[2:] for row in sql(url, f"PRAGMA foreign_key_list('{name}')")
                ),
                "unique": sorted(
                    (unique, origin, tuple(sql(url, f"PRAGMA index_info('{index}')")))
                    for _, index, unique, origin, _ in sql(url, f"PRAGMA index_list('{name}')")
                    if origin != "c"
                ),
                "without rowid": "WITHOUT ROWID" in made,
            }
        elif made is not None:
            found[f"{kind} {name}"] = re.sub(r"\s+", " ", made)
    return found


def _of_postgresql(url: str) -> dict[str, Any]:
    columns = sql(
        url,
        "SELECT table_name, column_name, data_type, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    )
    indexes = sql(
        url, "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    )
    constraints = sql(
        url,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
    )
    sequences = sql(
        url, "SELECT sequencename, data_type::text, max_value, increment_by FROM pg_sequences"
    )
    triggers = sql(
        url,
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    )
    found: dict[str, Any] = {f"column {row[0]}.{row[1]}": row[2:] for row in columns}
    found |= {f"trigger {name}": made for name, made in triggers}
    found |= {f"index {name}": made for name, made in indexes}
    found |= {f"constraint {table}.{name}": made for table, name, made in constraints}
    found |= {f"sequence {row[0]}": row[1:] for row in sequences}
    return found


def without_alembic(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: made for name, made in schema.items() if "alembic_version" not in name}


def test_migrations_make_what_the_metadata_says(
    databases: Databases, engine: Engine, database_url: str, empty_url: str
) -> None:
    make_from_metadata(empty_url, engine)
    migrated = without_alembic(read_back(database_url, engine))
    declared = read_back(empty_url, engine)
    assert len(declared) > 100
    assert {name: made for name, made in migrated.items() if declared.get(name) != made} == {}
    assert declared.keys() - migrated.keys() == set()


def test_this_comparison_sees_one_column_and_one_index(database_url: str, engine: Engine) -> None:
    before = read_back(database_url, engine)
    sql(database_url, "DROP INDEX ix_poll_ends_at")
    sql(database_url, "ALTER TABLE post ADD COLUMN extra INTEGER")
    after = read_back(database_url, engine)
    changed = {name for name in before if after.get(name) != before[name]} | (after.keys() - before)
    assert changed == (
        {"index ix_poll_ends_at", "post"}
        if engine == "sqlite"
        else {"index ix_poll_ends_at", "column post.extra"}
    )


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_numbers_end_at_31_bits(database_url: str) -> None:
    largest = sql(database_url, "SELECT DISTINCT max_value FROM pg_sequences")
    assert largest == [(2**31 - 1,)]
