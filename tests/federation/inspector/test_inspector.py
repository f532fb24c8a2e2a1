"""Why did it not arrive? Asked of a server that talks with hosts in every mood."""

import asyncio
import json
from typing import Any

import pytest

from tests.support.fediverse import Mood, Scene, key_pair
from weft.federation.handlers import table
from weft.federation.inspector.find import (
    Filter,
    host_story,
    inbound,
    inbound_one,
    object_story,
    outbound,
    outbound_one,
)
from weft.federation.inspector.records import Inbound, Outbound
from weft.federation.inspector.replay import NotReplayable, replay_inbound, replay_outbound
from weft.federation.verdicts import MOST, Step, read_verdicts, written
from weft.protocol.signatures.cavage import sign_post_cavage

LENA = "https://weft.example/users/lena"
ANN = "https://a.example/users/ann"


async def send(stage: Scene, activity: dict[str, Any]) -> dict[str, Any]:
    placed: dict[str, Any] = await stage.place(activity)
    answer = await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    assert answer.status == 202, answer.json
    await stage.settled()
    return placed


def like(number: int, **extra: Any) -> dict[str, Any]:
    return {"id": f"{ANN}/l/{number}", "type": "Like", "actor": ANN, "object": LENA} | extra


async def entry(stage: Scene, uri: str) -> Inbound:
    found = await inbound_one(stage.parts.db, await stage.place(uri))
    assert len(found) == 1
    return found[0]


async def test_each_step_of_an_inbound_activity_is_told(stage: Scene) -> None:
    follow = {"id": f"{ANN}/f/1", "type": "Follow", "actor": ANN, "object": LENA}
    await send(stage, follow)
    await send(stage, like(1))
    await send(stage, like(2, type="Travel"))
    await send(stage, like(3, type="Delete", object="https://b.example/users/ben/n/1"))
    done = await entry(stage, f"{ANN}/f/1")
    assert [(step.step, step.outcome) for step in done.steps] == [
        ("signature", "passed"),
        ("handler", "passed"),
        ("effect", "done"),
    ]
    assert done.steps[0].why == "with a key that was fetched"
    assert done.steps[1].why == "receive_follow"
    assert json.loads(done.body or "")["type"] == "Follow"
    again = await entry(stage, f"{ANN}/l/1")
    assert again.steps[0].why == "with a key that was at hand"
    assert (again.state, again.why) == ("ignored", "the post is not here")
    unknown = await entry(stage, f"{ANN}/l/2")
    assert (unknown.state, unknown.why) == ("ignored", "Weft does nothing with Travel")
    refused = await entry(stage, f"{ANN}/l/3")
    assert (refused.state, refused.why) == ("refused", "only its own server may delete it")


async def test_what_came_in_is_found_by_what_one_knows_of_it(stage: Scene) -> None:
    for number in range(1, 6):
        await send(stage, like(number))
    await send(stage, like(6, type="Travel"))
    db = stage.parts.db
    ann = await stage.place(ANN)
    host = ann.split("/")[2]
    newest = await inbound(db, Filter(limit=2))
    assert [each.activity for each in newest] == [f"{ann}/l/6", f"{ann}/l/5"]
    page = await inbound(db, Filter(limit=2, before_id=int(newest[-1].id)))
    assert [each.activity for each in page] == [f"{ann}/l/4", f"{ann}/l/3"]
    assert len(await inbound(db, Filter(host=host))) == 6
    assert await inbound(db, Filter(host="b.example")) == []
    assert len(await inbound(db, Filter(actor_uri=ann, state="ignored"))) == 6
    assert len(await inbound(db, Filter(host=host, type="Travel"))) == 1
    assert await inbound(db, Filter(state="refused")) == []
    assert await inbound(db, Filter(state="waiting")) == []
    now = stage.parts.server.now_ms()
    assert await inbound(db, Filter(since=now + 1000)) == []
    assert await inbound(db, Filter(until=now - 60_000)) == []
    assert len(await inbound(db, Filter(since=now - 60_000, until=now + 1000))) == 6


