"""Replies whose parents are not here: few fetches at once, the rest by the walker, one thread."""

import asyncio

from sqlalchemy import Update, bindparam, update

from tests.federation.threads.village import Village, address, collection, note
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post
from weft.federation.spending import FETCHES
from weft.federation.threads.store import drop_walk
from weft.storage.database import Tx
from weft.storage.schema.posts import post
from weft.storage.statements import query

LENGTH = 40


async def stored(village: Village, uri: str) -> Post | None:
    return await village.scene.parts.db.one(post_by_uri, uri=await village.scene.place(uri))


async def test_an_activity_causes_few_fetches_and_the_walker_does_the_rest(
    village: Village,
) -> None:
    """A chain of posts, each by somebody on another server: three requests for each."""
    hosts = [f"h{n}.example" for n in range(LENGTH)]
    chain = []
    for number, host in enumerate(hosts):
        above = address(hosts[number - 1], number - 1) if number else None
        chain.append(note(host, number, above, attributedTo=f"https://{host}/users/p{number}"))
        await village.serve(chain[-1])
    last = chain[-1] | {"cc": [village.scene.lena.uri]}
    walker = village.scene.parts.walker
    gate = asyncio.Lock()
    await gate.acquire()
    real = walker._take

    async def later() -> None:
        async with gate:
            await real()

    walker._take = later  # type: ignore[method-assign]
    await village.deliver(last)
    # The key of the signer was fetched as well.
    assert village.asked().total() <= FETCHES
    reply = await stored(village, last["id"])
    assert reply is not None
    assert reply.in_reply_to_id is not None
    assert await stored(village, chain[0]["id"]) is None
    gate.release()
    walker.wake()
    root = None
    async with asyncio.timeout(30):
        while root is None or reply is None or reply.root_id != root.id:
            await asyncio.sleep(0.02)
            root = await stored(village, chain[0]["id"])
            reply = await stored(village, last["id"])
    # Nobody opened it: what answers the posts was not asked for.
    assert not [url for url in village.scene.others.asked if url.endswith("/replies")]


async def test_a_parent_that_comes_late_adopts_whole_subtrees(village: Village) -> None:
    """Two branches wait for one post; when it comes, all are one thread with its root."""
    top = note("a.example", "top")
    middle = note("b.example", "middle", top["id"])
    await village.refuse(top["id"], 404)
    await village.refuse(middle["id"], 404)
    branches = []
    for name in ("left", "right"):
        first = note("a.example", name, middle["id"])
        second = note("c.example", f"{name}-below", first["id"])
        for each in (first, second):
            await village.serve(each)
        await village.find(second["id"])
        branches += [first, second]
    roots = set()
    for each in branches:
        row = await stored(village, each["id"])
        assert row is not None
        roots.add(row.root_id)
    assert len(roots) == 2
    for late in (middle, top):
        await village.deliver(late)  # they name nobody here
    found = await village.find(middle["id"])
    shown = (await village.context(found)).json
    assert [each["content"] for each in shown["ancestors"]] == ["<p>Post top</p>"]
    assert len(shown["descendants"]) == 4
    for each in (*branches, middle):
        row, root = await stored(village, each["id"]), await stored(village, top["id"])
        assert row is not None
        assert root is not None
        assert row.root_id == root.id


async def test_a_parent_that_is_gone_is_asked_for_once(village: Village) -> None:
    gone = address("a.example", "gone")
    await village.refuse(gone, 410)
    answer = note("b.example", "answer", gone, replies=None)
    await village.serve(answer)
    found = await village.find(answer["id"])
    for _ in range(2):
        assert await village.walked(found) == []
        await village.scene.parts.db.write(forget, int(found))
        village.scene.parts.fetcher._cache._failures.clear()
    assert await village.asked_for(gone) == 1


async def test_posts_that_missed_each_other_are_put_together(village: Village) -> None:
    """As when a reply and what it answers are stored at the same moment by two processes."""
    root, answer = (
        note("a.example", "root"),
        note("b.example", "answer", address("a.example", "root")),
    )
    for each in (root, answer):
        await village.serve(each)
    await village.serve(collection(root["replies"], [answer["id"]]))
    below = await village.find(answer["id"])
    db = village.scene.parts.db

    async def part(tx: Tx) -> None:
        await tx.run(make_orphan, of_post=int(below))

    for opened in (below, await village.find(root["id"])):
        await db.write(part)
        asked = village.asked().total()
        assert len(await village.walked(opened)) == 1
        row, top = await stored(village, answer["id"]), await stored(village, root["id"])
        assert row is not None
        assert top is not None
        assert (row.in_reply_to_id, row.root_id) == (top.id, top.id)
        assert village.asked().total() <= asked + 3
        await db.write(forget, top.id)


@query()
def make_orphan() -> Update:
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"))
        .values(in_reply_to_id=None, in_reply_to_author_id=None, root_id=post.c.id)
    )


async def forget(tx: Tx, post_id: int) -> None:
    await tx.run(drop_walk, own=False, of_post=post_id)
