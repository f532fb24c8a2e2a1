"""A relay on the stage: asked, answering, passing on; for the tests of both directions."""

import json
from typing import Any

from tests.support.databases import sql
from tests.support.fediverse import Reply, Scene, key_pair
from weft.domain.relays.records import Relay
from weft.federation.inspector.find import inbound_one
from weft.protocol.ldsignatures import ld_sign

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
ANN, RELAY = "https://a.example/users/ann", "https://r.example/users/relay"
INBOX = "https://r.example/inbox"
Kind = str
KINDS = ("mastodon", "litepub")


async def furnish(stage: Scene) -> None:
    """The relay's own actor is a program."""
    relay = await stage.place(RELAY)
    actor = stage.others._person(relay.split("/")[2], "relay") | {"type": "Application"}
    stage.others.answer(relay, Reply(body=json.dumps(actor).encode()))


async def asked(stage: Scene, kind: Kind) -> tuple[Relay, dict[str, Any]]:
    """A relay that was asked, and the Follow that it got."""
    await furnish(stage)
    address = await stage.place(INBOX if kind == "mastodon" else RELAY)
    relay = await stage.parts.relays.subscribe(None, address)
    inbox, follow = await stage.until(lambda: next(iter(stage.told("Follow")), None))
    assert inbox == relay.inbox
    return relay, follow


async def say(
    stage: Scene, activity: dict[str, Any], signer: str = RELAY, status: int = 202
) -> str:
    """Somebody sends it; how its entry in the log ended."""
    body = json.dumps(activity).encode()
    answer = await stage.deliver(await stage.place(signer), body, "/inbox")
    assert answer.status == status, answer.text
    await stage.settled()
    found = await inbound_one(stage.parts.db, activity["id"])
    return f"{found[0].state}: {found[0].why}" if found else ""


async def answer(
    stage: Scene, follow: dict[str, Any], type_: str = "Accept", signer: str = RELAY, **more: Any
) -> str:
    activity = {
        "@context": AS,
        "id": f"{await stage.place(signer)}#answers/{type_}",
        "type": type_,
        "actor": await stage.place(signer),
        "object": follow,
    }
    return await say(stage, activity | more, signer)


async def subscribed(stage: Scene, kind: Kind = "mastodon") -> Relay:
    _, follow = await asked(stage, kind)
    assert await answer(stage, follow) == "done: "
    (relay,) = await stage.parts.relays.all()
    assert relay.speaks
    return relay


async def note(stage: Scene, number: int = 1, **more: Any) -> dict[str, Any]:
    """Ann's, and her server has it."""
    made: dict[str, Any] = await stage.place(
        {
            "@context": AS,
            "id": f"{ANN}/n/{number}",
            "type": "Note",
            "attributedTo": ANN,
            "content": "<p>Hello, everybody</p>",
            "published": "2026-10-01T12:00:00Z",
            "to": [PUBLIC],
            "cc": [f"{ANN}/followers"],
        }
        | more
    )
    stage.others.answer(made["id"], Reply(body=json.dumps(made).encode()))
    return made


async def activity(stage: Scene, object_: Any, type_: str = "Create", n: int = 1) -> dict[str, Any]:
    ann = await stage.place(ANN)
    inner = {k: v for k, v in object_.items() if k != "@context"}
    return {
        "@context": AS,
        "id": f"{ann}/{type_.lower()}/{n}",
        "type": type_,
        "actor": ann,
        "to": [PUBLIC],
        "object": inner,
    }


def signed(document: dict[str, Any]) -> dict[str, Any]:
    return ld_sign(document, key_pair("ann")[0], f"{document['actor']}#main-key", 1_790_000_000)


async def announce(stage: Scene, uri: str, signer: str = RELAY, n: int = 1) -> dict[str, Any]:
    relay = await stage.place(signer)
    return {
        "@context": AS,
        "id": f"{relay}/announces/{n}",
        "type": "Announce",
        "actor": relay,
        "to": [f"{relay}/followers"],
        "object": uri,
    }


async def shown(stage: Scene, path: str = "/api/v1/timelines/public?remote=true") -> list[Any]:
    found: list[Any] = (await stage.api.call("GET", path)).json
    return found


async def write(stage: Scene, **more: Any) -> dict[str, Any]:
    sent = await stage.api.call("POST", "/api/v1/statuses", json={"status": "mine"} | more)
    assert sent.status == 200, sent.text
    found: dict[str, Any] = sent.json
    return found


async def waiting(stage: Scene) -> int:
    rows = sql(stage.parts.settings.database_url, "SELECT count(*) FROM delivery")
    return int(str(rows[0][0]))


def sql_run(stage: Scene, statement: str) -> None:
    sql(stage.parts.settings.database_url, statement)
