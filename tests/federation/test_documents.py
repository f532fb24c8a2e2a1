"""What software may read by id, and who: with and without a signature, with and without the setting."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.asgi import Answer
from tests.support.fediverse import Reply, Scene, key_pair, scene
from weft.domain.moderation.domains import decide
from weft.domain.moderation.domains_rules import Decision, Severity
from weft.protocol.followers_digest import digest_of, read_header
from weft.protocol.signatures.cavage import sign_get_cavage
from weft.protocol.signatures.rfc9421 import sign_message

LENA = "https://weft.example/users/lena"
ANN, EVE = "https://a.example/users/ann", "https://e.example/users/eve"
DOCUMENT = {"Accept": "application/activity+json"}


@pytest.fixture
async def closed(tmp_path: Path, template: Path) -> AsyncIterator[Scene]:
    """A server with WEFT_AUTHORIZED_FETCH."""
    async with scene(tmp_path, template) as made:
        settings = made.parts.settings
        made.parts.endpoints._settings = msgspec.structs.replace(settings, authorized_fetch=True)
        yield made


async def read(
    stage: Scene, path: str, who: str | None = None, *, new_form: bool = False
) -> Answer:
    """A GET, signed by somebody or not."""
    headers = dict(DOCUMENT)
    path = path.removeprefix(stage.parts.server.origin)
    if who is not None:
        actor = await stage.place(who)
        url = f"{stage.parts.server.origin}{path}"
        key, now_s = key_pair(actor.rpartition("/")[2])[0], stage.parts.server.now_ms() // 1000
        if new_form:
            headers |= sign_message("GET", url, None, f"{actor}#main-key", key, now_s)
        else:
            headers |= sign_get_cavage(url, f"{actor}#main-key", key, now_s)
    return await stage.anyone.call("GET", path, headers=headers)


async def send(stage: Scene, activity: dict[str, Any]) -> None:
    placed = await stage.place(activity)
    answer = await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    assert answer.status == 202
    await stage.settled()


async def followed_by(stage: Scene, who: str) -> None:
    await send(stage, {"id": f"{who}/f/1", "type": "Follow", "actor": who, "object": LENA})
    actor = await stage.place(who)
    await stage.until(lambda: [1 for inbox, _ in stage.told("Accept") if inbox.startswith(actor)])


async def post(stage: Scene, **values: Any) -> str:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": "words"} | values)
    assert answer.status == 200, answer.json
    return str(answer.json["uri"])


@pytest.mark.parametrize("new_form", [False, True])
async def test_a_post_for_followers_is_for_followers(stage: Scene, new_form: bool) -> None:
    await followed_by(stage, ANN)
    uri = await post(stage, visibility="private")
    assert (await read(stage, uri)).status == 404
    assert (await read(stage, uri, EVE, new_form=new_form)).status == 404
    found = await read(stage, uri, ANN, new_form=new_form)
    assert found.status == 200
    assert found.json["content"] == "<p>words</p>"
    assert found.headers["cache-control"] == "private, no-store"
    assert (await read(stage, f"{uri}/activity", ANN)).json["type"] == "Create"
    assert (await read(stage, f"{uri}/activity", EVE)).status == 404


async def test_a_direct_post_is_for_whom_it_names(stage: Scene) -> None:
    ann = await stage.parts.resolver.actor(await stage.place(ANN))
    handle = f"@{ann.username}@{ann.domain}"
    uri = await post(stage, status=f"{handle} psst", visibility="direct")
    assert (await read(stage, uri, EVE)).status == 404
    assert (await read(stage, uri, ANN)).status == 200


async def test_who_is_blocked_or_suspended_sees_nothing(stage: Scene) -> None:
    await followed_by(stage, ANN)
    uri = await post(stage)
    assert (await read(stage, uri, ANN)).status == 200
    ann = await stage.parts.resolver.actor(await stage.place(ANN))
    await stage.api.call("POST", f"/api/v1/accounts/{ann.id}/block")
    assert (await read(stage, uri, ANN)).status == 404
    assert (await read(stage, uri, EVE)).status == 200


async def test_a_signature_that_does_not_hold_reads_as_nobody(stage: Scene) -> None:
    uri = await post(stage)
    path = uri.removeprefix(stage.parts.server.origin)
    eve = await stage.place(EVE)
    headers = sign_get_cavage(uri, f"{eve}#main-key", key_pair("mallory")[0], 1_000)
    found = await stage.anyone.call("GET", path, headers=DOCUMENT | headers)
    assert found.status == 200
    assert "public" in found.headers["cache-control"]


async def test_only_those_who_sign_read_a_closed_server(closed: Scene) -> None:
    uri = await post(closed)
    refused = await read(closed, uri)
    assert refused.status == 401
    assert refused.headers["accept-signature"].startswith("sig1=(")
    assert (await read(closed, uri, ANN)).status == 200
    assert (await read(closed, f"{closed.lena.uri}/outbox")).status == 401
    stub = await read(closed, closed.lena.uri)
    assert stub.status == 200
    assert set(stub.json) <= {
        "@context", "id", "type", "preferredUsername", "inbox", "outbox", "endpoints", "url",
        "publicKey", "assertionMethod", "manuallyApprovesFollowers",
    }  # fmt: skip
    assert stub.json["publicKey"]["owner"] == closed.lena.uri
    assert "summary" in (await read(closed, closed.lena.uri, ANN)).json
    assert "summary" in (await read(closed, closed.lena.uri, EVE)).json
    own = await closed.parts.instance.actor()
    assert own is not None
    whole = await read(closed, own.uri)
    assert (whole.status, whole.json["type"]) == (200, "Application")
    eve = await closed.place(EVE)
    headers = sign_get_cavage(uri, f"{eve}#main-key", key_pair("mallory")[0], 1_000)
    path = uri.removeprefix(closed.parts.server.origin)
    assert (await closed.anyone.call("GET", path, headers=DOCUMENT | headers)).status == 401


async def test_collections_of_a_person(stage: Scene) -> None:
    await followed_by(stage, ANN)
    first = await post(stage, status="one #harbour")
    await stage.api.call("POST", f"/api/v1/statuses/{first.rpartition('/')[2]}/pin")
    actor = (await read(stage, stage.lena.uri)).json
    followers = (await read(stage, actor["followers"])).json
    assert followers["totalItems"] == 1
    page = (await read(stage, followers["first"])).json
    assert page["orderedItems"] == [await stage.place(ANN)]
    featured = (await read(stage, actor["featured"])).json
    assert [each["id"] for each in featured["orderedItems"]] == [first]
    assert (await read(stage, actor["featuredTags"])).json["totalItems"] == 0
    outbox = (await read(stage, actor["outbox"])).json
    page = (await read(stage, outbox["first"])).json
    assert [each["object"]["id"] for each in page["orderedItems"]] == [first]
    hidden = await stage.api.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"hide_collections": True}
    )
    assert hidden.status == 200
    assert "first" not in (await read(stage, actor["followers"])).json
    assert (await read(stage, f"{actor['followers']}?page=1")).json["type"] == "OrderedCollection"


async def test_a_thread_is_a_collection_of_its_posts(stage: Scene) -> None:
    first = await post(stage)
    number = first.rpartition("/")[2]
    second = await post(stage, in_reply_to_id=number)
    secret = await post(stage, in_reply_to_id=number, visibility="private")
    document = (await read(stage, second)).json
    assert document["context"] == (await read(stage, first)).json["context"]
    thread = (await read(stage, document["context"])).json
    assert thread["orderedItems"] == [first, second]
    assert thread["attributedTo"] == stage.lena.uri
    replies = (await read(stage, document["id"].replace(second, first) + "/replies")).json
    assert replies["first"]["items"] == [second]
    assert secret not in json.dumps(replies)
    for part in ("likes", "dislikes", "shares"):
        counted = (await read(stage, f"{first}/{part}")).json
        assert (counted["id"], counted["totalItems"]) == (f"{first}/{part}", 0)
    assert (await read(stage, "/ap/contexts/99")).status == 404


async def test_activities_are_for_those_who_got_them(stage: Scene) -> None:
    ann = await stage.parts.resolver.actor(await stage.place(ANN))
    await stage.api.call("POST", f"/api/v1/accounts/{ann.id}/follow")
    ((_, follow),) = await stage.until(lambda: stage.told("Follow"))
    await stage.api.call("POST", f"/api/v1/accounts/{ann.id}/unfollow")
    ((_, undo),) = await stage.until(lambda: stage.told("Undo"))
    assert undo["object"]["id"] == follow["id"]
    assert (await read(stage, undo["id"])).status == 404
    assert (await read(stage, undo["id"], EVE)).status == 404
    assert (await read(stage, undo["id"], ANN)).json == undo


async def test_what_is_gone_is_a_tombstone(stage: Scene) -> None:
    uri = await post(stage)
    await stage.api.call("DELETE", f"/api/v1/statuses/{uri.rpartition('/')[2]}")
    gone = await read(stage, uri)
    assert gone.status == 410
    assert gone.json["type"] == "Tombstone"
    assert gone.json["formerType"] == "Note"
    assert gone.json["deleted"].endswith("Z")


async def test_the_server_is_found_by_its_names(stage: Scene) -> None:
    origin, host = stage.parts.server.origin, stage.parts.server.host
    own = await stage.parts.instance.actor()
    assert own is not None
    for resource in (f"{origin}/", origin, f"acct:{host}@{host}", own.uri):
        found = await stage.anyone.call("GET", f"/.well-known/webfinger?resource={resource}")
        links = {link["rel"]: link.get("href") for link in found.json["links"]}
        assert links["self"] == own.uri
        assert links["https://www.w3.org/ns/activitystreams#Service"] == own.uri
    path = f"/.well-known/webfinger?rel=self&resource=acct:LENA@{host}"
    found = await stage.anyone.call("GET", path)
    assert [link["rel"] for link in found.json["links"]] == ["self"]
    assert found.json["subject"] == f"acct:lena@{host}"
    for resource, status in (("nonsense", 400), ("acct:nobody@" + host, 404), ("", 400)):
        answer = await stage.anyone.call("GET", f"/.well-known/webfinger?resource={resource}")
        assert answer.status == status
    index = (await stage.anyone.call("GET", "/.well-known/nodeinfo")).json
    rels = {link["rel"]: link["href"] for link in index["links"]}
    assert rels["https://www.w3.org/ns/activitystreams#Application"] == own.uri
    for version in ("2.0", "2.1"):
        about = (await stage.anyone.call("GET", f"/nodeinfo/{version}")).json
        assert ("repository" in about["software"]) == (version == "2.1")
        assert about["metadata"]["federation"] == {"enabled": True}
    meta = await stage.anyone.call("GET", "/.well-known/host-meta.json")
    assert meta.json["links"][0]["rel"] == "lrdd"


async def test_followers_are_told_to_their_own_server_alone(stage: Scene) -> None:
    await followed_by(stage, ANN)
    await followed_by(stage, EVE)
    uri = f"{stage.lena.uri}/followers_synchronization"
    assert (await read(stage, uri)).status == 401
    assert (await read(stage, uri, ANN)).json["orderedItems"] == [await stage.place(ANN)]
    seen: list[dict[str, str]] = []
    stage.others.watch = lambda headers, _: seen.append(headers)
    await post(stage, visibility="private")
    await stage.until(lambda: len(seen) == 2)
    for headers in seen:
        offered = read_header(headers["collection-synchronization"])
        assert offered is not None
        assert (offered.collection_id, offered.url) == (f"{stage.lena.uri}/followers", uri)
        who = ANN if headers["host"] in await stage.place(ANN) else EVE
        assert offered.digest == digest_of([await stage.place(who)])
        assert "collection-synchronization" in headers["signature"]


async def test_a_follow_that_the_author_does_not_know_of_ends(stage: Scene) -> None:
    ann = await stage.parts.resolver.actor(await stage.place(ANN))
    await stage.api.call("POST", f"/api/v1/accounts/{ann.id}/follow")
    ((_, follow),) = await stage.until(lambda: stage.told("Follow"))
    accept = {"id": f"{ANN}/acc/1", "type": "Accept", "actor": ANN, "object": follow}
    await send(stage, accept)
    path = f"/api/v1/accounts/relationships?id[]={ann.id}"
    assert (await stage.api.call("GET", path)).json[0]["following"] is True
    url = f"{ann.uri}/followers_synchronization"
    for listed, follows in (([stage.lena.uri], True), ([], False)):
        document = {"id": url, "type": "OrderedCollection", "orderedItems": listed}
        stage.others.answer(url, Reply(body=json.dumps(document).encode()))
        header = f'collectionId="{ann.uri}/followers", url="{url}", digest="{digest_of(listed)}"'
        await stage.parts.endpoints._followers.heard(
            {"collection-synchronization": header}, json.dumps(accept | {"actor": ann.uri}).encode()
        )
        await stage.until(lambda: not stage.parts.endpoints._followers._tasks)
        assert (await stage.api.call("GET", path)).json[0]["following"] is follows


KINDS = ("public", "unlisted", "private", "direct", "local_only")
BEN, CLEO, DORA = (
    "https://b.example/users/ben", "https://c.example/users/cleo", "https://d.example/users/dora",
)  # fmt: skip
# Who reads, by signed requests of other servers: ``+`` seen, ``-`` not there; in the order of KINDS.
READERS = {
    "nobody": (None, "++---"),
    "a stranger": (EVE, "++---"),
    "a follower": (ANN, "+++--"),
    "who is named": (BEN, "++++-"),
    "a blocked follower": (CLEO, "-----"),
    "a suspended server's follower": (DORA, "-----"),
}


async def test_each_reader_sees_what_is_for_them_on_every_route(stage: Scene) -> None:
    for who in (ANN, CLEO, DORA):
        await followed_by(stage, who)
    ben = await stage.parts.resolver.actor(await stage.place(BEN))
    eve = await stage.parts.resolver.actor(await stage.place(EVE))
    assert eve.username == "eve"
    root = await post(stage)
    number = root.rpartition("/")[2]
    uris = {}
    for kind in KINDS:
        values: dict[str, Any] = {"visibility": kind}
        if kind == "local_only":
            values = {"local_only": True}
        text = f"@{ben.username}@{ben.domain} {kind}"
        uris[kind] = await post(stage, status=text, in_reply_to_id=number, **values)
        if kind in {"public", "unlisted", "private"}:
            own = uris[kind].rpartition("/")[2]
            pinned = await stage.api.call("POST", f"/api/v1/statuses/{own}/pin")
            assert pinned.status == 200
    cleo = await stage.parts.resolver.actor(await stage.place(CLEO))
    await stage.api.call("POST", f"/api/v1/accounts/{cleo.id}/block")
    suspended = (await stage.place(DORA)).split("/")[2]
    block = Decision(severity=Severity.SUSPEND)
    await stage.parts.db.write(decide, stage.parts.server, None, suspended, block)
    for name, (reader, expected) in READERS.items():
        found = {}
        for route in ("", "/activity"):
            answers = [await read(stage, uris[kind] + route, reader) for kind in KINDS]
            found[route or "post"] = "".join("+" if a.status == 200 else "-" for a in answers)
        context = f"{stage.parts.server.origin}/ap/contexts/{number}"
        for route in (context, f"{root}/replies", f"{stage.lena.uri}/collections/featured",
                      f"{stage.lena.uri}/outbox?page=true"):  # fmt: skip
            listed = (await read(stage, route, reader)).body.decode()
            found[route.rpartition("/")[2]] = "".join(
                "+" if f'"{uris[kind]}"' in listed else "-" for kind in KINDS
            )
        for route, seen in found.items():
            wanted = expected
            if route == "featured":  # three of them are pinned
                wanted = expected[:3] + "--"
            assert seen == wanted, f"{name} at {route}"
