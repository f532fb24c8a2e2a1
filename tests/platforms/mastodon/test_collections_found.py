"""Collections are found by their words and their address, and shown with the posts that link to them."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Caller
from weft.domain.collections.found import collections_worded
from weft.domain.posts.queries import post_by_id
from weft.domain.visibility.viewer import Local
from weft.federation.facts import post_facts
from weft.platforms.mastodon.api.entities.collection import collections_linked
from weft.platforms.mastodon.api.entities.collection_for_many import load_linked
from weft.platforms.mastodon.api.routing import Api
from weft.platforms.mastodon.wire_out import write_post

PATH = "/api/v1/collections"


async def made(who: Caller, name: str, *members: int, **more: Any) -> dict[str, Any]:
    body = {"name": name, "account_ids": [str(each) for each in members], **more}
    answer = await who.post(PATH, body)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json["collection"]
    return found


async def found(who: Caller, typed: str, **more: Any) -> list[str]:
    answer = await who.get("/api/v2/search", q=typed, **more)
    assert answer.status == 200, answer.text
    return [each["name"] for each in answer.json["collections"]]


async def posted(who: Caller, text: str) -> dict[str, Any]:
    answer = await who.post("/api/v1/statuses", {"status": text})
    assert answer.status == 200, answer.text
    status: dict[str, Any] = answer.json
    return status


async def test_search_finds_what_owners_let_be_found(house: House) -> None:
    bob = house.ids["bob"]
    first = await made(house.alice, "Gärtner", bob, description="they know soil", tag_name="plants")
    await made(house.alice, "Gardeners unlisted", discoverable="false")
    for typed in ("gartner", "Gär", "soil", "#plants", "soil know"):
        assert await found(house.carol, typed, type="collections") == ["Gärtner"], typed
    assert await found(house.anyone, "gart") == ["Gärtner"]
    assert await found(house.carol, "gart", type="accounts") == []
    assert await found(house.carol, "unlisted") == []
    assert await found(house.alice, "unlisted") == ["Gardeners unlisted"]
    assert await found(house.carol, "butchers") == []
    for address in (first["url"], first["uri"]):
        assert await found(house.carol, address) == ["Gärtner"]

    await house.alice.call("PATCH", f"{PATH}/{first['id']}", form={"name": "Friends"})
    assert await found(house.carol, "gartner") == []
    assert await found(house.carol, "friends") == ["Friends"]
    await house.alice.post(f"/api/v1/accounts/{house.ids['carol']}/block")
    assert await found(house.carol, "friends") == []
    assert await found(house.carol, first["url"]) == []
    await house.alice.call("DELETE", f"{PATH}/{first['id']}")
    assert await found(house.anyone, "friends") == []
    rows = await house.parts.db.all(
        collections_worded, who="anonymous", sought='"friends"', most=9, offset=0, limit=9
    )
    assert rows == []


async def test_pages_of_found_collections(house: House) -> None:
    for name in ("Tea one", "Tea two", "Tea three"):
        await made(house.alice, name)
    assert await found(house.bob, "tea", type="collections", limit=2) == ["Tea three", "Tea two"]
    assert await found(house.bob, "tea", type="collections", limit=2, offset=2) == ["Tea one"]
    assert await found(house.bob, "tea", type="collections", offset=10_000) == []


async def test_a_post_shows_the_collections_that_it_links_to(house: House) -> None:
    bob, carol = house.ids["bob"], house.ids["carol"]
    shared = await made(house.alice, "Gardeners", bob, carol)
    status = await posted(house.alice, f"Follow them all: {shared['url']} and {shared['url']}")
    assert status["tagged_collections"] == [shared]
    plain = await posted(house.alice, "https://elsewhere.example/collections/1 is not known here")
    assert plain["tagged_collections"] == []

    path = f"/api/v1/statuses/{status['id']}"
    [seen] = (await house.anyone.get(path)).json["tagged_collections"]
    assert [each["account_id"] for each in seen["items"]] == [str(bob), str(carol)]
    await house.bob.post(f"/api/v1/accounts/{carol}/block")
    [seen] = (await house.bob.get(path)).json["tagged_collections"]
    assert [each["account_id"] for each in seen["items"]] == [str(bob)]

    boost = (await house.carol.post(f"{path}/reblog")).json
    assert boost["tagged_collections"] == []
    assert [each["name"] for each in boost["reblog"]["tagged_collections"]] == ["Gardeners"]

    # Other servers are told which it is.
    facts = await post_facts(house.parts.db, house.parts.server, int(status["id"]))
    assert facts is not None
    tags = write_post(house.parts.server, facts)["tag"]
    assert tags == [{"type": "FeaturedCollection", "id": shared["uri"]}]

    await house.alice.call("DELETE", f"{PATH}/{shared['id']}")
    assert (await house.anyone.get(path)).json["tagged_collections"] == []


async def test_all_listeners_are_shown_what_each_would_see(house: House) -> None:
    ids, api = house.ids, cast("Api", SimpleNamespace(parts=house.parts))
    shared = await made(house.alice, "Gardeners", ids["bob"], ids["carol"])
    status = await posted(house.alice, f"All of them: {shared['url']}")
    post = await house.parts.db.one(post_by_id, id=int(status["id"]))
    assert post is not None
    viewers = list(ids.values())

    async def agree() -> dict[int, int]:
        linked = await load_linked(api, [post], viewers)
        counts = {}
        for viewer in viewers:
            own = await collections_linked(api, Local(viewer), [post])
            seen = {id_: msgspec.json.decode(each) for id_, each in linked.seen_by(viewer)}
            assert {id_: rows for id_, rows in seen.items() if rows} == own
            counts[viewer] = sum(row["item_count"] for rows in own.values() for row in rows)
        return counts

    assert await agree() == dict.fromkeys(viewers, 2)
    await house.bob.post(f"/api/v1/accounts/{ids['carol']}/block")
    assert await agree() == {ids["alice"]: 2, ids["bob"]: 1, ids["carol"]: 1}
    await house.alice.post(f"/api/v1/accounts/{ids['carol']}/block")
    assert await agree() == {ids["alice"]: 1, ids["bob"]: 1, ids["carol"]: 0}
