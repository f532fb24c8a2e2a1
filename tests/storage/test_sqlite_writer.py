"""Groups of writes on SQLite: who is lost when one fails, what runs where, what survives."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import Integer, Select, bindparam, func, literal, select

from weft.domain.posts.store import insert_tag
from weft.storage.database import Database, Tx, open_database
from weft.storage.errors import StorageFailed, SuspendedInWrite
from weft.storage.migrate import upgrade
from weft.storage.schema.posts import tag
from weft.storage.statements import query


@query()
def tag_names() -> Select[Any]:
    """In the order in which they were written."""
    return select(tag.c.name).order_by(tag.c.id)


@query()
def count_up() -> Select[Any]:
    """One statement that takes as long as ``:last`` is large."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    last = bindparam("last", type_=Integer)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < last))
    return select(func.max(numbers.c.n))


@pytest.fixture
async def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'weft.db'}"
    await upgrade(made)
    return made


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    opened = await open_database(url)
    yield opened
    await opened.close()


async def put(tx: Tx, name: str) -> str:
    await tx.run(insert_tag, id=tx.new_id(), name=name, display=name, created_at=0)
    return threading.current_thread().name


async def put_and_fail(tx: Tx, name: str) -> None:
    await put(tx, name)
    raise ValueError(name)


async def names(db: Database) -> list[str]:
    return [row[0] for row in await db.all(tag_names)]


async def test_writes_of_one_turn_are_done_in_their_order(db: Database) -> None:
    wanted = [f"t{number}" for number in range(500)]
    await asyncio.gather(*(db.write(put, name) for name in wanted))
    assert await names(db) == wanted


async def test_only_the_write_that_raises_is_lost(db: Database) -> None:
    results = await asyncio.gather(
        db.write(put, "a"),
        db.write(put_and_fail, "b"),
        db.write(put, "c"),
        db.write(put_and_fail, "d"),
        db.write(put, "e"),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in results] == [
        "str", "ValueError", "str", "ValueError", "str",
    ]  # fmt: skip
    assert await names(db) == ["a", "c", "e"]


async def test_what_waits_for_the_commit_is_called_once_and_only_for_what_was_kept(
    db: Database,
) -> None:
    called: list[str] = []

    async def told(tx: Tx, name: str, fail: bool) -> None:
        tx.after_commit(called.append, name)
        await (put_and_fail if fail else put)(tx, name)

    await asyncio.gather(
        *(db.write(told, f"t{number}", number == 3) for number in range(6)),
        return_exceptions=True,
    )
    assert called == ["t0", "t1", "t2", "t4", "t5"]


async def test_a_write_that_awaits_something_else_is_refused_alone(db: Database) -> None:
    async def sleeps(tx: Tx) -> None:
        await put(tx, "asleep")
        await asyncio.sleep(0)

    results = await asyncio.gather(
        db.write(put, "a"), db.write(sleeps), db.write(put, "b"), return_exceptions=True
    )
    assert isinstance(results[1], SuspendedInWrite)
    assert await names(db) == ["a", "b"]


async def test_short_writes_run_in_the_loop_and_many_short_statements_elsewhere(
    db: Database,
) -> None:
    async def long(tx: Tx) -> str:
        until = time.perf_counter() + 0.03
        while time.perf_counter() < until:
            await put(tx, "long")
        return threading.current_thread().name

    assert await db.write(put, "short") == threading.current_thread().name
    mates = await asyncio.gather(db.write(put, "a"), db.write(long), db.write(put, "b"))
    assert mates[1] == "weft-writer"
    assert await names(db) == ["short", "a", "long", "b"]


async def test_one_long_statement_does_not_hold_the_loop(db: Database) -> None:
    async def long(tx: Tx) -> Any:
        await put(tx, "before")
        return (await tx.all(count_up, last=3_000_000))[0][0]

    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - started)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    results = await asyncio.gather(db.write(put, "a"), db.write(long), db.write(put, "b"))
    took = time.perf_counter() - started
    watching.cancel()
    assert results[1] == 3_000_000
    assert await names(db) == ["a", "before", "b"]
    assert longest < took / 2


async def test_a_lock_of_another_process_is_waited_for_outside_the_loop(
    db: Database, url: str
) -> None:
    other = apsw.Connection(url.removeprefix("sqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(db.write(put, "a"))
    await asyncio.sleep(0.05)  # the loop goes on meanwhile
    assert not writing.done()
    other.execute("COMMIT")
    other.close()
    assert await asyncio.wait_for(writing, 5) == "weft-writer"
    assert await db.write(put, "b") == threading.current_thread().name
    assert await names(db) == ["a", "b"]


async def test_a_broken_table_fails_its_writes_and_the_next_group_goes_on(
    db: Database, url: str
) -> None:
    other = apsw.Connection(url.removeprefix("sqlite:///"))
    other.execute("ALTER TABLE tag RENAME TO gone")
    with pytest.raises(StorageFailed, match="tag"):
        await db.write(put, "a")
    other.execute("ALTER TABLE gone RENAME TO tag")
    other.close()
    await db.write(put, "b")
    assert await names(db) == ["b"]


async def test_closing_finishes_what_waits(url: str) -> None:
    db = await open_database(url)
    writes = [asyncio.create_task(db.write(put, f"t{number}")) for number in range(300)]
    await asyncio.sleep(0)
    await db.close()
    await asyncio.gather(*writes)
    again = await open_database(url)
    assert len(await names(again)) == 300
    await again.close()


def test_a_database_may_move_to_another_loop(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'weft.db'}"
    asyncio.run(upgrade(url))

    async def first() -> Database:
        opened = await open_database(url)
        await opened.write(put, "a")
        # Left unfinished: nobody was told that it is kept.
        asyncio.get_running_loop().create_task(opened.write(put, "half"))
        return opened

    async def then(opened: Database) -> list[str]:
        await opened.write(put, "b")
        return await names(opened)

    db = asyncio.run(first())
    try:
        kept = asyncio.run(then(db))
    finally:
        asyncio.run(db.close())
    assert [each for each in kept if each != "half"] == ["a", "b"]


async def test_another_loop_in_another_thread_may_write_too(db: Database) -> None:
    async def many(prefix: str) -> None:
        await asyncio.gather(*(db.write(put, f"{prefix}{number}") for number in range(100)))

    await db.write(put, "home")
    await asyncio.gather(asyncio.to_thread(asyncio.run, many("x")), many("y"))
    assert len(await names(db)) == 201


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'weft.db'}"
    asyncio.run(upgrade(url))
    script = f"""
import asyncio, sys
from weft.storage.database import open_database
from weft.domain.posts.store import insert_tag

async def put(tx, name):
    await tx.run(insert_tag, id=tx.new_id(), name=name, display=name, created_at=0)

async def one(db, name):
    await db.write(put, name)
    print(name, flush=True)

async def main():
    db = await open_database({url!r}, node=7)
    number = 0
    while True:
        await asyncio.gather(*(one(db, f"t{{number + more}}") for more in range(50)))
        number += 50

asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(420)]
    process.send_signal(signal.SIGKILL)
    told += [line.strip() for line in process.stdout if line.endswith("\n")]
    process.wait()
    process.stdout.close()
    connection = apsw.Connection(str(tmp_path / "weft.db"))
    kept = {str(row[0]) for row in connection.execute("SELECT name FROM tag")}
    connection.close()
    assert set(told) <= kept
