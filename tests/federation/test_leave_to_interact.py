"""What authors on GoToSocial restrict, holds for people here: they are refused, or ask and wait."""

from typing import Any

import pytest

from tests.federation.corpus.gotosocial import THEIRS
from tests.federation.corpus.playing import At
from tests.support.fediverse import Scene

ZORK = "http://localhost:8080/users/the_mighty_zork"
ANN = "https://a.example/users/ann"
FOSS = "https://fossbros-anonymous.io/users/foss_satan"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
STATUSES = "/api/v1/statuses"


@pytest.fixture
def at(stage: Scene) -> At:
    return At(stage, THEIRS, "", {})


def policy(file: str, at: At, **circles: Any) -> dict[str, Any]:
    read: dict[str, Any] = at.load(file)["interactionPolicy"]
    return read | circles


async def post(at: At, rules: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """Zork's, as lena sees it."""
    note = {
        "@context": ["https://gotosocial.org/ns", "https://www.w3.org/ns/activitystreams"],
        "id": f"{ZORK}/statuses/{number}", "type": "Note", "attributedTo": ZORK, "content": "Ask me",
        "to": PUBLIC, "published": "2026-10-01T12:00:00Z", "interactionPolicy": rules,
    }  # fmt: skip
    await at.person(ZORK)
    await at.serve(note)
    return await at.status(f"{ZORK}/statuses/{number}")


async def asked(at: At, kind: str) -> tuple[str, dict[str, Any]]:
    """The first activity of a kind, and where it went."""
    return (await at.stage.until(lambda: at.stage.told(kind)))[0]


async def answer(at: At, file: str, **changed: Any) -> None:
    """One of GoToSocial's own answers, about something of ours."""
    payload = at.load(file) | {"actor": ZORK} | changed
    if not payload["id"].startswith(ZORK):
        payload["id"] = f"{ZORK}/answers/{file}"
    await at.deliver(payload)


async def state(at: At, status_id: str, viewer: Any = None) -> Any:
    shown = await (viewer or at.stage.api).get(f"{STATUSES}/{status_id}")
    return shown.json.get("interaction_approval") if shown.status == 200 else shown.status


async def followed_by_ann(at: At) -> None:
    await at.person(ANN)
    lena = at.stage.lena.uri
    await at.deliver({"id": f"{ANN}/f", "type": "Follow", "actor": ANN, "object": lena})


async def test_what_the_author_does_not_want_is_refused_with_a_sentence(at: At) -> None:
    mine = {"automaticApproval": [ZORK]}
    rules = {"canLike": mine, "canReply": mine, "canAnnounce": mine}
    shown = await post(at, rules)
    api, path = at.stage.api, f"{STATUSES}/{shown['id']}"
    for way, status, word in (("favourite", 403, "liked"), ("reblog", 403, "boosted")):
        refused = await api.post(f"{path}/{way}")
        assert refused.status == status
        assert word in refused.json["error"]
    refused = await api.post(STATUSES, {"status": "But", "in_reply_to_id": shown["id"]})
    assert refused.status == 422
    assert "answered" in refused.json["error"]
    assert at.rows("SELECT count(*) FROM reaction") == [(0,)]
    assert at.rows("SELECT count(*) FROM post WHERE local") == [(0,)]
    assert at.rows("SELECT count(*) FROM activity WHERE type != 'FollowRequested'") == [(0,)]


async def test_what_is_open_to_all_asks_nobody(at: At) -> None:
    shown = await post(at, policy("note-policy-new", at))
    await at.stage.api.post(f"{STATUSES}/{shown['id']}/favourite")
    await asked(at, "Like")
    assert await state(at, shown["id"]) is None


async def test_an_answer_waits_until_it_is_allowed(at: At) -> None:
    await followed_by_ann(at)
    shown = await post(at, policy("note-policy-new", at))
    body = {"status": "May I?", "in_reply_to_id": shown["id"]}
    made = (await at.stage.api.post(STATUSES, body)).json
    inbox, request = await asked(at, "ReplyRequest")
    assert inbox == await at.place(f"{ZORK}/inbox")
    assert request["object"] == shown["uri"]
    assert request["to"] == [await at.place(ZORK)]
    note = request["instrument"]
    assert (note["id"], note["to"], note["inReplyTo"]) == (made["uri"], [PUBLIC], shown["uri"])
    assert made["interaction_approval"] == {"reply": "pending"}
    assert (await at.stage.anyone.get(f"{STATUSES}/{made['id']}")).status == 404
    assert not at.stage.told("Create")
    more = await at.stage.api.post(STATUSES, {"status": "And", "in_reply_to_id": made["id"]})
    assert more.status == 422
    assert "wait" in more.json["error"]

    inner = {"type": "ReplyRequest", "id": request["id"], "actor": at.stage.lena.uri,
             "object": shown["uri"], "instrument": made["uri"]}  # fmt: skip
    stamp = f"{ZORK}/authorizations/1"
    other = at.load("accept-replyrequest") | {"actor": FOSS, "id": f"{FOSS}#1"}
    await at.person(FOSS)
    await at.deliver(other | {"object": inner, "result": f"{FOSS}/authorizations/1"})
    assert "only the author" in str(at.verdicts()[-1])
    await answer(at, "accept-likerequest", object=inner, result=f"{FOSS}/authorizations/1")
    assert "another server" in str(at.verdicts()[-1])
    await answer(at, "accept-replyrequest", id=f"{ZORK}/accepts/1", object=inner, result=stamp)
    _, create = await asked(at, "Create")
    assert create["object"]["replyAuthorization"] == await at.place(stamp)
    assert create["object"]["approvedBy"] == await at.place(f"{ZORK}/accepts/1")
    assert create["object"]["to"] == [PUBLIC]
    reached = {to for to, body in at.stage.told("Create") if body["object"]["id"] == made["uri"]}
    assert await at.place(f"{ANN}/inbox") in reached
    seen = await at.stage.anyone.get(f"{STATUSES}/{made['id']}")
    assert seen.json["visibility"] == "public"
    assert await state(at, made["id"]) is None

    await at.deliver({"id": f"{ZORK}#d", "type": "Delete", "actor": ZORK, "object": stamp})
    assert (await at.stage.anyone.get(f"{STATUSES}/{made['id']}")).status == 404
    assert await state(at, made["id"]) == {"reply": "rejected"}


async def test_an_answer_that_is_rejected_is_left_to_its_author(at: At) -> None:
    shown = await post(at, policy("note-policy-deprecated", at))
    body = {"status": "May I?", "in_reply_to_id": shown["id"]}
    made = (await at.stage.api.post(STATUSES, body)).json
    # This server is of the generation that knows no requests.
    inbox, create = await asked(at, "Create")
    assert inbox == await at.place(f"{ZORK}/inbox")
    assert (create["object"]["id"], create["object"]["to"]) == (made["uri"], [PUBLIC])
    assert not at.stage.told("ReplyRequest")
    await answer(at, "reject-reply", object=made["uri"])
    assert await state(at, made["id"]) == {"reply": "rejected"}
    assert (await at.stage.anyone.get(f"{STATUSES}/{made['id']}")).status == 404
    # An Accept lifts it.
    await answer(at, "accept-reply-with-result", object=made["uri"], result=f"{ZORK}/stamp")
    assert (await at.stage.anyone.get(f"{STATUSES}/{made['id']}")).status == 200


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "rejected"])
async def test_a_like_waits(at: At, allowed: bool) -> None:
    rules = policy("note-policy-new", at, canLike={"manualApproval": PUBLIC})
    shown = await post(at, rules)
    liked = (await at.stage.api.post(f"{STATUSES}/{shown['id']}/favourite")).json
    assert liked["favourited"] is True
    assert liked["interaction_approval"] == {"favourite": "pending"}
    _, request = await asked(at, "LikeRequest")
    like = request["instrument"]
    assert (like["type"], like["object"]) == ("Like", shown["uri"])
    assert not at.stage.told("Like")
    inner = at.load("accept-likerequest")["object"]
    inner |= {"id": request["id"], "actor": at.stage.lena.uri, "instrument": like["id"],
              "object": shown["uri"]}  # fmt: skip
    if not allowed:
        await answer(at, "reject-reply", object=inner)
        after = (await at.stage.api.get(f"{STATUSES}/{shown['id']}")).json
        assert after["favourited"] is False
        return
    await answer(at, "accept-likerequest", object=inner)
    _, sent = await asked(at, "Like")
    stamp = await at.place(at.load("accept-likerequest")["result"])
    assert (sent["id"], sent["likeAuthorization"]) == (like["id"], stamp)
    assert await state(at, shown["id"]) is None
    await at.deliver({"id": f"{ZORK}#d", "type": "Delete", "actor": ZORK, "object": stamp})
    assert at.rows("SELECT count(*) FROM reaction") == [(0,)]


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "rejected"])
async def test_a_boost_waits(at: At, allowed: bool) -> None:
    await followed_by_ann(at)
    shown = await post(at, policy("note-policy-new", at))
    made = (await at.stage.api.post(f"{STATUSES}/{shown['id']}/reblog")).json
    assert made["reblog"]["interaction_approval"] == {"reblog": "pending"}
    _, request = await asked(at, "AnnounceRequest")
    announce = request["instrument"]
    assert (announce["type"], announce["object"]) == ("Announce", shown["uri"])
    assert PUBLIC in announce["to"]
    assert not at.stage.told("Announce")
    assert (await at.stage.anyone.get(f"{STATUSES}/{made['id']}")).status == 404
    if not allowed:
        await answer(at, "reject-reply", object=announce["id"])
        assert (await at.stage.api.get(f"{STATUSES}/{made['id']}")).status == 404
        assert not at.stage.told("Undo")
        return
    target = {"target": shown["uri"], "object": announce["id"]}
    await answer(at, "accept-announce-impolite", **target)
    inbox, sent = await asked(at, "Announce")
    accept = at.load("accept-announce-impolite")["id"]
    assert sent["approvedBy"] == await at.place(accept)
    where = {to for to, _ in at.stage.told("Announce")}
    assert await at.place(f"{ANN}/inbox") in where, inbox
    assert (await at.stage.anyone.get(f"{STATUSES}/{made['id']}")).status == 200


