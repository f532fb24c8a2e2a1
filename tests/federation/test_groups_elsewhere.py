"""What people here do in communities of other servers, and what those may not do to anybody."""

from typing import Any

import pytest

from tests.federation.corpus.communities import (
    community,
    done,
    home,
    places,
    post,
    stored,
    thread,
    votes,
)
from tests.federation.corpus.lemmy import ALPHA, DS9, LEMMY, MAIN
from tests.federation.corpus.playing import At
from tests.support.fediverse import Scene

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
EVIL = "https://evil.example/c/evil"


@pytest.fixture
def at(stage: Scene) -> At:
    return At(stage, LEMMY, "", {})


async def told(at: At, kind: str, inbox: str) -> dict[str, Any]:
    """The first activity of a kind that reached an inbox."""
    address = await at.place(inbox)

    def look() -> list[dict[str, Any]]:
        return [body for to, body in at.stage.told(kind) if to == address]

    return (await at.stage.until(look))[0]


async def announce(at: At, group: str, object_: Any, number: int) -> None:
    wrapped = {"id": f"{group}#{number}", "type": "Announce", "actor": group, "to": [PUBLIC]}
    await at.deliver(wrapped | {"object": object_})


async def answered(at: At, to: int, text: str = "I think so, too") -> dict[str, Any]:
    answer = await at.stage.api.post(
        "/api/v1/statuses", {"status": text, "in_reply_to_id": str(to)}
    )
    shown: dict[str, Any] = answer.json
    assert answer.status == 200, answer.text
    return shown


async def test_an_answer_goes_to_the_community(at: At) -> None:
    group = await community(at, MAIN, followed=False)
    top = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)
    made = await answered(at, top.id)
    note = (await told(at, "Create", f"{MAIN}/inbox"))["object"]
    assert note["audience"] == group.uri
    assert group.uri in note["cc"]
    assert note["inReplyTo"] == top.uri
    assert await places(at, await stored(at, made["uri"])) == [group.id]
    assert made["mentions"] == []


async def test_a_vote_goes_to_the_community_and_is_taken_back_there(at: At) -> None:
    await community(at, MAIN)
    top = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)
    await at.stage.api.post(f"/api/v1/statuses/{top.id}/favourite")
    assert (await told(at, "Like", f"{MAIN}/inbox"))["object"] == top.uri
    await at.stage.api.post(f"/api/v1/statuses/{top.id}/unfavourite")
    assert (await told(at, "Undo", f"{MAIN}/inbox"))["object"]["type"] == "Like"


async def test_whoever_is_banned_is_told_so(at: At) -> None:
    group = await community(at, MAIN)
    top = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)
    mod = f"{MAIN.partition('/c/')[0]}/u/mod"
    await at.person(mod)
    block = {"id": f"{mod}#1", "type": "Block", "actor": mod, "object": at.stage.lena.uri}
    await at.deliver(block | {"target": MAIN, "summary": "rude", "cc": [MAIN]})
    answer = await at.stage.api.post(
        "/api/v1/statuses", {"status": "But why?", "in_reply_to_id": str(top.id)}
    )
    assert answer.status == 422
    assert "banned you: rude" in answer.text
    assert len(await done(at, group)) == 1


async def test_comments_that_a_group_passes_on_fill_no_home_timeline(at: At) -> None:
    group = await community(at, MAIN)
    page = {
        "id": f"{MAIN}/1",
        "type": "Page",
        "name": "One",
        "attributedTo": f"{MAIN}/u",
        "to": [MAIN, PUBLIC],
    }
    note = {"id": f"{MAIN}/2", "type": "Note", "content": "Two", "attributedTo": f"{MAIN}/u",
            "inReplyTo": f"{MAIN}/1", "to": [MAIN, PUBLIC]}  # fmt: skip
    await at.person(f"{MAIN}/u")
    for number, each in enumerate((page, note)):
        await at.serve(each)
        create = {"id": f"{each['id']}/c", "type": "Create", "actor": f"{MAIN}/u", "object": each}
        await announce(at, MAIN, create, 2 * number)
        await announce(at, MAIN, each, 2 * number + 1)
    assert [each["reblog"]["uri"] for each in await home(at)] == [await at.place(f"{MAIN}/1")]
    assert await places(at, await stored(at, f"{MAIN}/2")) == [group.id]


