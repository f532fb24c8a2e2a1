"""Numbers and reviews of trends in moderators' apps: computed, bounded, for whom the role lets in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_admin_safety import admin
from tests.support.databases import sql
from weft.domain.trends.now import Trends

TODAY = datetime.now(UTC).date()
SPAN = {"start_at": str(TODAY - timedelta(6)), "end_at": str(TODAY)}


async def test_measures_count_by_day_and_against_the_days_before(house: House) -> None:
    app = await admin(house)
    root = (await house.bob.post("/api/v1/statuses", {"status": "Hello #tea"})).json
    await house.carol.post(f"/api/v1/statuses/{root['id']}/favourite")
    await house.carol.post("/api/v1/statuses", {"status": "Yes", "in_reply_to_id": root["id"]})
    await house.alice.post(f"/api/v1/statuses/{root['id']}/reblog")
    reported = {"account_id": str(house.ids["carol"]), "comment": "x"}
    await house.bob.post("/api/v1/reports", reported)
    [(tag_id,)] = sql(house.parts.settings.database_url, "SELECT id FROM tag WHERE name = 'tea'")
    keys = ["active_users", "new_users", "interactions", "opened_reports", "tag_uses"]
    found = await app.post(
        "/api/v1/admin/measures", {"keys": keys, "tag_uses": {"id": str(tag_id)}, **SPAN}
    )
    assert found.status == 200, found.text
    totals = {each["key"]: each["total"] for each in found.json}
    assert totals == {
        "active_users": "3", "new_users": "3", "interactions": "3", "opened_reports": "1",
        "tag_uses": "1",
    }  # fmt: skip
    for each in found.json:
        assert len(each["data"]) == 7
        assert each["data"][-1] == {"date": f"{TODAY}T00:00:00.000Z", "value": each["total"]}
    assert found.json[1]["previous_total"] == "0"


async def test_dimensions_name_what_the_numbers_are_made_of(house: House) -> None:
    app = await admin(house)
    await house.bob.post("/api/v1/statuses", {"status": "Hello"})
    keys = ["servers", "sources", "software_versions", "space_usage", "languages"]
    found = await app.post("/api/v1/admin/dimensions", {"keys": keys, **SPAN})
    assert found.status == 200, found.text
    by_key = {each["key"]: each["data"] for each in found.json}
    assert [row["value"] for row in by_key["servers"]] == ["1"]
    assert [row["value"] for row in by_key["sources"]] == ["3"]
    assert {row["key"] for row in by_key["software_versions"]} == {"weft", "python", "database"}
    assert by_key["space_usage"][0]["unit"] == "bytes"


@pytest.mark.parametrize("frequency", ["day", "month"])
async def test_retention_says_who_came_back(house: House, frequency: str) -> None:
    app = await admin(house)
    for caller in (house.bob, house.carol):
        await caller.get("/api/v1/accounts/verify_credentials")
    found = await app.post("/api/v1/admin/retention", {"frequency": frequency, **SPAN})
    assert found.status == 200, found.text
    last = found.json[-1]
    assert last["frequency"] == frequency
    assert last["data"][0]["value"] == "3"
    assert last["data"][0]["rate"] == 1.0


BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("measures", {}),
    ("measures", {"keys": ["new_users"]}),
    ("measures", {"keys": ["nonsense"], **SPAN}),
    ("measures", {"keys": ["tag_uses"], **SPAN}),
    ("measures", {"keys": ["instance_accounts"], **SPAN}),
    ("measures", {"keys": ["instance_accounts"], "instance_accounts": {"domain": "x"}, **SPAN}),
    ("measures", {"keys": ["tag_uses"], "tag_uses": {"id": "x"}, **SPAN}),
    ("measures", {"keys": ["new_users"], "start_at": "x", "end_at": "y"}),
    ("measures", {"keys": ["new_users"], "start_at": "2026-01-01", "end_at": "2027-01-01"}),
    ("measures", {"keys": ["new_users"], "start_at": "2026-02-01", "end_at": "2026-01-01"}),
    ("measures", {"keys": ["new_users"], "start_at": "0001-01-01", "end_at": "0001-01-02"}),
    ("dimensions", {"keys": ["tag_servers"], **SPAN}),
    ("dimensions", {"keys": "servers" * 100, **SPAN}),
    ("retention", {"frequency": "year", **SPAN}),
)


async def test_bad_questions_get_a_sentence(house: House) -> None:
    app, bob = await admin(house), await admin(house, "bob")
    for noun, body in BAD:
        answer = await app.post(f"/api/v1/admin/{noun}", body)
        assert 400 <= answer.status < 500, (noun, body, answer.text)
    for noun in ("measures", "dimensions", "retention"):
        assert (await bob.post(f"/api/v1/admin/{noun}", {"keys": [], **SPAN})).status == 403


async def test_a_refused_hashtag_is_no_trend_until_it_is_approved(house: House) -> None:
    app = await admin(house)
    for caller in (house.bob, house.carol):
        await caller.post("/api/v1/statuses", {"status": "Hello #tea"})
    [tag] = (await app.get("/api/v1/admin/trends/tags")).json
    assert (tag["trendable"], tag["requires_review"]) == (True, True)
    assert len((await house.anyone.get("/api/v1/trends/tags")).json) == 1
    path = f"/api/v1/admin/trends/tags/{tag['id']}"
    assert (await app.post(f"{path}/reject")).status == 200
    assert (await house.anyone.get("/api/v1/trends/tags")).json == []
    assert (await app.get("/api/v1/admin/trends/tags")).json[0]["trendable"] is False
    assert (await app.post(f"{path}/approve")).status == 200
    assert len((await house.anyone.get("/api/v1/trends/tags")).json) == 1
    for noun in ("tags", "statuses", "links", "links/publishers"):
        assert (await app.post(f"/api/v1/admin/trends/{noun}/99/approve")).status == 404
        assert (await app.get(f"/api/v1/admin/trends/{noun}")).status == 200
        bob = await admin(house, "bob")
        assert (await bob.get(f"/api/v1/admin/trends/{noun}")).status == 403


async def test_where_review_is_needed_nothing_is_a_trend_before_it(house: House) -> None:
    app = await admin(house)
    for caller in (house.bob, house.carol):
        await caller.post("/api/v1/statuses", {"status": "Hello #tea"})
    careful = Trends(house.parts.db, house.parts.server, needs_review=True)
    assert await careful.tags.now() == []
    [tag] = await careful.tags.warm.now()
    await app.post(f"/api/v1/admin/trends/tags/{tag.id}/approve")
    assert await careful.tags.now() == [tag]
