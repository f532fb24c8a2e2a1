"""Lists through the API."""

from typing import Any

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import follow, posted


async def new_list(house: House, **more: Any) -> dict[str, Any]:
    answer = await house.alice.post("/api/v1/lists", {"title": "Friends", **more})
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json
    return made


async def test_a_list_from_its_making_to_its_end(house: House) -> None:
    made = await new_list(house)
    assert made == {
        "id": made["id"],
        "title": "Friends",
        "replies_policy": "list",
        "exclusive": False,
    }
    path = f"/api/v1/lists/{made['id']}"
    changed = await house.alice.call(
        "PUT", path, form={"title": "Old friends", "replies_policy": "none", "exclusive": "true"}
    )
    assert changed.json == made | {
        "title": "Old friends",
        "replies_policy": "none",
        "exclusive": True,
    }
    assert (await house.alice.get("/api/v1/lists")).json == [changed.json]
    assert (await house.alice.get(path)).json == changed.json
    assert (await house.bob.get(path)).status == 404
    assert (await house.bob.call("DELETE", path)).status == 404
    assert (await house.anyone.get(path)).status == 401
    assert (await house.alice.call("DELETE", path)).json == {}
    assert (await house.alice.get(path)).status == 404


async def test_a_list_that_cannot_be(house: House) -> None:
    for body, says in (
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "x", "replies_policy": "all"}, "replies_policy"),
        ({"title": "x", "exclusive": "perhaps"}, "exclusive"),
    ):
        answer = await house.alice.post("/api/v1/lists", body)
        assert answer.status == 422
        assert says in answer.json["error"]
    assert (await house.alice.get("/api/v1/lists")).json == []


async def test_people_come_and_go(house: House) -> None:
    made = await new_list(house)
    path = f"/api/v1/lists/{made['id']}/accounts"
    bob, carol = house.ids["bob"], house.ids["carol"]
    assert (await house.alice.post(path, {"account_ids": [str(bob)]})).status == 404
    assert (await house.alice.post(path, {})).status == 422
    for name in ("bob", "carol"):
        await follow(house, house.alice, name)
    assert (await house.alice.post(path, {"account_ids": [str(bob), str(carol)]})).json == {}
    assert (await house.bob.get(path)).status == 404
    everybody = (await house.alice.get(path, limit="0")).json
    assert {each["acct"] for each in everybody} == {"bob", "carol"}
    first = await house.alice.get(path, limit="1")
    assert 'rel="next"' in first.headers["link"]
    address = first.headers["link"].split(">", 1)[0].split("?", 1)[1]
    second = await house.alice.get(f"{path}?{address}")
    assert [first.json[0]["acct"], second.json[0]["acct"]] == ["carol", "bob"]
    assert (await house.alice.get(f"/api/v1/accounts/{bob}/lists")).json == [made]
    assert (await house.alice.get(f"/api/v1/accounts/{house.ids['alice']}/lists")).json == []
    await house.alice.call("DELETE", f"{path}?account_ids[]={bob}")
    assert (await house.alice.get(f"/api/v1/accounts/{bob}/lists")).json == []


async def test_the_timeline_of_a_list_is_paged(house: House) -> None:
    made = await new_list(house)
    await follow(house, house.alice, "bob")
    await house.alice.post(
        f"/api/v1/lists/{made['id']}/accounts", {"account_ids": [str(house.ids["bob"])]}
    )
    said = [(await posted(house.bob, f"Number {number}"))["id"] for number in range(7)]
    await posted(house.carol, "Elsewhere")
    path = f"/api/v1/timelines/list/{made['id']}"
    read = (await house.alice.get(path)).json
    assert [each["id"] for each in read] == said[::-1]
    page = (await house.alice.get(path, limit="2", max_id=said[5])).json
    assert [each["id"] for each in page] == [said[4], said[3]]
    page = (await house.alice.get(path, limit="2", min_id=said[1])).json
    assert [each["id"] for each in page] == [said[3], said[2]]
    page = (await house.alice.get(path, limit="2", since_id=said[1])).json
    assert [each["id"] for each in page] == [said[6], said[5]]
    assert (await house.bob.get(path)).status == 404
