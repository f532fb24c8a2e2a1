"""Passkeys: whose they are, what they open, and what is tried with stolen or damaged answers."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.support.asgi import Answer
from tests.support.authenticator import PRESENT, Authenticator, b64
from tests.support.browser import PASSWORD, Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from tests.web.letters import subjects
from tests.web.test_resets import is_in
from tests.web.test_second_factor import set_up
from weft.web.signin.passkey_forms import LIFE_MS

PASSKEYS = "/settings/security/passkeys"
HOST = "weft.localhost"


@pytest.fixture
def more_settings() -> dict[str, str]:
    """Browsers have no passkeys for a number."""
    return {"WEFT_DOMAIN": f"{HOST}:9999"}


def device(site: Site, **more: Any) -> Authenticator:
    return Authenticator(site.parts.settings.origin, HOST, **more)


def options(page: Answer, what: str) -> dict[str, Any]:
    found = re.search(rf'data-passkey-{what}="([^"]*)"', page.text)
    assert found is not None, page.text
    given: dict[str, Any] = json.loads(html.unescape(found[1]))
    return given


async def made(site: Site, tab: Browser, key: Authenticator, **fields: str) -> Answer:
    page = await tab.open(PASSKEYS)
    given = {"name": "my phone", "password": PASSWORD, "passkey": key.make(options(page, "make"))}
    return await tab.submit(page, given | fields, PASSKEYS)


async def enter(tab: Browser, key: Authenticator) -> Answer:
    page = await tab.open("/login")
    return await tab.submit(page, {"passkey": key.show(options(page, "show"))}, "/login")


async def alices(site: Site, **more: Any) -> Authenticator:
    key = device(site, **more)
    assert "is added" in words(await made(site, await site.signed_in("alice"), key))
    return key


async def test_a_passkey_opens_without_name_and_password(site: Site) -> None:
    key = await alices(site)
    assert "passkey was added" in (await subjects(site, "alice@example.org"))[-1].lower()
    tab = site.browser()
    await enter(tab, key)
    assert await is_in(tab)
    overview = words(await tab.open("/settings/security"))
    assert "my phone" in overview
    assert "used" in overview
    # A new token, not the one that this browser had before.
    assert len(set(tab.cookies.values())) == len(tab.cookies)


async def test_it_stands_for_the_second_factor_too(site: Site) -> None:
    inside = await site.signed_in("alice")
    key = device(site)
    await made(site, inside, key)
    await set_up(site, inside)
    tab = site.browser()
    page = await tab.sign_in("alice")
    assert tab.at.startswith("/login/factor")
    await tab.submit(page, {"passkey": key.show(options(page, "show"))}, "/login/factor")
    assert await is_in(tab)
    other = site.browser()
    await enter(other, key)
    assert await is_in(other)


async def test_anothers_passkey_is_no_second_factor(site: Site) -> None:
    inside = await site.signed_in("alice")
    await made(site, inside, device(site))
    await set_up(site, inside)
    bobs = device(site)
    await made(site, await site.signed_in("bob"), bobs)
    tab = site.browser()
    page = await tab.sign_in("alice")
    answer = await tab.submit(page, {"passkey": bobs.show(options(page, "show"))}, "/login/factor")
    assert answer.status == 422
    assert not await is_in(tab)
    # Nor a word for alice in bob's hands: the settings of one account take its own only.
    page = await inside.open("/settings/security/password")
    fields = {"new_password": "taken over by bob", "passkey": bobs.show(options(page, "show"))}
    assert (await inside.submit(page, fields, "/settings/security/password")).status == 422


async def test_an_answer_is_taken_once_and_from_its_own_browser(site: Site) -> None:
    key = await alices(site)
    tab, thief = site.browser(), site.browser()
    page = await tab.open("/login")
    await thief.open("/login")
    shown = key.show(options(page, "show"))
    stolen = await thief.submit(await thief.open("/login"), {"passkey": shown}, "/login")
    assert stolen.status == 422
    await tab.submit(page, {"passkey": shown}, "/login")
    assert await is_in(tab)
    await tab.submit(await tab.open("/public"), {}, "/logout")
    again = await tab.submit(page, {"passkey": shown}, "/login")
    assert again.status == 422
    assert not await is_in(tab)
    assert not await is_in(thief)


async def test_a_device_without_a_counter_is_taken_once_too(site: Site) -> None:
    key = await alices(site)
    tab = site.browser()
    page = await tab.open("/login")
    key.count = -1  # so that it says 0, as synchronised passkeys do
    shown = key.show(options(page, "show"))
    await tab.submit(page, {"passkey": shown}, "/login")
    assert await is_in(tab)
    await tab.submit(await tab.open("/public"), {}, "/logout")
    assert (await tab.submit(page, {"passkey": shown}, "/login")).status == 422
    key.count = -1
    await enter(tab, key)
    assert await is_in(tab)


async def test_a_counter_that_goes_back_means_a_copy(site: Site) -> None:
    key = await alices(site)
    key.count = 10
    tab = site.browser()
    await enter(tab, key)
    assert await is_in(tab)
    copy = replace(key, count=5)
    other = site.browser()
    assert (await enter(other, copy)).status == 422
    assert not await is_in(other)


async def test_lies_about_origin_host_owner_and_challenge_are_found_out(site: Site) -> None:
    key = await alices(site)
    for lie in (
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},  # the owner was not recognised
        {"user": (site.accounts["bob"]).to_bytes(8, "big")},
        {"key": device(site).key},
        {"credential_id": b"somebody else's"},
    ):
        tab = site.browser()
        given: dict[str, Any] = lie
        assert (await enter(tab, replace(key, count=50, **given))).status == 422, lie
        assert not await is_in(tab)
    tab = site.browser()
    page = await tab.open("/login")
    wanted = options(page, "show")
    for challenge in (
        b64(b"mine"),
        b64(b"1.2.3.4"),
        b64(b"\xff" * 50),
        "",
        wanted["challenge"][:-4],
    ):
        shown = key.show(wanted | {"challenge": challenge})
        assert (await tab.submit(page, {"passkey": shown}, "/login")).status == 422, challenge
    site.clock.ahead_ms += LIFE_MS + 1000
    late = key.show(wanted)
    assert "too long" in words(await tab.submit(page, {"passkey": late}, "/login"), "#problem")
    assert not await is_in(tab)


async def test_a_challenge_for_making_is_none_for_showing(site: Site) -> None:
    tab = await site.signed_in("alice")
    key = device(site)
    await made(site, tab, key)
    page = await tab.open("/settings/security/password")
    challenge = options(await tab.open(PASSKEYS), "make")["challenge"]
    shown = key.show(options(page, "show") | {"challenge": challenge})
    fields = {"new_password": "a new long secret", "passkey": shown}
    assert (await tab.submit(page, fields, "/settings/security/password")).status == 422


@pytest.mark.parametrize(
    "answer",
    [
        "x", "[]", "{}", "null", '{"response": 1}', "[" * 8000, '{"rawId": "A", "response": {}}',
        '{"rawId":"AAAA","response":{"clientDataJSON":"e30"}}',
        '{"rawId":"!!","response":{"clientDataJSON":"!!"}}', "x" * 20_000,
    ],
)  # fmt: skip
async def test_what_is_no_answer_is_refused_with_a_sentence(site: Site, answer: str) -> None:
    tab = await site.signed_in("alice")
    page = await tab.open(PASSKEYS)
    fields = {"name": "x", "password": PASSWORD, "passkey": answer}
    refused = await tab.submit(page, fields, PASSKEYS)
    assert refused.status == 422
    assert words(refused, "#problem")
    stranger = site.browser()
    refused = await stranger.submit(await stranger.open("/login"), {"passkey": answer}, "/login")
    assert refused.status == 422
    assert not await is_in(stranger)


async def test_damage_inside_of_what_was_signed_is_refused(site: Site) -> None:
    tab = await site.signed_in("alice")
    for part in ("attestationObject", "clientDataJSON"):
        for damage in ("", "AAAA", "oWNmbXRkbm9uZQ", b64(b"\x9f" * 4000), b64(b"\x81" * 4000)):
            page = await tab.open(PASSKEYS)
            answer = json.loads(device(site).make(options(page, "make")))
            answer["response"][part] = damage
            fields = {"name": "x", "password": PASSWORD, "passkey": json.dumps(answer)}
            assert (await tab.submit(page, fields, PASSKEYS)).status == 422
    assert not sql(site.parts.settings.database_url, "SELECT id FROM passkey")


async def test_making_one_asks_for_the_password_and_a_name(site: Site) -> None:
    tab = await site.signed_in("alice")
    for fields, status in (
        ({"password": ""}, 403),
        ({"password": "not mine"}, 403),
        ({"name": ""}, 422),
        ({"name": "x" * 61}, 422),
    ):
        assert (await made(site, tab, device(site), **fields)).status == status
    lazy = device(site, flags=PRESENT)
    assert (await made(site, tab, lazy)).status == 422
    assert not sql(site.parts.settings.database_url, "SELECT id FROM passkey")


async def test_one_passkey_belongs_to_one_account(site: Site) -> None:
    key = await alices(site)
    answer = await made(site, await site.signed_in("bob"), key)
    assert answer.status == 422
    assert "known here already" in words(answer, "#problem")


async def test_it_is_renamed_and_removed_by_its_owner_only(site: Site) -> None:
    tab, bobs = await site.signed_in("alice"), await site.signed_in("bob")
    key = device(site)
    await made(site, tab, key)
    ((number,),) = sql(site.parts.settings.database_url, "SELECT id FROM passkey")
    one = f"{PASSKEYS}/{number}"
    assert (await bobs.open(one)).status == 404
    page = await tab.submit(await tab.open(one), {"name": " <b>old</b>\n phone "}, f"{one}/rename")
    assert "&lt;b&gt;old&lt;/b&gt; phone" in page.text
    refused = await tab.submit(await tab.open(one), {"password": "not mine"}, f"{one}/remove")
    assert refused.status == 403
    page = await tab.submit(await tab.open(one), {"password": PASSWORD}, f"{one}/remove")
    assert "The passkey is removed" in words(page)
    stranger = site.browser()
    assert (await enter(stranger, key)).status == 422
    assert not await is_in(stranger)


async def test_who_may_not_sign_in_may_not_with_a_passkey(site: Site) -> None:
    key = await alices(site)
    sql(site.parts.settings.database_url, "UPDATE account SET disabled_at = 1")
    tab = site.browser()
    assert "disabled" in words(await enter(tab, key), "#problem")
    assert not await is_in(tab)
