"""Statuses through the API: what is posted is what is read, by whom it may be."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Caller


async def posted(who: Caller, status: str = "Hello", **more: Any) -> dict[str, Any]:
    answer = await who.post("/api/v1/statuses", {"status": status, **more})
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json
    return made


async def follow(house: House, who: Caller, name: str) -> None:
    answer = await who.post(f"/api/v1/accounts/{house.ids[name]}/follow")
    assert answer.json["following"], answer.text


async def test_a_status_has_what_its_author_gave(house: House) -> None:
    made = await posted(
        house.alice,
        "Hello @bob, see https://example.org/a/long/way/to/go/for/a/page #Tea\n\nBye",
        spoiler_text="Tea",
        language="en",
        visibility="unlisted",
    )
    read = (await house.bob.get(f"/api/v1/statuses/{made['id']}")).json
    assert read["spoiler_text"] == "Tea"
    assert read["sensitive"] is True
    assert read["language"] == "en"
    assert read["visibility"] == "unlisted"
    assert [each["acct"] for each in read["mentions"]] == ["bob"]
    assert [each["name"] for each in read["tags"]] == ["tea"]
    assert read["content"].startswith('<p>Hello <span class="h-card"')
    assert "</p><p>Bye</p>" in read["content"]
    assert read["account"]["acct"] == "alice"
    assert read["url"].endswith(f"/@alice/{made['id']}")
    assert read["uri"].endswith(f"/ap/posts/{made['id']}")
    assert read["favourited"] is False
    anonymous = (await house.anyone.get(f"/api/v1/statuses/{made['id']}")).json
    assert "favourited" not in anonymous


async def test_markup_is_text(house: House) -> None:
    made = await posted(house.alice, "<script>alert(1)</script> & <b>bold</b>")
    assert "<script>" not in made["content"]
    assert "&lt;b&gt;bold&lt;/b&gt;" in made["content"]


@pytest.mark.parametrize(
    ("visibility", "stranger", "follower", "anonymous"),
    [
        ("public", 200, 200, 200),
        ("unlisted", 200, 200, 200),
        ("private", 404, 200, 404),
        ("direct", 404, 404, 404),
    ],
)
async def test_who_sees_what(
    house: House, visibility: str, stranger: int, follower: int, anonymous: int
) -> None:
    await follow(house, house.carol, "alice")
    made = await posted(house.alice, "Psst", visibility=visibility)
    path = f"/api/v1/statuses/{made['id']}"
    assert (await house.bob.get(path)).status == stranger
    assert (await house.carol.get(path)).status == follower
    assert (await house.anyone.get(path)).status == anonymous
    assert (await house.alice.get(path)).status == 200
    for act in ("favourite", "reblog", "bookmark", "mute"):
        assert (await house.bob.post(f"{path}/{act}")).status == (200 if stranger == 200 else 404)


async def test_a_thread_reads_in_order(house: House) -> None:
    top = await posted(house.alice, "top")
    one = await posted(house.bob, "one", in_reply_to_id=top["id"])
    two = await posted(house.carol, "two", in_reply_to_id=top["id"])
    deep = await posted(house.alice, "deep", in_reply_to_id=one["id"])
    context = (await house.bob.get(f"/api/v1/statuses/{one['id']}/context")).json
    assert [each["id"] for each in context["ancestors"]] == [top["id"]]
    assert [each["id"] for each in context["descendants"]] == [deep["id"]]
    context = (await house.bob.get(f"/api/v1/statuses/{top['id']}/context")).json
    assert [each["id"] for each in context["descendants"]] == [one["id"], deep["id"], two["id"]]
    read = (await house.bob.get(f"/api/v1/statuses/{top['id']}")).json
    assert read["replies_count"] == 2


async def test_an_edit_keeps_what_was(house: House) -> None:
    made = await posted(house.alice, "first #one")
    path = f"/api/v1/statuses/{made['id']}"
    assert (await house.bob.call("PUT", path, json={"status": "stolen"})).status == 404
    edited = (await house.alice.call("PUT", path, json={"status": "second #two"})).json
    assert "second" in edited["content"]
    assert edited["edited_at"] is not None
    assert [each["name"] for each in edited["tags"]] == ["two"]
    history = (await house.bob.get(f"{path}/history")).json
    assert ["first" in history[0]["content"], "second" in history[1]["content"]] == [True, True]
    source = (await house.alice.get(f"{path}/source")).json
    assert source["text"] == "second #two"
    assert (await house.bob.get("/api/v1/timelines/tag/one")).json == []


async def test_a_deleted_status_is_gone_for_everybody(house: House) -> None:
    made = await posted(house.alice, "gone soon")
    path = f"/api/v1/statuses/{made['id']}"
    await house.bob.post(f"{path}/reblog")
    assert (await house.bob.call("DELETE", path)).status == 404
    gone = await house.alice.call("DELETE", path)
    assert gone.json["text"] == "gone soon"
    assert (await house.alice.get(path)).status == 404
    assert (await house.alice.call("DELETE", path)).status == 404
    statuses = (await house.bob.get(f"/api/v1/accounts/{house.ids['bob']}/statuses")).json
    assert statuses == []
    account = (await house.bob.get(f"/api/v1/accounts/{house.ids['alice']}")).json
    assert account["statuses_count"] == 0


async def test_the_same_key_posts_once(house: House) -> None:
    answers = [
        await house.alice.call(
            "POST",
            "/api/v1/statuses",
            json={"status": "once"},
            headers={"Idempotency-Key": "key"},
        )
        for _ in range(3)
    ]
    assert len({each.json["id"] for each in answers}) == 1
    other = await house.bob.call(
        "POST", "/api/v1/statuses", json={"status": "once"}, headers={"Idempotency-Key": "key"}
    )
    assert other.json["id"] != answers[0].json["id"]


@pytest.mark.parametrize(
    ("act", "undo", "field", "count"),
    [
        ("favourite", "unfavourite", "favourited", "favourites_count"),
        ("reblog", "unreblog", "reblogged", "reblogs_count"),
    ],
)
async def test_marks_count_once_and_can_be_taken_back(
    house: House, act: str, undo: str, field: str, count: str
) -> None:
    made = await posted(house.alice)
    path = f"/api/v1/statuses/{made['id']}"
    for _ in range(2):
        await house.bob.post(f"{path}/{act}")
    read = (await house.bob.get(path)).json
    assert (read[field], read[count]) == (True, 1)
    assert (await house.carol.get(path)).json[field] is False
    for _ in range(2):
        await house.bob.post(f"{path}/{undo}")
    read = (await house.bob.get(path)).json
    assert (read[field], read[count]) == (False, 0)


async def test_a_boost_shows_what_it_boosts(house: House) -> None:
    made = await posted(house.alice)
    boost = (await house.bob.post(f"/api/v1/statuses/{made['id']}/reblog")).json
    assert boost["reblog"]["id"] == made["id"]
    assert boost["account"]["acct"] == "bob"
    assert boost["reblogged"] is True
    boosters = (await house.carol.get(f"/api/v1/statuses/{made['id']}/reblogged_by")).json
    assert [each["acct"] for each in boosters] == ["bob"]
    await posted(house.alice, "own", visibility="private")


async def test_kept_and_liked(house: House) -> None:
    made = [await posted(house.alice, f"number {each}") for each in range(3)]
    for each in made:
        await house.bob.post(f"/api/v1/statuses/{each['id']}/bookmark")
        await house.bob.post(f"/api/v1/statuses/{each['id']}/favourite")
    for name in ("bookmarks", "favourites"):
        first = await house.bob.get(f"/api/v1/{name}", limit=2)
        assert [each["id"] for each in first.json] == [made[2]["id"], made[1]["id"]]
        following = first.headers["link"].split(">")[0].removeprefix("<").split("9999", 1)[1]
        rest = await house.bob.get(following)
        assert [each["id"] for each in rest.json] == [made[0]["id"]]
    assert (await house.alice.get("/api/v1/bookmarks")).json == []


async def test_a_poll_is_voted_in_once(house: House) -> None:
    made = await posted(house.alice, "?", poll={"options": ["a", "b"], "expires_in": 600})
    poll = made["poll"]
    path = f"/api/v1/polls/{poll['id']}"
    voted = await house.bob.post(f"{path}/votes", {"choices": ["1"]})
    assert voted.json["voted"] is True
    assert voted.json["own_votes"] == [1]
    assert [each["votes_count"] for each in voted.json["options"]] == [0, 1]
    for choices, says in ((["0"], "already"), (["7"], "already")):
        refused = await house.bob.post(f"{path}/votes", {"choices": choices})
        assert (refused.status, says in refused.json["error"]) == (422, True)
    for choices, says in ((["7"], "no option"), (["0", "1"], "one choice"), ([], "at least one")):
        refused = await house.carol.post(f"{path}/votes", {"choices": choices})
        assert (refused.status, says in refused.json["error"]) == (422, True)
    assert (await house.alice.post(f"{path}/votes", {"choices": ["0"]})).status == 422
    seen = (await house.carol.get(path)).json
    assert (seen["votes_count"], seen["voted"]) == (1, False)


async def test_posts_of_this_server_only_stay_here(house: House) -> None:
    made = await posted(house.alice, "for us", local_only=True)
    path = f"/api/v1/statuses/{made['id']}"
    assert (await house.bob.get(path)).json["local_only"] is True
    assert (await house.anyone.get(path)).status == 404
    document = await house.anyone.call(
        "GET", f"/ap/posts/{made['id']}", headers={"accept": "application/activity+json"}
    )
    assert document.status == 404
