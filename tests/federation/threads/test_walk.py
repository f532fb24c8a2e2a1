"""Opening a post brings its whole thread, and asks little of the servers that have it."""

import random

from tests.federation.threads.village import HOSTS, Village, address, collection, note

# 0 to 6 stand above each other, 7 is opened, the rest is a tree below it: its context is 30 posts.
PARENTS: dict[int, int | None] = {
    number: None if number == 0 else number - 1 if number < 8 else 7 + (number - 8) // 2
    for number in range(31)
}
HOST_OF = {number: HOSTS[number % 3] for number in PARENTS}
ALL = {str(number) for number in PARENTS}

MOST_PER_HOST = 11 + 11 + 2
"""Each of 31 posts over three servers once, its replies once; an author and a handle."""


async def test_opening_post_7_brings_all_thirty_others(village: Village) -> None:
    await village.thread(PARENTS, HOST_OF)
    shown = await village.walked(await village.find(address(HOST_OF[7], 7)))
    assert len(shown) == 30
    assert set(shown) == ALL - {"7"}
    asked = village.asked()
    assert set(asked) == set(HOSTS)
    assert max(asked.values()) <= MOST_PER_HOST
    # Nothing was asked twice.
    assert len(set(village.scene.others.asked)) == asked.total()


async def test_opening_it_again_asks_nobody(village: Village) -> None:
    await village.thread(PARENTS, HOST_OF)
    found = await village.find(address(HOST_OF[7], 7))
    await village.walked(found)
    before = village.asked().total()
    assert len(await village.walked(found)) == 30
    # Nor does opening another post of the thread.
    assert await village.walked(await village.find(address(HOST_OF[12], 12)))
    assert village.asked().total() == before


async def test_embedded_posts_of_the_pages_own_server_are_not_fetched(village: Village) -> None:
    """Nor is a first page that a fetched post brings along."""
    root = note("a.example", 0)
    middle = note("a.example", 1, root["id"])
    answers = [note("a.example", n, middle["id"], replies=None) for n in range(2, 11)]
    page = {"type": "CollectionPage", "partOf": middle["replies"], "items": answers}
    first = {"id": middle["replies"], "type": "Collection", "first": page}
    await village.serve(root)
    await village.serve(collection(root["replies"], [middle | {"replies": first}]))
    assert len(await village.walked(await village.find(root["id"]))) == 10
    # The post, its author, the author's handle, and the replies of the post.
    assert village.asked() == {"a.example": 4}


async def test_the_context_collection_of_the_owner_is_enough(village: Village) -> None:
    """Its server is asked for the collection and for nobody's replies; order does not matter."""
    context = "https://a.example/contexts/1"
    root = note("a.example", 0, context=context)
    own = [note("a.example", n, address("a.example", n - 1), context=context) for n in range(1, 6)]
    foreign = note("b.example", 6, address("a.example", 5), context=context, replies=None)
    for post in (root, foreign):
        await village.serve(post)
    items = [foreign["id"], *reversed(own)]
    await village.serve(collection(context, items, attributedTo="https://a.example/users/ann"))
    shown = await village.walked(await village.find(root["id"]))
    assert sorted(shown) == ["1", "2", "3", "4", "5", "6"]
    assert village.asked() == {"a.example": 4, "b.example": 3}


async def test_pages_in_any_order_are_put_together(village: Village) -> None:
    """A thread of 120 in pages of 20, shuffled: posts wait for what they answer, and nothing that
    a later page has is fetched."""
    context = "https://a.example/contexts/1"
    root = note("a.example", 0, context=context)
    chance = random.Random(1)
    posts = [
        note("a.example", n, address("a.example", chance.randrange(n)), context=context)
        for n in range(1, 121)
    ]
    chance.shuffle(posts)
    starts = range(0, 120, 20)
    for start in starts:
        page = collection(f"{context}?from={start}", posts[start : start + 20])
        later = {"next": f"{context}?from={start + 20}"} if start < starts[-1] else {}
        await village.serve(page | later)
    await village.serve(collection(context, [], first=f"{context}?from=0") | {"orderedItems": []})
    await village.serve(root)
    assert len(await village.walked(await village.find(root["id"]))) == 120
    assert village.asked()["a.example"] == 3 + 1 + len(starts)


async def test_a_post_that_its_context_does_not_list_is_fetched_for_those_below_it(
    village: Village,
) -> None:
    context = "https://a.example/contexts/1"
    root = note("a.example", 0, context=context)
    unlisted = note("b.example", 1, root["id"], replies=None)
    below = note("a.example", 2, unlisted["id"], context=context)
    for each in (root, unlisted):
        await village.serve(each)
    await village.serve(collection(context, [below]))
    assert await village.walked(await village.find(root["id"])) == ["1", "2"]


async def test_a_long_way_up_is_walked_to_the_root(village: Village) -> None:
    """What a search does not fetch at once, the walk does; and it adopts whole subtrees."""
    parents = {number: number - 1 if number else None for number in range(40)}
    hosts = {number: HOSTS[number % 3] for number in parents}
    await village.thread(parents, hosts)
    found = await village.find(address(hosts[39], 39))
    assert len(await village.walked(found)) == 39
    # One thread, whichever post of it is opened.
    top = await village.find(address(hosts[0], 0))
    assert len((await village.context(top)).json["descendants"]) == 39


async def test_how_far_it_has_come_is_told(village: Village) -> None:
    await village.thread(PARENTS, HOST_OF)
    found = await village.find(address(HOST_OF[7], 7))
    header = (await village.context(found)).headers["mastodon-async-refresh"]
    assert header == f'id="thread-{found}", retry=3, result_count=0'
    path = f"/api/v1_alpha/async_refreshes/thread-{found}"
    first = (await village.scene.api.get(path)).json["async_refresh"]
    assert first["status"] == "running"
    await village.walked(found)
    last = (await village.scene.api.get(path)).json["async_refresh"]
    assert last == {"id": f"thread-{found}", "status": "finished", "result_count": 23}
    assert (await village.scene.anyone.get(path)).status == 401
    assert (await village.scene.api.get(f"{path}0")).status == 404
