"""Relays in moderators' apps, in Pleroma's form."""

import pytest

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_admin_safety import admin

PATH = "/api/v1/pleroma/admin/relay"
INBOX = "http://127.0.0.1:9/inbox"


async def test_a_relay_is_asked_listed_paused_and_left(house: House) -> None:
    app = await admin(house)
    assert (await app.get(PATH)).json == {"relays": []}
    made = await app.post(PATH, {"relay_url": INBOX})
    assert made.status == 200
    assert (made.json["actor"], made.json["followed_back"]) == (INBOX, False)
    assert (made.json["state"], made.json["kind"], made.json["reason"]) == (
        "pending", "mastodon", None,
    )  # fmt: skip
    assert (await app.get(PATH)).json == {"relays": [made.json]}
    twice = await app.post(PATH, {"relay_url": INBOX})
    assert (twice.status, "already" in twice.json["error"]) == (422, True)
    paused = await app.call("PATCH", PATH, json={"relay_url": INBOX, "paused": True})
    assert paused.json["state"] == "idle"
    asked = await app.call("PATCH", PATH, json={"relay_url": made.json["id"], "paused": False})
    assert asked.json["state"] == "pending"
    gone = await app.call("DELETE", PATH, json={"relay_url": INBOX})
    assert (gone.status, gone.json) == (200, INBOX)
    assert (await app.get(PATH)).json == {"relays": []}
    assert (await app.call("DELETE", PATH, json={"relay_url": INBOX})).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"relay_url": ""},
        {"relay_url": "x"},
        {"relay_url": ["x"]},
        {"relay_url": "https://"},
        {"relay_url": "http://127.0.0.1:9999/inbox"},
        {"relay_url": "http://127.0.0.1:9/actor"},
        {"relay_url": "http://127.0.0.1:9/" + "x" * 3000},
    ],
)
async def test_what_is_no_relay_changes_nothing(house: House, body: dict[str, object]) -> None:
    app = await admin(house)
    for method in ("POST", "PATCH", "DELETE"):
        answer = await app.call(method, PATH, json=body)
        assert 400 <= answer.status < 500
        assert answer.json["error"]
    assert (await app.get(PATH)).json == {"relays": []}


async def test_relays_are_for_those_who_deal_with_other_servers(house: House) -> None:
    without_scope = await admin(house, "alice", "read", "write")
    for app in (await admin(house, "bob"), without_scope, house.bob):
        assert (await app.get(PATH)).status == 403
        assert (await app.post(PATH, {"relay_url": INBOX})).status == 403
    assert (await house.anyone.get(PATH)).status == 401
    assert await house.parts.relays.all() == []
