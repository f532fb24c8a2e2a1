"""Collections of people between Weft and others: who asks, who agrees, and who may not (FEP-7aa9)."""

import json
from typing import Any
from zlib import crc32

import pytest

from tests.support.fediverse import Reply, Scene, key_pair
from weft.domain.actors.queries import actor_by_uri
from weft.domain.relations.follow import accept, follow

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LENA = "https://weft.example/users/lena"
ANN, BEN = "https://a.example/users/ann", "https://b.example/users/ben"
CLUB, ITEM, LIST = f"{ANN}/clubs/1", f"{ANN}/items/1", f"{ANN}/clubs"
STAMP = f"{BEN}/stamps/1"


async def send(stage: Scene, activity: dict[str, Any]) -> None:
    placed: dict[str, Any] = await stage.place(activity)
    answer = await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    assert answer.status == 202, answer.json
    await stage.settled()


async def serve(stage: Scene, document: dict[str, Any]) -> None:
    placed = await stage.place({"@context": "https://www.w3.org/ns/activitystreams", **document})
    stage.others.answer(placed["id"], Reply(body=json.dumps(placed).encode()))


async def person(stage: Scene, uri: str, *, policy: bool = True) -> str:
    """Somebody of another server who has collections, and may be in those of others; the id."""
    can = {"interactionPolicy": {"canFeature": {"automaticApproval": [PUBLIC]}}}
    name = uri.rpartition("/")[2]
    key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": key_pair(name)[1]}
    document = {
        "id": uri, "type": "Person", "preferredUsername": name, "inbox": f"{uri}/inbox",
        "followers": f"{uri}/followers", "featuredCollections": f"{uri}/clubs", "publicKey": key,
    }  # fmt: skip
    await serve(stage, document | (can if policy else {}))
    placed: str = await stage.place(uri)
    return placed


def club(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": CLUB, "type": "FeaturedCollection", "attributedTo": ANN, "name": "The <b>club</b>",
        "summaryMap": {"en": "People <i>of</i> note"}, "sensitive": False, "discoverable": True,
        "topic": {"type": "Hashtag", "name": "#Notes"}, "totalItems": len(items),
        "orderedItems": list(items), "updated": "2026-10-01T12:00:00Z",
    } | more  # fmt: skip


def item(uri: str = ITEM, who: str = BEN, stamp: str | None = STAMP) -> dict[str, Any]:
    return {"id": uri, "type": "FeaturedItem", "featuredObject": who,
            "featureAuthorization": stamp}  # fmt: skip


def stamp(uri: str = STAMP, who: str = BEN, of: str = CLUB) -> dict[str, Any]:
    return {"id": uri, "type": "FeatureAuthorization", "interactingObject": of,
            "interactionTarget": who}  # fmt: skip


def request(actor: str = ANN, instrument: str = CLUB, **more: Any) -> dict[str, Any]:
    return {"id": f"{actor}/r/1", "type": "FeatureRequest", "actor": actor, "object": LENA,
            "instrument": instrument} | more  # fmt: skip


def act(kind: str, object_: Any, actor: str = ANN, **more: Any) -> dict[str, Any]:
    uri = f"{actor}/acts/{kind}/{crc32(json.dumps([object_, more]).encode())}"
    return {"id": uri, "type": kind, "actor": actor, "object": object_} | more


async def answers(stage: Scene) -> list[dict[str, Any]]:
    return [each for _, each in await stage.until(lambda: stage.told("Accept", "Reject"))]


async def clubs(stage: Scene, owner: str = ANN) -> list[dict[str, Any]]:
    """The collections that lena's app shows of somebody."""
    row = await stage.parts.db.one(actor_by_uri, uri=await stage.place(owner))
    assert row is not None
    shown = await stage.api.get(f"/api/v1/accounts/{row.id}/collections")
    found: list[dict[str, Any]] = shown.json["collections"]
    return found


async def members(stage: Scene) -> list[str]:
    """The names of who is in ann's only collection."""
    [shown] = await clubs(stage)
    whole = (await stage.api.get(f"/api/v1/collections/{shown['id']}")).json
    names = {each["id"]: each["username"] for each in whole["accounts"]}
    return [names[each["account_id"]] for each in whole["collection"]["items"]]


