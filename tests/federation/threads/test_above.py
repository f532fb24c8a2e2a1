"""Replies whose parents are not here: few fetches at once, the rest by the walker, one thread."""

import asyncio

from tests.federation.threads.village import Village, address, note
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post
from weft.federation.spending import FETCHES

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
        await village.deliver(late | {"cc": [village.scene.lena.uri]})
    found = await village.find(middle["id"])
    shown = (await village.context(found)).json
    assert [each["content"] for each in shown["ancestors"]] == ["<p>Post top</p>"]
    assert len(shown["descendants"]) == 4
    for each in (*branches, middle):
        row, root = await stored(village, each["id"]), await stored(village, top["id"])
        assert row is not None
        assert root is not None
        assert row.root_id == root.id
