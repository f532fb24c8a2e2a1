"""The second factor: set up, asked for at every way in, used once, guessed in vain, turned off."""

import asyncio
import re

import pyotp
import pytest
from sqlalchemy import Update, bindparam, update

from tests.support.asgi import Answer
from tests.support.browser import PASSWORD, Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site, asking
from tests.web.letters import all_letters, subjects
from weft.domain.keys.sealing import Sealer
from weft.domain.security.owners import Owner, owner_by_id
from weft.domain.security.second_factor import RECOVERY_CODES, STEP_S
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.statements import query
from weft.web.signin.login import STEP_LIFE_S
from weft.web.signin.throttle import FACTOR_WINDOW_S, PER_FACTOR

FACTOR = "/settings/security/factor"


@query()
def replace_secret() -> Update:
    return (
        update(account)
        .where(account.c.totp_sealed.is_not(None))
        .values(totp_sealed=bindparam("sealed"))
    )


def code_of(site: Site, secret: str, steps_ahead: int = 0) -> str:
    now_s = site.parts.server.now_ms() // 1000
    return pyotp.TOTP(secret).generate_otp(now_s // STEP_S + steps_ahead)


async def set_up(site: Site, tab: Browser) -> tuple[str, list[str]]:
    """Turn the factor on as a person does; the secret and the recovery codes."""
    page = await tab.open(FACTOR)
    found = re.search(r'id="key"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert found is not None, page.text
    secret = found[1].replace(" ", "")
    done = await tab.submit(
        page, {"first_code": code_of(site, secret), "password": PASSWORD}, FACTOR
    )
    codes = re.findall(r"<code>([a-z0-9-]+)</code>", done.text)
    assert len(codes) == RECOVERY_CODES, done.text
    # The code of the set-up is used; the next steps are new.
    site.clock.ahead_ms += STEP_S * 2000
    return secret, codes


async def half_in(site: Site, name: str = "alice") -> tuple[Browser, Answer]:
    tab = site.browser()
    return tab, await tab.sign_in(name)


async def is_in(tab: Browser) -> bool:
    return "Sign out" in (await tab.open("/public")).text


async def owner(site: Site, name: str = "alice") -> Owner:
    row = await site.parts.db.one(owner_by_id, id=site.accounts[name])
    assert row is not None
    return row


async def test_the_password_alone_opens_nothing_any_more(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    tab, page = await half_in(site)
    assert tab.at.startswith("/login/factor")
    assert "One more step" in words(page)
    assert not await is_in(tab)
    app = await site.app()
    assert "Allow" not in (await tab.open(asking(app))).text
    assert tab.at.startswith("/login?")
    page = await tab.submit(await tab.open("/login/factor"), {"code": code_of(site, secret)})
    assert await is_in(tab)
    assert "Allow" in (await tab.open(asking(app))).text


async def test_whoever_was_sent_by_an_application_comes_back_to_it(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    app, tab = await site.app(), site.browser()
    page = await tab.open(asking(app))
    page = await tab.submit(page, {"login": "alice", "password": PASSWORD}, "/login")
    page = await tab.submit(page, {"code": code_of(site, secret)}, "/login/factor")
    assert tab.at.startswith("/oauth/authorize?")
    assert "Loom" in words(page)


async def test_the_secret_is_sealed_and_codes_are_hashed(site: Site) -> None:
    secret, codes = await set_up(site, await site.signed_in("alice"))
    stored = await owner(site)
    assert stored.totp_sealed is not None
    assert secret.encode() not in stored.totp_sealed
    assert not any(code in (stored.recovery_hashes or "") for code in codes)
    assert "second factor was turned on" in (await subjects(site, "alice@example.org"))[-1]


async def test_a_code_is_good_once(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    code = code_of(site, secret)
    first, page = await half_in(site)
    await first.submit(page, {"code": code})
    assert await is_in(first)
    second, page = await half_in(site)
    answer = await second.submit(page, {"code": code})
    assert answer.status == 422
    assert not await is_in(second)


async def test_of_a_code_that_is_shown_many_times_at_once_one_opens(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    tabs = [await half_in(site) for _ in range(6)]
    code = code_of(site, secret)
    await asyncio.gather(*(tab.submit(page, {"code": code}) for tab, page in tabs))
    assert sum([await is_in(tab) for tab, _ in tabs]) == 1


async def test_a_clock_may_be_half_a_minute_off_and_no_more(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    for ahead, good in ((-3, False), (3, False), (-1, True), (1, True)):
        tab, page = await half_in(site)
        await tab.submit(page, {"code": code_of(site, secret, ahead)})
        assert await is_in(tab) is good, ahead


async def test_a_recovery_code_opens_once_and_its_owner_is_told(site: Site) -> None:
    _, codes = await set_up(site, await site.signed_in("alice"))
    tab, page = await half_in(site)
    await tab.submit(page, {"code": f" {codes[3].upper()} "})
    assert await is_in(tab)
    told = await all_letters(site, "alice@example.org")
    assert sum("9 are left" in each.get_content() for each in told) == 1
    again, page = await half_in(site)
    answer = await again.submit(page, {"code": codes[3]})
    assert "wrong" in words(answer, "[role=alert]")
    assert not await is_in(again)


async def test_guessing_ends_soon_for_the_right_code_too(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    tab, page = await half_in(site)

    async def guess(number: int) -> int:
        one = site.browser()
        one.cookies = dict(tab.cookies)
        away = {"x-forwarded-for": f"203.0.113.{number}"}
        return (await one.submit(page, {"code": f"{number:06}"}, headers=away)).status

    statuses = await asyncio.gather(*(guess(number) for number in range(PER_FACTOR * 3)))
    assert statuses.count(422) == PER_FACTOR
    assert statuses.count(429) == PER_FACTOR * 2
    answer = await tab.submit(page, {"code": code_of(site, secret)})
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= FACTOR_WINDOW_S + 1
    assert not await is_in(tab)
    told = await subjects(site, "alice@example.org")
    assert sum("Wrong codes" in each for each in told) == 1
    # The settings count the same tries.
    inside = await site.signed_in("bob")
    assert await is_in(inside)


async def test_tries_in_the_settings_and_at_the_door_are_counted_together(site: Site) -> None:
    inside = await site.signed_in("alice")
    secret, _ = await set_up(site, inside)
    for number in range(PER_FACTOR):
        page = await inside.submit(
            await inside.open("/settings/security/password"),
            {"new_password": "another secret", "password": PASSWORD, "code": f"{number:06}"},
            "/settings/security/password",
        )
        assert page.status == 422
    tab, page = await half_in(site)
    assert (await tab.submit(page, {"code": code_of(site, secret)})).status == 429


async def test_who_did_not_show_the_password_is_asked_for_it(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    stranger = site.browser()
    page = await stranger.open("/login/factor?next=/public")
    assert stranger.at == "/login?next=%2Fpublic"
    answer = await stranger.submit(page, {"code": code_of(site, secret)}, "/login")
    assert not await is_in(stranger)
    page = await stranger.open("/login")
    csrf = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert csrf is not None
    answer = await stranger.send("/login/factor", {"csrf": csrf[1], "code": code_of(site, secret)})
    assert answer.status == 422
    assert not await is_in(stranger)


async def test_the_half_way_ticket_is_worth_nothing_elsewhere_or_later(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    tab, _page = await half_in(site)
    step = {name: value for name, value in tab.cookies.items() if "step" in name}
    assert len(step) == 1
    thief = site.browser()
    await thief.open("/login")
    thief.cookies |= step
    await thief.open("/login/factor")
    assert thief.at.startswith("/login?")
    forged = {name: value.replace("-", "-0", 1) for name, value in step.items()}
    tab.cookies |= forged
    await tab.open("/login/factor")
    assert tab.at.startswith("/login?")
    tab.cookies |= step
    site.clock.ahead_ms += STEP_LIFE_S * 1000 + 1000
    await tab.open("/login/factor")
    assert tab.at.startswith("/login?")
    assert secret


async def test_a_new_password_makes_the_half_way_ticket_worthless(site: Site) -> None:
    inside = await site.signed_in("alice")
    secret, _ = await set_up(site, inside)
    tab, page = await half_in(site)
    changed = await inside.submit(
        await inside.open("/settings/security/password"),
        {"new_password": "another secret", "password": PASSWORD, "code": code_of(site, secret)},
        "/settings/security/password",
    )
    assert "Your password is changed" in words(changed)
    answer = await tab.submit(page, {"code": code_of(site, secret, 1)})
    assert answer.status == 422
    assert not await is_in(tab)


async def test_a_secret_that_cannot_be_opened_lets_nobody_in(site: Site) -> None:
    secret, codes = await set_up(site, await site.signed_in("alice"))
    other = Sealer(b"x" * 32).seal(secret.encode(), f"second factor of {site.accounts['alice']}")

    async def replace(tx: Tx) -> None:
        await tx.run(replace_secret, sealed=other)

    await site.parts.db.write(replace)
    for code in (code_of(site, secret), codes[0], ""):
        tab, page = await half_in(site)
        answer = await tab.submit(page, {"code": code})
        assert answer.status == 503
        assert "operator" in words(answer, "[role=alert]")
        assert not await is_in(tab)


async def test_turning_it_off_asks_for_password_and_code(site: Site) -> None:
    inside = await site.signed_in("alice")
    secret, _ = await set_up(site, inside)
    for fields in (
        {"password": PASSWORD},
        {"password": PASSWORD, "code": "000000"},
        {"password": "not mine", "code": code_of(site, secret)},
        {"code": code_of(site, secret)},
    ):
        page = await inside.submit(
            await inside.open(FACTOR), {"change": "off"} | fields, f"{FACTOR}/change"
        )
        assert page.status in (403, 422)
        assert (await owner(site)).has_factor
    page = await inside.submit(
        await inside.open(FACTOR),
        {"change": "off", "password": PASSWORD, "code": code_of(site, secret)},
        f"{FACTOR}/change",
    )
    assert "The second factor is off" in words(page)
    stored = await owner(site)
    assert (stored.totp_sealed, stored.recovery_hashes, stored.totp_step) == (None, None, None)
    assert "turned off" in (await subjects(site, "alice@example.org"))[-1]
    tab, _ = await half_in(site)
    assert await is_in(tab)


async def test_new_recovery_codes_make_the_old_ones_worthless(site: Site) -> None:
    inside = await site.signed_in("alice")
    secret, old = await set_up(site, inside)
    page = await inside.submit(
        await inside.open(FACTOR),
        {"change": "codes", "password": PASSWORD, "code": code_of(site, secret)},
        f"{FACTOR}/change",
    )
    new = re.findall(r"<code>([a-z0-9-]+)</code>", page.text)
    assert len(new) == RECOVERY_CODES
    assert not set(new) & set(old)
    for code, good in ((old[0], False), (new[0], True)):
        tab, page = await half_in(site)
        await tab.submit(page, {"code": code})
        assert await is_in(tab) is good


async def test_setting_it_up_asks_for_the_password_and_a_right_code(site: Site) -> None:
    tab = await site.signed_in("alice")
    page = await tab.open(FACTOR)
    secret = re.search(r'id="key"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert secret is not None
    right = code_of(site, secret[1].replace(" ", ""))
    for fields, status in (
        ({"first_code": "000000", "password": PASSWORD}, 422),
        ({"first_code": right, "password": "not mine"}, 403),
        ({"first_code": right, "password": PASSWORD, "setting_up": "damaged"}, 422),
        ({"first_code": right, "password": PASSWORD, "csrf": "no"}, 403),
    ):
        assert (await tab.submit(page, fields, FACTOR)).status == status
        assert not (await owner(site)).has_factor
    # A secret that another session was shown is not taken.
    other = await site.signed_in("alice")
    held = re.search(r'name="setting_up" value="([^"]+)"', page.text)
    assert held is not None
    fields = {"first_code": right, "password": PASSWORD, "setting_up": held[1]}
    assert (await other.submit(await other.open(FACTOR), fields, FACTOR)).status == 422
    await tab.submit(page, {"first_code": right, "password": PASSWORD}, FACTOR)
    assert (await owner(site)).has_factor


async def test_the_qr_code_is_a_picture_that_the_policy_lets_through(site: Site) -> None:
    page = await (await site.signed_in("alice")).open(FACTOR)
    svg = re.search(r"<svg.*?</svg>", page.text, re.DOTALL)
    assert svg is not None
    assert "style" not in svg[0]
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٣٤٥٦٧٨", "12 34 5x", "0" * 40])
async def test_what_is_no_code_is_wrong(site: Site, code: str) -> None:
    await set_up(site, await site.signed_in("alice"))
    tab, page = await half_in(site)
    answer = await tab.submit(page, {"code": code})
    assert answer.status == 422
    assert words(answer, "[role=alert]")


async def test_the_table_of_who_may_sign_in_holds_at_the_second_step_too(site: Site) -> None:
    secret, _ = await set_up(site, await site.signed_in("alice"))
    tab, page = await half_in(site)
    sql(site.parts.settings.database_url, "UPDATE account SET disabled_at = 1")
    answer = await tab.submit(page, {"code": code_of(site, secret)})
    assert answer.status == 422
    assert not await is_in(tab)
