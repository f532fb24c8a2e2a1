"""Moderating accounts through the API: who may, what happens at once, and that it can be undone."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.moderation import fine, person, stranger, token
from tests.support.databases import sql
from weft.domain.accounts.queries import Role, account_by_actor

A = "/api/v1/admin/accounts"


async def post(house: House, text: str = "hello", **more: Any) -> Any:
    return fine(await house.bob.post("/api/v1/statuses", {"status": text, **more}))


async def test_a_suspended_person_is_gone_everywhere_at_once_and_comes_back(house: House) -> None:
    boss, _ = await person(house, "boss", Role.ADMIN)
    bob = house.ids["bob"]
    said = await post(house, "a word #tea")
    await house.carol.post(f"/api/v1/accounts/{bob}/follow")
    await house.bob.post(f"/api/v1/statuses/{said['id']}/favourite")
    fine(await boss.post(f"{A}/{bob}/action", {"type": "suspend", "text": "spam"}))
    assert (await house.bob.get("/api/v1/accounts/verify_credentials")).status == 401
    path = f"/api/v1/statuses/{said['id']}"
    for reader in (house.anyone, house.carol):
        assert (await reader.get(path)).status == 404
        assert fine(await reader.get("/api/v1/timelines/tag/tea")) == []
        assert fine(await reader.get("/api/v1/timelines/public")) == []
        assert fine(await reader.get(f"/api/v1/accounts/{bob}/statuses")) == []
        shown = fine(await reader.get(f"/api/v1/accounts/{bob}"))
        assert (shown["suspended"], shown["display_name"], shown["note"]) == (True, "", "")
    assert fine(await house.carol.get("/api/v1/timelines/home")) == []
    found = fine(await house.carol.get("/api/v2/search", q="bob"))
    assert [each["username"] for each in found["accounts"]] == []
    assert (await house.anyone.get("/@bob")).status == 403
    assert (await house.anyone.get(f"/@bob/{said['id']}")).status == 404
    document = await house.anyone.call(
        "GET", f"/ap/actors/{bob}", headers={"accept": "application/activity+json"}
    )
    assert (document.status, document.json["suspended"], document.json["name"]) == (
        200, True, "bob",
    )  # fmt: skip
    assert "publicKey" in document.json
    for part in ("outbox?page=true", "followers", "collections/featured"):
        refused = await house.anyone.call(
            "GET", f"/ap/actors/{bob}/{part}", headers={"accept": "application/activity+json"}
        )
        assert refused.status == 403, part
    shown = fine(await boss.get(f"{A}/{bob}"), "AdminAccount")
    assert shown["suspended"] is True
    shown = fine(await boss.post(f"{A}/{bob}/unsuspend"), "AdminAccount")
    assert shown["suspended"] is False
    assert fine(await house.carol.get(path))["content"]
    assert fine(await house.bob.get("/api/v1/accounts/verify_credentials"))["username"] == "bob"
    assert [each["id"] for each in fine(await house.carol.get("/api/v1/timelines/home"))]
    told = sql(
        house.parts.settings.database_url,
        f"SELECT count(*) FROM activity WHERE type = 'ProfileChanged' AND actor_id = {bob}",
    )
    assert told[0][0] == 2


async def test_the_address_of_a_suspended_person_is_shut_out_and_let_in_again(
    house: House,
) -> None:
    boss, _ = await person(house, "boss", Role.ADMIN)
    bob = house.ids["bob"]
    count = "SELECT count(*) FROM email_block"
    url = house.parts.settings.database_url
    fine(await boss.post(f"{A}/{bob}/action", {"type": "suspend"}))
    assert sql(url, count)[0][0] == 1
    fine(await boss.post(f"{A}/{bob}/unsuspend"))
    assert sql(url, count)[0][0] == 0


async def test_a_limited_person_is_for_followers_only(house: House) -> None:
    boss, _ = await person(house, "boss", Role.MODERATOR)
    bob = house.ids["bob"]
    said = await post(house, "limited #tea")
    fine(await house.carol.post(f"/api/v1/accounts/{bob}/follow"))
    fine(await boss.post(f"{A}/{bob}/action", {"type": "silence"}))
    for timeline in ("public", "tag/tea"):
        path = f"/api/v1/timelines/{timeline}"
        assert fine(await house.alice.get(path)) == [], timeline
        assert fine(await house.anyone.get(path)) == [], timeline
        assert [each["id"] for each in fine(await house.carol.get(path))] == [said["id"]]
    found = fine(await house.alice.get("/api/v2/search", q="bo"))["accounts"]
    assert [each["username"] for each in found if each["username"] == "bob"] == []
    assert fine(await house.alice.get(f"/api/v1/statuses/{said['id']}"))["account"]["limited"]
    asked = fine(await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/follow"))
    assert (asked["following"], asked["requested"]) == (False, True)
    fine(await boss.post(f"{A}/{bob}/unsilence"), "AdminAccount")
    assert [e["id"] for e in fine(await house.anyone.get("/api/v1/timelines/public"))]


async def test_a_disabled_person_cannot_come_in_and_what_they_said_stays(house: House) -> None:
    boss, _ = await person(house, "boss", Role.MODERATOR)
    bob = house.ids["bob"]
    said = await post(house)
    fine(await boss.post(f"{A}/{bob}/action", {"type": "disable"}))
    assert (await house.bob.get("/api/v1/timelines/home")).status == 401
    assert fine(await house.anyone.get(f"/api/v1/statuses/{said['id']}"))
    assert fine(await boss.post(f"{A}/{bob}/enable"), "AdminAccount")["disabled"] is False
    assert fine(await house.bob.get("/api/v1/timelines/home"))


async def test_media_of_a_sensitized_person_are_sensitive_for_others(house: House) -> None:
    boss, _ = await person(house, "boss", Role.MODERATOR)
    bob = house.ids["bob"]
    said = await post(house)
    path = f"/api/v1/statuses/{said['id']}"
    assert fine(await house.carol.get(path))["sensitive"] is False
    fine(await boss.post(f"{A}/{bob}/action", {"type": "sensitive"}))
    assert fine(await house.carol.get(path))["sensitive"] is True
    assert fine(await house.bob.get(path))["sensitive"] is False
    document = await house.anyone.call(
        "GET", f"/ap/posts/{said['id']}", headers={"accept": "application/activity+json"}
    )
    assert document.json["sensitive"] is True
    assert fine(await boss.post(f"{A}/{bob}/unsensitive"), "AdminAccount")["sensitized"] is False
    assert fine(await house.carol.get(path))["sensitive"] is False


async def test_posts_are_deleted_or_marked(house: House) -> None:
    boss, _ = await person(house, "boss", Role.MODERATOR)
    bob = house.ids["bob"]
    first, second = await post(house), await post(house, "two")
    order = {"type": "delete_statuses", "status_ids": [first["id"]]}
    fine(await boss.post(f"{A}/{bob}/action", order))
    assert (await house.bob.get(f"/api/v1/statuses/{first['id']}")).status == 404
    assert fine(await house.bob.get(f"/api/v1/statuses/{second['id']}"))
    missing = await boss.post(f"{A}/{bob}/action", order)
    assert missing.status == 422


async def test_people_of_other_servers_are_limited_and_suspended_but_not_warned(
    house: House,
) -> None:
    boss, _ = await person(house, "boss", Role.MODERATOR)
    mia = await stranger(house)
    for action in ("none", "disable"):
        refused = await boss.post(f"{A}/{mia.id}/action", {"type": action})
        assert refused.status == 422, action
    for action, field, back in (
        ("silence", "silenced", "unsilence"),
        ("sensitive", "sensitized", "unsensitive"),
        ("suspend", "suspended", "unsuspend"),
    ):
        fine(await boss.post(f"{A}/{mia.id}/action", {"type": action}))
        assert fine(await boss.get(f"{A}/{mia.id}"))[field] is True
        assert fine(await boss.post(f"{A}/{mia.id}/{back}"))[field] is False


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        (Role.USER, Role.USER, 403),
        (Role.MODERATOR, Role.USER, 200),
        (Role.MODERATOR, Role.MODERATOR, 403),
        (Role.MODERATOR, Role.ADMIN, 403),
        (Role.ADMIN, Role.MODERATOR, 200),
        (Role.ADMIN, Role.ADMIN, 403),
        (Role.ADMIN, Role.OWNER, 403),
        (Role.OWNER, Role.ADMIN, 200),
        (Role.OWNER, Role.OWNER, 403),
    ],
)
async def test_nobody_acts_on_who_stands_as_high(
    house: House, who: Role, whom: Role, status: int
) -> None:
    doer, own = await person(house, "doer", who)
    _, target = await person(house, "target", whom)
    answer = await doer.post(f"{A}/{target}/action", {"type": "silence"})
    assert answer.status == status, answer.text
    assert (await doer.post(f"{A}/{own}/action", {"type": "silence"})).status == 403
    silenced = sql(
        house.parts.settings.database_url,
        f"SELECT count(*) FROM actor WHERE id = {target} AND silenced_at IS NOT NULL",
    )
    assert silenced[0][0] == (1 if status == 200 else 0)


async def test_scopes_are_asked_for_on_each_route(house: House) -> None:
    _, boss = await person(house, "boss", Role.OWNER)
    account = await house.parts.db.one(account_by_actor, actor_id=boss)
    assert account is not None
    reads = await token(house, account.id, frozenset({"admin:read:accounts"}))
    bob = house.ids["bob"]
    assert (await reads.get(A)).status == 200
    assert (await reads.get("/api/v1/admin/reports")).status == 403
    for verb in ("action", "approve", "reject", "enable", "unsilence", "unsuspend", "unsensitive"):
        assert (await reads.post(f"{A}/{bob}/{verb}", {"type": "silence"})).status == 403, verb
    assert (await reads.call("DELETE", f"{A}/{bob}")).status == 403


async def test_only_the_suspended_are_deleted_and_only_by_who_may(house: House) -> None:
    mod, _ = await person(house, "mod", Role.MODERATOR)
    boss, _ = await person(house, "boss", Role.ADMIN)
    bob = house.ids["bob"]
    assert (await boss.call("DELETE", f"{A}/{bob}")).status == 422
    fine(await boss.post(f"{A}/{bob}/action", {"type": "suspend"}))
    assert (await mod.call("DELETE", f"{A}/{bob}")).status == 403
    fine(await boss.call("DELETE", f"{A}/{bob}"), "AdminAccount")
    assert (await house.anyone.get(f"/api/v1/accounts/{bob}")).status == 404
    assert (await boss.post(f"{A}/{bob}/unsuspend")).status in (404, 422)
    document = await house.anyone.call(
        "GET", f"/ap/actors/{bob}", headers={"accept": "application/activity+json"}
    )
    assert document.status == 410


async def test_accounts_are_found_by_all_filters(house: House) -> None:
    boss, boss_id = await person(house, "boss", Role.OWNER)
    mia = await stranger(house)
    bob = house.ids["bob"]
    url = house.parts.settings.database_url
    sql(url, f"UPDATE account SET address = '198.51.100.7' WHERE actor_id = {bob}")
    fine(await boss.post(f"{A}/{house.ids['carol']}/action", {"type": "silence"}))
    fine(await boss.post(f"{A}/{bob}/action", {"type": "disable"}))

    async def names(path: str, **query: Any) -> list[str]:
        found = await boss.get(path, **query)
        assert found.status == 200, found.text
        return sorted(each["username"] for each in found.json)

    v1, v2 = A, "/api/v2/admin/accounts"
    everybody = ["alice", "bob", "boss", "carol", "mia"]
    assert await names(v1) == everybody == await names(v2)
    assert await names(v1, remote="true") == ["mia"] == await names(v2, origin="remote")
    assert "mia" not in await names(v1, local="true")
    assert await names(v1, silenced="true") == ["carol"] == await names(v2, status="silenced")
    assert await names(v1, disabled="true") == ["bob"] == await names(v2, status="disabled")
    assert await names(v1, suspended="true") == [] == await names(v2, status="pending")
    assert await names(v1, sensitized="true") == []
    assert await names(v1, active="true") == everybody == await names(v2, status="active")
    assert await names(v1, staff="true") == ["alice", "boss"]
    assert await names(v2, permissions="staff") == ["alice", "boss"]
    assert await names(v2, **{"role_ids[]": ["3"]}) == ["boss"]
    assert await names(v1, username="BO") == ["bob", "boss"]
    assert await names(v1, display_name="car") == ["carol"]
    assert await names(v1, by_domain="far.example") == ["mia"]
    assert await names(v1, email="bob@") == ["bob"]
    assert await names(v1, username="b_b") == []
    assert await names(v1, ip="198.51.100.0/24") == ["bob"] == await names(v1, ip="198.51.100.7")
    assert await names(v1, ip="203.0.113.0/24") == []
    shown = fine(await boss.get(f"{A}/{bob}"), "AdminAccount")
    assert shown["ip"] == "198.51.100.7" == shown["ips"][0]["ip"]
    assert shown["email"] == "bob@example.org"
    assert fine(await boss.get(f"{A}/{boss_id}"))["role"]["name"] == "Owner"
    assert fine(await boss.get(f"{A}/{mia.id}"))["domain"] == "far.example"
    page = await boss.get(v2, limit=2)
    assert len(page.json) == 2
    assert 'rel="next"' in page.headers["link"]
    below = await boss.get(v2, limit=2, max_id=page.json[-1]["id"])
    assert {e["id"] for e in below.json}.isdisjoint(e["id"] for e in page.json)


BAD = (
    ("GET", A, {"ip": "nonsense"}, 422),
    ("GET", "/api/v2/admin/accounts", {"origin": "mars"}, 422),
    ("GET", "/api/v2/admin/accounts", {"status": "asleep"}, 422),
    ("GET", "/api/v2/admin/accounts", {"permissions": "all"}, 422),
    ("GET", "/api/v2/admin/accounts", {"role_ids[]": "77"}, 422),
    ("GET", A, {"username": "x" * 300}, 422),
    ("GET", A, {"invited_by": "x"}, 404),
)


@pytest.mark.parametrize(("method", "path", "query", "status"), BAD)
async def test_bad_filters_are_named(
    house: House, method: str, path: str, query: dict[str, str], status: int
) -> None:
    boss, _ = await person(house, "boss", Role.OWNER)
    answer = await boss.call(method, path, query=query)
    assert answer.status == status
    assert answer.json["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "explode"},
        {"type": "silence", "text": "x" * 5001},
        {"type": "silence", "report_id": "123"},
        {"type": "silence", "warning_preset_id": "123"},
        {"type": "delete_statuses"},
        {"type": "delete_statuses", "status_ids": ["1"] * 101},
        {"type": "delete_statuses", "status_ids": ["9007199254740991"]},
        {"type": "silence", "send_email_notification": "perhaps"},
    ],
)
async def test_bad_orders_change_nothing(house: House, body: dict[str, Any]) -> None:
    boss, _ = await person(house, "boss", Role.OWNER)
    url = house.parts.settings.database_url
    count = "SELECT (SELECT count(*) FROM strike) + (SELECT count(*) FROM audit_log)"
    answer = await boss.post(f"{A}/{house.ids['bob']}/action", body)
    assert 400 <= answer.status < 500, answer.text
    assert answer.json["error"]
    assert sql(url, count)[0][0] == 0


async def test_strange_ids_are_not_found(house: House) -> None:
    boss, _ = await person(house, "boss", Role.OWNER)
    await house.parts.instance.ensure()
    own = await house.parts.instance.id()
    for each in ("0", "-1", "abc", "99999999999999999999", str(own)):
        for verb in ("action", "approve", "reject", "enable", "unsuspend"):
            answer = await boss.post(f"{A}/{each}/{verb}", {"type": "suspend"})
            assert answer.status == 404, (each, verb)
        assert (await boss.get(f"{A}/{each}")).status == 404
        assert (await boss.call("DELETE", f"{A}/{each}")).status == 404


async def test_one_is_told_ones_own_role(house: House) -> None:
    boss, _ = await person(house, "boss", Role.MODERATOR)
    me = fine(await boss.get("/api/v1/accounts/verify_credentials"))
    assert (me["role"]["name"], me["role"]["permissions"]) == ("Moderator", "1049884")
    assert [each["name"] for each in me["roles"]] == ["Moderator"]
    plain = fine(await house.bob.get("/api/v1/accounts/verify_credentials"))
    assert (plain["role"]["permissions"], plain["roles"]) == ("0", [])
