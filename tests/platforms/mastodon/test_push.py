"""Push: from a subscription to a message that the application can read, and what ends it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Answer
from tests.support.databases import sql
from tests.support.push import PushService, Reader
from weft.domain.push.waiting import pushes_due
from weft.jobs import pushes as worker

PATH = "/api/v1/push/subscription"
ALL = dict.fromkeys(("mention", "reblog", "follow", "favourite", "poll", "status"), True)


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    made = PushService()
    await made.start()
    yield made
    await made.close()


def body(endpoint: str, reader: Reader, **data: Any) -> dict[str, Any]:
    return {
        "subscription": {"endpoint": endpoint, "keys": reader.keys, "standard": True},
        "data": {"alerts": ALL} | data,
    }


def rows(house: House, statement: str) -> list[Any]:
    return sql(house.parts.settings.database_url, statement)


async def mention(house: House, text: str = "Hello @bob", **more: Any) -> Answer:
    answer = await house.alice.post("/api/v1/statuses", {"status": text, **more})
    assert answer.status == 200, answer.text
    return answer


async def test_a_subscription_is_made_changed_shown_and_removed(house: House) -> None:
    reader = Reader.new()
    assert (await house.bob.get(PATH)).status == 404
    assert (await house.bob.call("PUT", PATH, json={"data": {"policy": "all"}})).status == 404
    form = {
        "subscription[endpoint]": "http://127.0.0.1:9/push/bob",
        "subscription[keys][p256dh]": reader.keys["p256dh"] + "=",
        "subscription[keys][auth]": reader.keys["auth"],
        "data[alerts][mention]": "true",
        "data[alerts][admin.sign_up]": "1",
        "data[policy]": "followed",
    }
    made = await house.bob.call("POST", PATH, form=form)
    assert made.status == 200, made.text
    assert made.json["endpoint"] == "http://127.0.0.1:9/push/bob"
    assert made.json["policy"] == "followed"
    assert made.json["standard"] is False
    on = [name for name, is_on in made.json["alerts"].items() if is_on]
    assert on == ["mention", "admin.sign_up"]
    changed = await house.bob.call(
        "PUT", PATH, json={"data": {"alerts": {"reblog": True}, "policy": "none"}}
    )
    assert [name for name, on in changed.json["alerts"].items() if on] == ["reblog"]
    assert (await house.bob.get(PATH)).json == changed.json
    again = await house.bob.post(PATH, body("http://127.0.0.1:9/other", reader))
    assert again.json["endpoint"] == "http://127.0.0.1:9/other"
    assert len(rows(house, "SELECT id FROM push_subscription")) == 1
    assert (await house.bob.call("DELETE", PATH)).json == {}
    assert (await house.bob.get(PATH)).status == 404


async def test_the_servers_key_is_one_and_told_everywhere(house: House) -> None:
    reader = Reader.new()
    made = await house.bob.post(PATH, body("http://127.0.0.1:9/bob", reader))
    key = made.json["server_key"]
    assert len(key) == 88
    instance = await house.anyone.get("/api/v2/instance")
    assert instance.json["configuration"]["vapid"]["public_key"] == key
    app = await house.anyone.post(
        "/api/v1/apps", {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    )
    assert app.json["vapid_key"] == key
    [(kept,)] = rows(house, "SELECT value FROM server_setting WHERE key = 'vapid_key_sealed'")
    assert key not in kept
    [(sealed,)] = rows(house, "SELECT token_sealed FROM push_subscription")
    assert house.tokens["bob"].encode() not in bytes(sealed)


@pytest.mark.parametrize(
    "change",
    [
        {"subscription": None},
        {"subscription": {"endpoint": "https://push.example/1"}},
        {"subscription": {"keys": {"p256dh": "AAAA", "auth": "AAAA"}}},
        {"endpoint": ""},
        {"endpoint": "ftp://push.example/1"},
        {"endpoint": "https://10.0.0.1/1"},
        {"endpoint": "https://push.example:22/1"},
        {"endpoint": "https://push.example/" + "x" * 3000},
        {"data": {"policy": "everybody"}},
        {"data": {"alerts": {"mention": "perhaps"}}},
        {"data": {"alerts": [1]}},
        {"data": "x"},
    ],
)
async def test_what_is_no_subscription_is_refused(house: House, change: dict[str, Any]) -> None:
    whole = body("http://127.0.0.1:9/bob", Reader.new())
    if "endpoint" in change:
        whole["subscription"]["endpoint"] = change["endpoint"]
    else:
        whole |= change
    answer = await house.bob.post(PATH, whole)
    assert answer.status == 422, answer.text
    assert answer.json["error"]
    assert rows(house, "SELECT id FROM push_subscription") == []


@pytest.mark.parametrize("standard", [True, False])
async def test_a_mention_is_pushed_so_that_only_the_application_can_read_it(
    house: House, service: PushService, standard: bool
) -> None:
    reader = Reader.new()
    asked = body(service.endpoint("bob"), reader)
    asked["subscription"]["standard"] = standard
    assert (await house.bob.post(PATH, asked)).status == 200
    await mention(house, f"Hello @bob, {'well ' * 50}")
    assert await house.parts.pushes.send_due() == 1
    [message] = service.messages("bob")
    told = reader.json(message)
    [entry] = (await house.bob.get("/api/v1/notifications")).json
    assert told == {
        "access_token": house.tokens["bob"],
        "preferred_locale": "en",
        "notification_id": entry["id"],
        "notification_type": "mention",
        "icon": entry["account"]["avatar"],
        "title": "alice mentioned you",
        "body": told["body"],
    }
    assert told["body"].startswith("Hello @bob, well well")
    assert len(told["body"]) == 140
    assert message.headers["TTL"] == "172800"
    assert message.headers["Urgency"] == "normal"
    assert rows(house, "SELECT * FROM push_waiting") == []
    assert await house.parts.pushes.send_due() == 0


async def test_alerts_and_policy_are_obeyed(house: House, service: PushService) -> None:
    reader, at = Reader.new(), service.endpoint("bob")
    alice = house.ids["alice"]

    async def heard(**data: Any) -> bool:
        await house.bob.post(PATH, body(at, reader, **data))
        before = len(service.received)
        await mention(house)
        await house.parts.pushes.send_due()
        return len(service.received) > before

    assert await heard()
    assert not await heard(alerts={"reblog": True})
    assert not await heard(policy="none")
    assert not await heard(policy="followed")
    await house.bob.post(f"/api/v1/accounts/{alice}/follow")
    assert await heard(policy="followed")
    assert not await heard(policy="follower")
    await house.alice.post(f"/api/v1/accounts/{house.ids['bob']}/follow")
    await house.parts.pushes.send_due()
    assert await heard(policy="follower")


async def test_each_token_has_its_own_and_a_revoked_one_hears_nothing(
    house: House, service: PushService
) -> None:
    readers = {name: Reader.new() for name in ("bob", "carol")}
    for name, caller in (("bob", house.bob), ("carol", house.carol)):
        await caller.post(PATH, body(service.endpoint(name), readers[name]))
    await mention(house, "Hello @bob and @carol")
    assert len(rows(house, "SELECT * FROM push_waiting")) == 2
    rows_of_bob = f"(SELECT id FROM account WHERE actor_id = {house.ids['bob']})"
    rows(house, f"UPDATE oauth_token SET revoked_at = 1 WHERE account_id = {rows_of_bob}")
    await house.parts.pushes.send_due()
    assert [name for name, _ in service.received] == ["carol"]
    assert readers["carol"].json(service.messages("carol")[0])["notification_type"] == "mention"
    assert len(rows(house, "SELECT id FROM push_subscription")) == 1


async def test_what_is_gone_or_not_for_the_reader_any_more_is_not_pushed(
    house: House, service: PushService
) -> None:
    await house.bob.post(PATH, body(service.endpoint("bob"), Reader.new()))
    gone = await mention(house, "Soon gone, @bob")
    await house.alice.call("DELETE", f"/api/v1/statuses/{gone.json['id']}")
    assert rows(house, "SELECT * FROM push_waiting") == []
    await mention(house, "From whom you will block, @bob")
    await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/block")
    await house.parts.pushes.send_due()
    assert service.received == []
    assert rows(house, "SELECT * FROM push_waiting") == []


async def test_a_content_warning_is_shown_instead_of_what_it_hides(
    house: House, service: PushService
) -> None:
    reader = Reader.new()
    await house.bob.post(PATH, body(service.endpoint("bob"), reader))
    await mention(house, "The butler, @bob", spoiler_text="The end of a film")
    await house.parts.pushes.send_due()
    assert reader.json(service.messages("bob")[0])["body"] == "The end of a film"


@pytest.mark.parametrize("status", [400, 403, 404, 410, 413])
async def test_what_is_refused_for_good_ends_the_subscription(
    house: House, service: PushService, status: int
) -> None:
    await house.bob.post(PATH, body(service.endpoint("bob"), Reader.new()))
    service.answers["bob"] = status
    await mention(house)
    await mention(house)
    await house.parts.pushes.send_due()
    assert rows(house, "SELECT id FROM push_subscription") == []
    assert rows(house, "SELECT * FROM push_waiting") == []
    assert (await house.bob.get(PATH)).status == 404


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
async def test_what_fails_for_now_is_tried_again_with_patience(
    house: House, service: PushService, status: int
) -> None:
    await house.bob.post(PATH, body(service.endpoint("bob"), Reader.new()))
    service.answers["bob"] = status
    await mention(house)
    for tried in range(1, len(worker.BACK_OFF_MS) + 1):
        house.parts.pushes._paused.clear()
        assert await house.parts.pushes.send_due() == 1
        [(attempts, left_ms)] = rows(house, "SELECT attempts, send_at FROM push_waiting")
        assert attempts == tried
        assert left_ms >= house.parts.server.now_ms() + worker.BACK_OFF_MS[tried - 1] - 60_000
        assert await house.parts.pushes.send_due() == 0
        rows(house, "UPDATE push_waiting SET send_at = 0")
    house.parts.pushes._paused.clear()
    assert await house.parts.pushes.send_due() == 1
    assert rows(house, "SELECT * FROM push_waiting") == []
    assert rows(house, "SELECT failures FROM push_subscription") == [(1,)]
    service.answers.clear()
    await mention(house)
    house.parts.pushes._paused.clear()
    assert await house.parts.pushes.send_due() == 1
    assert rows(house, "SELECT failures FROM push_subscription") == [(0,)]


async def test_a_message_in_the_hands_of_a_process_that_died_is_sent_by_another(
    house: House, service: PushService
) -> None:
    await house.bob.post(PATH, body(service.endpoint("bob"), Reader.new()))
    await mention(house)
    [due] = await house.parts.db.all(pushes_due, now=house.parts.server.now_ms(), limit=9)
    now = house.parts.server.now_ms()
    assert await house.parts.db.write(worker._take, due, now, now + worker.LEASE_MS)
    assert not await house.parts.db.write(worker._take, due, now, now + worker.LEASE_MS)
    assert await house.parts.pushes.send_due() == 0
    rows(house, "UPDATE push_waiting SET send_at = 0")  # the lease has run out
    assert await house.parts.pushes.send_due() == 1
    assert len(service.received) == 1


async def test_what_waits_for_one_subscription_is_bounded(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.domain.push.waiting.MOST_WAITING", 3)
    await house.bob.post(PATH, body(service.endpoint("bob"), Reader.new()))
    for _ in range(5):
        await mention(house)
    assert len(rows(house, "SELECT * FROM push_waiting")) == 3
    assert await house.parts.pushes.send_due() == 3
