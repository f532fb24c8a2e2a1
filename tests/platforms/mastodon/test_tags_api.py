"""Hashtags through the API: looked at, followed and featured."""

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import posted


async def test_a_tag_and_its_week(house: House) -> None:
    unknown = (await house.anyone.get("/api/v1/tags/tea")).json
    assert (unknown["name"], len(unknown["history"])) == ("tea", 7)
    assert "following" not in unknown
    assert (await house.anyone.get("/api/v1/tags/12")).status == 404
    await posted(house.alice, "#Tea and #tea")
    await posted(house.bob, "#tea")
    tag = (await house.carol.get("/api/v1/tags/TEA")).json
    assert tag["name"] == "Tea"
    assert tag["url"].endswith("/tags/tea")
    assert tag["id"].isdigit()
    assert (tag["history"][0]["uses"], tag["history"][0]["accounts"]) == ("2", "2")
    assert all(each["uses"] == "0" for each in tag["history"][1:])
    assert int(tag["history"][0]["day"]) - int(tag["history"][1]["day"]) == 86_400
    assert (tag["following"], tag["featuring"]) == (False, False)


async def test_following_a_tag(house: House) -> None:
    made = await posted(house.bob, "Some #tea")
    tag = (await house.alice.post("/api/v1/tags/tea/follow")).json
    assert tag["following"] is True
    await house.alice.post("/api/v1/tags/bees/follow")
    later = await posted(house.bob, "More #tea")
    home = (await house.alice.get("/api/v1/timelines/home")).json
    assert [each["id"] for each in home] == [later["id"], made["id"]]
    followed = await house.alice.get("/api/v1/followed_tags", limit="1")
    assert [each["name"] for each in followed.json] == ["bees"]
    query = followed.headers["link"].split(">", 1)[0].split("?", 1)[1]
    rest = await house.alice.get(f"/api/v1/followed_tags?{query}")
    assert [(each["name"], each["following"]) for each in rest.json] == [("tea", True)]
    assert (await house.alice.post("/api/v1/tags/tea/unfollow")).json["following"] is False
    assert (await house.alice.get("/api/v1/timelines/home")).json == []
    assert (await house.alice.post("/api/v1/tags/12/follow")).status == 404
    assert (await house.anyone.post("/api/v1/tags/tea/follow")).status == 401


async def test_featuring_a_tag(house: House) -> None:
    made = await posted(house.alice, "Some #Tea")
    await posted(house.alice, "Some #bees")
    await posted(house.alice, "Plain")
    suggested = (await house.alice.get("/api/v1/featured_tags/suggestions")).json
    assert {each["name"] for each in suggested} == {"Tea", "bees"}
    refused = await house.alice.post("/api/v1/featured_tags", {"name": "no tag"})
    assert (refused.status, "hashtag" in refused.json["error"]) == (422, True)
    featured = (await house.alice.post("/api/v1/featured_tags", {"name": "tea"})).json
    assert (featured["name"], featured["statuses_count"]) == ("Tea", "1")
    assert featured["last_status_at"] == made["created_at"][:10]
    assert (await house.alice.post("/api/v1/tags/bees/feature")).json["featuring"] is True
    mine = (await house.alice.get("/api/v1/featured_tags")).json
    assert [each["name"] for each in mine] == ["Tea", "bees"]
    path = f"/api/v1/accounts/{house.ids['alice']}"
    assert (await house.anyone.get(f"{path}/featured_tags")).json == mine
    tagged = (await house.anyone.get(f"{path}/statuses", tagged="TEA")).json
    assert [each["id"] for each in tagged] == [made["id"]]
    document = await house.anyone.call(
        "GET",
        f"/ap/actors/{house.ids['alice']}/collections/tags",
        headers={"accept": "application/activity+json"},
    )
    assert [each["name"] for each in document.json["orderedItems"]] == ["#Tea", "#bees"]
    other = await house.bob.call("DELETE", f"/api/v1/featured_tags/{featured['id']}")
    assert other.status == 404
    assert (await house.alice.call("DELETE", f"/api/v1/featured_tags/{featured['id']}")).json == {}
    assert (await house.alice.post("/api/v1/tags/bees/unfeature")).json["featuring"] is False
    assert (await house.alice.get("/api/v1/featured_tags")).json == []
    instance = (await house.anyone.get("/api/v2/instance")).json
    assert instance["configuration"]["accounts"]["max_featured_tags"] == 10
