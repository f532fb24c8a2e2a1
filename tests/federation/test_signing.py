"""How we sign: twice knocked, once remembered, with proofs for what is for everybody."""

import json
from typing import Any

import apsw
import pytest

from tests.support.fediverse import Mood, Reply, Scene
from weft.domain.accounts.keys import make_actor_keys, make_missing_keys
from weft.domain.keys.rotate import put_keys
from weft.federation.capabilities import REMEMBERED_MS
from weft.protocol.keys import load_multikey, load_public_key
from weft.protocol.proofs import method_of, proofs_of, verify_proof
from weft.protocol.signatures.request import SignedRequest
from weft.protocol.signatures.verify import verify

LENA = "https://weft.example/users/lena"


async def follower(stage: Scene, host: str) -> str:
    """Somebody on the host follows lena; its authority."""
    fan = f"https://{host}.example/users/fan"
    follow = await stage.place({"id": f"{fan}/f/1", "type": "Follow", "actor": fan, "object": LENA})
    answer = await stage.deliver(follow["actor"], json.dumps(follow).encode(), "/inbox")
    assert answer.status == 202
    await stage.settled()
    authority: str = (await stage.place(f"https://{host}.example/")).split("/")[2]
    await stage.until(lambda: [1 for inbox, _ in stage.told("Accept") if authority in inbox])
    return authority


async def post(stage: Scene, text: str) -> None:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": text})
    assert answer.status == 200


def only(scheme: str, status: int = 401) -> Mood:
    """A host that takes one form of signature alone."""
    wanted = "signature-input" if scheme == "rfc9421" else "digest"

    def refuses(headers: dict[str, str]) -> bool:
        return wanted not in headers

    return Mood(status=status, refuses=refuses)


@pytest.mark.parametrize("status", [401, 400])
async def test_who_takes_the_new_form_alone_is_asked_twice_once(stage: Scene, status: int) -> None:
    authority = await follower(stage, "new")
    stage.others.moods[authority] = only("rfc9421", status)
    stage.others.knocked.clear()
    await post(stage, "first")
    await stage.until(lambda: len(stage.told("Create")) == 1)
    assert stage.others.knocked[authority] == 2
    await stage.until(lambda: stage.parts.lanes.in_hand == 0)
    await post(stage, "second")
    await stage.until(lambda: len(stage.told("Create")) == 2)
    assert stage.others.knocked[authority] == 3
    # What it takes is forgotten after a month, and it may take the old form again by then.
    stage.others.moods[authority] = only("cavage")
    await stage.until(lambda: stage.parts.lanes.in_hand == 0)
    await post(stage, "third")
    await stage.until(lambda: len(stage.told("Create")) == 3)
    assert stage.others.knocked[authority] == 5
    await stage.until(lambda: stage.parts.lanes.in_hand == 0)
    await post(stage, "fourth")
    await stage.until(lambda: len(stage.told("Create")) == 4)
    assert stage.others.knocked[authority] == 6
    assert REMEMBERED_MS == 30 * 24 * 3_600_000


async def test_both_forms_hold_what_they_say(stage: Scene) -> None:
    authority = await follower(stage, "strict")
    seen: list[tuple[dict[str, str], bytes]] = []
    stage.others.watch = lambda headers, body: seen.append((headers, body))
    await post(stage, "old form")
    await stage.until(lambda: len(seen) == 1)
    stage.others.moods[authority] = only("rfc9421")
    await stage.until(lambda: stage.parts.lanes.in_hand == 0)
    await post(stage, "new form")
    await stage.until(lambda: len(stage.told("Create")) == 2)
    actor = await document(stage, stage.lena.uri)
    key = load_public_key(actor["publicKey"]["publicKeyPem"])
    for headers, body in seen:
        request = SignedRequest(
            method="POST",
            target="/inbox",
            url=f"http://{authority}/inbox",
            headers=headers,
            body=body,
        )
        verify(request, key, stage.parts.server.now_ms() // 1000)
    assert "signature-input" in seen[-1][0]
    assert "signature-input" not in seen[0][0]


async def document(stage: Scene, uri: str) -> dict[str, Any]:
    path = uri.removeprefix(stage.parts.server.origin)
    answer = await stage.anyone.call("GET", path, headers={"Accept": "application/activity+json"})
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


async def test_fetches_knock_twice_too(stage: Scene) -> None:
    ann = await stage.place("https://a.example/users/ann")
    actor = stage.others._person(ann.split("/")[2], "ann")
    forms: list[bool] = []

    def picky(headers: dict[str, str]) -> Reply:
        forms.append("signature-input" in headers)
        if not forms[-1]:
            return Reply(status=401)
        return Reply(body=json.dumps(actor).encode())

    stage.others.picky[ann] = picky
    found = await stage.parts.resolver.actor(ann)
    assert found.username == "ann"
    assert forms == [False, True]
    await stage.parts.resolver.actor(ann, refresh=True)
    assert forms == [False, True, True]


async def test_what_is_for_everybody_carries_a_proof_and_nothing_else_does(stage: Scene) -> None:
    await follower(stage, "a")
    await post(stage, "for all")
    ((_, activity),) = await stage.until(lambda: stage.told("Create"))
    actor = await document(stage, stage.lena.uri)
    (multikey,) = actor["assertionMethod"]
    assert (multikey["type"], multikey["controller"]) == ("Multikey", stage.lena.uri)
    (proof,) = proofs_of(activity)
    assert method_of(proof) == multikey["id"]
    verify_proof(activity, proof, load_multikey(multikey["publicKeyMultibase"]))
    values = {"status": "for followers", "visibility": "private"}
    await stage.api.call("POST", "/api/v1/statuses", json=values)
    await stage.until(lambda: len(stage.told("Create")) == 2)
    assert "proof" not in stage.told("Create")[1][1]
    assert "proof" not in stage.told("Accept")[0][1]


async def test_new_keys_are_used_and_told_of(stage: Scene) -> None:
    await follower(stage, "a")
    before = await document(stage, stage.lena.uri)
    parts = stage.parts
    keys = await make_actor_keys(parts.server, parts.sealer, stage.lena.id)
    await parts.db.write(put_keys, parts.server, stage.lena.id, keys)
    parts.keys.forget_actor(stage.lena.id)
    ((_, update),) = await stage.until(lambda: stage.told("Update"))
    after = await document(stage, stage.lena.uri)
    assert after["publicKey"]["id"] == before["publicKey"]["id"]
    assert after["publicKey"]["publicKeyPem"] != before["publicKey"]["publicKeyPem"]
    assert update["object"]["publicKey"] == after["publicKey"]
    (proof,) = proofs_of(update)
    multikey = after["assertionMethod"][0]["publicKeyMultibase"]
    assert multikey != before["assertionMethod"][0]["publicKeyMultibase"]
    verify_proof(update, proof, load_multikey(multikey))


async def test_who_has_no_proof_key_gets_one(stage: Scene) -> None:
    parts = stage.parts
    assert await make_missing_keys(parts.db, parts.server, parts.sealer) == 0

    before = await document(stage, stage.lena.uri)
    connection = apsw.Connection(str(parts.settings.sqlite_path))
    connection.set_busy_timeout(10_000)  # the server may be writing
    connection.execute("DELETE FROM actor_key WHERE algorithm = 'ed25519'")
    connection.close()
    assert await make_missing_keys(parts.db, parts.server, parts.sealer) == 2
    after = await document(stage, stage.lena.uri)
    assert after["assertionMethod"] != before["assertionMethod"]
