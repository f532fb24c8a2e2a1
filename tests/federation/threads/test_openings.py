"""Who may have threads walked, how often, and by whom they are."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.federation.threads.village import Village, address, collection, note
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post
from weft.federation.threads.courtesy import Courtesy
from weft.federation.threads.openings import FOR_A_VISITOR, Allowance
from weft.federation.threads.store import (
    LEASE_MS,
    PAUSE_MS,
    Walk,
    WalkState,
    ask,
    ask_above,
    due_walks,
    lease_walks,
    walks_of,
)
from weft.federation.threads.walker import Walker
from weft.storage.database import Tx


async def small_thread(village: Village) -> str:
    root = note("a.example", 0)
    answer = note("b.example", 1, root["id"], replies=None)
    for each in (root, answer):
        await village.serve(each)
    await village.serve(collection(root["replies"], [answer["id"]]))
    return await village.find(root["id"])


async def walk_of(village: Village, status_id: str) -> Walk | None:
    return await village.scene.parts.openings.walk_of(await post_of(village, status_id))


async def post_of(village: Village, status_id: str) -> Post:
    post = await village.scene.parts.db.one(post_by_id, id=int(status_id))
    assert post is not None
    return post


async def test_a_thread_of_this_server_alone_is_not_walked(village: Village) -> None:
    posted = await village.scene.api.post("/api/v1/statuses", {"status": "Only here"})
    assert "mastodon-async-refresh" not in (await village.context(posted.json["id"])).headers
    assert await walk_of(village, posted.json["id"]) is None


async def test_a_thread_is_walked_again_after_a_quarter_of_an_hour(village: Village) -> None:
    found = await small_thread(village)
    assert await village.walked(found) == ["1"]
    parts, post = village.scene.parts, await post_of(village, found)
    walk = await walk_of(village, found)
    assert walk is not None
    assert walk.finished_at is not None
    soon, later = walk.finished_at + PAUSE_MS - 1, walk.finished_at + PAUSE_MS + 1
    assert not await parts.db.write(ask, post.id, soon)
    assert await parts.db.write(ask, post.id, later)
    assert not await parts.db.write(ask, post.id, later)


async def test_visitors_cause_a_bounded_number_of_walks(village: Village) -> None:
    found = [note("a.example", n, replies=None) for n in range(FOR_A_VISITOR + 3)]
    statuses = []
    for each in found:
        await village.serve(each)
        statuses.append(await village.find(each["id"]))
    for status_id in statuses:
        answer = await village.scene.anyone.get(f"/api/v1/statuses/{status_id}/context")
        assert answer.status == 200
    walks = [await walk_of(village, status_id) for status_id in statuses]
    assert sum(walk is not None for walk in walks) == FOR_A_VISITOR
    # Whoever is signed in is not held up by visitors.
    await village.walked(statuses[-1])
    assert await walk_of(village, statuses[-1]) is not None


def test_an_allowance_begins_anew_after_its_window() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.take("visitor x", 2) for _ in range(3)] == [True, True, False]
    assert allowance.take("visitor y", 2)
    now[0] = 301.0
    assert allowance.take("visitor x", 2)


async def test_a_dead_process_leaves_its_walk_to_another(village: Village) -> None:
    """Its lease keeps others away for a minute, and not longer."""
    parts = village.scene.parts
    found = await small_thread(village)
    now = parts.server.now_ms()

    async def hold(tx: Tx, until: int) -> int:
        await ask(tx, int(found), now)
        rows = await tx.all(
            lease_walks, ids=[int(found)], now=now + LEASE_MS, holder="gone", until=until
        )
        return len(rows)

    assert await parts.db.write(hold, now + LEASE_MS) == 1
    assert await parts.db.write(hold, now + 2 * LEASE_MS) == 0  # somebody has it
    before = village.asked().total()
    header = (await village.context(found)).headers["mastodon-async-refresh"]
    assert header.endswith("result_count=0")
    await asyncio.sleep(0.3)
    assert village.asked().total() == before
    assert await parts.db.write(hold, now - 1) == 0
    await parts.db.write(let_go, int(found))
    assert await village.walked(found) == ["1"]


async def let_go(tx: Tx, post_id: int) -> None:
    """As the time of the lease does."""
    await tx.all(lease_walks, ids=[post_id], now=2**50, holder="gone", until=1)


async def test_a_process_that_begins_frees_what_died_on_its_machine(village: Village) -> None:
    """And one that ends lets go of what it was at."""
    parts = village.scene.parts
    found = await small_thread(village)
    now = parts.server.now_ms()
    async with subprocess_that_ended() as number:
        dead = f"{socket.gethostname()}/{number}/aa"
    other = "elsewhere.example/1/bb"

    async def hold(tx: Tx, holder: str) -> int:
        await ask(tx, int(found), now)
        until = now + LEASE_MS
        rows = await tx.all(lease_walks, ids=[int(found)], now=now, holder=holder, until=until)
        return len(rows)

    fresh = Walker(parts.db, parts.server, parts.resolver, parts.peers, Courtesy())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.walker, "_take", lambda: asyncio.sleep(0))
        for holder, is_freed in ((dead, True), (other, False)):
            assert await parts.db.write(hold, holder) == 1
            await fresh._free_dead()
            assert bool(await parts.db.all(due_walks, now=now, limit=1)) is is_freed


@asynccontextmanager
async def subprocess_that_ended() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    yield process.pid


async def test_two_processes_walk_a_thread_once(village: Village) -> None:
    parts = village.scene.parts
    found = await small_thread(village)
    others = [
        Walker(parts.db, parts.server, parts.resolver, parts.peers, Courtesy()) for _ in range(3)
    ]
    tasks = [asyncio.create_task(each.run()) for each in others]
    try:
        assert await village.walked(found) == ["1"]
        assert await village.asked_for(address("b.example", 1)) == 1
        assert await village.asked_for(address("a.example", "0/replies")) == 1
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_looking_above_does_not_keep_a_thread_from_being_walked(village: Village) -> None:
    found = await small_thread(village)
    parts = village.scene.parts
    await parts.db.write(ask_above, int(found), parts.server.now_ms())
    assert await village.walked(found) == ["1"]
    walk = await walk_of(village, found)
    assert walk is not None
    assert walk.state == WalkState.DONE


async def test_strangers_cannot_fill_the_queue_of_walks(village: Village) -> None:
    parts = village.scene.parts
    ids = []
    for n in range(3):
        await village.serve(note("a.example", n, replies=None))
        ids.append(int(await village.find(address("a.example", n))))

    async def above(tx: Tx) -> int:
        for each in ids:
            await ask_above(tx, each, parts.server.now_ms())
        return len(await tx.all(walks_of, ids=ids))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("weft.federation.threads.store.MOST_ABOVE", 2)
        assert await parts.db.write(above) == 2


async def test_a_walk_that_nobody_works_off_is_not_waited_for(village: Village) -> None:
    found = await small_thread(village)
    parts = village.scene.parts
    long_ago = parts.server.now_ms() - PAUSE_MS - 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts.walker, "_take", lambda: asyncio.sleep(0))
        assert await parts.db.write(ask, int(found), long_ago)
        assert await walk_of(village, found) is None
        assert "mastodon-async-refresh" not in (await village.context(found)).headers


async def test_a_post_that_is_deleted_takes_its_walk_along(village: Village) -> None:
    found = await small_thread(village)
    parts = village.scene.parts
    await village.walked(found)
    post = await post_of(village, found)
    from weft.domain.posts.delete import delete

    await parts.db.write(delete, parts.server, post.id)
    assert await parts.openings.walk_of(post) is None
    # Its answer names a root that is gone, and can still be opened.
    answer = await village.find(address("b.example", 1))
    assert (await village.context(answer)).status == 200


async def test_courtesy_waits_when_a_host_had_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    courtesy = Courtesy(lambda: now[0])
    monkeypatch.setattr("weft.federation.threads.courtesy.asyncio.sleep", sleep)
    for _ in range(101):
        async with courtesy.turn("a.example"):
            pass
    async with courtesy.turn("b.example"):
        pass
    assert slept == [60.0]


async def test_the_page_of_a_thread_says_what_is_missing(village: Village) -> None:
    """A reader without an account sees a thread that began here, and that more is being fetched."""
    posted = await village.scene.api.post("/api/v1/statuses", {"status": "Begun here"})
    own = posted.json
    first = note("a.example", 1, own["uri"], cc=[village.scene.lena.uri])
    second = note("b.example", 2, first["id"], replies=None)
    await village.serve(second)
    await village.serve(collection(first["replies"], [second["id"]]))
    await village.deliver(first)
    path = own["url"].removeprefix(village.scene.parts.server.origin)
    page = await village.scene.anyone.call("GET", path, headers={"accept": "text/html"})
    assert page.status == 200
    assert "Asking other servers for the rest of this thread" in page.text
    async with asyncio.timeout(20):
        while "Asking other servers" in page.text:
            await asyncio.sleep(0.05)
            page = await village.scene.anyone.call("GET", path, headers={"accept": "text/html"})
    assert re.search("Post 1.*Post 2", page.text, re.DOTALL)
