"""Policies and the quarantine as plain pages."""

import pytest

from tests.support.browser import Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from tests.web.test_moderation import csrf
from weft.domain.accounts.queries import Role


@pytest.fixture
async def boss(site: Site) -> Browser:
    await site.add("boss", role=Role.ADMIN)
    return await site.signed_in("boss")


async def test_the_pages_are_for_those_whose_role_lets_them_in(site: Site) -> None:
    await site.add("mod", role=Role.MODERATOR)
    bob, mod = await site.signed_in("bob"), await site.signed_in("mod")
    for path in ("/admin/policies", "/admin/quarantine"):
        assert (await bob.open(path)).status == 403
        assert (await bob.send(path, {})).status in {403, 405}
    assert (await mod.open("/admin/policies")).status == 403
    assert (await mod.open("/admin/quarantine")).status == 200


async def test_a_rule_is_tried_set_up_turned_off_and_removed(site: Site, boss: Browser) -> None:
    page = await boss.open("/admin/policies")
    typed = {"rule": "keyword", "name": "bets", "settings": '{"words": ["<b>casino"]}'}
    tried = await boss.send("/admin/policies", typed | {"csrf": csrf(page), "look": "1"})
    assert "0 of 0 activities were judged" in words(tried, "#trial")
    url = site.parts.settings.database_url
    assert sql(url, "SELECT count(*) FROM policy_rule") == [(0,)]
    made = await boss.send("/admin/policies", typed | {"csrf": csrf(tried)})
    assert "Changed." in made.text
    assert "&lt;b&gt;casino" in made.text
    for act in ("off", "dry"):
        done = await boss.send("/admin/policies/bets", {"csrf": csrf(made), "act": act})
        assert "Changed." in done.text
    assert "keyword, off, only noted" in done.text
    bad = {"csrf": csrf(made), "act": "save", "settings": '{"words": []}'}
    refused = await boss.send("/admin/policies/bets", bad)
    assert (refused.status, "Give words" in words(refused, "#problem")) == (422, True)
    assert (await boss.send("/admin/policies/bets", {"csrf": csrf(made)})).status == 422
    gone = await boss.send("/admin/policies/bets", {"csrf": csrf(made), "act": "remove"})
    assert "The rule is gone" in gone.text
    assert (
        await boss.send("/admin/policies/bets", {"csrf": csrf(made), "act": "on"})
    ).status == 404


async def test_what_waits_is_shown_looked_at_and_let_in(site: Site, boss: Browser) -> None:
    page = await boss.open("/admin/policies")
    rule = {"rule": "keyword", "settings": '{"words": ["casino"], "local": true}'}
    await boss.send("/admin/policies", rule | {"csrf": csrf(page)})
    bob = await site.signed_in("bob")
    compose = await bob.open("/compose")
    said = await bob.send("/compose", {"csrf": csrf(compose), "text": "The casino & I"})
    assert said.status == 422
    assert "waits for a moderator" in said.text
    shown = await boss.open("/admin/quarantine")
    assert "The casino &amp; I" in shown.text
    url = site.parts.settings.database_url
    ((number,),) = sql(url, "SELECT id FROM quarantine")
    path = f"/admin/quarantine/{number}"
    assert (
        "The casino &amp; I" in (await boss.send(path, {"csrf": csrf(shown), "act": "look"})).text
    )
    done = await boss.send(path, {"csrf": csrf(shown), "act": "release"})
    assert "It is let in" in done.text
    twice = await boss.send(path, {"csrf": csrf(page), "act": "discard"})
    assert twice.status == 422
    assert (await boss.send(path, {"csrf": csrf(page), "act": "?"})).status == 422
    assert (await boss.open("/admin/quarantine?before=x")).status == 404
