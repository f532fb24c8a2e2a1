"""Comments and contexts as each platform serves them, walked over sockets; who was asked for what is
counted."""

from typing import Any

from tests.federation.threads.platforms import (
    ANN,
    TOWN,
    Document,
    actor,
    page,
    serve_channel,
    serve_pages,
    serve_town,
    video,
)
from tests.federation.threads.village import AS, PUBLIC, Village, collection, note


def comment(n: int, parent: str, host: str = "a.example", **extra: Any) -> Document:
    writer = "accounts/bob" if host == "a.example" else "users/ben"
    uri = f"{video(1)['id']}/comments/{n}" if host == "a.example" else f"https://{host}/n/{n}"
    return {
        "@context": AS,
        "id": uri,
        "type": "Note",
        "attributedTo": f"https://{host}/{writer}",
        "inReplyTo": parent,
        "content": f"Post {n}",
        "mediaType": "text/markdown",
        "to": [PUBLIC],
        "cc": [],
        "published": "2026-01-02T05:00:00Z",
    } | extra


async def test_comments_of_a_video_come_in_any_order_with_what_it_counts(village: Village) -> None:
    """The list has answers to answers; those of other servers by their ids, in no order."""
    film = video(1)
    await serve_channel(village, film)
    await village.serve(actor("https://a.example/accounts/bob", "Person", playlists="none"))
    first = comment(1, film["id"])
    second = comment(2, first["id"], "b.example")
    third = comment(3, second["id"])
    fourth = comment(4, third["id"], "b.example")
    others = [comment(n, film["id"]) for n in range(5, 15)]
    stray = note("c.example", 99, "https://c.example/n/98")
    for each in (first, second, third, fourth, stray, *others):
        await village.serve(each)
    listed = [fourth["id"], third["id"], second, stray["id"], *[each["id"] for each in others]]
    await serve_pages(village, film["comments"], [*listed, first["id"]])
    await serve_pages(village, film["likes"], [f"{film['id']}/likes/{n}" for n in range(42)])
    await serve_pages(village, film["shares"], [f"{film['id']}/announces/{n}" for n in range(6)])
    opened_at = await village.find(film["id"])
    shown = await village.walked(opened_at)
    assert sorted(map(int, shown)) == list(range(1, 15))
    status = (await village.scene.api.get(f"/api/v1/statuses/{opened_at}")).json
    assert (status["favourites_count"], status["reblogs_count"]) == (42, 6)
    # Of likes and shares only how many there are.
    asked = village.scene.others.asked
    assert not [each for each in asked if "/likes?" in each or "/announces?" in each]
    assert max(asked.count(each) for each in set(asked)) == 1
    # What it missed once is not asked for again when the thread is opened again.
    before = village.asked().total()
    await village.walked(opened_at)
    assert village.asked().total() == before


async def test_counts_that_lie_are_not_shown(village: Village) -> None:
    film = video(1, shares="https://b.example/shares")
    await serve_channel(village, film)
    await serve_pages(village, film["comments"], [])
    await village.serve(collection(film["likes"], [], totalItems=-5))
    await village.serve(collection("https://b.example/shares", [], totalItems=7_000_000))
    opened_at = await village.find(film["id"])
    assert await village.walked(opened_at) == []
    status = (await village.scene.api.get(f"/api/v1/statuses/{opened_at}")).json
    assert (status["favourites_count"], status["reblogs_count"]) == (0, 0)
    assert village.asked()["b.example"] == 0


async def topic_of(village: Village, context: str, **extra: Any) -> Document:
    """A thread that somebody on a microblog began in the town."""
    root = note(
        "b.example", 0, context=context, to=[PUBLIC], cc=[TOWN], audience=TOWN, replies=None
    )
    await village.serve(root | extra)
    return root | extra


async def test_the_forum_that_a_thread_is_in_lists_it(village: Village) -> None:
    """NodeBB: the topic's collection is the forum's, whoever began it; bare numbers are skipped."""
    context = "https://a.example/topic/1"
    await serve_town(village)
    await village.meet(TOWN)
    root = await topic_of(village, context)
    answers = [note(host, n, root["id"], replies=None) for n, host in
               enumerate(("a.example", "b.example", "c.example"), 1)]  # fmt: skip
    for each in answers:
        await village.serve(each)
    items = ["103076", root["id"], "103077", *[each["id"] for each in answers], 5, None]
    await village.serve(collection(context, items, audience=TOWN, attributedTo=TOWN))
    assert sorted(await village.walked(await village.find(root["id"]))) == ["1", "2", "3"]


async def test_who_is_no_part_of_a_thread_does_not_list_it(village: Village) -> None:
    context = "https://c.example/topic/1"
    await serve_town(village)
    await village.meet(TOWN)
    root = await topic_of(village, context)
    answer = note("c.example", 1, root["id"])
    await village.serve(answer)
    await village.serve(collection(context, [answer["id"]]))
    assert await village.walked(await village.find(root["id"])) == []
    assert await village.asked_for(context) == 0


async def test_a_context_may_list_the_activities_that_made_its_posts(village: Village) -> None:
    """Discourse and FEP-f228's history: embedded or by id, as the author's or as the group's."""
    context = "https://a.example/collection/1"
    root = note("a.example", 0, context=context, replies=None)
    await village.serve(root)
    posts = [note("a.example", n, root["id"], replies=None) for n in (1, 2, 3)]
    foreign = note("b.example", 4, root["id"], replies=None)
    await village.serve(foreign)
    created = [{"id": f"{each['id']}/a", "type": "Create", "actor": ANN, "object": each,
                "to": [PUBLIC]} for each in [*posts, foreign]]  # fmt: skip
    by_id = created[1] | {"@context": AS, "id": "https://a.example/activities/2"}
    await village.serve(by_id)
    wrapped = {"id": "https://a.example/x", "type": "Announce", "actor": TOWN, "object": created[2]}
    named = {"id": "https://a.example/y", "type": "Announce", "actor": TOWN,
             "object": foreign["id"]}  # fmt: skip
    await village.serve(collection(context, [created[0], by_id["id"], wrapped, named]))
    assert sorted(await village.walked(await village.find(root["id"]))) == ["1", "2", "3", "4"]
    assert await village.asked_for(posts[0]["id"]) == 0
    assert await village.asked_for(posts[1]["id"]) == 0
    assert await village.asked_for(foreign["id"]) == 1


async def test_a_thread_of_lemmys_first_version_is_completed_from_its_context(
    village: Village,
) -> None:
    """Ids of the post and all its comments, of whichever server."""
    thread = page(1) | {"@context": AS, "context": f"{page(1)['id']}/context"}
    await serve_town(village)
    await village.meet(TOWN)
    await village.serve(thread)
    own = [note("a.example", n, thread["id"], replies=None, audience=TOWN) for n in (1, 2)]
    deeper = note("b.example", 3, own[0]["id"], replies=None, audience=TOWN)
    for each in (*own, deeper):
        await village.serve(each)
    ids = [deeper["id"], thread["id"], *[each["id"] for each in own]]
    await village.serve(collection(thread["context"], ids))
    assert sorted(await village.walked(await village.find(thread["id"]))) == ["1", "2", "3"]
    asked = village.scene.others.asked
    assert max(asked.count(each) for each in set(asked)) == 1
