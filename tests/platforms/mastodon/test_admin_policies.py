"""Policies through the API: set up by moderators, and what they do to what people here post."""

import json
from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_admin_safety import admin
from tests.support.asgi import Answer, Caller
from tests.support.databases import sql
from weft.domain.drafts.publish import publish_due

POLICIES = "/api/weft/v1/admin/policies"
QUARANTINE = "/api/weft/v1/admin/quarantine"


async def adds(app: Caller, rule: str, **body: Any) -> Any:
    answer = await app.post(POLICIES, {"rule": rule, **body})
    assert answer.status == 200, answer.text
    return answer.json


async def says(who: Caller, text: str, **more: Any) -> Answer:
    return await who.post("/api/v1/statuses", {"status": text, **more})


def posts(house: House) -> int:
    return int(sql(house.parts.settings.database_url, "SELECT count(*) FROM post")[0][0])


async def test_rules_are_set_up_changed_moved_and_removed(house: House) -> None:
    app = await admin(house)
    kinds = {each["rule"]: each for each in (await app.get(f"{POLICIES}/kinds")).json}
    assert {"name": "days", "type": "number from 1 to 3650", "default": 7} in kinds["age"][
        "settings"
    ]
    made = await adds(app, "keyword", settings={"words": ["casino"]}, dry=True)
    assert (made["name"], made["position"], made["enabled"], made["dry"]) == (
        "keyword", 1, True, True,
    )  # fmt: skip
    assert made["settings"]["action"] == "quarantine"
    await adds(app, "age", name="old-ones", enabled=False, position=1)
    assert [each["name"] for each in (await app.get(POLICIES)).json] == ["old-ones", "keyword"]
    changed = await app.call(
        "PUT", f"{POLICIES}/old-ones",
        json={"settings": json.dumps({"days": 30}), "enabled": True, "position": 2},
    )  # fmt: skip
    assert (changed.json["settings"]["days"], changed.json["position"]) == (30, 2)
    assert (await app.call("DELETE", f"{POLICIES}/keyword")).status == 200
    assert [each["name"] for each in (await app.get(POLICIES)).json] == ["old-ones"]
    acts = sql(
        house.parts.settings.database_url,
        "SELECT action FROM audit_log WHERE action LIKE 'policy.%' ORDER BY id",
    )
    assert [each[0] for each in acts] == [
        "policy.add", "policy.add", "policy.change", "policy.move", "policy.remove",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"rule": "no-such"}, "There is no rule 'no-such'"),
        ({"rule": "age", "settings": {"days": 0}}, "`$.days`"),
        ({"rule": "age", "settings": {"dayz": 1}}, "dayz"),
        ({"rule": "age", "settings": "{"}, "The settings of age are wrong"),
        ({"rule": "age", "name": "Old Ones"}, "small letters"),
        ({"rule": "keyword"}, "Give words"),
        ({"rule": "reject"}, "refuse everybody"),
        ({"rule": "reject", "settings": {"hosts": ["far"]}}, "not a server"),
        ({"rule": "pattern", "settings": {"pattern": "("}}, "no pattern of RE2"),
        ({"rule": "pattern", "settings": {"pattern": "(?=a)"}}, "no pattern of RE2"),
        ({"rule": "pattern", "settings": {"pattern": "a*"}}, "fits an empty text"),
        ({"rule": "age", "position": 0}, "position"),
    ],
)
async def test_bad_values_are_refused_with_a_sentence(
    house: House, body: dict[str, Any], said: str
) -> None:
    app = await admin(house)
    answer = await app.post(POLICIES, body)
    assert answer.status == 422
    assert said in answer.json["error"]
    assert (await app.get(POLICIES)).json == []


async def test_only_who_may_sees_and_changes_rules(house: House) -> None:
    bob = await admin(house, "bob")
    for method, path in (("GET", POLICIES), ("POST", POLICIES), ("POST", f"{POLICIES}/test"),
                         ("GET", QUARANTINE), ("POST", f"{QUARANTINE}/1/release")):  # fmt: skip
        assert (await bob.call(method, path)).status == 403, path
    reader = await admin(house, "alice", "read")
    assert (await reader.get(POLICIES)).status == 403


async def test_an_author_is_told_why_a_post_is_rejected(house: House) -> None:
    app = await admin(house)
    await adds(app, "keyword", settings={"words": ["casino"], "local": True, "action": "reject"})
    answer = await says(house.bob, "To the casino!")
    assert answer.status == 422
    assert answer.json["error"] == (
        "A rule of this server does not let this through: it has the words “casino”."
    )
    assert posts(house) == 0
    assert (await says(house.bob, "To the cinema!")).status == 200


async def test_posts_here_are_not_judged_unless_the_rule_says_so(house: House) -> None:
    await adds(await admin(house), "keyword", settings={"words": ["casino"], "action": "reject"})
    assert (await says(house.bob, "To the casino!")).status == 200


