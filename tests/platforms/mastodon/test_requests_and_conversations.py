"""The policy about strangers, whose notifications wait, and conversations, through the API."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import follow, posted
from tests.support.asgi import Caller

POLICY = "/api/v2/notifications/policy"
REQUESTS = "/api/v1/notifications/requests"
CONVERSATIONS = "/api/v1/conversations"


async def policy(who: Caller, **changes: str) -> dict[str, Any]:
    answer = await who.call("PATCH", POLICY, json=changes)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def list_of(who: Caller, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await who.get(path, **query)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json
    return found


async def test_a_policy_is_read_and_changed_in_both_versions(house: House) -> None:
    assert (await house.bob.get(POLICY)).json == {
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "filter",
        "for_limited_accounts": "filter",
        "for_bots": "accept",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    changed = await policy(house.bob, for_bots="drop", for_new_accounts="filter")
    assert (changed["for_bots"], changed["for_private_mentions"]) == ("drop", "filter")
    old = (await house.bob.get("/api/v1/notifications/policy")).json
    assert (old["filter_new_accounts"], old["filter_not_following"]) == (True, False)
    answer = await house.bob.call(
        "PUT",
        "/api/v1/notifications/policy",
        json={"filter_new_accounts": False, "filter_not_following": True},
    )
    assert (answer.json["filter_new_accounts"], answer.json["filter_not_following"]) == (
        False,
        True,
    )
    assert (await house.bob.get(POLICY)).json["for_bots"] == "drop"
    refused = await house.bob.call("PATCH", POLICY, json={"for_bots": "eat"})
    assert refused.status == 422
    assert "accept, filter or drop" in refused.json["error"]
    assert (await house.carol.get(POLICY)).json["for_bots"] == "accept"


async def test_whoever_waits_is_shown_and_let_in(house: House) -> None:
    await policy(house.alice, for_not_following="filter")
    for number in range(3):
        await posted(house.bob, f"@alice {number}")
    last = await posted(house.carol, "@alice me too")
    assert await list_of(house.alice, "/api/v1/notifications") == []
    of_carol, of_bob = await list_of(house.alice, REQUESTS)
    assert (of_bob["account"]["acct"], of_bob["notifications_count"]) == ("bob", "3")
    assert of_carol["last_status"]["id"] == last["id"]
    summary = (await house.alice.get(POLICY)).json["summary"]
    assert summary == {"pending_requests_count": 2, "pending_notifications_count": 4}
    behind = await list_of(house.alice, "/api/v1/notifications", account_id=of_bob["account"]["id"])
    assert len(behind) == 3
    assert len(await list_of(house.alice, "/api/v1/notifications", include_filtered="true")) == 4
    grouped = (await house.alice.get("/api/v2/notifications", include_filtered="true")).json
    assert len(grouped["notification_groups"]) == 4
    assert (await house.alice.get("/api/v1/notifications/unread_count")).json == {"count": 0}
    page = await house.alice.get(REQUESTS, limit=1)
    assert f"max_id={of_carol['id']}" in page.headers["link"]
    assert (await house.alice.get(f"{REQUESTS}/{of_bob['id']}")).json == of_bob
    assert (await house.bob.get(f"{REQUESTS}/{of_bob['id']}")).status == 404
    assert (await house.bob.post(f"{REQUESTS}/{of_bob['id']}/accept")).status == 404
    assert (await house.alice.post(f"{REQUESTS}/{of_bob['id']}/accept")).json == {}
    assert (await house.alice.get(f"{REQUESTS}/merged")).json == {"merged": True}
    assert len(await list_of(house.alice, "/api/v1/notifications")) == 3
    await posted(house.bob, "@alice in now")
    assert len(await list_of(house.alice, "/api/v1/notifications")) == 4
    assert (await house.alice.post(f"{REQUESTS}/{of_carol['id']}/dismiss")).json == {}
    assert await list_of(house.alice, REQUESTS) == []
    await posted(house.carol, "@alice again")
    assert len(await list_of(house.alice, REQUESTS)) == 1


async def test_several_requests_are_answered_at_once_or_not_at_all(house: House) -> None:
    await policy(house.alice, for_not_following="filter")
    for who in (house.bob, house.carol):
        await posted(who, "@alice hello")
    ids = [each["id"] for each in await list_of(house.alice, REQUESTS)]
    assert (await house.alice.post(f"{REQUESTS}/accept", {"id": [ids[0], "1"]})).status == 404
    nobody = await house.alice.post(f"{REQUESTS}/accept", {})
    assert nobody.status == 422
    assert "id[]" in nobody.json["error"]
    assert len(await list_of(house.alice, REQUESTS)) == 2
    assert (await house.alice.post(f"{REQUESTS}/accept", {"id": ids})).json == {}
    assert len(await list_of(house.alice, "/api/v1/notifications")) == 2
    await policy(house.carol, for_not_following="filter")
    for who in (house.alice, house.bob):
        await posted(who, "@carol hello")
    ids = [each["id"] for each in await list_of(house.carol, REQUESTS)]
    # Alice is an admin: what moderators have to say arrives.
    assert len(ids) == 1
    assert (await house.carol.post(f"{REQUESTS}/dismiss", {"id": ids})).json == {}
    assert len(await list_of(house.carol, "/api/v1/notifications", include_filtered="true")) == 1


async def test_what_is_dropped_is_nowhere(house: House) -> None:
    await policy(house.alice, for_not_following="drop")
    await posted(house.bob, "@alice hello", visibility="direct")
    everything = await list_of(house.alice, "/api/v1/notifications", include_filtered="true")
    assert everything == []
    assert await list_of(house.alice, REQUESTS) == []
    assert await list_of(house.alice, CONVERSATIONS) == []
    assert len(await list_of(house.bob, CONVERSATIONS)) == 1


async def test_a_conversation_is_read_and_put_away(house: House) -> None:
    await follow(house, house.alice, "bob")
    first = await posted(house.bob, "@alice psst", visibility="direct")
    [shown] = await list_of(house.alice, CONVERSATIONS)
    assert shown["unread"] is True
    assert [each["acct"] for each in shown["accounts"]] == ["bob"]
    assert shown["last_status"]["id"] == first["id"]
    read = (await house.alice.post(f"{CONVERSATIONS}/{shown['id']}/read")).json
    assert read["unread"] is False
    assert (await house.alice.post(f"{CONVERSATIONS}/{shown['id']}/unread")).json["unread"] is True
    for path in ("read", "unread"):
        assert (await house.bob.post(f"{CONVERSATIONS}/{shown['id']}/{path}")).status == 404
    answer = await posted(house.alice, "@bob yes?", visibility="direct", in_reply_to_id=first["id"])
    [mine] = await list_of(house.alice, CONVERSATIONS)
    [his] = await list_of(house.bob, CONVERSATIONS)
    assert (mine["id"], mine["unread"], his["unread"]) == (shown["id"], False, True)
    assert his["last_status"]["id"] == answer["id"]
    line = await list_of(house.bob, "/api/v1/timelines/direct")
    assert [each["id"] for each in line] == [answer["id"], first["id"]]
    assert (await house.carol.call("DELETE", f"{CONVERSATIONS}/{mine['id']}")).status == 404
    assert (await house.alice.call("DELETE", f"{CONVERSATIONS}/{mine['id']}")).json == {}
    assert await list_of(house.alice, CONVERSATIONS) == []
    assert (await house.alice.get(f"/api/v1/statuses/{answer['id']}")).status == 200


async def test_a_note_to_oneself_is_a_conversation_with_oneself(house: House) -> None:
    await posted(house.bob, "buy tea", visibility="direct")
    [shown] = await list_of(house.bob, CONVERSATIONS)
    assert [each["acct"] for each in shown["accounts"]] == ["bob"]
    assert shown["unread"] is False


@pytest.mark.parametrize("path", [CONVERSATIONS, "/api/v1/timelines/direct"])
async def test_conversations_are_paged_by_their_last_posts(house: House, path: str) -> None:
    made = [
        (await posted(house.bob, f"@alice {number}", visibility="direct"))["id"]
        for number in range(4)
    ]

    def ids(found: list[dict[str, Any]]) -> list[str]:
        return [(each.get("last_status") or each)["id"] for each in found]

    first = await house.bob.get(path, limit=2)
    assert ids(first.json) == [made[3], made[2]]
    assert f"max_id={made[2]}" in first.headers["link"]
    assert f"min_id={made[3]}" in first.headers["link"]
    assert ids(await list_of(house.bob, path, max_id=made[2])) == [made[1], made[0]]
    assert ids(await list_of(house.bob, path, min_id=made[0], limit=2)) == [made[2], made[1]]
    assert ids(await list_of(house.bob, path, since_id=made[0], limit=2)) == [made[3], made[2]]
