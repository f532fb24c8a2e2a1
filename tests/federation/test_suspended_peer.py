"""A server that is suspended while we talk with it: nothing comes in, nothing goes out, all is mended."""

import asyncio
import json
from typing import Any

from tests.support.databases import sql
from tests.support.fediverse import Mood, Reply, Scene
from weft.domain.moderation.domains import decide, take_back
from weft.domain.moderation.domains_rules import Decision, DomainRule, Severity
from weft.federation.peers import host_by_name
from weft.jobs.domains import DomainWork

ANN = "https://a.example/users/ann"
BEN = "https://b.example/users/ben"


async def sent(stage: Scene, who: str, activity: dict[str, Any]) -> int:
    placed = await stage.place(activity | {"actor": who})
    answer = await stage.deliver(await stage.place(who), json.dumps(placed).encode())
    await stage.settled()
    return answer.status


async def follows(stage: Scene, who: str) -> None:
    await sent(stage, who, {"id": f"{who}/f/1", "type": "Follow", "object": stage.lena.uri})


async def followers(stage: Scene) -> set[str]:
    found = await stage.api.get(f"/api/v1/accounts/{stage.lena.id}/followers")
    return {row["username"] for row in found.json}


async def decided(stage: Scene, who: str, **more: Any) -> DomainRule:
    host = (await stage.place(who)).split("/")[2]
    decision = Decision(**({"severity": Severity.SUSPEND} | more))
    return await stage.parts.db.write(decide, stage.parts.server, None, host, decision)


async def writes(stage: Scene, text: str) -> None:
    answer = await stage.api.post("/api/v1/statuses", {"status": text})
    assert answer.status == 200


def heard(stage: Scene, who: str, text: str) -> bool:
    return any(
        who in inbox and text in json.dumps(activity) for inbox, activity in stage.others.delivered
    )


def note(who: str, number: int, **more: Any) -> dict[str, Any]:
    public = "https://www.w3.org/ns/activitystreams#Public"
    return {
        "id": f"{who}/n/{number}/create", "type": "Create", "to": [public],
        "object": {
            "id": f"{who}/n/{number}", "type": "Note", "attributedTo": who, "to": [public],
            "content": "<p>Hello</p>", "published": "2026-10-01T12:00:00Z",
        } | more,
    }  # fmt: skip


async def test_nothing_comes_in_or_goes_out_and_all_is_mended(stage: Scene) -> None:
    for who in (ANN, BEN):
        await follows(stage, who)
    assert await followers(stage) == {"ann", "ben"}
    ann_host = (await stage.place(ANN)).split("/")[2]
    ben_host = (await stage.place(BEN)).split("/")[2]
    rule = await decided(stage, ANN)
    # In: refused at the door, whatever it is.
    assert await sent(stage, ANN, note(ANN, 1)) == 403
    assert await sent(stage, BEN, note(BEN, 1)) == 202
    # Out: Ben hears, Ann's server is not even knocked at.
    knocked = stage.others.knocked[ann_host]
    await writes(stage, "Only for the others")
    await stage.until(lambda: heard(stage, ben_host, "Only for the others"))
    assert stage.others.knocked[ann_host] == knocked
    # Nor asked for anything, by name or by address.
    asked = [each for each in stage.others.asked if ann_host in each]
    for query in (await stage.place(f"{ANN}/n/1"), f"@ann@{ann_host}"):
        found = await stage.api.get("/api/v2/search", q=query, resolve="true")
        assert (found.json["accounts"], found.json["statuses"]) == ([], [])
    assert [each for each in stage.others.asked if ann_host in each] == asked
    assert await followers(stage) == {"ben"}
    # The follow is cut, and put back when the block is taken back.
    work = DomainWork(stage.parts.db, stage.parts.server, stage.parts.remote)
    await work.run_waiting()
    assert count(stage, "severed_follow") == 1
    await stage.parts.db.write(take_back, stage.parts.server, None, rule)
    await work.run_waiting()
    assert count(stage, "severed_follow") == 0
    assert await followers(stage) == {"ann", "ben"}
    assert await sent(stage, ANN, note(ANN, 2)) == 202
    await writes(stage, "For all again")
    await stage.until(lambda: heard(stage, ann_host, "For all again"))


def count(stage: Scene, table: str) -> int:
    [(found,)] = sql(stage.parts.settings.database_url, f"SELECT count(*) FROM {table}")
    return int(found)


async def test_what_waits_for_a_suspended_server_is_not_sent(stage: Scene) -> None:
    await follows(stage, ANN)
    ann_host = (await stage.place(ANN)).split("/")[2]
    stage.others.moods[ann_host] = Mood(status=503)
    knocked = stage.others.knocked[ann_host]
    await writes(stage, "It will wait")
    await stage.until(lambda: stage.others.knocked[ann_host] > knocked)
    await decided(stage, ANN)
    del stage.others.moods[ann_host]
    knocked = stage.others.knocked[ann_host]
    row = await stage.parts.db.one(host_by_name, name=ann_host)
    assert row is not None
    assert row.suspended
    stage.parts.lanes.wake()
    await asyncio.sleep(0.3)
    assert stage.others.knocked[ann_host] == knocked
    assert not heard(stage, ann_host, "It will wait")


async def test_reports_of_a_server_that_sends_too_many_are_not_taken(stage: Scene) -> None:
    flag = {"id": f"{ANN}/flag/1", "type": "Flag", "object": [stage.lena.uri], "content": "bad"}
    await decided(stage, ANN, severity=Severity.NOOP, rejects_reports=True)
    assert await sent(stage, ANN, flag) == 202
    assert count(stage, "report") == 0
    assert await sent(stage, BEN, flag | {"id": f"{BEN}/flag/1"}) == 202
    assert count(stage, "report") == 1


async def test_a_limited_server_notifies_only_those_who_follow_it(stage: Scene) -> None:
    await decided(stage, ANN, severity=Severity.SILENCE)
    tag = [{"type": "Mention", "href": stage.lena.uri, "name": "@lena"}]
    named = {"tag": tag, "cc": [stage.lena.uri]}
    assert await sent(stage, ANN, note(ANN, 1, **named) | {"cc": [stage.lena.uri]}) == 202
    assert await sent(stage, BEN, note(BEN, 1, **named) | {"cc": [stage.lena.uri]}) == 202
    told = (await stage.api.get("/api/v1/notifications")).json
    assert [row["account"]["username"] for row in told] == ["ben"]
    public = (await stage.api.get("/api/v1/timelines/public")).json
    assert [row["account"]["username"] for row in public] == ["ben"]


async def test_a_page_on_a_blocked_server_is_not_fetched_through_a_redirect(stage: Scene) -> None:
    await decided(stage, ANN)
    target = await stage.place(ANN)
    hop = await stage.place("https://b.example/users/hop")
    stage.others.answer(hop, Reply(status=302, headers={"Location": target}))
    found = await stage.api.get("/api/v2/search", q=hop, resolve="true")
    assert found.json["accounts"] == []
    assert target not in stage.others.asked
