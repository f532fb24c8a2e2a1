"""A collection of another server that somebody looks for by its address is fetched, checked and kept."""

import json
from typing import Any

import pytest

from tests.federation.test_featured_people import (
    ANN,
    BEN,
    CLUB,
    LENA,
    act,
    club,
    item,
    members,
    person,
    send,
    serve,
    stamp,
)
from tests.support.fediverse import Reply, Scene, looking

PAGE = "https://a.example/collections/1"


async def looked_for(stage: Scene, address: str, **more: str) -> list[dict[str, Any]]:
    typed = await stage.place(address)
    answer = await stage.api.get("/api/v2/search", q=typed, resolve="true", **more)
    assert answer.status == 200, answer.text
    assert answer.json["statuses"] == []
    found: list[dict[str, Any]] = answer.json["collections"]
    return found


async def test_it_is_found_by_its_id_and_by_its_page(stage: Scene) -> None:
    for each in (ANN, BEN):
        await person(stage, each)
    await serve(stage, stamp())
    described = club(item(), item(f"{ANN}/items/2", LENA, f"{ANN}/stamps/2"), url=PAGE)
    await serve(stage, described)
    page = await stage.place(PAGE)
    address = await stage.place(CLUB)
    stage.others.answer(page, Reply(status=302, headers={"location": address}, body=b""))
    nobody = await stage.anyone.get("/api/v2/search", q=page, resolve="true")
    assert nobody.json["collections"] == []
    assert await looked_for(stage, PAGE, type="accounts") == []
    [shown] = await looked_for(stage, PAGE)
    assert (shown["uri"], shown["name"], shown["url"]) == (address, "The club", page)
    assert await members(stage) == ["ben"]  # lena was not asked
    assert await looked_for(stage, CLUB) == [shown]
    known = await stage.anyone.get("/api/v2/search", q=page)
    assert [each["id"] for each in known.json["collections"]] == [shown["id"]]
    # From now on it is known: what its owner changes is taken over.
    await send(
        stage, act("Update", club(item(), name="The circle", updated="2099-01-01T00:00:00Z"))
    )
    [shown] = await looked_for(stage, CLUB)
    assert shown["name"] == "The circle"


@pytest.mark.parametrize(
    "described",
    [
        club(attributedTo=BEN),  # of somebody of another server
        club(id=f"{BEN}/clubs/1"),  # at an address that is not its own
        club(attributedTo=None),
        club(attributedTo=f"{ANN}/nobody"),
        club(type="Collection"),
    ],
    ids=["another's", "another id", "nobody's", "an owner who is not there", "another type"],
)
async def test_what_is_not_its_owners_is_not_kept(stage: Scene, described: dict[str, Any]) -> None:
    for each in (ANN, BEN):
        await person(stage, each)
    placed = await stage.place({"@context": "https://www.w3.org/ns/activitystreams", **described})
    stage.others.answer(await stage.place(CLUB), Reply(body=json.dumps(placed).encode()))
    stage.others.answer(await stage.place(f"{ANN}/nobody"), Reply(status=404, body=b""))
    stage.others.answer(await stage.place(f"{BEN}/clubs/1"), Reply(status=404, body=b""))
    assert await looked_for(stage, CLUB) == []
    with looking(stage.parts.settings.database_url) as rows:
        assert rows("SELECT count(*) FROM collection WHERE kind = 2")[0][0] == 0


async def test_one_that_names_more_than_can_be_asked_is_kept_with_some(stage: Scene) -> None:
    await person(stage, ANN)
    everybody = []
    for number in range(40):
        who = f"https://b.example/users/p{number}"
        await person(stage, who)
        await serve(stage, stamp(f"{who}/stamps/1", who))
        everybody.append(item(f"{ANN}/items/{number}", who, f"{who}/stamps/1"))
    await serve(stage, club(*everybody))
    [shown] = await looked_for(stage, CLUB)
    assert 10 <= shown["item_count"] <= 30  # each costs a stamp, a person and a handle