async def lena_follows(stage: Scene, uri: str) -> None:
    target = await stage.parts.resolver.actor(await person(stage, uri))

    async def write(tx: Any) -> None:
        await follow(tx, stage.parts.server, follower=stage.lena, target=target)
        await accept(tx, stage.parts.server, follower_id=stage.lena.id, target_id=target.id)

    await stage.parts.db.write(write)


async def told(stage: Scene, kind: str) -> list[dict[str, Any]]:
    shown = await stage.api.get("/api/v1/notifications", **{"types[]": kind})
    found: list[dict[str, Any]] = shown.json
    return found


async def read(stage: Scene, uri: str) -> Any:
    path = uri.removeprefix(stage.parts.server.origin)
    return await stage.anyone.call("GET", path, headers={"Accept": "application/activity+json"})


async def asked_and_agreed(stage: Scene) -> str:
    """Ann has lena in her collection; the address of lena's stamp."""
    await person(stage, ANN)
    await serve(stage, club())
    await send(stage, request())
    [answer] = await answers(stage)
    assert answer["type"] == "Accept", answer
    where: str = answer["result"]
    return where


async def test_who_asks_gets_a_stamp_that_answers_for_itself(stage: Scene) -> None:
    where = await asked_and_agreed(stage)
    document = (await read(stage, where)).json
    assert document["type"] == "FeatureAuthorization"
    assert document["interactingObject"] == await stage.place(CLUB)
    assert document["interactionTarget"] == stage.lena.uri
    [shown] = await clubs(stage)
    assert (shown["name"], shown["description"]) == ("The club", "People of note")
    assert (shown["language"], shown["tag"]["name"], shown["local"]) == ("en", "Notes", False)
    assert await members(stage) == ["lena"]
    [notice] = await told(stage, "added_to_collection")
    assert notice["collection"]["id"] == shown["id"]
    # Her place in it, once it is listed, is the same place.
    await send(stage, act("Add", item(who=LENA, stamp=where), target=CLUB))
    assert await members(stage) == ["lena"]
    await send(stage, request(id=f"{ANN}/r/2"))
    assert {each["result"] for each in await answers(stage)} == {where}
    assert len(await told(stage, "added_to_collection")) == 1


async def test_who_is_not_to_be_found_is_not_recommended(stage: Scene) -> None:
    await stage.api.call(
        "PATCH", "/api/v1/accounts/update_credentials", form={"discoverable": "false"}
    )
    await person(stage, ANN)
    await serve(stage, club())
    await send(stage, request())
    [answer] = await answers(stage)
    assert answer["type"] == "Reject"
    assert "result" not in answer
    assert await clubs(stage) == []
    assert await told(stage, "added_to_collection") == []


async def test_leave_that_is_taken_back_stays_so(stage: Scene) -> None:
    where = await asked_and_agreed(stage)
    [shown] = await clubs(stage)
    [entry] = shown["items"]
    path = f"/api/v1/collections/{shown['id']}/items/{entry['id']}/revoke"
    assert (await stage.api.post(path)).status == 200
    assert (await read(stage, where)).status == 404
    [(inbox, gone)] = await stage.until(lambda: stage.told("Delete"))
    assert gone["object"]["id"] == where
    assert inbox == await stage.place(f"{ANN}/inbox")
    assert await members(stage) == []
    # Neither a list with her in it nor another question brings her back.
    await send(stage, act("Add", item(who=LENA, stamp=where), target=CLUB))
    await send(stage, act("Update", club(item(who=LENA, stamp=where))))
    await send(stage, request(id=f"{ANN}/r/2"))
    assert await members(stage) == []
    await stage.until(lambda: stage.told("Reject"))


@pytest.mark.parametrize(
    "asked",
    [
        request(actor=BEN),  # of ann's collection
        request(actor=BEN, id=f"{BEN}/r/1", instrument=f"{BEN}/clubs/9"),  # which names ann
        request(id=f"{BEN}/r/1"),  # in the name of another server
        request(object=f"{BEN}"),  # who is not of this server
    ],
)
async def test_nobody_asks_for_what_is_not_theirs(stage: Scene, asked: dict[str, Any]) -> None:
    for each in (ANN, BEN):
        await person(stage, each)
    await serve(stage, club())
    await serve(stage, club() | {"id": f"{BEN}/clubs/9"})
    await send(stage, asked)
    assert stage.told("Accept", "Reject") == []
    assert await told(stage, "added_to_collection") == []