async def test_an_ignored_type_is_applied_when_a_later_version_knows_it(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.posts.append(await post(stage, "likeable"))
    known = dict(table.HANDLERS)
    monkeypatch.delitem(table.HANDLERS, "Like")
    await send(stage, like(1, object="https://weft.example/posts/1"))
    ignored = await entry(stage, f"{ANN}/l/1")
    assert ignored.state == "ignored"
    monkeypatch.setitem(table.HANDLERS, "Like", known["Like"])
    await replay(stage, ignored)
    done = await entry(stage, f"{ANN}/l/1")
    assert done.state == "done"
    assert [step.outcome for step in done.steps].count("ignored") == 1
    status = (await stage.api.call("GET", f"/api/v1/statuses/{stage.posts[0]}")).json
    assert status["favourites_count"] == 1
    await replay(stage, done)
    status = (await stage.api.call("GET", f"/api/v1/statuses/{stage.posts[0]}")).json
    assert status["favourites_count"] == 1


async def replay(stage: Scene, what: Inbound) -> None:
    now = stage.parts.server.now_ms()
    await stage.parts.db.write(replay_inbound, int(what.id), now)
    async with asyncio.timeout(15):
        # What a command put back is seen at the next look at the log.
        while True:
            if (await inbound_one(stage.parts.db, what.id))[0].state != "waiting":
                return
            await asyncio.sleep(0.05)


async def test_a_signature_that_did_not_hold_is_not_believed_the_second_time(
    stage: Scene,
) -> None:
    await send(stage, like(1))
    forged = await stage.place(like(2))
    body = json.dumps(forged).encode()
    url = f"{stage.parts.server.origin}/inbox"
    now_s = stage.parts.server.now_ms() // 1000
    headers = sign_post_cavage(url, body, f"{forged['actor']}#main-key", key_pair("eve")[0], now_s)
    assert (await stage.anyone.call("POST", "/inbox", body=body, headers=headers)).status == 202
    await stage.settled()
    (found,) = await inbound_one(stage.parts.db, forged["id"])
    assert (found.state, found.steps[-1].step) == ("refused", "signature")
    with pytest.raises(NotReplayable, match="signature"):
        await stage.parts.db.write(replay_inbound, int(found.id), 0)
    with pytest.raises(NotReplayable, match="no entry 7"):
        await stage.parts.db.write(replay_inbound, 7, 0)


async def test_what_was_refused_is_refused_again(stage: Scene) -> None:
    taken = like(1, type="Delete", object="https://b.example/users/ben/n/1")
    await send(stage, taken)
    refused = await entry(stage, f"{ANN}/l/1")
    await replay(stage, refused)
    again = await entry(stage, f"{ANN}/l/1")
    assert (again.state, again.why) == (refused.state, refused.why)
    assert len(again.steps) == 2 * len(refused.steps)


async def post(stage: Scene, text: str) -> int:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": text})
    assert answer.status == 200
    return int(answer.json["id"])


async def followed_on(stage: Scene, host: str) -> str:
    fan = f"https://{host}.example/users/fan"
    await send(stage, {"id": f"{fan}/f/1", "type": "Follow", "actor": fan, "object": LENA})
    placed = await stage.place(f"https://{host}.example/inbox")
    await stage.until(
        lambda: [1 for inbox, _ in stage.told("Accept") if inbox.startswith(placed[:-6])]
    )
    return str(placed)


async def test_each_try_of_a_delivery_is_told(stage: Scene) -> None:
    moods = {
        "well": None,
        "ill": Mood(status=500),
        "gone": Mood(status=410),
        "down": Mood(broken=True),
        "mad": Mood(broken=True, instead=b"220 smtp ready\r\n"),
    }
    inboxes = {name: await followed_on(stage, name) for name in moods}
    for name, mood in moods.items():
        if mood is not None:
            stage.others.moods[inboxes[name].split("/")[2]] = mood
    stage.others.knocked.clear()
    number = await post(stage, "hear this")
    await stage.until(lambda: len(stage.others.knocked) == len(moods))
    await stage.until(lambda: stage.parts.lanes.in_hand == 0)
    activity = f"{stage.parts.server.origin}/ap/posts/{number}/activity"
    (told,) = await outbound_one(stage.parts.db, activity)
    states = {each.inbox: each for each in told.destinations}
    assert {name: states[inboxes[name]].state for name in moods} == {
        "well": "delivered",
        "ill": "waiting",
        "gone": "given up",
        "down": "waiting",
        "mad": "waiting",
    }
    tries = {name: states[inboxes[name]].tries[-1] for name in moods}
    assert {name: (one.outcome, one.status) for name, one in tries.items()} == {
        "well": ("delivered", 202),
        "ill": ("put off", 500),
        "gone": ("given up", 410),
        "down": ("unanswered", None),
        "mad": ("unanswered", None),
    }
    assert tries["well"].signed == "cavage"
    assert tries["down"].error
    assert states[inboxes["ill"]].next is not None
    assert await outbound_one(stage.parts.db, told.id) == [told]
    await _found_again(stage, told, inboxes)
    await _sent_again(stage, told, inboxes)


async def _found_again(stage: Scene, told: Outbound, inboxes: dict[str, str]) -> None:
    db = stage.parts.db
    gone = inboxes["gone"].split("/")[2]
    assert [each.id for each in await outbound(db, Filter(state="given up"))] == [told.id]
    assert told.id in {each.id for each in await outbound(db, Filter(host=gone))}
    assert told.id in {each.id for each in await outbound(db, Filter(type="PostPublished"))}
    assert await outbound(db, Filter(host="b.example")) == []
    assert await outbound(db, Filter(actor_uri=stage.lena.uri, type="Boosted")) == []
    host = await host_story(db, gone)
    assert (host.given_up, host.waiting) == (1, 0)
    assert host.last_tries[0].status == 410
    assert host.last_inbound[0].type == "Follow"
    ill = await host_story(db, inboxes["ill"].split("/")[2])
    assert (ill.waiting, ill.failures) == (1, 1)
    assert ill.last_error == "answered 500"
    never = await host_story(db, "never.example")
    assert (never.known, never.last_tries) == (False, [])
    story = await object_story(db, told.activity.removesuffix("/activity"))
    assert story is not None
    assert (story.kind, [each.id for each in story.outbound]) == ("post", [told.id])
    assert await object_story(db, "https://never.example/1") is None
    fan = await stage.place("https://ill.example/users/fan")
    story = await object_story(db, fan)
    assert story is not None
    assert (story.kind, story.inbound[0].type) == ("actor", "Follow")


async def _sent_again(stage: Scene, told: Outbound, inboxes: dict[str, str]) -> None:
    stage.others.moods.clear()
    now = stage.parts.server.now_ms()
    assert await stage.parts.db.write(replay_outbound, int(told.id), now) == 1
    assert await stage.parts.db.write(replay_outbound, int(told.id), now) == 0
    stage.parts.lanes.wake()
    await stage.until(lambda: [1 for inbox, _ in stage.told("Create") if inbox == inboxes["gone"]])


def test_of_very_many_tries_the_first_and_the_newest_are_kept() -> None:
    stored = None
    for number in range(100):
        earlier = read_verdicts(stored).steps
        stored = written(
            earlier, [Step("signature", "passed")], Step("try", "put off", str(number))
        )
    steps = read_verdicts(stored).steps
    assert len(steps) <= MOST + 1
    assert steps[1].why == "0"
    assert steps[-1].why == "99"
    assert read_verdicts('{"outcome":"done","why":""}').steps == []
    assert read_verdicts(None).outcome == ""
