"""Replies to our posts go on to the followers of who was answered (ActivityPub 7.1.2)."""

import json
from typing import Any

from tests.support.fediverse import Scene

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LENA = "https://weft.example/users/lena"
ANN, CLEO = "https://a.example/users/ann", "https://c.example/users/cleo"
SIGNATURE = {"type": "RsaSignature2017", "creator": f"{ANN}#main-key", "signatureValue": "x"}


async def send(stage: Scene, activity: dict[str, Any]) -> dict[str, Any]:
    placed: dict[str, Any] = await stage.place(activity)
    body = json.dumps(placed).encode()
    answer = await stage.deliver(placed["actor"], body, "/inbox")
    assert answer.status == 202, answer.json
    await stage.settled()
    return placed


async def followed_by_cleo(stage: Scene) -> None:
    follow = {"id": f"{CLEO}/f/1", "type": "Follow", "actor": CLEO, "object": LENA}
    await send(stage, follow)
    await stage.until(lambda: stage.told("Accept"))


def reply(**extra: Any) -> dict[str, Any]:
    note = {
        "id": f"{ANN}/n/1",
        "type": "Note",
        "attributedTo": ANN,
        "inReplyTo": "https://weft.example/posts/1",
        "content": "<p>I agree</p>",
        "published": "2026-10-01T12:00:00Z",
        "to": [PUBLIC],
        "cc": [LENA],
    } | extra
    return {
        "id": f"{ANN}/a/1",
        "type": "Create",
        "actor": ANN,
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
        "signature": SIGNATURE,
    }


async def posted(stage: Scene, **values: str) -> None:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": "So it is", **values})
    assert answer.status == 200, answer.json
    stage.posts.append(int(answer.json["id"]))


async def test_a_signed_reply_goes_on_as_it_came(stage: Scene) -> None:
    await followed_by_cleo(stage)
    await posted(stage)
    sent = await send(stage, reply())
    inbox, passed = await stage.until(
        lambda: next((each for each in stage.told("Create") if each[1]["id"] == sent["id"]), None)
    )
    assert passed == sent
    assert inbox == await stage.place("https://c.example/inbox")
    deleted = {"id": f"{ANN}/a/2", "type": "Delete", "actor": ANN, "to": [PUBLIC],
               "object": f"{ANN}/n/1", "signature": SIGNATURE}  # fmt: skip
    sent = await send(stage, deleted)
    told = await stage.until(lambda: stage.told("Delete"))
    assert told == [(await stage.place("https://c.example/inbox"), sent)]
    ann = await stage.place("https://a.example/inbox")
    assert ann not in {inbox for inbox, each in stage.others.delivered if "signature" in each}


async def test_what_nobody_can_check_or_not_all_may_read_stays_here(stage: Scene) -> None:
    await followed_by_cleo(stage)
    await posted(stage)
    unsigned = reply()
    del unsigned["signature"]
    await send(stage, unsigned)
    await send(stage, reply(id=f"{ANN}/n/2", to=[LENA], cc=[]) | {"id": f"{ANN}/a/2"})
    elsewhere = reply(id=f"{ANN}/n/3", inReplyTo=f"{ANN}/n/1") | {"id": f"{ANN}/a/3"}
    await send(stage, elsewhere)
    await posted(stage)  # what comes after it in cleo's lane
    own = f"{stage.parts.server.origin}/ap/posts/{stage.posts[1]}"
    await stage.until(lambda: any(each["object"]["id"] == own for _, each in stage.told("Create")))
    passed = [
        each for _, each in stage.others.delivered if str(each["id"]).startswith("http://127.77")
    ]
    assert passed == []
