"""Notifications of both versions through the API, held against the published description."""

import re
from typing import Any

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import follow, posted
from tests.support.asgi import Answer, Caller
from tests.support.databases import sql
from weft.domain.notifications.about import SeveranceKind
from weft.domain.notifications.notices import notify_severed, notify_sign_up, notify_warning

V1, V2 = "/api/v1/notifications", "/api/v2/notifications"


async def groups(who: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = await who.get(V2, **query)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["notification_groups"]
    return found


def links(answer: Answer) -> dict[str, str]:
    """Relation -> cursor of a Link header."""
    return {
        rel: cursor
        for cursor, rel in re.findall(
            r"[?&]((?:max|min)_id=\d+)>; rel=\"(\w+)\"", answer.headers.get("link", "")
        )
    }


async def test_likes_and_follows_are_grouped(house: House) -> None:
    made = await posted(house.alice)
    for who in (house.bob, house.carol):
        await who.post(f"/api/v1/statuses/{made['id']}/favourite")
    await posted(house.bob, "@alice hello")
    for name, who in (("bob", house.bob), ("carol", house.carol)):
        await follow(house, who, "alice")
        assert house.ids[name]
    answer = await house.alice.get(V2)
    follows, mention, likes = answer.json["notification_groups"]
    assert (follows["type"], follows["notifications_count"]) == ("follow", 2)
    assert follows["sample_account_ids"] == [str(house.ids["carol"]), str(house.ids["bob"])]
    assert mention["group_key"] == f"ungrouped-{mention['most_recent_notification_id']}"
    assert likes["group_key"].startswith(f"favourite-{made['id']}-")
    assert likes["status_id"] == made["id"]
    assert [each["acct"] for each in answer.json["accounts"]] == ["carol", "bob"]
    assert [each["id"] for each in answer.json["statuses"]] == [mention["status_id"], made["id"]]
    single = (await house.alice.get(V1)).json
    assert [each["group_key"] for each in single if each["type"] == "favourite"] == [
        likes["group_key"]
    ] * 2
    assert likes["page_max_id"] == str(likes["most_recent_notification_id"]) == single[3]["id"]
    assert likes["page_min_id"] == single[4]["id"]
    assert likes["latest_page_notification_at"] == single[3]["created_at"]
    apart = await groups(house.alice, **{"grouped_types[]": "follow", "types[]": "favourite"})
    assert [each["group_key"] for each in apart] == [
        f"ungrouped-{single[3]['id']}",
        f"ungrouped-{single[4]['id']}",
    ]


async def test_one_group_its_people_and_putting_it_away(house: House) -> None:
    made = await posted(house.alice)
    for who in (house.bob, house.carol):
        await who.post(f"/api/v1/statuses/{made['id']}/reblog")
    await posted(house.bob, "@alice hello")
    mention, boosts = await groups(house.alice)
    key = boosts["group_key"]
    one = (await house.alice.get(f"{V2}/{key}")).json
    assert one["notification_groups"][0]["notifications_count"] == 2
    assert "page_min_id" not in one["notification_groups"][0]
    assert (await house.bob.get(f"{V2}/{key}")).status == 404
    people = await house.alice.get(f"{V2}/{key}/accounts", limit=1)
    assert [each["acct"] for each in people.json] == ["carol"]
    cursor = links(people)["next"].removeprefix("max_id=")
    rest = await house.alice.get(f"{V2}/{key}/accounts", max_id=cursor)
    assert [each["acct"] for each in rest.json] == ["bob"]
    assert (await house.bob.get(f"{V2}/{key}/accounts")).json == []
    alone = mention["group_key"]
    assert (await house.alice.get(f"{V2}/{alone}")).json["statuses"][0]["id"] == (
        mention["status_id"]
    )
    assert [each["acct"] for each in (await house.alice.get(f"{V2}/{alone}/accounts")).json] == [
        "bob"
    ]
    assert (await house.bob.post(f"{V2}/{key}/dismiss")).status == 200
    assert len(await groups(house.alice)) == 2
    assert (await house.alice.post(f"{V2}/{key}/dismiss")).json == {}
    assert [each["group_key"] for each in await groups(house.alice)] == [alone]
    await house.alice.post(f"{V2}/{alone}/dismiss")
    assert await groups(house.alice) == []


async def test_partial_accounts_are_enough_for_faces(house: House) -> None:
    made = await posted(house.alice)
    for who in (house.bob, house.carol):
        await who.post(f"/api/v1/statuses/{made['id']}/favourite")
    answer = (await house.alice.get(V2, expand_accounts="partial_avatars")).json
    assert [each["acct"] for each in answer["accounts"]] == ["carol"]
    [partial] = answer["partial_accounts"]
    assert (partial["acct"], "note" in partial) == ("bob", False)
    assert partial["avatar"].startswith("http")
    refused = await house.alice.get(V2, expand_accounts="some")
    assert refused.status == 400
    assert "partial_avatars" in refused.json["error"]


async def test_groups_are_paged_by_links(house: House) -> None:
    made = [await posted(house.alice, str(number)) for number in range(4)]
    for each in made:
        for who in (house.bob, house.carol):
            await who.post(f"/api/v1/statuses/{each['id']}/favourite")
    first = await house.alice.get(V2, limit=3)
    assert [each["status_id"] for each in first.json["notification_groups"]] == [
        each["id"] for each in made[:0:-1]
    ]
    last = links(first)["next"].removeprefix("max_id=")
    assert last == first.json["notification_groups"][2]["page_max_id"]
    # The other half of the last group is older than the cursor: it comes again, with the same key.
    rest = await house.alice.get(V2, limit=3, max_id=last)
    assert [each["status_id"] for each in rest.json["notification_groups"]] == [
        made[1]["id"],
        made[0]["id"],
    ]
    assert "next" not in links(rest)
    newest = links(first)["prev"].removeprefix("min_id=")
    assert await groups(house.alice, min_id=newest) == []
    onwards = await groups(house.alice, min_id=last, limit=1)
    assert [each["status_id"] for each in onwards] == [made[2]["id"]]
    since = await groups(house.alice, since_id=last, limit=1)
    assert [each["status_id"] for each in since] == [made[3]["id"]]


async def test_unread_groups_are_counted_from_the_marker(house: House) -> None:
    made = await posted(house.alice)
    await posted(house.bob, "@alice hello")
    for who in (house.bob, house.carol):
        await who.post(f"/api/v1/statuses/{made['id']}/favourite")
    assert (await house.alice.get(f"{V2}/unread_count")).json == {"count": 2}
    assert (await house.alice.get(f"{V1}/unread_count")).json == {"count": 3}
    oldest = (await house.alice.get(V1)).json[-1]["id"]
    await house.alice.post("/api/v1/markers", {"notifications": {"last_read_id": oldest}})
    assert (await house.alice.get(f"{V2}/unread_count")).json == {"count": 1}
    assert (await house.alice.get(f"{V1}/unread_count")).json == {"count": 2}
    assert (await house.alice.get(f"{V1}/unread_count", limit=1)).json == {"count": 1}
    only = await house.alice.get(f"{V2}/unread_count", **{"types[]": "mention"})
    assert only.json == {"count": 0}


async def test_an_app_is_told_in_words_what_it_does_not_know(house: House) -> None:
    made = await posted(house.alice)
    await house.bob.post(f"/api/v1/statuses/{made['id']}/favourite")
    for path, key in ((V1, None), (V2, "notification_groups")):
        answer = (await house.alice.get(path, **{"supported_types[]": "mention"})).json
        [shown] = answer if key is None else answer[key]
        assert shown["fallback"]["title"] == "bob liked your post"
        known = (await house.alice.get(path, **{"supported_types[]": "favourite"})).json
        [shown] = known if key is None else known[key]
        assert "fallback" not in shown


async def test_bells_edits_and_what_they_are_about(house: House) -> None:
    await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/follow", {"notify": True})
    made = await posted(house.alice)
    [told] = (await house.bob.get(V1)).json
    assert (told["type"], told["status"]["id"]) == ("status", made["id"])
    await house.bob.post(f"/api/v1/statuses/{made['id']}/reblog")
    quoting = await posted(house.carol, "look", quoted_status_id=made["id"])
    answer = await house.alice.call(
        "PUT", f"/api/v1/statuses/{made['id']}", json={"status": "Otherwise"}
    )
    assert answer.status == 200, answer.text
    updated = (await house.bob.get(V1)).json[0]
    assert (updated["type"], updated["status"]["id"]) == ("update", made["id"])
    quoted = (await house.carol.get(V1)).json[0]
    assert (quoted["type"], quoted["status"]["id"]) == ("quoted_update", quoting["id"])
    assert quoted["account"]["acct"] == "alice"


async def test_what_only_moderators_read(house: House) -> None:
    parts = house.parts
    bad = await posted(house.carol, "bad")
    report = await house.bob.post(
        "/api/v1/reports",
        {"account_id": house.ids["carol"], "status_ids": [bad["id"]], "comment": "this is bad"},
    )
    assert report.status == 200, report.text
    await parts.db.write(notify_sign_up, parts.server, house.ids["bob"])
    joined, reported = (await house.alice.get(V1)).json
    assert (joined["type"], joined["account"]["acct"]) == ("admin.sign_up", "bob")
    assert joined["group_key"].startswith("admin.sign_up-")
    assert reported["type"] == "admin.report"
    assert reported["report"]["comment"] == "this is bad"
    assert reported["report"]["status_ids"] == [bad["id"]]
    assert reported["report"]["target_account"]["acct"] == "carol"
    assert [each["type"] for each in await groups(house.alice)] == ["admin.sign_up", "admin.report"]
    sql(
        parts.settings.database_url,
        f"UPDATE account SET role = 0 WHERE actor_id = {house.ids['alice']}",
    )
    # The token was read before: what it may do is read again after some seconds, or at once with
    # another token.
    from weft.domain.accounts.access import issue_token
    from weft.domain.accounts.queries import account_by_actor

    account = await parts.db.one(account_by_actor, actor_id=house.ids["alice"])
    assert account is not None
    issued = await issue_token(
        parts.db,
        parts.server,
        account_id=account.id,
        scopes=frozenset({"read"}),
        family="mastodon",
    )
    demoted = house.anyone.with_token(issued.token)
    assert (await demoted.get(V1)).json == []
    assert await groups(demoted) == []
    assert (await demoted.get(f"{V1}/{reported['id']}")).status == 404
    assert (await demoted.get(f"{V2}/{joined['group_key']}")).status == 404


async def test_what_the_server_says_of_oneself(house: House) -> None:
    parts, bob = house.parts, house.ids["bob"]
    made = await posted(house.bob)
    sql(
        parts.settings.database_url,
        "INSERT INTO strike (id, target_id, action, text, post_ids, created_at, appeal, appealed_at)"
        f" VALUES (77, {bob}, 'delete_statuses', 'No ads', '[{made['id']}]', 5, 'Why?', 6)",
    )
    await parts.db.write(notify_warning, parts.server, owner_id=bob, strike_id=77)
    await parts.db.write(
        notify_severed, parts.server, SeveranceKind.DOMAIN_BLOCK, "far.example", {bob: (3, 1)}
    )
    severed, warned = (await house.bob.get(V1)).json
    assert warned["type"] == "moderation_warning"
    warning = warned["moderation_warning"]
    assert (warning["action"], warning["text"]) == ("delete_statuses", "No ads")
    assert warning["status_ids"] == [made["id"]]
    assert warning["appeal"] == {"text": "Why?", "state": "pending"}
    assert severed["type"] == "severed_relationships"
    event = severed["event"]
    assert (event["type"], event["target_name"]) == ("domain_block", "far.example")
    assert (event["followers_count"], event["following_count"], event["purged"]) == (3, 1, False)
    assert [each["event"]["id"] for each in await groups(house.bob) if "event" in each] == [
        event["id"]
    ]


async def test_several_are_dismissed_at_once_and_all_by_clear(house: House) -> None:
    for number in range(4):
        await posted(house.bob, f"@alice {number}")
    ids = [each["id"] for each in (await house.alice.get(V1)).json]
    gone = await house.alice.call(
        "DELETE", f"{V1}/destroy_multiple", query={"ids[]": [ids[0], ids[1]]}
    )
    assert gone.json == {}
    await house.alice.call("DELETE", f"{V1}/{ids[2]}")
    assert [each["id"] for each in (await house.alice.get(V1)).json] == [ids[3]]
    await house.bob.post(f"{V1}/dismiss", {"id": ids[3]})
    assert len((await house.alice.get(V1)).json) == 1
    await house.alice.post(f"{V2}/clear")
    assert (await house.alice.get(V1)).json == []