async def test_a_group_has_no_power_over_what_was_not_sent_to_it(at: At) -> None:
    await community(at, EVIL)
    note = {
        "id": f"{DS9}/note/1",
        "type": "Note",
        "attributedTo": ALPHA,
        "content": "Mine",
        "to": [PUBLIC],
    }
    await at.person(ALPHA, featured=f"{ALPHA}/featured")
    await at.serve(note)
    await announce(at, EVIL, note["id"], 1)
    made = await stored(at, f"{DS9}/note/1")
    assert await places(at, made) == []
    mod = "https://evil.example/u/mod"
    await at.person(mod)
    acts: list[dict[str, Any]] = [
        {"type": "Delete", "summary": "gone", "object": note["id"], "cc": [EVIL]},
        {"type": "Lock", "object": note["id"], "cc": [EVIL]},
        {"type": "Like", "object": note["id"], "audience": EVIL},
        {"type": "Delete", "object": note["id"], "cc": [EVIL]},
        {"type": "Update", "object": note | {"content": "Forged", "cc": [EVIL]}},
        {"type": "Add", "object": note["id"], "target": f"{ALPHA}/featured", "cc": [EVIL]},
    ]
    for number, act in enumerate(acts):
        await at.deliver(act | {"id": f"{mod}#{number}", "actor": mod})
        inner = act | {"id": f"{ALPHA}#{number}", "actor": ALPHA}
        await announce(at, EVIL, inner, 10 + number)
    assert at.rows("SELECT count(*) FROM collection_entry") == [(0,)]
    after = await stored(at, f"{DS9}/note/1")
    assert (after.content, after.facets) == (made.content, made.facets)
    # The moderator's own vote, sent by themself, and no other.
    voter = await at.stored_actor(mod)
    assert voter is not None
    assert at.rows("SELECT actor_id FROM reaction") == [(voter.id,)]


async def test_a_group_takes_back_no_votes_but_its_own(at: At) -> None:
    """An Undo that names a thread of the group, and by its id a vote for something else."""
    await community(at, EVIL)
    mine, evil = f"{DS9}/post/1", "https://evil.example/post/1"
    await community(at, MAIN)
    top = await thread(at, mine, ALPHA, MAIN)
    bait = await thread(at, evil, "https://evil.example/u/x", EVIL)
    voter = "https://voter.example/u/v"
    await at.person(voter)
    like = {"id": f"{voter}#like", "type": "Like", "actor": voter}
    await at.deliver(like | {"object": mine})
    undo = {"id": f"{voter}#undo", "type": "Undo", "actor": voter, "cc": [EVIL]}
    await announce(at, EVIL, undo | {"object": like | {"object": evil}}, 1)
    assert await votes(at, top) == (1, 0)
    await announce(at, EVIL, like | {"id": f"{voter}#2", "object": evil, "audience": EVIL}, 2)
    assert await votes(at, bait) == (1, 0)
    await announce(at, EVIL, undo | {"id": f"{voter}#u2", "object": like | {"object": evil}}, 3)
    assert (await votes(at, bait), await votes(at, top)) == ((0, 0), (1, 0))


async def test_what_a_group_says_of_others_is_asked_of_their_servers(at: At) -> None:
    """A Create that another server's person never made, and one of a person of ours."""
    await community(at, EVIL)
    await at.person(ALPHA)
    forged = {"id": f"{DS9}/note/1", "type": "Note", "content": "Forged", "to": [EVIL, PUBLIC]}
    create = {"id": f"{ALPHA}#c", "type": "Create", "actor": ALPHA}
    await announce(at, EVIL, create | {"object": forged | {"attributedTo": ALPHA}}, 1)
    assert await post(at, f"{DS9}/note/1") is None
    lena = at.stage.lena.uri
    ours = forged | {"id": f"{lena}/forged", "attributedTo": lena}
    await announce(
        at, EVIL, {"id": f"{lena}#c", "type": "Create", "actor": lena, "object": ours}, 2
    )
    assert await post(at, f"{lena}/forged") is None


async def test_ones_own_thread_comes_back_as_the_group_s(at: At) -> None:
    """It was sent by naming the group; the group passes it on, so it is in there."""
    group = await community(at, MAIN)
    text = f"Hello @{group.handle}"
    answer = await at.stage.api.post("/api/v1/statuses", {"status": text})
    assert answer.status == 200, answer.text
    create = await told(at, "Create", f"{MAIN}/inbox")
    assert group.uri in create["object"]["cc"]
    await announce(at, MAIN, create, 1)
    made = await stored(at, answer.json["uri"])
    assert made.content.count("Hello") == 1
    assert await places(at, made) == [group.id]
