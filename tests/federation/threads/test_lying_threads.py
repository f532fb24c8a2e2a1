"""Servers that lie about threads: what they list is fetched within bounds, and believed of nobody
but themselves."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.federation.threads.village import (
    AS,
    HOSTS,
    PUBLIC,
    Village,
    address,
    collection,
    note,
)
from tests.support.fediverse import Reply
from weft.domain.actors.queries import object_by_uri
from weft.federation.threads import walk
from weft.federation.threads.collections import PAGES


async def opened(village: Village, root: dict[str, Any]) -> list[str]:
    """Open a post; what else is shown of its thread in the end."""
    await village.serve(root)
    return await village.walked(await village.find(root["id"]))


async def test_pages_that_never_end(village: Village) -> None:
    root = note("a.example", 0)
    pages = await village.scene.place(f"{root['replies']}/")

    def reply(url: str) -> Reply:
        number = int(url.removeprefix(pages) or 0)
        page = {
            "@context": AS,
            "type": "CollectionPage",
            "items": [f"{pages}post/{number}"],
            "next": f"{pages}{number + 1}",
        }
        return Reply(body=json.dumps(page).encode())

    village.scene.others.answer(f"{pages}{{n}}", reply)
    await village.serve(collection(root["replies"], [], first=f"{root['replies']}/0"))
    assert await opened(village, root) == []
    read = [url for url in village.scene.others.asked if url.removeprefix(pages).isdigit()]
    assert len(read) == PAGES


async def test_a_collection_that_follows_itself(village: Village) -> None:
    root = note("a.example", 0)
    await village.serve(
        collection(root["replies"], [], first=root["replies"], next=root["replies"])
    )
    assert await opened(village, root) == []
    assert await village.asked_for(root["replies"]) == 1


async def test_posts_that_answer_themselves_and_each_other(village: Village) -> None:
    root = note("a.example", 0)
    loop = note("a.example", 1, address("a.example", 1))
    two, three = (note("a.example", n, address("a.example", m)) for n, m in ((2, 3), (3, 2)))
    for each in (loop, two, three):
        await village.serve(each)
    await village.serve(collection(root["replies"], [each["id"] for each in (loop, two, three)]))
    assert await opened(village, root) == []
    assert await village.walked(await village.find(two["id"])) == ["3"]


async def test_a_page_speaks_for_its_own_server_only(village: Village) -> None:
    """A forged copy of another's post is fetched from where its id points, and is not there."""
    root = note("a.example", 0)
    forged = note("b.example", 1, root["id"], content="<p>Post forged</p>")
    real = note("b.example", 2, root["id"])
    await village.serve(real)
    await village.serve(
        collection(root["replies"], [forged, real | {"content": "<p>Post changed</p>"}])
    )
    assert await opened(village, root) == ["2"]


async def test_an_embedded_post_in_anothers_name_is_refused(village: Village) -> None:
    root = note("a.example", 0)
    forged = note("a.example", 1, root["id"], attributedTo="https://b.example/users/ben")
    await village.serve(collection(root["replies"], [forged]))
    assert await opened(village, root) == []


async def test_what_answers_something_else_does_not_come_in(village: Village) -> None:
    """A collection may list what it likes: a post says itself what it answers, and is not even
    kept if that is not this thread."""
    root = note("a.example", 0)
    victim = note("b.example", 1)
    other = note("b.example", 2, address("b.example", 1))
    await village.serve(victim)
    await village.serve(other)
    await village.serve(collection(root["replies"], [victim["id"], other["id"]]))
    assert await opened(village, root) == []
    for each in (victim, other):
        assert not await village.scene.knows(await village.scene.place(each["id"]))


@pytest.mark.parametrize("kind", ["replies", "context"])
async def test_a_collection_of_strangers_is_soon_dropped(village: Village, kind: str) -> None:
    """A thousand posts of somebody else's are not fetched because a stranger lists them."""
    root = note("a.example", 0, context="https://a.example/contexts/1")
    strangers = [note("b.example", n) for n in range(1, 200)]
    for each in strangers:
        await village.serve(each)
    await village.serve(collection(root[kind], [each["id"] for each in strangers]))
    assert await opened(village, root) == []
    assert village.asked()["b.example"] <= walk.PATIENCE + 3


async def test_posts_that_answer_strangers_do_not_send_us_to_all_of_them(village: Village) -> None:
    """A context of four hundred posts that answer as many posts of somebody else's thread."""
    context = "https://a.example/contexts/1"
    root = note("a.example", 0, context=context)
    listed, above = [], address("b.example", "top")
    for n in range(1, 401):
        stranger = note("b.example", n, above)
        await village.serve(stranger)
        listed.append(note("a.example", n, stranger["id"], replies=None))
    await village.serve(collection(context, listed))
    assert await opened(village, root) == []
    assert village.asked()["b.example"] <= walk.UNLISTED


