"""How statements are planned on SQLite: once, without their values."""

import asyncio
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy import Select, bindparam, select

from weft.storage.migrate import upgrade
from weft.storage.schema.posts import post
from weft.storage.sqlite import connect
from weft.storage.statements import ENGINES, query

PUBLIC = 0


@query(bounded=True)
def public_posts() -> Select[Any]:
    """Its constant comes from Python, as in the visibility rule."""
    return (
        select(post.c.id)
        .where(post.c.visibility == PUBLIC, post.c.boost_of_id.is_(None))
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
    )


def test_constant_numbers_are_written_into_the_statement() -> None:
    for engine in ENGINES:
        compiled = public_posts.compiled(engine, {})
        assert "visibility = 0" in compiled.sql
        assert compiled.parameters == ("limit",)
        assert not compiled.constants


def test_a_constant_of_python_proves_that_a_partial_index_fits(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    connection = connect(str(path))
    try:
        sql = public_posts.compiled("sqlite", {}).sql
        plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", (20,))]
        assert any("ix_post_public" in each for each in plan), plan
    finally:
        connection.close()


def test_bound_values_do_not_change_a_plan(tmp_path: Path) -> None:
    connection = connect(str(tmp_path / "empty.db"), writer=True)
    try:
        assert connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) == 1
    finally:
        connection.close()
