"""Ids: unlike in all processes that share a database, and rising in each."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.databases import numbers, sql
from weft.storage import leases
from weft.storage.database import Database, open_database
from weft.storage.errors import NoNodeFree
from weft.storage.ids import EPOCH_MS, MAX_ID, IdMinter, id_at, ms_of

MINTS = """
import asyncio, sys
from weft.storage.database import open_database

async def main():
    db = await open_database(sys.argv[1])
    print("open", flush=True)
    sys.stdin.readline()  # until all are open
    for _ in range(20):
        print(*(db.ids.mint() for _ in range(500)), flush=True)
        await asyncio.sleep(0.005)
    sys.stdin.readline()  # until all have minted: a number that is given back may be leased again
    await db.close()

asyncio.run(main())
"""


def test_three_processes_that_share_a_database_never_mint_the_same_id(database_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MINTS, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert _line(process) == "open"
    for process in processes:
        _go_on(process)
    minted = [
        [int(each) for _ in range(20) for each in _line(process).split()] for process in processes
    ]
    for process in processes:
        _go_on(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0
        assert process.stdout is not None
        process.stdout.close()
    for ids in minted:
        assert len(ids) == 10_000
        assert all(one < next_ for one, next_ in itertools.pairwise(ids))
    # They did mint at the same time: each starts before any ends.
    assert max(ids[0] for ids in minted) < min(ids[-1] for ids in minted)
    assert len({each for ids in minted for each in ids}) == 30_000


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _go_on(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@given(st.lists(st.integers(-5, 70), min_size=1, max_size=200))
def test_ids_rise_also_when_the_clock_stands_or_steps_back(steps: list[int]) -> None:
    now = EPOCH_MS + 1_000
    ticks = iter(steps)

    def clock() -> int:
        nonlocal now
        now += next(ticks)
        return now

    minter = IdMinter(63, clock)
    ids = [minter.mint() for _ in steps]
    assert all(one < next_ for one, next_ in itertools.pairwise(ids))
    assert all((each >> 6) & 63 == 63 for each in ids)


def test_more_ids_than_a_millisecond_has_borrow_from_the_next() -> None:
    minter = IdMinter(1, lambda: EPOCH_MS + 5)
    ids = [minter.mint() for _ in range(130)]
    assert len(set(ids)) == 130
    assert ms_of(ids[0]) == EPOCH_MS + 5
    assert ms_of(ids[-1]) == EPOCH_MS + 7


def test_ids_are_exact_in_javascript_until_2069() -> None:
    year_2069 = 3_124_224_000_000
    assert IdMinter(63, lambda: year_2069).mint() <= MAX_ID


def test_a_cursor_by_time_lies_below_every_id_of_its_millisecond() -> None:
    at = EPOCH_MS + 123_456
    assert id_at(at) <= IdMinter(0, lambda: at).mint() < id_at(at + 1)
    assert id_at(0) == 0


async def test_a_second_process_leases_another_number_and_gives_it_back(
    database: Database, database_url: str
) -> None:
    second = await open_database(database_url)
    taken = second.ids.mint() >> 6 & 63
    assert taken != database.ids.mint() >> 6 & 63
    await second.close()
    third = await open_database(database_url)
    assert third.ids.mint() >> 6 & 63 == taken
    await third.close()


async def test_a_process_whose_number_was_taken_moves_to_another(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_S", 0.02)
    db = await open_database(database_url)
    before = db.ids.node
    sql(database_url, "UPDATE node_lease SET holder = 'another'")
    await until(lambda: db.ids.node != before)
    await db.close()
    assert sql(database_url, "SELECT holder FROM node_lease") == [("another",)]


async def test_a_lease_is_renewed_again_after_the_database_was_away(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEW_S", 0.02)
    db = await open_database(database_url)
    sql(database_url, "ALTER TABLE node_lease RENAME TO away")
    await asyncio.sleep(0.2)
    sql(database_url, "ALTER TABLE away RENAME TO node_lease")
    [(then,)] = sql(database_url, "SELECT lease_until_at FROM node_lease")
    await until(lambda: sql(database_url, "SELECT lease_until_at FROM node_lease") > [(then,)])
    await db.close()
    assert sql(database_url, "SELECT * FROM node_lease") == []


async def test_the_65th_process_is_refused(database: Database, database_url: str) -> None:
    sql(
        database_url,
        "INSERT INTO node_lease (node, holder, lease_until_at)"
        " SELECT id, 'other', 9999999999999 FROM "
        + numbers(database.engine, 64)
        + f" WHERE id <> {database.ids.node}",
    )
    with pytest.raises(NoNodeFree):
        await open_database(database_url)


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for something that another task does."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  what is watched has no event
            await asyncio.sleep(0.01)
