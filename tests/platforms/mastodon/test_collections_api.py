"""Collections of people through the API."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Caller

PATH = "/api/v1/collections"


async def new_collection(who: Caller, *members: int, **more: Any) -> dict[str, Any]:
    body = {"name": "Gardeners", "account_ids": [str(each) for each in members], **more}
    answer = await who.post(PATH, body)
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json["collection"]
    return made


async def told(who: Caller, kind: str) -> list[dict[str, Any]]:
    answer = await who.get("/api/v1/notifications", **{"types[]": kind})
    found: list[dict[str, Any]] = answer.json
    return found


async def test_a_collection_from_its_making_to_its_end(house: House) -> None:
    bob = house.ids["bob"]
    made = await new_collection(
        house.alice, bob, description="They know", language="en", sensitive=True, tag_name="#Gärten"
    )
    [item] = made["items"]
    assert made == {
        "id": made["id"],
        "account_id": str(house.ids["alice"]),
        "uri": f"{house.parts.server.origin}/ap/collections/{made['id']}",
        "url": f"{house.parts.server.origin}/collections/{made['id']}",
        "name": "Gardeners",
        "description": "They know",
        "language": "en",
        "local": True,
        "sensitive": True,
        "discoverable": True,
        "tag": {"name": "Gärten", "url": f"{house.parts.server.origin}/tags/garten"},
        "item_count": 1,
        "items": [item],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    assert (item["account_id"], item["state"]) == (str(bob), "accepted")
    path = f"{PATH}/{made['id']}"
    shown = (await house.anyone.get(path)).json
    assert shown["collection"] == made
    assert [each["username"] for each in shown["accounts"]] == ["alice", "bob"]
    changed = await house.alice.call("PATCH", path, form={"name": "Friends", "tag_name": ""})
    assert changed.json["collection"] == made | {
        "name": "Friends",
        "tag": None,
        "updated_at": changed.json["collection"]["updated_at"],
    }
    for method in ("PATCH", "DELETE"):
        assert (await house.bob.call(method, path)).status == 403
        assert (await house.anyone.call(method, path)).status == 401
    assert (await house.alice.call("DELETE", path)).json == {}
    assert (await house.anyone.get(path)).status == 404


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "name"),
        ({"name": "  "}, 422, "name"),
        ({"name": "x" * 41}, 422, "40"),
        ({"name": "x", "description": "x" * 101}, 422, "100"),
        ({"name": "x", "language": "English!"}, 422, "language"),
        ({"name": "x", "tag_name": "two words"}, 422, "tag_name"),
        ({"name": "x", "discoverable": "perhaps"}, 422, "discoverable"),
        ({"name": "x", "account_ids": ["1"]}, 404, "not here"),
        ({"name": "x", "account_ids": [str(each) for each in range(1, 27)]}, 422, "25"),
    ],
)
async def test_a_collection_that_cannot_be(
    house: House, body: dict[str, Any], status: int, says: str
) -> None:
    answer = await house.alice.post(PATH, body)
    assert answer.status == status, answer.text
    assert says in answer.json["error"]
    mine = f"/api/v1/accounts/{house.ids['alice']}/collections"
    assert (await house.alice.get(mine)).json == {"collections": []}


async def test_a_role_says_how_many_one_may_make(house: House) -> None:
    me = (await house.bob.get("/api/v1/accounts/verify_credentials")).json
    most = me["role"]["collection_limit"]
    for number in range(most):
        await new_collection(house.bob, name=f"No. {number}")
    refused = await house.bob.post(PATH, {"name": "One more"})
    assert refused.status == 422
    assert str(most) in refused.json["error"]


async def test_people_come_and_go_and_are_told(house: House) -> None:
    bob, carol = house.ids["bob"], house.ids["carol"]
    made = await new_collection(house.alice, bob)
    [notice] = await told(house.bob, "added_to_collection")
    assert notice["collection"]["id"] == made["id"]
    assert notice["account"]["username"] == "alice"
    items = f"{PATH}/{made['id']}/items"
    assert (await house.bob.post(items, {"account_id": str(carol)})).status == 403
    assert (await house.alice.post(items, {})).status == 422
    assert (await house.alice.post(items, {"account_id": "1"})).status == 404
    added = await house.alice.post(items, {"account_id": str(carol)})
    item = added.json["collection_item"]
    assert (item["account_id"], item["state"]) == (str(carol), "accepted")
    again = await house.alice.post(items, {"account_id": str(carol)})
    assert again.json == added.json
    assert len(await told(house.carol, "added_to_collection")) == 1

    for name in ("Friends", "Good friends"):
        await house.alice.call("PATCH", f"{PATH}/{made['id']}", form={"name": name})
    [notice] = await told(house.carol, "collection_update")
    assert notice["collection"]["name"] == "Good friends"
    grouped = (await house.carol.get("/api/v2/notifications")).json["notification_groups"]
    assert {each["collection"]["id"] for each in grouped} == {made["id"]}

    assert (await house.bob.call("DELETE", f"{items}/{item['id']}")).status == 403
    assert (await house.alice.call("DELETE", f"{items}/{item['id']}")).json == {}
    assert (await house.alice.call("DELETE", f"{items}/{item['id']}")).status == 404
    assert await told(house.carol, "added_to_collection") == []


async def test_who_left_is_not_added_again(house: House) -> None:
    bob = house.ids["bob"]
    made = await new_collection(house.alice, bob)
    items = f"{PATH}/{made['id']}/items"
    [item] = made["items"]
    mine = f"/api/v1/accounts/{bob}/in_collections"
    assert [each["id"] for each in (await house.bob.get(mine)).json["collections"]] == [made["id"]]
    assert (await house.alice.get(mine)).status == 403
    assert (await house.carol.post(f"{items}/{item['id']}/revoke")).status == 403
    assert (await house.bob.post(f"{items}/{item['id']}/revoke")).json == {}
    assert (await house.bob.post(f"{items}/{item['id']}/revoke")).status == 404
    assert (await house.bob.get(mine)).json == {"collections": []}
    shown = (await house.anyone.get(f"{PATH}/{made['id']}")).json
    assert (shown["collection"]["items"], shown["collection"]["item_count"]) == ([], 0)
    refused = await house.alice.post(items, {"account_id": str(bob)})
    assert refused.status == 403
    # Nor by way of taking them out and adding them anew.
    assert (await house.alice.call("DELETE", f"{items}/{item['id']}")).status == 404
    assert (await house.alice.post(items, {"account_id": str(bob)})).status == 403


async def approval(who: Caller, person: int) -> dict[str, Any]:
    shown = (await who.get(f"/api/v1/accounts/{person}")).json
    given: dict[str, Any] = shown["feature_approval"]
    return given


async def test_people_choose_whether_they_may_be_recommended(house: House) -> None:
    bob = house.ids["bob"]
    credentials = "/api/v1/accounts/update_credentials"
    assert await approval(house.alice, bob) == {
        "automatic": ["public"],
        "manual": [],
        "current_user": "automatic",
    }
    assert (await approval(house.anyone, bob))["current_user"] == "denied"
    await house.bob.call("PATCH", credentials, form={"locked": "true"})
    assert await approval(house.alice, bob) == {
        "automatic": ["followers"],
        "manual": [],
        "current_user": "denied",
    }
    new = {"name": "x", "account_ids": [str(bob)]}
    assert (await house.alice.post(PATH, new)).status == 403
    await house.bob.call("PATCH", credentials, form={"locked": "false"})
    await house.alice.post(f"/api/v1/accounts/{bob}/follow")
    await house.bob.call("PATCH", credentials, form={"locked": "true"})
    assert (await approval(house.alice, bob))["current_user"] == "automatic"
    await house.bob.call("PATCH", credentials, form={"discoverable": "false"})
    assert (await approval(house.alice, bob))["current_user"] == "denied"
    assert (await house.alice.post(PATH, new)).status == 403
    assert (await approval(house.bob, bob))["current_user"] == "automatic"
    assert (await house.alice.get(f"/api/v1/accounts/{house.ids['alice']}/collections")).json == {
        "collections": []
    }


async def test_what_is_not_listed_can_be_opened_but_not_by_whom_the_owner_blocks(
    house: House,
) -> None:
    alice, bob = house.ids["alice"], house.ids["bob"]
    hidden = await new_collection(house.alice, name="Hidden", discoverable=False)
    listed = await new_collection(house.alice, bob)
    path = f"/api/v1/accounts/{alice}/collections"

    async def names(who: Caller, **query: str) -> list[str]:
        return [each["name"] for each in (await who.get(path, **query)).json["collections"]]

    assert await names(house.alice) == ["Gardeners", "Hidden"]
    assert await names(house.alice, limit="1", offset="1") == ["Hidden"]
    assert await names(house.carol) == await names(house.anyone) == ["Gardeners"]
    assert (await house.carol.get(f"{PATH}/{hidden['id']}")).status == 200
    first = await house.alice.get(path, limit="1")
    assert 'rel="next"' in first.headers["link"]
    await house.alice.post(f"/api/v1/accounts/{bob}/block")
    assert await names(house.bob) == []
    for each in (hidden, listed):
        assert (await house.bob.get(f"{PATH}/{each['id']}")).status == 404
    # The block has ended that bob is in it.
    shown = (await house.anyone.get(f"{PATH}/{listed['id']}")).json
    assert shown["collection"]["items"] == []
    assert (
        await house.alice.post(f"{PATH}/{listed['id']}/items", {"account_id": str(bob)})
    ).status == 403


async def test_the_name_before_4_6_does_the_same(house: House) -> None:
    made = await new_collection(house.alice, house.ids["bob"])
    old = await house.anyone.get(f"/api/v1_alpha/collections/{made['id']}")
    assert old.json == (await house.anyone.get(f"{PATH}/{made['id']}")).json


async def test_a_collection_can_be_reported_with_its_owner(house: House) -> None:
    alice, bob = house.ids["alice"], house.ids["bob"]
    made = await new_collection(house.bob)
    body = {"account_id": str(bob), "collection_ids": [made["id"]]}
    report = await house.carol.post("/api/v1/reports", body)
    assert report.json["collection_ids"] == [made["id"]]
    [notice] = await told(house.alice, "admin.report")
    assert notice["report"]["collection_ids"] == [made["id"]]
    for wrong in ({"account_id": str(alice)}, {"collection_ids": ["1"]}):
        refused = await house.carol.post("/api/v1/reports", body | wrong)
        assert refused.status == 422
        assert "collection" in refused.json["error"]