async def test_a_post_is_published_as_the_rules_left_it(house: House) -> None:
    app = await admin(house)
    await adds(app, "limit-reach", settings={"local": True})
    await adds(app, "warn", settings={"local": True, "text": "Caution"})
    made = (await says(house.bob, "Hello")).json
    assert (made["visibility"], made["sensitive"], made["spoiler_text"]) == (
        "unlisted", True, "Caution",
    )  # fmt: skip


async def test_a_post_that_waits_is_a_draft_and_published_when_let_in(house: House) -> None:
    app = await admin(house)
    await adds(app, "keyword", settings={"words": ["casino"], "local": True})
    for _ in range(2):  # Sent twice, it waits once.
        answer = await says(house.bob, "To the casino!")
        assert answer.status == 422
        assert "waits for a moderator" in answer.json["error"]
    (row,) = (await app.get(QUARANTINE)).json
    assert (row["local"], row["acct"], row["excerpt"]) == (
        True,
        "bob@127.0.0.1:9999",
        "To the casino!",
    )
    parts = house.parts
    url = parts.settings.database_url
    assert sql(url, "SELECT count(*) FROM draft WHERE publish_at IS NULL") == [(1,)]
    assert await publish_due(parts.db, parts.server, parts.resolve) == 0
    done = await app.post(f"{QUARANTINE}/{row['id']}/release")
    assert done.json == {"released": [row["id"]]}
    assert await publish_due(parts.db, parts.server, parts.resolve) == 1
    home = (await house.bob.get("/api/v1/timelines/home")).json
    assert [each["content"] for each in home] == ["<p>To the casino!</p>"]
    assert sql(url, "SELECT count(*) FROM draft") == [(0,)]
    assert (await app.post(f"{QUARANTINE}/{row['id']}/discard")).status == 422


async def test_what_was_changed_after_it_was_let_in_is_judged_anew(house: House) -> None:
    app = await admin(house)
    await adds(app, "keyword", settings={"words": ["casino"], "local": True})
    await says(house.bob, "To the casino!")
    (row,) = (await app.get(QUARANTINE)).json
    await app.post(f"{QUARANTINE}/{row['id']}/release")
    url = house.parts.settings.database_url
    sql(url, "UPDATE draft SET body = replace(body, 'To the', 'Rob the')")
    parts = house.parts
    assert await publish_due(parts.db, parts.server, parts.resolve) == 0
    assert posts(house) == 0
    (again,) = (await app.get(QUARANTINE)).json
    assert again["excerpt"] == "Rob the casino!"


async def test_what_is_discarded_stays_its_authors_draft(house: House) -> None:
    app = await admin(house)
    await adds(app, "keyword", settings={"words": ["casino"], "local": True})
    await says(house.bob, "To the casino!")
    (row,) = (await app.get(QUARANTINE)).json
    assert (await app.post(f"{QUARANTINE}/{row['id']}/discard")).status == 200
    assert (await app.get(QUARANTINE)).json == []
    url = house.parts.settings.database_url
    assert sql(url, "SELECT count(*) FROM draft") == [(1,)]
    assert posts(house) == 0


async def test_an_edit_that_would_wait_is_refused(house: House) -> None:
    app = await admin(house)
    await adds(app, "keyword", settings={"words": ["casino"], "local": True})
    made = (await says(house.bob, "Hello")).json
    path = f"/api/v1/statuses/{made['id']}"
    answer = await house.bob.call("PUT", path, json={"status": "casino"})
    assert answer.status == 422
    assert (await house.bob.get(path)).json["content"] == "<p>Hello</p>"


async def test_looking_at_what_is_not_for_everybody_is_noted(house: House) -> None:
    app = await admin(house)
    await adds(app, "keyword", settings={"words": ["casino"], "local": True})
    await says(house.bob, "@carol casino", visibility="direct")
    (row,) = (await app.get(QUARANTINE)).json
    assert row["excerpt"] is None
    url = house.parts.settings.database_url
    looks = "SELECT count(*) FROM audit_log WHERE action = 'quarantine.look'"
    assert sql(url, looks) == [(0,)]
    assert (await app.get(f"{QUARANTINE}/{row['id']}")).json["content"] == "@carol casino"
    assert sql(url, looks) == [(1,)]
    assert (await house.bob.get(f"{QUARANTINE}/{row['id']}")).status == 403


async def test_a_rule_is_tried_out_before_it_is_set_up(house: House) -> None:
    app = await admin(house)
    tried = await app.post(f"{POLICIES}/test", {"rule": "age", "settings": {"days": 3}})
    assert (tried.json["total"], tried.json["outcomes"], tried.json["next"]) == (0, [], None)
    assert (await app.post(f"{POLICIES}/test", {"days": 400})).status == 422
    assert (await app.post(f"{POLICIES}/test", {"rule": "nonsense"})).status == 422
    assert (await app.get(POLICIES)).json == []
