"""Every statement that Weft declares is understood by both engines, and those that promise to be
bounded read no whole table and sort nothing that can grow."""

import importlib
import pkgutil
import re
from contextlib import closing
from typing import Any

import apsw
import asyncpg
import pytest

import weft
from tests.support.databases import aside
from weft.storage.sqlite import connect
from weft.storage.statements import CATALOGUE, Compiled, Engine

HARMLESS = (
    "SCAN json_each ",  # the list that the caller brings
    "SCAN CONSTANT ROW",
    # FTS5 by its rowid: the one entry, whatever SQLite calls it.
    "SCAN post_search VIRTUAL TABLE INDEX 0:=",
    "SCAN actor_search VIRTUAL TABLE INDEX 0:=",
    "SCAN collection_search VIRTUAL TABLE INDEX 0:=",
)

JUSTIFIED = {
    # name -> (what the plan says, why that is bounded)
    "weft.domain.identity.queries.any_local_actor": (
        "SCAN actor USING INDEX uq_actor_local_handle",
        "the first entry of a partial index: LIMIT 1",
    ),
    "weft.domain.relations.queries.count_requests": (
        "SCAN anon_1",
        "counts a subquery that has a LIMIT of its own",
    ),
}


TEXT_IDS = ("client_id", "key_id", "of_key_id")
"""Names that others give."""


def every_module() -> None:
    """Import all of Weft, so that each module declares its statements."""
    for found in pkgutil.walk_packages(weft.__path__, "weft."):
        if ".migrations" not in found.name and not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def every_statement(engine: Engine) -> list[Compiled]:
    """Every combination of flags of every statement of Weft (tests declare some as well)."""
    every_module()
    return [
        declared.compiled(engine, dict(flags))
        for name, declared in CATALOGUE.items()
        if name.startswith("weft.")
        for flags in declared.variants()
    ]


def plan_of(connection: apsw.Connection, sql: str, parameters: int) -> list[str]:
    rows: Any = connection.execute("EXPLAIN QUERY PLAN " + sql, [None] * parameters)
    return [row[3] for row in rows]


def faults_of(name: str, plan: list[str]) -> list[str]:
    """The steps of a plan that read all of something or sort, without a justification."""
    justified = JUSTIFIED.get(name, ("", ""))[0]
    return [
        step
        for step in plan
        if (step.startswith("SCAN") or "TEMP B-TREE" in step)
        and not step.startswith(HARMLESS)
        and step != justified
    ]


def is_wide(name: str) -> bool:
    """Does the parameter carry an id or a time, for which 32 bits will not do?

    Where PostgreSQL cannot see the type of an expression, it takes it for a small integer.
    """
    return name == "now" or (name.endswith(("_at", "_id")) and name not in TEXT_IDS)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_understands_every_statement_and_bounded_ones_are_bounded(
    database_url: str,
) -> None:
    faults: dict[str, list[str]] = {}
    with closing(connect(database_url.removeprefix("sqlite:///"))) as connection:
        for compiled in every_statement("sqlite"):
            plan = plan_of(connection, compiled.sql, len(compiled.parameters))
            if compiled.bounded and (found := faults_of(compiled.name, plan)):
                faults[compiled.name] = found
    assert faults == {}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_postgresql_understands_every_statement(database_url: str) -> None:
    async def explain() -> dict[str, str]:
        faults: dict[str, str] = {}
        connection = await asyncpg.connect(database_url)
        for compiled in every_statement("postgresql"):
            try:
                await connection.execute("EXPLAIN (GENERIC_PLAN) " + compiled.sql)
                prepared = await connection.prepare(compiled.sql)
                for name, kind in zip(compiled.parameters, prepared.get_parameters(), strict=True):
                    if is_wide(name) and kind.name != "int8":
                        faults[compiled.name] = f"{name} is {kind.name}: too small"
            except asyncpg.PostgresError as error:
                faults[compiled.name] = str(error)
        await connection.close()
        return faults

    assert aside(explain) == {}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_each_justification_is_still_needed(database_url: str) -> None:
    seen: dict[str, set[str]] = {}
    with closing(connect(database_url.removeprefix("sqlite:///"))) as connection:
        for compiled in every_statement("sqlite"):
            plan = plan_of(connection, compiled.sql, len(compiled.parameters))
            seen.setdefault(compiled.name, set()).update(plan)
    assert {
        name: step for name, (step, _) in JUSTIFIED.items() if step not in seen.get(name, ())
    } == {}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT id FROM post WHERE content = ? LIMIT 1", "SCAN post"),
        ("SELECT id FROM post ORDER BY content LIMIT 1", "USE TEMP B-TREE FOR ORDER BY"),
        ("SELECT DISTINCT language FROM post", "USE TEMP B-TREE FOR DISTINCT"),
    ],
)
def test_this_test_finds_scans_and_sorts(database_url: str, sql: str, fault: str) -> None:
    with closing(connect(database_url.removeprefix("sqlite:///"))) as connection:
        assert fault in faults_of("no.such", plan_of(connection, sql, sql.count("?")))


def test_a_bounded_statement_of_many_rows_has_a_limit_or_a_key_of_all_its_rows() -> None:
    """A page needs a limit; what else is bounded is found by lists, or by keys."""
    unlimited = {
        compiled.name
        for compiled in every_statement("sqlite")
        if compiled.bounded
        and re.search(r"ORDER BY", compiled.sql)
        and not re.search(r"LIMIT|json_each", compiled.sql)
    }
    assert unlimited == set()
