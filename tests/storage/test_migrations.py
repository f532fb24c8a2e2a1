"""Upgrades: from each revision, of large databases, together with others, and never downwards."""

import asyncio
import time

import pytest

from tests.storage.test_schema import read_back
from tests.support.databases import numbers, sql
from weft.storage.database import open_database
from weft.storage.errors import SchemaMismatch
from weft.storage.migrate import check, current_revision, revisions, upgrade
from weft.storage.statements import Engine

MILLION = 1_000_000
BOUND_S = 60.0


async def test_a_database_may_be_upgraded_one_revision_at_a_time(
    empty_url: str, database_url: str, engine: Engine
) -> None:
    for revision in revisions():
        await upgrade(empty_url, to=revision)
        assert await current_revision(empty_url) == revision
    await check(empty_url)
    assert read_back(empty_url, engine) == read_back(database_url, engine)


async def test_upgrading_again_changes_nothing(database_url: str, engine: Engine) -> None:
    before = read_back(database_url, engine)
    await upgrade(database_url)
    assert read_back(database_url, engine) == before


async def test_processes_that_upgrade_at_once_do_not_disturb_each_other(empty_url: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(asyncio.run, upgrade(empty_url)) for _ in range(3)))
    await check(empty_url)


async def test_an_empty_or_older_schema_is_named_with_what_to_do(empty_url: str) -> None:
    with pytest.raises(SchemaMismatch, match="weft db migrate"):
        await check(empty_url)
    await upgrade(empty_url, to="0001")
    with pytest.raises(SchemaMismatch, match=r"0001.*make a backup, and run weft db migrate"):
        await check(empty_url)


async def test_an_older_weft_refuses_a_newer_schema_and_leaves_it(database_url: str) -> None:
    sql(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for refused in (check, upgrade):
        with pytest.raises(SchemaMismatch, match=r"9999.*newer version"):
            await refused(database_url)
    assert await current_revision(database_url) == "9999"


async def test_an_upgrade_that_fails_leaves_the_schema_as_it_was(
    empty_url: str, engine: Engine
) -> None:
    await upgrade(empty_url, to="0001")
    sql(empty_url, "CREATE INDEX ix_poll_ends_at ON poll (ends_at)")
    before = read_back(empty_url, engine)
    with pytest.raises(Exception, match="ix_poll_ends_at"):
        await upgrade(empty_url)
    assert read_back(empty_url, engine) == before
    assert await current_revision(empty_url) == "0001"


@pytest.mark.slow
async def test_a_server_with_a_million_posts_is_upgraded_within_a_minute(
    empty_url: str, engine: Engine
) -> None:
    await upgrade(empty_url, to="0001")
    fill(empty_url, engine)
    started = time.monotonic()
    await upgrade(empty_url)
    took = time.monotonic() - started
    await check(empty_url)
    assert took < BOUND_S
    assert sql(empty_url, "SELECT count(*) FROM post") == [(MILLION,)]
    assert sql(empty_url, "SELECT count(*) FROM poll WHERE closed_at IS NULL") == [(MILLION // 10,)]
    db = await open_database(empty_url)  # and it works
    await db.close()


def fill(url: str, engine: Engine) -> None:
    """A million posts of a thousand people, every tenth with a poll."""
    sql(
        url,
        "INSERT INTO actor (id, num, kind, local, uri, handle, username, domain, host, url, inbox,"
        " published_at, arrived_at)"
        " SELECT id, id, 0, false, 'https://far.example/' || id, 'u' || id || '@far.example',"
        " 'u' || id, 'far.example', 'far.example', 'https://far.example/' || id,"
        f" 'https://far.example/inbox', 0, 0 FROM {numbers(engine, 1_000)}",
    )
    sql(
        url,
        "INSERT INTO post (id, num, kind, uri, author_id, visibility, content,"
        " published_at, arrived_at)"
        " SELECT id * 4096, id, 0, 'https://far.example/p/' || id, id % 1000, id % 4,"
        f" 'Words that somebody wrote, ' || id, id, id FROM {numbers(engine, MILLION)}",
    )
    sql(
        url,
        "INSERT INTO poll (post_id, ends_at)"
        f" SELECT id * 40960, id FROM {numbers(engine, MILLION // 10)}",
    )
