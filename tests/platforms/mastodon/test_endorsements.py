"""Endorsements and notes through the API."""

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_people import relation
from tests.platforms.mastodon.test_statuses import follow


async def test_people_on_a_profile(house: House) -> None:
    bob, carol = (f"/api/v1/accounts/{house.ids[name]}" for name in ("bob", "carol"))
    refused = await house.alice.post(f"{bob}/endorse")
    assert (refused.status, "follow" in refused.json["error"]) == (422, True)
    for name in ("bob", "carol"):
        await follow(house, house.alice, name)
    assert (await house.alice.post(f"{bob}/endorse")).json["endorsed"] is True
    assert (await house.alice.post(f"{bob}/endorse")).json["endorsed"] is True
    assert (await house.alice.post(f"{carol}/pin")).json["endorsed"] is True
    mine = await house.alice.get("/api/v1/endorsements", limit="1")
    assert [each["acct"] for each in mine.json] == ["carol"]
    query = mine.headers["link"].split(">", 1)[0].split("?", 1)[1]
    rest = (await house.alice.get(f"/api/v1/endorsements?{query}")).json
    assert [each["acct"] for each in rest] == ["bob"]
    path = f"/api/v1/accounts/{house.ids['alice']}/endorsements"
    assert [each["acct"] for each in (await house.anyone.get(path)).json] == ["carol", "bob"]
    assert (await house.alice.post(f"{carol}/unpin")).json["endorsed"] is False
    await house.alice.post(f"{bob}/unfollow")
    assert (await house.anyone.get(path)).json == []
    assert (await relation(house, "alice", "bob"))["endorsed"] is False


async def test_a_note_is_for_its_writer_alone(house: House) -> None:
    bob = f"/api/v1/accounts/{house.ids['bob']}"
    noted = (await house.alice.post(f"{bob}/note", {"comment": " Met at the tea house "})).json
    assert noted["note"] == "Met at the tea house"
    assert (await relation(house, "carol", "bob"))["note"] == ""
    refused = await house.alice.post(f"{bob}/note", {"comment": "x" * 3000})
    assert (refused.status, "2000" in refused.json["error"]) == (422, True)
    assert (await relation(house, "alice", "bob"))["note"] == "Met at the tea house"
    assert (await house.alice.post(f"{bob}/note", {"comment": ""})).json["note"] == ""
