"""Accounts, relations, timelines, notifications and search through the API."""

from typing import Any

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import follow, posted


async def relation(house: House, name: str, other: str) -> dict[str, Any]:
    caller = getattr(house, name)
    answer = await caller.get("/api/v1/accounts/relationships", **{"id[]": house.ids[other]})
    found: dict[str, Any] = answer.json[0]
    return found


async def test_a_profile_is_changed_and_read(house: House) -> None:
    answer = await house.alice.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        form={
            "display_name": "  Alice   A ",
            "note": "Tea and #bees, with @bob",
            "fields_attributes[0][name]": "Page",
            "fields_attributes[0][value]": "https://example.org",
            "bot": "true",
            "source[privacy]": "unlisted",
            "source[language]": "de",
        },
    )
    assert answer.status == 200, answer.text
    me = answer.json
    assert me["display_name"] == "Alice A"
    assert me["bot"] is True
    assert me["source"]["note"] == "Tea and #bees, with @bob"
    assert me["source"]["fields"] == [
        {"name": "Page", "value": "https://example.org", "verified_at": None}
    ]
    read = (await house.bob.get(f"/api/v1/accounts/{house.ids['alice']}")).json
    assert "source" not in read
    assert 'href="https://example.org"' in read["fields"][0]["value"]
    assert 'class="u-url mention"' in read["note"]
    made = await posted(house.alice)
    assert (made["visibility"], made["language"]) == ("unlisted", "de")
    preferences = (await house.alice.get("/api/v1/preferences")).json
    assert preferences["posting:default:visibility"] == "unlisted"


async def test_a_profile_that_cannot_be(house: House) -> None:
    for form, says in (
        ({"display_name": "x" * 200}, "name"),
        ({"note": "x" * 5000}, "biography"),
        ({"fields_attributes[0][name]": "x"}, "name and a value"),
        ({"source[privacy]": "everyone"}, "privacy"),
        ({"bot": "perhaps"}, "bot"),
    ):
        answer = await house.alice.call("PATCH", "/api/v1/accounts/update_credentials", form=form)
        assert answer.status == 422
        assert says in answer.json["error"]
    me = (await house.alice.get("/api/v1/accounts/verify_credentials")).json
    assert me["display_name"] == "alice"


async def test_following_and_being_asked(house: House) -> None:
    await follow(house, house.bob, "alice")
    assert (await relation(house, "bob", "alice"))["following"] is True
    assert (await relation(house, "alice", "bob"))["followed_by"] is True
    await house.carol.call("PATCH", "/api/v1/accounts/update_credentials", form={"locked": "true"})
    asked = (await house.bob.post(f"/api/v1/accounts/{house.ids['carol']}/follow")).json
    assert (asked["following"], asked["requested"]) == (False, True)
    requests = (await house.carol.get("/api/v1/follow_requests")).json
    assert [each["acct"] for each in requests] == ["bob"]
    me = (await house.carol.get("/api/v1/accounts/verify_credentials")).json
    assert me["source"]["follow_requests_count"] == 1
    await house.carol.post(f"/api/v1/follow_requests/{house.ids['bob']}/authorize")
    assert (await relation(house, "bob", "carol"))["following"] is True
    followers = (await house.anyone.get(f"/api/v1/accounts/{house.ids['carol']}/followers")).json
    assert [each["acct"] for each in followers] == ["bob"]


async def test_a_block_ends_following_and_hides(house: House) -> None:
    await follow(house, house.bob, "alice")
    await follow(house, house.alice, "bob")
    made = await posted(house.alice)
    blocked = (await house.alice.post(f"/api/v1/accounts/{house.ids['bob']}/block")).json
    assert (blocked["blocking"], blocked["following"], blocked["followed_by"]) == (
        True,
        False,
        False,
    )
    assert (await house.bob.get(f"/api/v1/statuses/{made['id']}")).status == 404
    refused = await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/follow")
    assert refused.status == 403
    assert [each["acct"] for each in (await house.alice.get("/api/v1/blocks")).json] == ["bob"]
    await house.alice.post(f"/api/v1/accounts/{house.ids['bob']}/unblock")
    assert (await house.bob.get(f"/api/v1/statuses/{made['id']}")).status == 200


async def test_home_has_whom_one_follows_and_pages_backwards(house: House) -> None:
    await follow(house, house.bob, "alice")
    made = [(await posted(house.alice, f"{each}"))["id"] for each in range(5)]
    await posted(house.carol, "not followed")
    first = await house.bob.get("/api/v1/timelines/home", limit=2)
    assert [each["id"] for each in first.json] == [made[4], made[3]]
    assert 'rel="next"' in first.headers["link"]
    older = await house.bob.get("/api/v1/timelines/home", max_id=made[3], limit=10)
    assert [each["id"] for each in older.json] == [made[2], made[1], made[0]]
    newer = await house.bob.get("/api/v1/timelines/home", min_id=made[0], limit=2)
    assert [each["id"] for each in newer.json] == [made[2], made[1]]
    since = await house.bob.get("/api/v1/timelines/home", since_id=made[0], limit=2)
    assert [each["id"] for each in since.json] == [made[4], made[3]]
    await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/unfollow")
    assert (await house.bob.get("/api/v1/timelines/home")).json == []


