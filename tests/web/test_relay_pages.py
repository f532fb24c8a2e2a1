"""Relays in the pages for moderators, and the first steps of a new server."""

import pytest

from tests.support.browser import Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from weft.domain.accounts.queries import Role

INBOX = "http://127.0.0.1:9/inbox"


@pytest.fixture
async def boss(site: Site) -> Browser:
    await site.add("boss", role=Role.ADMIN)
    return await site.signed_in("boss")


async def test_the_pages_are_for_those_who_deal_with_other_servers(site: Site) -> None:
    await site.add("mod", role=Role.MODERATOR)
    for browser in (await site.signed_in("bob"), await site.signed_in("mod")):
        for path in ("/admin/relays", "/admin/start"):
            assert (await browser.open(path)).status == 403
            assert (await browser.send(path, {})).status == 403
        assert (await browser.send("/admin/relays/1", {"what": "remove"})).status == 403


async def test_a_relay_is_asked_paused_and_left(site: Site, boss: Browser) -> None:
    page = await boss.open("/admin/relays")
    assert "deals with no relays" in page.text
    asked = await boss.submit(page, {"address": INBOX}, "/admin/relays")
    assert INBOX in asked.text
    assert "Waits for its answer" in asked.text
    (relay,) = await site.parts.relays.all()
    twice = await boss.submit(page, {"address": INBOX}, "/admin/relays")
    assert (twice.status, "already" in words(twice, "#problem")) == (422, True)
    act = f"/admin/relays/{relay.id}"
    paused = await boss.submit(asked, {"what": "pause"}, act)
    assert "Paused: it gets nothing" in paused.text
    assert (await boss.submit(paused, {"what": "burn"}, act)).status == 422
    again = await boss.submit(paused, {"what": "ask"}, act)
    left = await boss.submit(again, {"what": "remove"}, act)
    assert "deals with no relays" in left.text
    assert (await boss.submit(again, {"what": "remove"}, act)).status == 404
    acts = sql(site.parts.settings.database_url, "SELECT action, target FROM audit_log ORDER BY id")
    assert [row[0] for row in acts] == ["relay.add", "relay.pause", "relay.ask", "relay.remove"]
    assert {row[1] for row in acts} == {INBOX}
    kinds = sql(site.parts.settings.database_url, "SELECT type FROM activity ORDER BY id")
    assert [row[0] for row in kinds] == ["RelayAsked", "RelayLeft", "RelayAsked", "RelayLeft"]


@pytest.mark.parametrize("address", ["", "x", "https://", "http://[/inbox", "x" * 5000])
async def test_what_is_no_address_is_said_where_it_was_typed(
    site: Site, boss: Browser, address: str
) -> None:
    for path in ("/admin/relays", "/admin/start"):
        page = await boss.open(path)
        answer = await boss.submit(page, {"address": address}, "/admin/relays")
        assert answer.status == 422
        assert words(answer, "#problem").endswith(".")
    assert await site.parts.relays.all() == []


async def test_first_steps_offer_a_relay_and_a_starter_list(site: Site, boss: Browser) -> None:
    page = await boss.open("/admin/start")
    asked = await boss.submit(page, {"address": INBOX}, "/admin/relays")
    assert boss.at == "/admin/start?asked"
    assert f"{INBOX}: waits for its answer" in asked.text
    bad = await boss.submit(asked, {"list": "no handle"}, "/admin/start")
    assert (bad.status, "no handle" in bad.text) == (422, True)
    assert (await boss.submit(asked, {"list": " "}, "/admin/start")).status == 422
    pasted = f"alice@{site.parts.settings.domain}\nnobody@{site.parts.settings.domain}\n"
    report = await boss.submit(asked, {"list": pasted}, "/admin/start")
    assert boss.at.startswith("/settings/import/")
    assert report.status == 200
    await site.parts.imports.run_waiting()
    ended = await boss.open(boss.at)
    assert f"nobody@{site.parts.settings.domain}" in ended.text
    follows = sql(site.parts.settings.database_url, "SELECT target_id FROM follow")
    assert follows == [(site.ids["alice"],)]
