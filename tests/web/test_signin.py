"""Signing in and out with a browser."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import Update, update

from tests.support.asgi import Caller
from tests.support.browser import PASSWORD, Browser, the_form, words
from tests.web.conftest import Site
from weft.app import web_app
from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.secrets import MOST_WAITING
from weft.domain.accounts.sessions import SEEN_EVERY_MS, SESSION_LIFE_MS
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.statements import Query, query
from weft.web.signin.login import own_path
from weft.web.signin.throttle import (
    PER_ADDRESS,
    PER_LOGIN,
    PER_LOGIN_AND_ADDRESS,
    WINDOW_S,
    Throttle,
)


@query()
def disable_all() -> Update:
    return update(account).values(disabled_at=1)


@query()
def suspend_all() -> Update:
    return update(actor).values(suspended_at=1)


@query()
def unconfirm_all() -> Update:
    return update(account).values(confirmed_at=None)


async def do(site: Site, statement: Query) -> None:
    async def run(tx: Tx) -> None:
        await tx.run(statement)

    await site.parts.db.write(run)


async def is_signed_in(tab: Browser) -> bool:
    page = await tab.open("/login")
    return "Sign out" in page.text and not tab.at.startswith("/login")


@pytest.mark.parametrize(
    "login", ["alice", "@Alice", " alice@127.0.0.1:9999 ", "ALICE@example.org"]
)
async def test_a_person_signs_in_by_name_handle_or_address(site: Site, login: str) -> None:
    tab = site.browser()
    await tab.submit(await tab.open("/login"), {"login": login, "password": PASSWORD})
    assert await is_signed_in(tab)


@pytest.mark.parametrize(("login", "password"), [("alice", "not mine"), ("nobody", PASSWORD)])
async def test_a_refusal_does_not_say_which_half_was_wrong(
    site: Site, login: str, password: str
) -> None:
    tab = site.browser()
    page = await tab.submit(await tab.open("/login"), {"login": login, "password": password})
    assert page.status == 422
    assert words(page, "[role=alert]") == "The name or the password is wrong."
    assert f'value="{login}"' in page.text
    assert password not in page.text
    assert not await is_signed_in(tab)


@pytest.mark.parametrize("statement", [disable_all, suspend_all, unconfirm_all])
async def test_who_may_not_act_cannot_sign_in(site: Site, statement: Query) -> None:
    await do(site, statement)
    tab = site.browser()
    page = await tab.submit(await tab.open("/login"), {"login": "alice", "password": PASSWORD})
    assert page.status == 422
    assert words(page, "[role=alert]").startswith("Your ")
    assert not await is_signed_in(tab)


@pytest.mark.parametrize("statement", [disable_all, suspend_all])
async def test_a_session_ends_when_its_person_may_not_act_any_more(
    site: Site, statement: Query
) -> None:
    tab = await site.signed_in("alice")
    await do(site, statement)
    assert not await is_signed_in(tab)


async def test_signing_out_ends_the_session_for_whoever_copied_the_cookie(site: Site) -> None:
    tab, thief = await site.signed_in("alice"), site.browser()
    thief.cookies = dict(tab.cookies)
    assert await is_signed_in(thief)
    await tab.submit(await tab.open("/public"), {}, "/logout")
    assert not await is_signed_in(tab)
    assert not await is_signed_in(thief)


async def test_a_session_lasts_thirty_days(site: Site) -> None:
    tab = await site.signed_in("alice")
    site.clock.ahead_ms = SESSION_LIFE_MS - 60_000
    assert await is_signed_in(tab)
    site.clock.ahead_ms = SESSION_LIFE_MS + 60_000
    assert not await is_signed_in(tab)


async def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    tab = await site.signed_in("alice")
    before = site.browser()
    before.cookies = dict(tab.cookies)
    await tab.submit(await tab.open("/login?again=1"), {"login": "alice", "password": PASSWORD})
    assert await is_signed_in(tab)
    assert tab.cookies != before.cookies
    assert not await is_signed_in(before)


async def test_the_server_notes_that_somebody_is_here_but_not_at_each_page(site: Site) -> None:
    async def last_seen() -> int:
        row = await site.parts.db.one(account_by_id, id=site.accounts["alice"])
        assert row is not None
        return row.last_active_at or 0

    tab = await site.signed_in("alice")
    at_first = await last_seen()
    site.clock.ahead_ms = SEEN_EVERY_MS - 60_000
    await tab.open("/public")
    assert await last_seen() == at_first
    site.clock.ahead_ms = SEEN_EVERY_MS + 60_000
    await tab.open("/public")
    assert await last_seen() >= at_first + SEEN_EVERY_MS


@pytest.mark.parametrize("csrf", [None, "", "0" * 32, "ü"])
async def test_a_form_from_elsewhere_is_refused(site: Site, csrf: str | None) -> None:
    tab = site.browser()
    await tab.open("/login")
    fields = {"login": "alice", "password": PASSWORD} | ({} if csrf is None else {"csrf": csrf})
    page = await tab.send("/login", fields)
    assert page.status == 403
    assert not await is_signed_in(tab)


async def test_the_word_of_one_browser_is_worth_nothing_in_another(site: Site) -> None:
    page = await site.browser().open("/login")
    other = site.browser()
    await other.open("/login")
    answer = await other.submit(page, {"login": "alice", "password": PASSWORD})
    assert answer.status == 403


async def test_nobody_is_signed_out_by_another_site(site: Site) -> None:
    tab = await site.signed_in("alice")
    assert (await tab.send("/logout", {})).status == 403
    assert await is_signed_in(tab)


async def test_other_cookies_sign_nobody_out(site: Site) -> None:
    tab = await site.signed_in("alice")
    tab.cookies = {"theirs": '{"a": [1, "b"]}', "bad name": "é"} | tab.cookies
    assert await is_signed_in(tab)


@pytest.mark.parametrize("origin", ["http", "https"])
async def test_the_cookie_is_for_this_server_and_no_script(site: Site, origin: str) -> None:
    settings = site.parts.settings
    if origin == "https":
        settings = msgspec.structs.replace(settings, insecure_loopback=False)
        site.parts.settings = settings
        site.parts.server = replace(site.parts.server, origin=settings.origin)
    caller = Caller(web_app(site.parts), settings.host)
    page = await caller.get("/login")
    cookie = page.headers["set-cookie"]
    attributes = set(cookie.split("; ")[1:])
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= attributes
    assert ("Secure" in attributes) is (origin == "https")
    assert cookie.startswith("__Host-") is (origin == "https")
    assert not any(each.startswith("Domain") for each in attributes)


@pytest.mark.parametrize("path", ["/login", "/setup?token=x", "/oauth/authorize"])
async def test_the_pages_are_kept_and_framed_by_nobody(site: Site, path: str) -> None:
    page = await site.browser().open(path)
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_the_form_can_be_filled_in_by_password_managers_and_read_aloud(site: Site) -> None:
    form = the_form(await site.browser().open("/login"))
    for name, purpose in (("login", "username"), ("password", "current-password")):
        (box,) = form.css(f"input[name={name}]")
        assert purpose in (box.attributes["autocomplete"] or "").split()
        assert form.css(f"label[for={box.attributes['id']}]")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/a\r\nset-cookie: x=y",
    ],
)
async def test_nobody_is_sent_elsewhere_after_signing_in(site: Site, elsewhere: str) -> None:
    assert own_path(elsewhere) == "/"
    tab = site.browser()
    page = await tab.open("/login")
    await tab.submit(page, {"login": "alice", "password": PASSWORD, "next": elsewhere})
    assert tab.at == "/"


async def test_people_come_to_the_page_that_they_wanted(site: Site) -> None:
    tab = site.browser()
    page = await tab.open("/login?next=/tags/%E7%B9%94%3Fx%3D1")
    await tab.submit(page, {"login": "alice", "password": PASSWORD})
    assert tab.at == "/tags/%E7%B9%94?x=1"


async def test_guessing_is_slowed_down_even_if_all_guesses_come_at_once(site: Site) -> None:
    tab = site.browser()
    page = await tab.open("/login")

    async def guess(number: int) -> int:
        one = site.browser()
        one.cookies = dict(tab.cookies)
        # All spellings are one login.
        login = ("alice", "@alice", "Alice", "alice@127.0.0.1:9999")[number % 4]
        return (await one.submit(page, {"login": login, "password": f"guess {number}"})).status

    statuses = await asyncio.gather(*(guess(number) for number in range(30)))
    assert statuses.count(422) == PER_LOGIN_AND_ADDRESS
    assert statuses.count(429) == 30 - PER_LOGIN_AND_ADDRESS
    right = await tab.submit(page, {"login": "alice", "password": PASSWORD})
    assert right.status == 429
    assert 0 < int(right.headers["retry-after"]) <= WINDOW_S + 1
    assert "minutes" in words(right, "[role=alert]")


async def test_who_guesses_elsewhere_locks_nobody_out(site: Site) -> None:
    tab = site.browser()
    page = await tab.open("/login")
    away = {"x-forwarded-for": "203.0.113.9"}
    for _ in range(PER_LOGIN_AND_ADDRESS + 1):
        last = await tab.submit(page, {"login": "alice", "password": "no"}, headers=away)
    assert last.status == 429
    await tab.submit(page, {"login": "alice", "password": PASSWORD})
    assert await is_signed_in(tab)


async def test_too_many_at_once_are_told_to_wait_and_nothing_is_counted(site: Site) -> None:
    tab = site.browser()
    page = await tab.open("/login")

    async def enter(number: int) -> int:
        one = site.browser()
        one.cookies = dict(tab.cookies)
        away = {"x-forwarded-for": f"203.0.113.{number}"}
        fields = {"login": f"person{number}", "password": "x"}
        return (await one.submit(page, fields, headers=away)).status

    statuses = await asyncio.gather(*(enter(number) for number in range(MOST_WAITING * 2)))
    assert set(statuses) == {422, 503}
    await tab.submit(page, {"login": "bob", "password": PASSWORD})
    assert await is_signed_in(tab)


class Hands:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_throttle_forgets_after_its_window_and_after_a_success() -> None:
    hands = Hands()
    throttle = Throttle(hands)
    for _ in range(PER_LOGIN_AND_ADDRESS):
        assert throttle.take("alice", "here") == 0
    assert throttle.take("alice", "here") > 0
    assert throttle.take("alice", "there") == 0
    hands.now += WINDOW_S + 1
    assert throttle.take("alice", "here") == 0
    for _ in range(PER_LOGIN_AND_ADDRESS * 3):
        assert throttle.take("alice", "here") == 0
        throttle.succeeded("alice", "here")


def test_one_address_may_not_try_everybody_nor_all_addresses_one_login() -> None:
    throttle = Throttle(Hands())
    taken = [throttle.take(f"person{number}", "here") == 0 for number in range(PER_ADDRESS + 5)]
    assert sum(taken) == PER_ADDRESS
    taken = [throttle.take("alice", f"there{number}") == 0 for number in range(PER_LOGIN + 5)]
    assert sum(taken) == PER_LOGIN


def test_a_success_does_not_make_an_address_free_to_guess_at_others() -> None:
    throttle = Throttle(Hands())
    tries = 0
    for number in range(500):
        if throttle.take("mine", "here") == 0:
            throttle.succeeded("mine", "here")
        tries += throttle.take(f"person{number}", "here") == 0
    assert tries <= PER_ADDRESS


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login?" + "&".join(f"a{n}=1" for n in range(60)), 400),
        ("/login?next=%00", 400),
        ("/oauth/nothing", 404),
    ],
)
async def test_odd_requests_get_a_page_that_says_so(site: Site, path: str, status: int) -> None:
    page = await site.browser().open(path)
    assert page.status == status
    assert words(page)


async def test_odd_bodies_get_a_page_that_says_so(site: Site) -> None:
    for kind, body, status in (
        ("multipart/form-data", b"xx", 400),
        ("application/json", b"[", 400),
        ("application/json", b"[1]", 400),
        ("application/x-www-form-urlencoded", b"\xff", 400),
        ("application/x-www-form-urlencoded", b"login=a%00b", 400),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 70_000, 413),
    ):
        page = await site.caller.call("POST", "/login", body=body, headers={"content-type": kind})
        assert (page.status, kind) == (status, kind)
        assert words(page)


async def test_the_page_can_be_asked_for_by_head(site: Site) -> None:
    assert (await site.caller.call("HEAD", "/login")).status == 200
