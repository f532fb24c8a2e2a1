"""What ``Database.write`` promises, on both engines: all or nothing, and told only when kept."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import Insert, Select, bindparam, insert, select

from tests.support.databases import Databases, sql
from weft.storage.database import Database, Tx
from weft.storage.errors import (
    Conflict,
    StatementMisuse,
    StorageError,
    StorageFull,
    SuspendedInWrite,
)
from weft.storage.schema.posts import tag
from weft.storage.sqlite import open_sqlite
from weft.storage.statements import query


@query()
def names_of_tags() -> Select[Any]:
    """In alphabetical order."""
    return select(tag.c.name).order_by(tag.c.name)


@query()
def add_tag() -> Insert:
    """Unlike ``insert_tag`` it minds what is there."""
    columns = ("id", "name", "display", "created_at")
    return insert(tag).values({column: bindparam(column) for column in columns})


async def put(tx: Tx, name: str, id_: int | None = None) -> None:
    await tx.run(add_tag, id=id_ or tx.new_id(), name=name, display=name, created_at=0)


async def names(db: Database) -> list[str]:
    return [row[0] for row in await db.all(names_of_tags)]


async def test_a_write_that_fails_leaves_the_others_of_its_group(database: Database) -> None:
    async def fails(tx: Tx, name: str) -> None:
        await put(tx, name)
        raise ValueError(name)

    results = await asyncio.gather(
        *(database.write(fails if n % 3 == 1 else put, f"t{n}") for n in range(9)),
        return_exceptions=True,
    )
    assert [isinstance(each, ValueError) for each in results] == [n % 3 == 1 for n in range(9)]
    assert await names(database) == ["t0", "t2", "t3", "t5", "t6", "t8"]


async def test_a_taken_id_is_minted_again_and_a_taken_id_that_was_given_is_a_conflict(
    database: Database,
) -> None:
    async def dated(tx: Tx, name: str, ids: list[int]) -> None:
        # The first run meets the id that is there; a write is run again with another.
        await put(tx, name, ids.pop(0))

    await database.write(put, "first", 7)
    await database.write(dated, "second", [7, 8])
    with pytest.raises(Conflict) as raised:
        await database.write(put, "third", 7)
    assert raised.value.is_of_id
    assert await names(database) == ["first", "second"]


async def test_a_write_function_that_awaits_something_else_is_refused(database: Database) -> None:
    """SQLite refuses it; PostgreSQL cannot tell, and keeps the write (docs/architecture.md)."""

    async def sleeps(tx: Tx) -> None:
        await put(tx, "asleep")
        await asyncio.sleep(0)

    if database.engine == "postgresql":
        await database.write(sleeps)
        assert await names(database) == ["asleep"]
        return
    with pytest.raises(SuspendedInWrite, match="sleeps"):
        await database.write(sleeps)
    assert await names(database) == []


async def test_callbacks_are_called_once_after_the_commit(database: Database) -> None:
    seen: list[tuple[str, int]] = []

    async def told(tx: Tx, name: str) -> None:
        tx.after_commit(lambda: seen.append((name, 1)))
        await put(tx, name, 5)

    await database.write(told, "kept")
    with pytest.raises(Conflict):
        await database.write(told, "lost")
    assert seen == [("kept", 1)]


ASKER: ContextVar[str] = ContextVar("asker")


async def test_a_write_and_what_follows_it_see_the_context_of_who_asked(database: Database) -> None:
    after: dict[str, str] = {}

    async def look(tx: Tx, name: str, *, long: bool) -> tuple[str, str | None]:
        await put(tx, name)
        tx.after_commit(lambda: after.setdefault(name, ASKER.get()))
        if long:  # on SQLite the whole group then goes to the thread that writes
            until = time.perf_counter() + 0.03
            while time.perf_counter() < until:
                await tx.all(names_of_tags)
        return name, ASKER.get(None)

    async def ask(name: str, *, long: bool) -> tuple[str, str | None]:
        ASKER.set(name)
        return await database.write(look, name, long=long)

    for round_, long in enumerate((False, True)):
        asking = [f"t{round_}{number}" for number in range(5)]
        seen = await asyncio.gather(*(ask(each, long=long and each[-1] == "2") for each in asking))
        assert seen == [(each, each) for each in asking]
    assert after == {name: name for name in after}
    assert len(after) == 10


async def test_a_caller_that_goes_away_does_not_undo_what_is_being_written(
    database: Database,
) -> None:
    writing = asyncio.create_task(database.write(put, "a"))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with asyncio.timeout(5):
        while await names(database) != ["a"]:  # noqa: ASYNC110  nobody else is told
            await asyncio.sleep(0.01)


async def test_wrong_parameters_are_named(database: Database) -> None:
    with pytest.raises(StatementMisuse, match=r"missing \['created_at'\].*unknown \['creatd_at'\]"):
        await database.write(lambda tx: tx.run(add_tag, id=1, name="a", display="a", creatd_at=0))


async def test_numbers_of_a_noun_count_up_and_other_nouns_have_their_own(
    database: Database,
) -> None:
    async def number(tx: Tx, noun: str) -> int:
        return await tx.next_num(noun)

    got = await asyncio.gather(*(database.write(number, "post") for _ in range(20)))
    assert sorted(got) == list(range(1, 21))
    assert await database.write(number, "actor") == 1


class Disk(apsw.VFS):
    """SQLite's own files, on a disk that can be full."""

    def __init__(self, name: str) -> None:
        self.full_for: str | None = None
        """``write`` or ``sync``: what fails with "no space left" on the write-ahead log."""
        self.refused = 0
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> "DiskFile":
        return DiskFile(self, name, flags)


class DiskFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        self._disk = disk
        self._is_log = flags[0] & apsw.SQLITE_OPEN_WAL
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._refuse("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self._refuse("sync")
        super().xSync(flags)

    def _refuse(self, step: str) -> None:
        if self._is_log and self._disk.full_for == step:
            self._disk.refused += 1
            raise apsw.FullError("no space left on device")


@pytest.fixture
async def on_disk(databases: Databases, tmp_path: Path) -> AsyncIterator[tuple[Database, Disk]]:
    disk = Disk(f"disk {tmp_path.name}")
    with databases.new("sqlite", tmp_path) as url:
        db = await open_sqlite(url.removeprefix("sqlite:///"), vfs=f"disk {tmp_path.name}")
        yield db, disk
        disk.full_for = None
        await db.close()
        assert sql(url, "PRAGMA integrity_check") == [("ok",)]
    disk.unregister()


@pytest.mark.parametrize("step", ["write", "sync"])
async def test_a_full_disk_fails_the_whole_group_and_the_database_stays_usable(
    on_disk: tuple[Database, Disk], step: str
) -> None:
    db, disk = on_disk
    told: list[str] = []

    async def put_and_tell(tx: Tx, name: str) -> None:
        await put(tx, name)
        tx.after_commit(told.append, name)

    await db.write(put_and_tell, "before")
    disk.full_for = step
    results = await asyncio.gather(
        *(db.write(put_and_tell, f"during{n}") for n in range(20)), return_exceptions=True
    )
    assert disk.refused
    assert [type(each) for each in results] == [StorageFull] * 20
    assert await names(db) == ["before"]  # reading goes on
    disk.full_for = None
    await db.write(put_and_tell, "after")
    assert await names(db) == ["after", "before"]
    assert told == ["before", "after"]


async def test_a_database_that_may_not_grow_refuses_in_the_middle_of_a_group(
    on_disk: tuple[Database, Disk],
) -> None:
    db, disk = on_disk
    big = "x" * 1_000_000
    disk.full_for = "write"
    # Too big for the page cache: SQLite spills into the log before the commit.
    results = await asyncio.gather(
        *(db.write(put, f"{n}{big}") for n in range(12)), return_exceptions=True
    )
    assert all(isinstance(each, StorageError) for each in results)
    disk.full_for = None
    await db.write(put, "after")
    assert await names(db) == ["after"]
