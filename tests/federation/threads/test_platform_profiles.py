"""Outboxes and pins as each platform serves them, read over sockets; who was asked for what is counted."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.federation.threads.platforms import (
    ANN,
    CHANNEL,
    TOWN,
    Document,
    actor,
    page,
    passed_on,
    serve_channel,
    serve_town,
    video,
)
from tests.federation.threads.village import AS, PUBLIC, Village, collection, note
from tests.support.databases import sql
from weft.domain.communities.queries import moderators_of
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import post_facets
from weft.federation.threads import profile


async def opened(village: Village, uri: str) -> list[Any]:
    """What a profile shows that was opened for the first time, once all has come."""
    return await village.profile(await village.meet(uri))


async def pinned(village: Village, threads: list[Document]) -> list[str]:
    found = []
    for each in threads:
        placed = await village.scene.place(each["id"])
        post = await village.scene.parts.db.one(post_by_uri, uri=placed)
        assert post is not None
        thread = post_facets(post.facets).thread
        if thread is not None and thread.pinned:
            found.append(each["name"])
    return found


async def test_a_community_of_lemmys_shows_its_last_threads(village: Village) -> None:
    """Fifty at once, whole: those of its own server are believed, of others they are asked for."""
    own = [page(n) for n in range(1, 9)]
    foreign = page(9, "b.example")
    await village.serve(foreign)
    false = foreign | {"name": "What a.example says that b.example said"}
    missing = page(10, "c.example")
    await serve_town(
        village,
        *map(passed_on, [*own, false, missing]),
        featured=collection(f"{TOWN}/featured", [page(3)]),
    )
    shown = await opened(village, TOWN)
    assert [each["reblog"]["uri"].rpartition("/")[2] for each in shown] == [
        str(n) for n in range(1, 10)
    ]
    assert {each["account"]["username"] for each in shown} == {"town"}
    assert {each["reblog"]["account"]["username"] for each in shown} == {"ann"}
    assert "What a.example" not in str(shown)
    # Six documents of the town, its handle, an author and hers: no thread was fetched one by one.
    asked = village.asked()
    assert asked["a.example"] <= 9, village.scene.others.asked
    assert await village.asked_for(foreign["id"]) == 1
    assert asked["c.example"] == 1
    scene = village.scene
    assert await pinned(village, own) == ["Thread 3"]
    group = int(await village.meet(TOWN))
    assert len(await scene.parts.db.all(moderators_of, ids=[group])) == 2
    assert (await scene.api.get(f"/api/v1/accounts/{group}")).json["followers_count"] == 812
    assert (await scene.api.get("/api/v1/timelines/home")).json == []


async def test_what_a_community_pins_is_looked_at_again_after_a_day(village: Village) -> None:
    threads = [page(n) for n in (1, 2, 3)]
    featured = f"{TOWN}/featured"
    gone = page(4)["id"]
    await serve_town(
        village,
        *map(passed_on, threads),
        featured=collection(featured, [threads[0], gone, threads[1]["id"]]),
    )
    await village.serve(threads[1])
    await opened(village, TOWN)
    assert await pinned(village, threads) == ["Thread 1", "Thread 2"]
    await village.serve(collection(featured, [threads[2], threads[1]["id"]]))
    url = village.scene.parts.settings.database_url
    sql(url, "UPDATE actor SET walked_at = 1 WHERE walked_at IS NOT NULL")
    village.scene.parts.fetcher._cache._answers.clear()
    await opened(village, TOWN)
    assert await pinned(village, threads) == ["Thread 2", "Thread 3"]


async def test_a_community_that_is_opened_in_an_app_of_lemmys_is_read(village: Village) -> None:
    await serve_town(village, passed_on(page(1)))
    group = int(await village.meet(TOWN))
    host = village.scene.others.hosts["a.example"]
    answer = await village.scene.anyone.get("/api/v3/community", name=f"town@{host}")
    assert answer.status == 200, answer.text
    openings = village.scene.parts.openings
    await village.scene.until(lambda: not openings.profile_of(group)[0])
    shown = await village.scene.anyone.get(
        "/api/v3/post/list", community_name=f"town@{host}", sort="New"
    )
    assert [each["post"]["name"] for each in shown.json["posts"]] == ["Thread 1"]


async def test_a_community_is_believed_of_its_own_only(village: Village) -> None:
    elsewhere = page(1) | {"audience": "https://a.example/c/other"}
    elsewhere["to"] = ["https://a.example/c/other", PUBLIC]
    private = page(2, to=[TOWN, f"{TOWN}/followers"])
    other = passed_on(page(3)) | {"actor": "https://a.example/c/other"}
    stolen = passed_on(page(4)) | {"id": "https://b.example/announce/4"}
    vote = passed_on(page(5))
    vote["object"] |= {"type": "Like"}
    bare = [elsewhere, private]
    await serve_town(village, *bare, other, stolen, vote, passed_on(private))
    assert await opened(village, TOWN) == []
    for n in range(1, 6):
        assert not await village.scene.knows(await village.scene.place(page(n)["id"]))


async def test_threads_of_other_servers_are_asked_for_within_bounds(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "BOOSTS", 3)
    threads = [page(n, "b.example") for n in range(1, 20)]
    for each in threads:
        await village.serve(each)
    await serve_town(village, *map(passed_on, threads), passed_on(page(20)))
    assert len(await opened(village, TOWN)) == 4
    # Three threads, their author with her handle, and a moderator with his.
    assert village.asked()["b.example"] == 3 + 2 + 2


async def test_a_channel_of_peertubes_shows_its_last_videos(village: Village) -> None:
    await serve_channel(village, *[video(n) for n in range(1, 26)])
    shown = await opened(village, CHANNEL)
    # Two pages of ten; each video once.
    assert [each["reblog"]["uri"].rpartition("/")[2] for each in shown] == [
        str(n) for n in range(1, 21)
    ]
    assert {each["reblog"]["media_attachments"][0]["type"] for each in shown} == {"video"}
    asked = village.scene.others.asked
    watched = [each for each in asked if "/videos/watch/" in each]
    assert len(watched) == len(set(watched)) == 20
    assert sum("/outbox?page=" in each for each in asked) == 2


def own_create(n: int, **extra: Any) -> Document:
    post = note("a.example", n, replies=None)
    return {"id": f"{post['id']}/activity", "type": "Create", "actor": ANN, "object": post,
            "to": [PUBLIC]} | extra  # fmt: skip


def renote(n: int, target: str) -> Document:
    return {"id": f"https://a.example/notes/r{n}/activity", "type": "Announce", "actor": ANN,
            "object": target, "to": [PUBLIC], "published": "2026-01-02T03:04:05Z"}  # fmt: skip


async def misskey(village: Village) -> None:
    """``?page=true``, activities without ids, renotes."""
    outbox = f"{ANN}/outbox"
    ends = {"first": f"{outbox}?page=true", "last": f"{outbox}?page=true&since_id=000000000000"}
    await village.serve({"@context": AS, "id": outbox, "type": "OrderedCollection"} | ends)
    renoted = note("b.example", 3, replies=None)
    await village.serve(renoted)
    nameless = own_create(2)
    del nameless["id"]
    entries = [own_create(1), nameless, renote(3, renoted["id"])]
    await village.serve(
        {"@context": AS, "id": f"{outbox}?page=true", "type": "OrderedCollectionPage",
         "partOf": outbox, "orderedItems": entries, "next": f"{outbox}?page=true&until_id=1"}
    )  # fmt: skip
    await village.serve(
        {"@context": AS, "id": f"{outbox}?page=true&until_id=1", "orderedItems": [],
         "type": "OrderedCollectionPage", "partOf": outbox}
    )  # fmt: skip


async def gotosocial(village: Village) -> None:
    """A page at once, activities that only name what they made."""
    entries = [own_create(n) for n in (1, 2, 3)]
    for each in entries:
        await village.serve(each["object"])
    named = [each | {"object": each["object"]["id"]} for each in entries]
    await village.serve(
        {"@context": AS, "id": f"{ANN}/outbox", "type": "OrderedCollectionPage",
         "orderedItems": named, "partOf": f"{ANN}/outbox"}
    )  # fmt: skip


async def bookwyrm(village: Village) -> None:
    """Bare posts in pages that are named by number, the last of which names itself."""
    outbox = f"{ANN}/outbox"
    entries = [own_create(n)["object"] for n in (1, 2, 3)]
    await village.serve(
        {"@context": AS, "id": outbox, "type": "OrderedCollection", "totalItems": 3,
         "first": f"{outbox}?page=1", "last": f"{outbox}?page=1"}
    )  # fmt: skip
    await village.serve(
        {"@context": AS, "id": f"{outbox}?page=1", "type": "OrderedCollectionPage",
         "partOf": outbox, "orderedItems": entries, "next": f"{outbox}?page=1"}
    )  # fmt: skip


async def funkwhale(village: Village) -> None:
    """Unordered pages of what a channel uploaded."""
    outbox = f"{ANN}/outbox"
    entries = []
    for n in (1, 2, 3):
        made = own_create(n)
        uploaded = {"type": "Audio", "name": f"Post {n}", "url": [
            {"type": "Link", "mediaType": "text/html", "href": f"https://a.example/t/{n}"},
            {"type": "Link", "mediaType": "audio/mpeg", "href": f"https://a.example/t/{n}.mp3"},
        ]}  # fmt: skip
        entries.append(made | {"object": made["object"] | uploaded})
    await village.serve(
        {"@context": AS, "id": outbox, "type": "OrderedCollection", "totalItems": 3,
         "first": f"{outbox}?page=1"}
    )  # fmt: skip
    await village.serve(
        {"@context": AS, "id": f"{outbox}?page=1", "type": "CollectionPage", "partOf": outbox,
         "items": entries}
    )  # fmt: skip


async def writefreely(village: Village) -> None:
    """The activity has the id of what it made, and there is always a next page."""
    outbox = f"{ANN}/outbox"
    entries = [own_create(n, id=f"https://a.example/n/{n}") for n in (1, 2, 3)]
    await village.serve(
        {"@context": AS, "id": outbox, "type": "OrderedCollection", "first": f"{outbox}?page=1"}
    )
    for number in range(1, 10):
        await village.serve(
            {"@context": AS, "id": f"{outbox}?page={number}", "type": "OrderedCollectionPage",
             "orderedItems": entries if number == 1 else [],
             "next": f"{outbox}?page={number + 1}"}
        )  # fmt: skip


OUTBOXES: dict[str, tuple[Callable[[Village], Any], int]] = {
    "misskey": (misskey, 2),
    "gotosocial": (gotosocial, 3),
    "bookwyrm": (bookwyrm, 1),
    "funkwhale": (funkwhale, 1),
    "writefreely": (writefreely, 2),
}
"""With how many requests for posts and pages each gives its three."""


@pytest.mark.parametrize("platform", OUTBOXES)
async def test_a_profile_shows_its_last_posts(village: Village, platform: str) -> None:
    serve, most = OUTBOXES[platform]
    await village.serve(actor(ANN, "Person"))
    await serve(village)
    shown = await opened(village, ANN)
    texts = sorted(str((each["reblog"] or each)["uri"]).rpartition("/")[2] for each in shown)
    assert texts == ["1", "2", "3"]
    host = village.scene.others.hosts["a.example"]
    paths = [each.partition(host)[2] for each in village.scene.others.asked if host in each]
    fetched = [each for each in paths if each.startswith("/n/") or "outbox?" in each]
    assert len(fetched) <= most, paths
