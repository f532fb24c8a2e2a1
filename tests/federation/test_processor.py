"""The inbox log is worked off in order per actor, once each, whether it is read or offered."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import pytest

from tests.support.fediverse import Scene
from weft.federation import processor as module
from weft.federation.inbox_store import Waiting
from weft.federation.processor import Processor
from weft.storage.errors import StorageError

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LENA = "https://weft.example/users/lena"
"""Somebody here must be concerned."""
PEOPLE = tuple(f"https://a.example/users/p{number}" for number in range(4))


def create(person: str, number: int, **note: Any) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{person}/a/{number}",
        "type": "Create",
        "actor": person,
        "object": {
            "id": f"{person}/n/{number}",
            "type": "Note",
            "attributedTo": person,
            "content": f"<p>{number}</p>",
            "published": "2026-10-01T12:00:00Z",
            "to": [PUBLIC, LENA],
        }
        | note,
    }


async def deliver(stage: Scene, *activities: dict[str, Any]) -> None:
    """All at once."""
    placed = [await stage.place(each) for each in activities]
    answers = await asyncio.gather(
        *(stage.deliver(each["actor"], json.dumps(each).encode(), "/inbox") for each in placed)
    )
    assert {answer.status for answer in answers} == {202}


def closings(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """By actor, the ids of entries in the order in which they were closed."""
    seen: dict[str, list[int]] = defaultdict(list)
    real = Processor._closed

    def closed(self: Processor, entry: Waiting, verdict: Any) -> None:
        seen[entry.actor_uri].append(entry.id)
        real(self, entry, verdict)

    monkeypatch.setattr(Processor, "_closed", closed)
    return seen


async def count(stage: Scene) -> int:
    shown = await stage.anyone.get("/api/v1/timelines/public", limit="40")
    return len(shown.json)


async def test_each_actors_activities_are_closed_in_the_order_of_the_log(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = closings(stage, monkeypatch)
    await deliver(stage, *(create(person, number) for number in range(10) for person in PEOPLE))
    await stage.settled()
    assert sorted(map(len, seen.values())) == [10] * len(PEOPLE)
    for ids in seen.values():
        assert ids == sorted(ids)
    assert await count(stage) == 40


async def test_nobody_is_overtaken_when_more_comes_than_fits_in_hand(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IN_HAND", 3)
    monkeypatch.setattr(module, "BATCH", 2)
    seen = closings(stage, monkeypatch)
    await deliver(stage, *(create(person, number) for number in range(10) for person in PEOPLE))
    await stage.settled()
    assert sorted(map(len, seen.values())) == [10] * len(PEOPLE)
    for ids in seen.values():
        assert ids == sorted(ids)
    assert await count(stage) == 40


async def test_one_that_fails_hurts_neither_its_group_nor_its_line(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = stage.parts.processor._tools.arrivals.store

    async def store(tx: Any, described: Any, *rest: Any, **more: Any) -> Any:
        stored = await real(tx, described, *rest, **more)
        if "/p1/n/" in described.uri and described.uri.endswith("5"):
            raise RuntimeError("a fault of ours")
        return stored

    monkeypatch.setattr(stage.parts.processor._tools.arrivals, "store", store)
    await deliver(stage, *(create(person, number) for number in range(10) for person in PEOPLE))
    await stage.settled()
    assert await count(stage) == 39
    assert stage.parts.processor.judged["done"] == 39
    assert stage.parts.processor.judged["put off"] == 1


async def test_what_two_processes_take_has_its_effect_once(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = stage.parts
    other = Processor(parts.processor._tools, parts.peers)
    working = asyncio.create_task(other.run())
    try:
        for number in range(8):
            await deliver(stage, *(create(person, number) for person in PEOPLE))
            other.wake()
        await stage.settled()
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert await count(stage) == 32
    assert parts.processor.judged["done"] + other.judged["done"] == 32


async def test_what_was_logged_before_the_start_is_applied_once(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash: the log is all that is left."""
    parts = stage.parts
    await deliver(stage, create(PEOPLE[0], 0))  # so that the key is known
    await stage.settled()
    inbox_task = next(task for task in parts.background if task.get_name() == "inbox")
    inbox_task.cancel()
    await asyncio.gather(inbox_task, return_exceptions=True)
    for number in range(1, 6):
        await deliver(stage, create(PEOPLE[0], number))
    assert await count(stage) == 1
    seen = closings(stage, monkeypatch)
    again = Processor(parts.processor._tools, parts.peers)
    working = asyncio.create_task(again.run())
    try:
        await stage.settled()
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert await count(stage) == 6
    (ids,) = seen.values()
    assert ids == sorted(ids)
    assert again.judged == {"done": 5}


async def test_it_ends_when_it_is_told_to_in_the_moment_it_is_woken(stage: Scene) -> None:
    for _ in range(50):
        one = Processor(stage.parts.processor._tools, stage.parts.peers)
        working = asyncio.create_task(one.run())
        await asyncio.sleep(0.001)
        one.wake()
        await asyncio.sleep(0)  # the wake is under way
        working.cancel()
        done, _ = await asyncio.wait([working], timeout=5)
        assert done


async def test_with_one_worker_every_line_gets_its_turn(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ACTORS_AT_ONCE", 1)
    for number in range(10):
        await deliver(stage, *(create(person, number) for person in PEOPLE))
    await stage.settled()
    assert await count(stage) == 40


async def test_what_could_not_even_be_put_off_is_read_again(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while a disk is full: neither the effect nor the note of its failure can be written."""
    seen = closings(stage, monkeypatch)
    db = stage.parts.processor._db
    real, broken = db.write, [StorageError("the disk is full")] * 2

    async def write(fn: Any, *args: Any, **kwargs: Any) -> Any:
        if broken:
            raise broken.pop()
        return await real(fn, *args, **kwargs)

    await deliver(stage, create(PEOPLE[0], 0))
    await stage.settled()
    monkeypatch.setattr(module, "IDLE_S", 0.05)
    monkeypatch.setattr(db, "write", lambda fn, *a, **k: (
        write(fn, *a, **k) if getattr(fn, "__self__", None) is stage.parts.processor
        else real(fn, *a, **k)
    ))  # fmt: skip
    await deliver(stage, *(create(PEOPLE[0], number) for number in range(1, 4)))
    await stage.until(lambda: len(seen[min(seen)]) == 4)
    assert not broken
    assert await count(stage) == 4
