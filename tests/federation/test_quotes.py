"""Quotes between Weft and others: who asks, who answers, and who may not (FEP-044f)."""

import json
from typing import Any

import pytest

from tests.support.fediverse import Reply, Scene
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import QuoteState

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LENA = "https://weft.example/users/lena"
MINE = "https://weft.example/posts/1"
ANN, BEN = "https://a.example/users/ann", "https://b.example/users/ben"
QUOTED, STAMP = f"{BEN}/n/1", f"{BEN}/stamps/1"


async def send(stage: Scene, activity: dict[str, Any]) -> dict[str, Any]:
    placed: dict[str, Any] = await stage.place(activity)
    answer = await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    assert answer.status == 202, answer.json
    await stage.settled()
    return placed


async def serve(stage: Scene, document: dict[str, Any]) -> None:
    placed = await stage.place({"@context": "https://www.w3.org/ns/activitystreams", **document})
    stage.others.answer(placed["id"], Reply(body=json.dumps(placed).encode()))


def note(author: str, uri: str, **extra: Any) -> dict[str, Any]:
    return {
        "id": uri,
        "type": "Note",
        "attributedTo": author,
        "content": "<p>Words</p>",
        "published": "2026-10-01T12:00:00Z",
        "to": [PUBLIC],
        "cc": [LENA],
    } | extra


def create(author: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{inner['id']}/a", "type": "Create", "actor": author, "object": inner}


def request(instrument: Any, asked: str = MINE, actor: str = ANN) -> dict[str, Any]:
    return {"id": f"{actor}/q/1", "type": "QuoteRequest", "actor": actor, "object": asked,
            "instrument": instrument}  # fmt: skip


async def state_of(stage: Scene, uri: str) -> QuoteState | None:
    row = await stage.parts.db.one(post_by_uri, uri=await stage.place(uri))
    return None if row is None or row.quote_state is None else QuoteState(row.quote_state)


async def answers(stage: Scene) -> list[dict[str, Any]]:
    """Accepts and Rejects that others got, as soon as there is one."""
    return [each for _, each in await stage.until(lambda: stage.told("Accept", "Reject"))]


async def posted(stage: Scene, **values: str) -> dict[str, Any]:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": "Mine", **values})
    assert answer.status == 200, answer.json
    stage.posts.append(int(answer.json["id"]))
    found: dict[str, Any] = answer.json
    return found


async def test_who_asks_gets_a_stamp_that_answers_for_itself(stage: Scene) -> None:
    await posted(stage)
    await send(stage, create(ANN, note(ANN, f"{ANN}/n/1", quote=MINE)))
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.PENDING
    await send(stage, request(note(ANN, f"{ANN}/n/1", quote=MINE)))
    accept = (await answers(stage))[0]
    assert accept["type"] == "Accept"
    assert accept["object"]["id"] == await stage.place(f"{ANN}/q/1")
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.ACCEPTED
    path = accept["result"].removeprefix(stage.parts.server.origin)
    stamp = await stage.anyone.call("GET", path, headers={"Accept": "application/activity+json"})
    assert stamp.json | {"@context": None} == {
        "@context": None,
        "id": accept["result"],
        "type": "QuoteAuthorization",
        "attributedTo": stage.lena.uri,
        "interactingObject": await stage.place(f"{ANN}/n/1"),
        "interactionTarget": await stage.place(MINE),
    }


async def test_a_request_may_come_before_the_post(stage: Scene) -> None:
    await posted(stage)
    inner = note(ANN, f"{ANN}/n/1", quote=MINE, to=[f"{ANN}/followers"], cc=[LENA])
    await send(stage, request(inner))
    assert (await answers(stage))[0]["type"] == "Accept"
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.ACCEPTED


@pytest.mark.parametrize(
    "values", [{"quote_approval_policy": "nobody"}, {"quote_approval_policy": "followers"},
               {"visibility": "private"}]
)  # fmt: skip
async def test_who_may_not_is_refused(stage: Scene, values: dict[str, str]) -> None:
    await posted(stage, **values)
    await send(stage, request(note(ANN, f"{ANN}/n/1", quote=MINE)))
    assert (await answers(stage))[0]["type"] == "Reject"
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.REJECTED


async def test_nobody_asks_for_somebody_elses_post(stage: Scene) -> None:
    await posted(stage)
    await serve(stage, note(BEN, f"{BEN}/n/7", quote=MINE))
    await send(stage, request(f"{BEN}/n/7"))
    await send(stage, request(note(BEN, f"{BEN}/n/7", quote=MINE)) | {"id": f"{ANN}/q/2"})
    assert stage.told("Accept", "Reject") == []


async def test_a_stamp_is_believed_only_from_the_quoted_authors_server(stage: Scene) -> None:
    stamp = {
        "id": STAMP,
        "type": "QuoteAuthorization",
        "attributedTo": BEN,
        "interactingObject": f"{ANN}/n/1",
        "interactionTarget": QUOTED,
    }
    await serve(stage, note(BEN, QUOTED))
    await serve(stage, stamp)
    forged = f"{ANN}/stamps/1"
    await serve(stage, stamp | {"id": forged})
    quoting = note(ANN, f"{ANN}/n/1", quote=QUOTED)
    await send(stage, create(ANN, quoting | {"quoteAuthorization": STAMP}))
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.ACCEPTED
    other = quoting | {"id": f"{ANN}/n/2", "quoteAuthorization": STAMP}
    await send(stage, create(ANN, other))
    assert await state_of(stage, f"{ANN}/n/2") is QuoteState.PENDING
    other = quoting | {"id": f"{ANN}/n/3", "quoteAuthorization": forged}
    await send(stage, create(ANN, other))
    assert await state_of(stage, f"{ANN}/n/3") is QuoteState.PENDING


async def test_the_quoted_author_takes_the_leave_back_and_nobody_else(stage: Scene) -> None:
    await test_a_stamp_is_believed_only_from_the_quoted_authors_server(stage)
    stamp = {"id": STAMP, "type": "QuoteAuthorization"}
    gone = {"id": f"{ANN}/d/1", "type": "Delete", "actor": ANN, "object": stamp}
    await send(stage, gone)
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.ACCEPTED
    await send(stage, gone | {"id": f"{BEN}/d/1", "actor": BEN})
    assert await state_of(stage, f"{ANN}/n/1") is QuoteState.REVOKED


async def test_an_old_spelling_shows_what_everybody_may_quote(stage: Scene) -> None:
    await posted(stage)
    await serve(stage, note(BEN, QUOTED))
    for number, spelling in enumerate(("_misskey_quote", "quoteUrl", "quoteUri")):
        await send(stage, create(ANN, note(ANN, f"{ANN}/n/{number}", **{spelling: MINE})))
        assert await state_of(stage, f"{ANN}/n/{number}") is QuoteState.ACCEPTED
    await send(stage, create(ANN, note(ANN, f"{ANN}/n/9", quoteUrl=QUOTED)))
    assert await state_of(stage, f"{ANN}/n/9") is QuoteState.LEGACY


async def test_a_chain_of_quotes_is_followed_a_little(stage: Scene) -> None:
    for number in range(1, 12):
        await serve(stage, note(BEN, f"{BEN}/n/{number}", quote=f"{BEN}/n/{number + 1}"))
    await send(stage, create(ANN, note(ANN, f"{ANN}/n/1", quote=QUOTED)))
    asked = [url for url in stage.others.asked if "/users/ben/n/" in url]
    assert len(asked) == 3, asked