async def test_a_huge_page_is_cut_and_what_is_gone_is_passed_over(village: Village) -> None:
    root = note("a.example", 0)
    here = [note("a.example", n, root["id"], replies=None) for n in range(1, 8)]
    gone = [address("b.example", n) for n in range(100, 105)]
    for each in gone:
        await village.refuse(each, 410)
    await village.serve(collection(root["replies"], [*gone, *here]))
    assert sorted(await opened(village, root)) == [str(n) for n in range(1, 8)]
    assert village.asked()["b.example"] == 5
    for each in gone:
        row = await village.scene.parts.db.one(object_by_uri, uri=await village.scene.place(each))
        assert row is not None, "it would be asked for again"
        assert row.deleted_at is not None


async def test_a_page_that_is_too_large_costs_only_itself(village: Village) -> None:
    root = note("a.example", 0)
    second = note("b.example", 1, root["id"])
    await village.serve(second)
    await village.serve(collection(root["replies"], [second["id"]]))
    many = [f"https://c.example/{'x' * 100}/{n}" for n in range(20_000)]
    await village.serve(collection(second["replies"], many))
    assert await opened(village, root) == ["1"]
    assert "c.example" not in village.asked()


async def test_what_is_not_for_everybody_is_not_kept(village: Village) -> None:
    root = note("a.example", 0)
    private = note("a.example", 1, root["id"], to=["https://a.example/users/ann/followers"])
    direct = note("a.example", 2, root["id"], to=[await village.scene.place(root["id"])])
    await village.serve(private)
    await village.serve(collection(root["replies"], [private["id"], direct]))
    assert await opened(village, root) == []
    assert not await village.scene.knows(await village.scene.place(private["id"]))


async def test_an_ill_server_costs_only_its_own_posts(village: Village) -> None:
    root = note("a.example", 0)
    theirs = [note(HOSTS[1 + n % 2], n, root["id"], replies=None) for n in range(1, 21)]
    for each in theirs:
        if "b.example" in each["id"]:
            await village.refuse(each["id"], 503)
        else:
            await village.serve(each)
    await village.serve(collection(root["replies"], [each["id"] for each in theirs]))
    assert len(await opened(village, root)) == 10
    assert village.asked()["b.example"] <= 3


async def test_a_walk_notifies_nobody_of_old_posts(village: Village) -> None:
    root = note("a.example", 0)
    me = village.scene.lena.uri
    mention = {"type": "Mention", "href": me}
    old = note("a.example", 1, root["id"], to=[PUBLIC, me], tag=[mention])
    await village.serve(collection(root["replies"], [old]))
    assert await opened(village, root) == ["1"]
    assert (await village.scene.api.get("/api/v1/notifications")).json == []
    assert (await village.scene.api.get("/api/v1/timelines/home")).json == []


async def test_a_walk_that_overtakes_a_delivery_notifies_once(village: Village) -> None:
    """A young post is treated as if it had been delivered; its delivery then finds it here."""
    root = note("a.example", 0)
    me = village.scene.lena.uri
    await village.serve(root)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mention = {"type": "Mention", "href": me}
    young = note("b.example", 1, root["id"], cc=[me], tag=[mention], published=moment)
    await village.serve(young)
    await village.serve(collection(root["replies"], [young["id"]]))
    assert await opened(village, root) == ["1"]
    await village.deliver(young)
    notices = (await village.scene.api.get("/api/v1/notifications")).json
    assert [each["type"] for each in notices] == ["mention"]


async def test_a_thread_has_an_end(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many posts and pages a server makes up, a walk takes a bounded part."""
    monkeypatch.setattr(walk, "DESCENDANTS", 12)
    monkeypatch.setattr(walk, "READS", 4)
    wide = note("a.example", 0)
    below = [note("a.example", n, wide["id"], replies=None) for n in range(1, 31)]
    await village.serve(collection(wide["replies"], below))
    assert len(await opened(village, wide)) == 12
    deep = [note("b.example", 100)]
    for n in range(101, 120):
        deep.append(note("b.example", n, deep[-1]["id"]))
        await village.serve(collection(deep[-2]["replies"], [deep[-1]]))
    assert len(await opened(village, deep[0])) == 4


async def test_a_chain_upwards_has_an_end(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "ANCESTORS", 15)
    for n in range(40):
        above = address("a.example", n - 1) if n else None
        await village.serve(note("a.example", n, above, replies=None))
    assert len(await village.walked(await village.find(address("a.example", 39)))) == 15