async def test_only_who_agreed_is_shown(stage: Scene) -> None:
    await lena_follows(stage, ANN)
    for each in (BEN, "https://b.example/users/bea", "https://c.example/users/cem"):
        await person(stage, each)
    forged, cem = f"{ANN}/stamps/2", "https://c.example/users/cem"
    bea = "https://b.example/users/bea"
    await serve(stage, stamp())
    await serve(stage, stamp(forged, cem))
    await serve(stage, stamp(f"{bea}/stamps/1", bea, f"{ANN}/clubs/2"))
    listed = club(
        item(),
        item(f"{ANN}/items/2", cem, forged),  # a stamp of another server than theirs
        item(f"{ANN}/items/3", bea, f"{bea}/stamps/1"),  # of another collection
        item(f"{ANN}/items/4", cem, STAMP),  # of somebody else
        item(f"{ANN}/items/5", LENA, f"{ANN}/stamps/3"),  # one of ours, who was not asked
        item(f"{BEN}/items/6", bea, STAMP),  # a place on another server
    )
    await send(stage, act("Add", listed, target=LIST))
    assert await members(stage) == ["ben"]
    await send(stage, act("Add", item(f"{ANN}/items/7", cem, forged), target=CLUB))
    assert await members(stage) == ["ben"]


async def test_a_collection_lives_and_dies_by_its_owner(stage: Scene) -> None:
    await lena_follows(stage, ANN)
    await person(stage, BEN)
    await serve(stage, stamp())
    await send(stage, act("Create", club(item())))
    assert await members(stage) == ["ben"]
    # Ben has the same server's key as nobody of it: none of this is his.
    for forged in (
        act("Update", club(name="Stolen", updated="2099-01-01T00:00:00Z"), BEN),
        act("Remove", CLUB, BEN, target=LIST),
        act("Remove", ITEM, BEN, target=CLUB),
        act("Delete", CLUB, BEN),
        act("Add", item(f"{BEN}/items/9"), BEN, target=CLUB),
    ):
        await send(stage, forged)
    [shown] = await clubs(stage)
    assert (shown["name"], shown["item_count"]) == ("The club", 1)

    await send(stage, act("Update", club(item(), name="The circle")))
    [shown] = await clubs(stage)
    assert (shown["name"], shown["item_count"]) == ("The circle", 1)
    old = club(name="The old name", updated="2020-01-01T00:00:00Z")
    await send(stage, act("Update", old))
    assert (await clubs(stage))[0]["name"] == "The circle"
    await send(stage, act("Remove", ITEM, target=CLUB))
    assert await members(stage) == []
    await send(stage, act("Remove", CLUB, target=LIST))
    assert await clubs(stage) == []


async def test_somebody_elsewhere_takes_the_leave_back_and_nobody_else_does(
    stage: Scene,
) -> None:
    await lena_follows(stage, ANN)
    await person(stage, BEN)
    bea = "https://b.example/users/bea"
    await person(stage, bea)
    await serve(stage, stamp())
    await send(stage, act("Add", club(item()), target=LIST))
    await send(stage, act("Delete", stamp(), bea))
    assert await members(stage) == ["ben"]
    await send(stage, act("Delete", stamp(), BEN))
    assert await members(stage) == []


async def test_what_concerns_nobody_here_is_not_kept(stage: Scene) -> None:
    await person(stage, ANN)
    await stage.parts.resolver.actor(await stage.place(ANN))
    await send(stage, act("Add", club(), target=LIST))
    assert await clubs(stage) == []


async def test_an_opened_profile_shows_its_collections(stage: Scene) -> None:
    await person(stage, BEN)
    await serve(stage, stamp())
    await serve(stage, {"id": LIST, "type": "Collection", "totalItems": 1, "items": [club(item())]})
    ann = await stage.parts.resolver.actor(await person(stage, ANN))
    await clubs(stage)
    await stage.until(lambda: not stage.parts.openings.profile_of(ann.id)[0])
    assert await members(stage) == ["ben"]