async def test_whom_a_post_names_answers_without_asking(at: At) -> None:
    rules = policy("note-policy-new", at)
    named = {"automaticApproval": [ZORK, at.stage.lena.uri], "manualApproval": [PUBLIC]}
    shown = await post(at, rules | {"canReply": named})
    made = await at.stage.api.post(STATUSES, {"status": "Yes", "in_reply_to_id": shown["id"]})
    assert "interaction_approval" not in made.json
    await asked(at, "Create")
    assert not at.stage.told("ReplyRequest")


async def test_followers_let_in_by_their_circle_ask_as_well(at: At) -> None:
    rules = policy("note-policy-new", at)
    circle = {"automaticApproval": [f"{ZORK}/followers"]}
    await at.lena_follows(ZORK, accepted=True)
    shown = await post(at, rules | {"canReply": circle})
    made = await at.stage.api.post(STATUSES, {"status": "Yes", "in_reply_to_id": shown["id"]})
    assert made.json["interaction_approval"] == {"reply": "pending"}
    await asked(at, "ReplyRequest")


async def test_somebody_elses_answer_goes_with_its_leave(at: At) -> None:
    await at.lena_follows(FOSS, accepted=True)
    shown = await post(at, policy("note-policy-new", at))
    note = {"id": f"{FOSS}/statuses/1", "type": "Note", "attributedTo": FOSS, "content": "Allowed",
            "inReplyTo": shown["uri"], "to": [PUBLIC],
            "replyAuthorization": f"{ZORK}/authorizations/7"}  # fmt: skip
    stamp = at.load("like-authorization") | {
        "id": f"{ZORK}/authorizations/7", "type": "ReplyAuthorization",
        "interactingObject": note["id"], "interactionTarget": shown["uri"],
    }  # fmt: skip
    await at.serve(stamp)
    create = {"id": f"{FOSS}/c", "type": "Create", "actor": FOSS, "object": note, "to": [PUBLIC]}
    await at.deliver(create)
    assert await at.known(note["id"])
    gone = {"id": f"{FOSS}#d", "type": "Delete", "actor": FOSS, "object": stamp["id"]}
    await at.deliver(gone)
    assert await at.known(note["id"])
    await at.deliver({"type": "Delete", "actor": ZORK, "object": stamp["id"], "to": [PUBLIC]})
    assert not await at.known(note["id"])
