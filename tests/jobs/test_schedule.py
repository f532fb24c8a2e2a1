"""Chores: each turn is taken by one machine, and one that fails does not keep the others."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.domain.conftest import Stage
from weft.jobs.schedule import Chore, Schedule
from weft.storage.database import open_database

HOUR_MS = 3_600_000


class Times:
    """Counts the runs of a chore."""

    def __init__(self) -> None:
        self.runs = 0

    async def run(self) -> int:
        self.runs += 1
        await asyncio.sleep(0)
        return 1


def chore(name: str, run: Callable[[], Awaitable[int]]) -> Chore:
    return Chore(name, 3600, run)


async def announced(machine: Schedule) -> None:
    """A machine's start, and its first round."""
    await machine.announce()
    await machine.run_due()


async def test_of_two_machines_one_does_a_chore_each_time_it_is_due(stage: Stage) -> None:
    times = Times()
    second = await open_database(stage.url)
    machines = [
        Schedule(db, stage.server, [chore("count", times.run)]) for db in (stage.db, second)
    ]
    await asyncio.gather(*map(announced, machines))
    assert times.runs == 1
    assert stage.rows("SELECT unique_key, attempts FROM job") == [("count", 0)]
    for turn in range(2, 5):
        stage.ahead_ms += HOUR_MS + 1
        await asyncio.gather(*(machine.run_due() for machine in machines * 3))
        assert times.runs == turn
    await second.close()


async def test_a_chore_is_not_done_before_it_is_due_again(stage: Stage) -> None:
    times = Times()
    machine = Schedule(stage.db, stage.server, [chore("count", times.run)])
    await announced(machine)
    await announced(machine)  # as after a restart
    stage.ahead_ms = HOUR_MS // 2
    await machine.run_due()
    assert times.runs == 1


async def test_a_chore_that_fails_is_noted_and_the_next_one_has_its_turn(stage: Stage) -> None:
    times = Times()

    async def fails() -> int:
        raise RuntimeError("no such luck")

    chores = [chore("fails", fails), chore("count", times.run)]
    machine = Schedule(stage.db, stage.server, chores)
    await announced(machine)
    noted = "SELECT attempts, last_error FROM job WHERE unique_key = 'fails'"
    assert times.runs == 1
    assert stage.rows(noted) == [(1, "no such luck")]
    stage.ahead_ms = HOUR_MS + 1
    chores[0] = chore("fails", times.run)
    await Schedule(stage.db, stage.server, chores).run_due()
    assert times.runs == 3
    assert stage.rows(noted) == [(0, None)]