async def ask_ben(stage: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """Lena's collection with ben asked to be in it, and the question."""
    ben = await stage.parts.resolver.actor(await person(stage, BEN))
    made = await stage.api.post(
        "/api/v1/collections", {"name": "Mine", "account_ids": [str(ben.id)]}
    )
    assert made.status == 200, made.text
    [(inbox, asked)] = await stage.until(lambda: stage.told("FeatureRequest"))
    assert inbox == ben.inbox
    return made.json["collection"], asked


async def mine(stage: Scene, made: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The states of who is in lena's collection: as she sees it, and as it is for everybody."""
    path = f"/api/v1/collections/{made['id']}"
    hers, all_ = [
        (await who.get(path)).json["collection"]["items"] for who in (stage.api, stage.anyone)
    ]
    return [each["state"] for each in hers], [each["state"] for each in all_]


async def test_somebody_elsewhere_is_asked_and_shown_when_they_agree(stage: Scene) -> None:
    made, asked = await ask_ben(stage)
    ben = await stage.place(BEN)
    assert (asked["object"], asked["instrument"]) == (ben, made["uri"])
    assert asked["actor"] == stage.lena.uri
    assert await mine(stage, made) == (["pending"], [])
    assert (await read(stage, made["uri"])).json["orderedItems"] == []
    await serve(stage, stamp(of=made["uri"]))
    await send(stage, act("Accept", asked["id"], BEN, result=STAMP))
    assert await mine(stage, made) == (["accepted"], ["accepted"])
    document = (await read(stage, made["uri"])).json
    [place] = document["orderedItems"]
    assert place["featuredObject"] == ben
    assert place["featureAuthorization"] == await stage.place(STAMP)
    assert (await read(stage, place["id"])).json["type"] == "FeaturedItem"
    profile = (await read(stage, stage.lena.uri)).json
    listed = (await read(stage, f"{profile['featuredCollections']}?page=1")).json
    assert [each["id"] for each in listed["items"]] == [made["uri"]]
    # He is told of what becomes of it.
    await stage.until(lambda: [each for _, each in stage.told("Add") if "target" in each])
    # And takes it back.
    await send(stage, act("Delete", stamp(of=made["uri"]), BEN))
    assert await mine(stage, made) == ([], [])
    [(_, removed)] = await stage.until(lambda: stage.told("Remove"))
    assert (removed["object"], removed["target"]) == (place["id"], made["uri"])


async def test_an_acceptance_that_is_forged_or_has_no_stamp_is_none(stage: Scene) -> None:
    made, asked = await ask_ben(stage)
    await person(stage, ANN)
    theirs = f"{ANN}/stamps/1"
    await serve(stage, stamp(theirs, of=made["uri"]))
    await serve(stage, stamp(f"{BEN}/stamps/2", of=CLUB))
    await serve(stage, stamp(f"{BEN}/stamps/3", who=ANN, of=made["uri"]))
    await serve(stage, stamp(f"{BEN}/stamps/4", of=made["uri"]) | {"type": "QuoteAuthorization"})
    for answer in (
        act("Accept", asked["id"], ANN, result=theirs),  # of who was not asked
        act("Accept", asked, ANN, result=theirs),
        act("Accept", asked["id"], BEN),
        act("Accept", asked["id"], BEN, result=theirs),  # a stamp of another server
        *(act("Accept", asked["id"], BEN, result=f"{BEN}/stamps/{n}") for n in (2, 3, 4, 5)),
        act("Reject", asked["id"], ANN),
    ):
        await send(stage, answer)
        assert await mine(stage, made) == (["pending"], []), answer
    await send(stage, act("Reject", asked, BEN))
    assert await mine(stage, made) == ([], [])


async def test_who_says_nothing_of_collections_is_not_asked(stage: Scene) -> None:
    ben = await stage.parts.resolver.actor(await person(stage, BEN, policy=False))
    refused = await stage.api.post(
        "/api/v1/collections", {"name": "Mine", "account_ids": [str(ben.id)]}
    )
    assert refused.status == 403
    shown = (await stage.api.get(f"/api/v1/accounts/{ben.id}")).json
    assert shown["feature_approval"]["current_user"] == "missing"
    assert stage.told("FeatureRequest") == []
