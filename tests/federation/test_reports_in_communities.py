"""What people here report in communities reaches who moderates those, without the name of who reported."""

import json
from typing import Any

import pytest

from tests.federation.community_stage import (
    ANN,
    DAVE,
    EVE,
    LEMMY_INBOX,
    PUBLIC,
    opened,
    page,
    passed_on,
    thread,
)
from tests.federation.corpus.lemmy import LEMMY
from tests.federation.corpus.playing import At
from tests.support.fediverse import Scene
from weft.domain.communities.create import add_moderator

TEA, COFFEE = "https://forum.example/c/tea", "https://forum.example/c/coffee"


@pytest.fixture
def at(stage: Scene) -> At:
    return At(stage, LEMMY, "", {})


async def reported(at: At, target: Any, *posts: Any, **more: Any) -> Any:
    """Lena reports posts of somebody."""
    await at.stage.parts.instance.ensure()
    body = {"account_id": str(target), "comment": "Milk first", **more}
    body["status_ids"] = [str(each) for each in posts]
    answer = await at.stage.api.post("/api/v1/reports", body)
    assert answer.status == 200, answer.text
    return answer.json


async def in_a_forum(at: At, number: int, *places: str) -> dict[str, Any]:
    """Eve's post in communities of another server, as Lena's app has it."""
    uri = f"{EVE}/post/{number}"
    await at.person(EVE)
    await at.serve(
        {"id": uri, "type": "Page", "attributedTo": EVE, "name": "Milk", "content": "<p>First</p>",
         "published": "2026-10-01T12:00:00Z", "to": [*places, PUBLIC], "audience": list(places)}
    )  # fmt: skip
    shown: dict[str, Any] = await at.status(uri)
    return shown


async def test_moderators_elsewhere_of_a_community_of_ours_are_told(at: At) -> None:
    group = await opened(at, ANN)
    sent = await page(at, group, EVE)
    post = await at.status(sent["object"]["id"])
    eve = await at.actor(EVE)
    await reported(at, eve.id, post["id"])
    # Nobody moderates it elsewhere, and Lena did not ask for its author's server to be told.
    assert at.rows("SELECT count(*) FROM activity WHERE type = 'Reported'") == [(0,)]
    await at.person(DAVE)
    dave = await at.actor(DAVE)
    parts = at.stage.parts
    await parts.db.write(add_moderator, parts.server, community_id=group.id, actor_id=dave.id)
    made = await reported(at, eve.id, post["id"])
    assert made["forwarded"] is False
    (announce,) = await passed_on(at, "Flag")
    flag = announce["object"]
    assert (flag["to"], flag["audience"]) == ([group.uri], group.uri)
    assert flag["object"] == [sent["object"]["id"], eve.uri]
    assert (flag["summary"], flag["content"]) == ("Milk first", "Milk first")
    instance = await parts.instance.actor()
    assert instance is not None
    assert flag["actor"] == instance.uri
    told = [(to, body) for to, body in at.stage.others.delivered if "Milk first" in str(body)]
    assert [to for to, _ in told] == [await at.place(LEMMY_INBOX)]
    assert at.stage.lena.uri not in json.dumps([body for _, body in told])
    for each in (announce["id"], flag["id"]):
        path = each.removeprefix(parts.server.origin)
        headers = {"Accept": "application/activity+json"}
        assert (await at.stage.anyone.call("GET", path, headers=headers)).status == 404


async def test_our_own_people_in_a_community_of_ours_too(at: At) -> None:
    group = await opened(at, ANN)
    top = await thread(at, group)
    await at.person(DAVE)
    dave = await at.actor(DAVE)
    parts = at.stage.parts
    await parts.db.write(add_moderator, parts.server, community_id=group.id, actor_id=dave.id)
    await at.stage.parts.instance.ensure()
    # Lena cannot report herself: somebody else here does.
    from weft.domain.reports.report import NewReport, file_report

    bot = await parts.instance.actor()
    assert bot is not None
    await parts.db.write(
        file_report, parts.server,
        NewReport(reporter_id=bot.id, target_id=top.author_id, post_ids=(top.id,), comment="Tea"),
        speaks_as=bot.id,
    )  # fmt: skip
    (announce,) = await passed_on(at, "Flag")
    assert announce["object"]["object"] == [top.uri, at.stage.lena.uri]


async def test_a_community_elsewhere_is_told_if_one_wants_that(at: At) -> None:
    for place in (TEA, COFFEE):
        await at.person(place, type="Group")
        await at.lena_follows(place, accepted=True)
    first, second = await in_a_forum(at, 1, TEA), await in_a_forum(at, 2, TEA)
    eve = await at.actor(EVE)
    await reported(at, eve.id, first["id"])
    assert not at.stage.told("Flag")
    made = await reported(at, eve.id, first["id"], second["id"], forward=True)
    assert made["forwarded"] is True
    flags = await at.stage.until(lambda: f if len(f := at.stage.told("Flag")) == 3 else [])
    inbox = await at.place(f"{TEA}/inbox")
    told = [body for to, body in flags if to == inbox]
    # Lemmy takes one post of each.
    assert [each["object"] for each in told] == [
        [first["uri"], eve.uri], [second["uri"], eve.uri],
    ]  # fmt: skip
    assert {str(each["to"]) for each in told} == {str([await at.place(TEA)])}
    (home,) = [body for to, body in flags if to != inbox]
    assert home["object"] == [eve.uri, first["uri"], second["uri"]]
    assert (home["to"], "audience" in home) == ([eve.uri], False)
