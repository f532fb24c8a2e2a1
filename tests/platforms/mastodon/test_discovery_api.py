"""Suggestions, the directory, familiar followers, trends and posts about a page, through the API."""

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import follow, posted


async def test_suggestions_and_their_dismissal(house: House) -> None:
    await follow(house, house.alice, "bob")
    await follow(house, house.bob, "carol")
    [found] = (await house.alice.get("/api/v2/suggestions")).json
    assert (found["sources"], found["account"]["acct"]) == (["friends_of_friends"], "carol")
    assert [each["acct"] for each in (await house.alice.get("/api/v1/suggestions")).json] == [
        "carol"
    ]
    path = f"/api/v1/suggestions/{house.ids['carol']}"
    assert (await house.alice.call("DELETE", path)).json == {}
    assert (await house.alice.get("/api/v2/suggestions")).json == []
    assert (await house.anyone.get("/api/v2/suggestions")).status == 401


async def test_the_directory_through_the_api(house: House) -> None:
    await posted(house.bob)
    await posted(house.alice)
    read = (await house.anyone.get("/api/v1/directory", local="true")).json
    assert [each["acct"] for each in read] == ["alice", "bob"]
    read = (await house.anyone.get("/api/v1/directory", order="new", offset="1", limit="1")).json
    assert [each["acct"] for each in read] == ["bob"]
    for query, says in (({"order": "best"}, "order"), ({"offset": "-1"}, "offset")):
        answer = await house.anyone.get("/api/v1/directory", **query)
        assert (answer.status, says in answer.json["error"]) == (422, True)


async def test_familiar_followers_through_the_api(house: House) -> None:
    await follow(house, house.alice, "bob")
    await follow(house, house.bob, "carol")
    path = f"/api/v1/accounts/familiar_followers?id[]={house.ids['carol']}&id[]=1"
    [found, unknown] = (await house.alice.get(path)).json
    assert [each["acct"] for each in found["accounts"]] == ["bob"]
    assert unknown == {"id": "1", "accounts": []}


async def test_trends_through_the_api(house: House) -> None:
    made = await posted(house.alice, "Some #tea")
    await posted(house.bob, "More #tea")
    for who in (house.bob, house.carol):
        await who.post(f"/api/v1/statuses/{made['id']}/favourite")
    for path in ("/api/v1/trends", "/api/v1/trends/tags"):
        [tag] = (await house.anyone.get(path)).json
        assert (tag["name"], tag["history"][0]["accounts"]) == ("tea", "2")
    [status] = (await house.bob.get("/api/v1/trends/statuses")).json
    assert (status["id"], status["favourited"]) == (made["id"], True)
    assert (await house.anyone.get("/api/v1/trends/statuses", offset="1")).json == []
    assert (await house.anyone.get("/api/v1/trends/links")).json == []


async def test_posts_about_a_page(house: House) -> None:
    link = "https://example.org/page"
    first, second = [await posted(who, f"See {link}") for who in (house.alice, house.bob)]
    await posted(house.alice, f"Quietly {link}", visibility="unlisted")
    read = (await house.anyone.get("/api/v1/timelines/link", url=link)).json
    assert [each["id"] for each in read] == [second["id"], first["id"]]
    read = (await house.anyone.get("/api/v1/timelines/link", url=link, max_id=second["id"])).json
    assert [each["id"] for each in read] == [first["id"]]
    assert (await house.anyone.get("/api/v1/timelines/link", url=link + "/x")).status == 404
    assert (await house.anyone.get("/api/v1/timelines/link")).status == 400
