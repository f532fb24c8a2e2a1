"""Whose word it is when another brings it: proofs, LD signatures, and a look at the origin."""

import json
from typing import Any

import pytest

from tests.support.fediverse import Reply, Scene, key_pair
from weft.federation.inspector.find import inbound_one
from weft.protocol.keys import PrivateKey, generate_ed25519, load_private_key
from weft.protocol.ldsignatures import ld_sign
from weft.protocol.proofs import with_proof

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LENA = "https://weft.example/users/lena"
ANN, RELAY = "https://a.example/users/ann", "https://r.example/users/relay"
ED25519, _ = generate_ed25519()


@pytest.fixture(scope="module")
def proof_key() -> PrivateKey:
    return load_private_key(ED25519)


async def furnish(stage: Scene, key: PrivateKey) -> None:
    """Ann's actor lists a Multikey too."""
    ann = await stage.place(ANN)
    authority = ann.split("/")[2]
    actor = stage.others._person(authority, "ann") | {
        "assertionMethod": [
            {
                "id": f"{ann}#ed25519-key",
                "type": "Multikey",
                "controller": ann,
                "publicKeyMultibase": key.public().multibase(),
            }
        ]
    }
    stage.others.answer(ann, Reply(body=json.dumps(actor).encode()))


def create(number: int = 1, **note: Any) -> dict[str, Any]:
    inner = {
        "id": f"{ANN}/n/{number}",
        "type": "Note",
        "attributedTo": ANN,
        "content": "<p>Passed on</p>",
        "published": "2026-10-01T12:00:00Z",
        "to": [PUBLIC],
        "cc": [LENA],
    }
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": f"{ANN}/a/{number}",
        "type": "Create",
        "actor": ANN,
        "to": [PUBLIC],
        "object": inner | note,
    }


async def bring(stage: Scene, activity: dict[str, Any], status: int = 202) -> str:
    """The relay sends it; the state of its entry in the log."""
    relay = await stage.place(RELAY)
    answer = await stage.deliver(relay, json.dumps(activity).encode(), "/inbox")
    assert answer.status == status, answer.text
    await stage.settled()
    found = await inbound_one(stage.parts.db, activity["id"])
    return f"{found[0].state}: {found[0].why}" if found else ""


def proved(activity: dict[str, Any], key: PrivateKey) -> dict[str, Any]:
    return with_proof(activity, key, f"{activity['actor']}#ed25519-key", 1_790_000_000)


def signed(activity: dict[str, Any]) -> dict[str, Any]:
    return ld_sign(activity, key_pair("ann")[0], f"{activity['actor']}#main-key", 1_790_000_000)


async def test_a_proof_of_its_actor_is_enough(stage: Scene, proof_key: PrivateKey) -> None:
    await furnish(stage, proof_key)
    activity = proved(await stage.place(create()), proof_key)
    assert await bring(stage, activity) == "done: "
    assert await stage.knows(f"{await stage.place(ANN)}/n/1")
    (entry,) = await inbound_one(stage.parts.db, activity["id"])
    assert [step.step for step in entry.steps] == ["signature", "proof", "handler", "effect"]


@pytest.mark.parametrize("what", ["content", "actor's key", "purpose", "other's key"])
async def test_a_proof_that_does_not_hold_ends_the_matter(
    stage: Scene, proof_key: PrivateKey, what: str
) -> None:
    await furnish(stage, proof_key)
    activity = await stage.place(create())
    if what == "content":
        activity = proved(activity, proof_key)
        activity["object"]["content"] = "<p>Forged</p>"
    elif what == "actor's key":
        activity = proved(activity, load_private_key(generate_ed25519()[0]))
    elif what == "purpose":
        activity = proved(activity, proof_key)
        activity["proof"]["proofPurpose"] = "authentication"
    else:
        method = f"{await stage.place(RELAY)}#main-key"
        activity = with_proof(activity, proof_key, method, 1_790_000_000)
    assert (await bring(stage, activity)).startswith("refused: ")
    assert not await stage.knows(activity["object"]["id"])


async def test_an_ld_signature_of_its_actor_is_enough_for_what_it_covers(stage: Scene) -> None:
    activity = signed(await stage.place(create()))
    activity["object"]["_misskey_quote"] = await stage.place("https://b.example/notes/1")
    assert await bring(stage, activity) == "done: "
    found = await stage.anyone.call("GET", "/api/v1/timelines/public?remote=true")
    (status,) = [each for each in found.json if each["uri"] == activity["object"]["id"]]
    assert status["content"] == "<p>Passed on</p>"
    # The name is in no context, so the signature says nothing of it: nobody went to look.
    assert not [url for url in stage.others.asked if "/notes/1" in url]


@pytest.mark.parametrize("what", ["content", "creator", "context"])
async def test_an_ld_signature_that_does_not_hold_is_refused(stage: Scene, what: str) -> None:
    activity = signed(await stage.place(create()))
    if what == "content":
        activity["object"]["content"] = "<p>Forged</p>"
    elif what == "creator":
        activity["signature"]["creator"] = f"{await stage.place(RELAY)}#main-key"
    else:
        activity["@context"] = ["https://www.w3.org/ns/activitystreams", {"content": "as:summary"}]
        activity["id"] += "/other"
        assert await bring(stage, activity, 400) == ""
        return
    assert (await bring(stage, activity)).startswith("refused: ")
    assert not await stage.knows(activity["object"]["id"])


async def test_what_nobody_vouches_for_is_asked_of_its_origin(stage: Scene) -> None:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": "mine"})
    mine = answer.json["uri"]
    true = (await stage.place(create(inReplyTo="x")))["object"] | {"inReplyTo": mine}
    document = {"@context": "https://www.w3.org/ns/activitystreams"} | true
    stage.others.answer(true["id"], Reply(body=json.dumps(document).encode()))
    activity = await stage.place(create(content="<p>Forged</p>"))
    activity["object"]["inReplyTo"] = mine
    assert await bring(stage, activity) == "ignored: fetched from its origin"
    context = await stage.anyone.call("GET", f"/api/v1/statuses/{answer.json['id']}/context")
    assert [each["content"] for each in context.json["descendants"]] == ["<p>Passed on</p>"]


async def test_what_is_about_nothing_here_is_not_even_asked_for(stage: Scene) -> None:
    activity = await stage.place(create(2, inReplyTo="https://c.example/n/1"))
    assert (await bring(stage, activity)).startswith("ignored: it was passed on")
    assert not [url for url in stage.others.asked if "/n/2" in url]
    assert await bring(stage, await stage.place(create(3)), 403) == ""


async def test_two_people_of_one_server_are_two_people(stage: Scene) -> None:
    mallory = await stage.place("https://a.example/users/mallory")
    activity = await stage.place(create())
    answer = await stage.deliver(mallory, json.dumps(activity).encode(), "/inbox")
    assert answer.status in {202, 401, 403}
    await stage.settled()
    assert not await stage.knows(activity["object"]["id"])
