"""Statuses that wait for their time: kept, moved, called off, and published exactly once."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.media.pictures import encoded, gradient
from tests.platforms.mastodon.conftest import House
from tests.support.databases import sql
from weft.domain.drafts.keep import MOST_A_DAY
from weft.domain.drafts.publish import publish_due
from weft.domain.drafts.queries import due_drafts
from weft.storage.database import open_database

ALL = "/api/v1/scheduled_statuses"


def ahead(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def rows(house: House, statement: str) -> list[Any]:
    return sql(house.parts.settings.database_url, statement)


async def schedule(house: House, text: str = "Later", minutes: float = 60, **more: Any) -> Any:
    answer = await house.bob.post(
        "/api/v1/statuses", {"status": text, "scheduled_at": ahead(minutes)} | more
    )
    assert answer.status == 200, answer.text
    return answer.json


def make_due(house: House) -> None:
    rows(house, "UPDATE draft SET publish_at = 1 WHERE publish_at IS NOT NULL")


async def publish(house: House) -> int:
    parts = house.parts
    return await publish_due(parts.db, parts.server, parts.resolve)


async def upload(house: House) -> str:
    made = await house.parts.media.accept(
        house.ids["bob"], io.BytesIO(encoded(gradient(8, 8), "PNG"))
    )
    return str(made)


async def test_a_status_waits_is_moved_and_called_off(house: House) -> None:
    poll = {"options": ["Yes", "No"], "expires_in": 3600, "hide_totals": True}
    made = await schedule(
        house, "Tea?", spoiler_text="A question", visibility="private", poll=poll, language="en"
    )
    shown = {name: made["params"][name] for name in ("text", "spoiler_text", "visibility", "poll")}
    assert shown == {
        "text": "Tea?",
        "spoiler_text": "A question",
        "visibility": "private",
        "poll": {"options": ["Yes", "No"], "expires_in": 3600, "multiple": False,
                 "hide_totals": True},
    }  # fmt: skip
    assert rows(house, "SELECT id FROM post") == []
    one = f"{ALL}/{made['id']}"
    assert (await house.bob.get(one)).json == made
    assert (await house.bob.get(ALL)).json == [made]
    moved = await house.bob.call("PUT", one, json={"scheduled_at": "2030-01-31T12:00:00+02:00"})
    assert moved.json["scheduled_at"] == "2030-01-31T10:00:00.000Z"
    for caller in (house.alice, house.carol):
        assert (await caller.get(ALL)).json == []
        assert (await caller.get(one)).status == 404
        assert (await caller.call("DELETE", one)).status == 404
        late = {"scheduled_at": ahead(60)}
        assert (await caller.call("PUT", one, json=late)).status == 404
    assert (await house.bob.call("DELETE", one)).json == {}
    assert (await house.bob.get(one)).status == 404
    make_due(house)
    assert await publish(house) == 0


async def test_the_list_is_paged(house: House) -> None:
    ids = [(await schedule(house, minutes=60 + each * 1440))["id"] for each in range(3)]
    first = await house.bob.get(ALL, limit="2")
    assert [each["id"] for each in first.json] == [ids[2], ids[1]]
    assert 'rel="next"' in first.headers["link"]
    rest = await house.bob.get(ALL, max_id=ids[1])
    assert [each["id"] for each in rest.json] == [ids[0]]


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (ahead(4), "5 minutes"),
        ("2001-01-01T00:00:00Z", "5 minutes"),
        ("9999-12-31T23:59:59Z", "five years"),
        ("tomorrow", "scheduled_at must be a time"),
        ("2030-13-01", "scheduled_at must be a time"),
    ],
)
async def test_times_that_cannot_be(house: House, at: str, says: str) -> None:
    answer = await house.bob.post("/api/v1/statuses", {"status": "x", "scheduled_at": at})
    assert answer.status == 422
    assert says in answer.json["error"]
    made = await schedule(house)
    answer = await house.bob.call("PUT", f"{ALL}/{made['id']}", json={"scheduled_at": at})
    assert answer.status == 422
    assert says in answer.json["error"]
    assert (await house.bob.get(ALL)).json == [made]
    assert (await house.bob.call("PUT", f"{ALL}/{made['id']}", json={})).status == 422


async def test_there_are_only_so_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    day = {"status": "x", "scheduled_at": "2030-01-31T12:00:00Z"}
    for _ in range(MOST_A_DAY):
        assert (await house.bob.post("/api/v1/statuses", day)).status == 200
    assert (await house.bob.post("/api/v1/statuses", day)).status == 422
    other = await house.bob.post("/api/v1/statuses", day | {"scheduled_at": "2030-02-01"})
    assert other.status == 200
    there = await house.bob.call(
        "PUT", f"{ALL}/{other.json['id']}", json={"scheduled_at": "2030-01-31"}
    )
    assert there.status == 422
    monkeypatch.setattr("weft.domain.drafts.keep.MOST_SCHEDULED", MOST_A_DAY + 1)
    full = await house.bob.post("/api/v1/statuses", day | {"scheduled_at": "2030-02-02"})
    assert full.status == 422
    assert "the most" in full.json["error"]


async def test_what_is_wrong_is_said_when_it_is_scheduled(house: House) -> None:
    for wrong in ({"status": ""}, {"status": "x", "media_ids": ["1"]}, {"in_reply_to_id": "1"}):
        answer = await house.bob.post(
            "/api/v1/statuses", {"status": "x", "scheduled_at": ahead(60)} | wrong
        )
        assert answer.status in (404, 422)
    assert rows(house, "SELECT id FROM draft") == []


async def test_it_is_published_once_by_whoever_comes_first(house: House) -> None:
    await schedule(house, "Hello @alice #tea", visibility="unlisted", spoiler_text="Soon")
    parts = house.parts
    assert await publish(house) == 0  # not yet
    make_due(house)
    second = await open_database(parts.settings.database_url)
    done = await asyncio.gather(
        *(publish_due(db, parts.server, parts.resolve) for db in (parts.db, second) * 3)
    )
    await second.close()
    assert sum(done) == 1
    [post] = (await house.bob.get(f"/api/v1/accounts/{house.ids['bob']}/statuses")).json
    assert (post["visibility"], post["spoiler_text"]) == ("unlisted", "Soon")
    assert [each["name"] for each in post["tags"]] == ["tea"]
    [told] = (await house.alice.get("/api/v1/notifications")).json
    assert told["status"]["id"] == post["id"]
    assert (await house.bob.get(ALL)).json == []
    assert rows(house, "SELECT type FROM activity") == [("PostPublished",)]


async def test_one_that_is_moved_while_it_is_being_published_waits(house: House) -> None:
    from weft.domain.drafts.publish import _publish

    made = await schedule(house)
    make_due(house)
    [row] = await house.parts.db.all(due_drafts, now=house.parts.server.now_ms(), limit=9)
    moved = await house.bob.call("PUT", f"{ALL}/{made['id']}", json={"scheduled_at": ahead(90)})
    assert moved.status == 200
    parts = house.parts
    assert not await _publish(parts.db, parts.server, parts.resolve, row)
    assert [each["id"] for each in (await house.bob.get(ALL)).json] == [made["id"]]
    assert rows(house, "SELECT id FROM post") == []


async def test_a_repeated_request_schedules_once_and_later_finds_the_status(house: House) -> None:
    async def ask() -> Any:
        answer = await house.bob.call(
            "POST",
            "/api/v1/statuses",
            json={"status": "Once", "scheduled_at": ahead(60)},
            headers={"idempotency-key": "k"},
        )
        assert answer.status == 200, answer.text
        return answer.json

    first = await ask()
    assert (await ask())["id"] == first["id"]
    assert len((await house.bob.get(ALL)).json) == 1
    make_due(house)
    assert await publish(house) == 1
    assert (await ask())["content"] == "<p>Once</p>"
    assert len(rows(house, "SELECT id FROM post")) == 1


async def test_files_wait_with_it_and_are_nobody_elses(house: House) -> None:
    file = await upload(house)
    made = await schedule(house, "", media_ids=[file])
    assert [each["id"] for each in made["media_attachments"]] == [file]
    assert made["params"]["media_ids"] == [file]
    other = await house.bob.post("/api/v1/statuses", {"status": "x", "media_ids": [file]})
    assert other.status == 422
    assert "scheduled" in other.json["error"]
    assert (await house.bob.call("DELETE", f"/api/v1/media/{file}")).status == 422
    house.parts.media._clock_ms = lambda: house.parts.server.now_ms() + 3 * 86_400_000
    assert await house.parts.media.sweep() == 0
    make_due(house)
    assert await publish(house) == 1
    [post] = (await house.bob.get(f"/api/v1/accounts/{house.ids['bob']}/statuses")).json
    assert [each["id"] for each in post["media_attachments"]] == [file]


async def test_what_cannot_be_published_any_more_is_a_draft_with_the_reason(house: House) -> None:
    parent = await house.alice.post("/api/v1/statuses", {"status": "Soon gone"})
    await schedule(house, "An answer", in_reply_to_id=parent.json["id"])
    await house.alice.call("DELETE", f"/api/v1/statuses/{parent.json['id']}")
    await schedule(house, "Something else")
    make_due(house)
    assert await publish(house) == 1
    assert (await house.bob.get(ALL)).json == []
    [(body,)] = rows(house, "SELECT body FROM draft WHERE publish_at IS NULL")
    assert "not here any more" in body
    assert "An answer" in body


async def test_who_may_not_post_does_not(house: House) -> None:
    await schedule(house)
    make_due(house)
    rows(house, f"UPDATE account SET disabled_at = 1 WHERE actor_id = {house.ids['bob']}")
    assert await publish(house) == 0
    assert rows(house, "SELECT id FROM post") == []
    assert len(rows(house, "SELECT id FROM draft WHERE publish_at IS NULL")) == 1


async def test_a_poll_runs_from_when_it_is_published(house: House) -> None:
    await schedule(house, "?", poll={"options": ["a", "b"], "expires_in": 600}, minutes=100)
    make_due(house)
    await publish(house)
    [(ends_at,)] = rows(house, "SELECT ends_at FROM poll")
    assert 500_000 < ends_at - house.parts.server.now_ms() <= 600_000