async def test_a_mute_hides_from_timelines_but_not_from_the_profile(house: House) -> None:
    await follow(house, house.bob, "alice")
    await posted(house.alice)
    muted = (await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/mute")).json
    assert muted["muting"] is True
    assert (await house.bob.get("/api/v1/timelines/home")).json == []
    assert (await house.bob.get("/api/v1/timelines/public")).json == []
    statuses = (await house.bob.get(f"/api/v1/accounts/{house.ids['alice']}/statuses")).json
    assert len(statuses) == 1


async def test_public_timelines(house: House) -> None:
    public = await posted(house.alice, "for all #tea")
    await posted(house.alice, "quiet #tea", visibility="unlisted")
    await posted(house.alice, "answer", in_reply_to_id=public["id"])
    await posted(house.bob, "answer to another", in_reply_to_id=public["id"])
    for path in ("/api/v1/timelines/public", "/api/v1/timelines/public?local=true"):
        texts = [each["content"] for each in (await house.anyone.get(path)).json]
        assert texts == ["<p>answer</p>", public["content"]]
    remote = (await house.anyone.get("/api/v1/timelines/public", remote="true")).json
    assert remote == []
    tagged = (await house.anyone.get("/api/v1/timelines/tag/TEA")).json
    assert [each["id"] for each in tagged] == [public["id"]]


async def test_notifications_tell_what_happened(house: House) -> None:
    made = await posted(house.alice)
    await house.bob.post(f"/api/v1/statuses/{made['id']}/favourite")
    await house.bob.post(f"/api/v1/statuses/{made['id']}/reblog")
    await posted(house.bob, "@alice hello", in_reply_to_id=made["id"])
    await follow(house, house.bob, "alice")
    found = (await house.alice.get("/api/v1/notifications")).json
    assert [each["type"] for each in found] == ["follow", "mention", "reblog", "favourite"]
    assert {each["account"]["acct"] for each in found} == {"bob"}
    assert found[3]["status"]["id"] == made["id"]
    only = (await house.alice.get("/api/v1/notifications", **{"types[]": "mention"})).json
    assert [each["type"] for each in only] == ["mention"]
    rest = (await house.alice.get("/api/v1/notifications", **{"exclude_types[]": "mention"})).json
    assert len(rest) == 3
    unread = await house.alice.get("/api/v1/notifications/unread_count")
    assert unread.json == {"count": 4}
    await house.alice.post("/api/v1/markers", {"notifications": {"last_read_id": found[1]["id"]}})
    unread = await house.alice.get("/api/v1/notifications/unread_count")
    assert unread.json == {"count": 1}
    await house.bob.post(f"/api/v1/statuses/{made['id']}/unfavourite")
    assert len((await house.alice.get("/api/v1/notifications")).json) == 3
    await house.alice.post(f"/api/v1/notifications/{found[0]['id']}/dismiss")
    assert len((await house.alice.get("/api/v1/notifications")).json) == 2
    assert (await house.bob.get(f"/api/v1/notifications/{found[1]['id']}")).status == 404
    await house.alice.post("/api/v1/notifications/clear")
    assert (await house.alice.get("/api/v1/notifications")).json == []


async def test_markers_count_their_changes(house: House) -> None:
    for version in (1, 2):
        moved = await house.bob.post("/api/v1/markers", {"home": {"last_read_id": "7"}})
        assert moved.json["home"]["version"] == version
    read = (await house.bob.get("/api/v1/markers", **{"timeline[]": "home"})).json
    assert read["home"]["last_read_id"] == "7"


async def test_search_finds_people_tags_and_addresses(house: House) -> None:
    made = await posted(house.alice, "about #Gardening")
    found = (await house.bob.get("/api/v2/search", q="ali")).json
    assert [each["acct"] for each in found["accounts"]] == ["alice"]
    found = (await house.bob.get("/api/v2/search", q="#gard")).json
    assert [each["name"] for each in found["hashtags"]] == ["Gardening"]
    for address in (made["uri"], made["url"]):
        found = (await house.bob.get("/api/v2/search", q=address, resolve="true")).json
        assert [each["id"] for each in found["statuses"]] == [made["id"]]
    private = await posted(house.alice, "not for bob", visibility="private")
    found = (await house.bob.get("/api/v2/search", q=private["uri"], resolve="true")).json
    assert found["statuses"] == []
    missing = await house.bob.get("/api/v2/search")
    assert missing.status == 422


async def test_lookup_and_own_handle(house: House) -> None:
    for typed in ("alice", "@alice", "ALICE@127.0.0.1:9999"):
        found = await house.anyone.get("/api/v1/accounts/lookup", acct=typed)
        assert found.json["id"] == str(house.ids["alice"])
    assert (await house.anyone.get("/api/v1/accounts/lookup", acct="nobody")).status == 404


async def test_the_instance_describes_itself(house: House) -> None:
    await posted(house.alice)
    second = (await house.anyone.get("/api/v2/instance")).json
    assert second["title"] == "The House"
    assert second["domain"] == "127.0.0.1:9999"
    assert second["configuration"]["statuses"]["max_characters"] == 5000
    assert second["contact"]["account"]["acct"] == "alice"
    first = (await house.anyone.get("/api/v1/instance")).json
    assert first["uri"] == "127.0.0.1:9999"
    assert first["stats"] == {"user_count": 3, "status_count": 1, "domain_count": 0}
    avatar = await house.anyone.get("/api/v1/missing/avatar.png")
    assert avatar.body.startswith(b"\x89PNG")
