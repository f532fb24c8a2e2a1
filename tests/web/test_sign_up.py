"""Joining without scripts: the form, the letter, the link, approval, invitations."""

import re
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest

from tests.support.asgi import Answer
from tests.support.browser import PASSWORD, Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from weft.domain.accounts.queries import Role, account_by_email, account_by_handle
from weft.domain.limits import Limiter
from weft.domain.notifications.kinds import NotificationKind
from weft.domain.relations.queries import FollowState, follow_between
from weft.domain.signup.admit import UNCONFIRMED_MS, approve, forget_unconfirmed, reject
from weft.domain.signup.invites import make_invite, new_code
from weft.storage.database import Tx
from weft.web.signin.challenge import LEAST_MS, Challenges

FIELDS = {
    "username": "dora",
    "email": "dora@example.org",
    "password": PASSWORD,
    "agreement": "on",
}


@pytest.fixture
def more_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    given: dict[str, str] = getattr(request, "param", {})
    return {"WEFT_REGISTRATIONS": "open"} | given


def with_settings(**more: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("more_settings", [more], indirect=True)


async def letters(site: Site) -> dict[str, str]:
    """The last letter to each address."""
    postman = site.parts.postman
    assert postman is not None
    postman._server = site.parts.server
    while await postman.send_due():
        pass
    folder = site.parts.settings.data / "mail"
    found = {}
    for file in (
        sorted(folder.iterdir(), key=lambda each: int(each.stem)) if folder.exists() else ()
    ):
        message = BytesParser(policy=default).parsebytes(file.read_bytes())
        found[str(message["to"])] = str(message.get_content())
    return found


def link_in(letter: str) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", letter)
    assert found is not None, letter
    return found[1]


def answer_to(site: Site, page: Answer) -> str:
    """What a person would answer to the question on the page."""
    found = re.search(r'name="challenge" value="([^"]+)"', page.text)
    assert found is not None, page.text
    desk = Challenges(site.parts.sealer.derived("sign-up forms"), site.parts.server.now_ms)
    question, right = desk._question(found[1].split(".")[1])
    assert question in page.text
    return min(right)


async def join(site: Site, browser: Browser, at: str = "/auth/sign_up", **more: str) -> Answer:
    page = await browser.open(at)
    assert page.status == 200, page.text
    site.clock.ahead_ms += LEAST_MS
    fields = FIELDS | {"answer": answer_to(site, page)} | more
    return await browser.submit(page, {k: v for k, v in fields.items() if v}, "/auth/sign_up")


async def confirm(site: Site, browser: Browser, to: str = "dora@example.org") -> Answer:
    page = await browser.open(link_in((await letters(site))[to]))
    return await browser.submit(page, {}, "/auth/confirmation")


async def sees(site: Site, name: str) -> list[int]:
    """What strangers get of a person: page, WebFinger, API."""
    domain = site.parts.settings.domain
    return [
        (await site.caller.call("GET", path)).status
        for path in (
            f"/.well-known/webfinger?resource=acct:{name}@{domain}",
            f"/api/v1/accounts/lookup?acct={name}",
        )
    ]


async def test_a_person_joins(site: Site) -> None:
    browser = site.browser()
    page = await join(site, browser)
    assert page.status == 200, page.text
    assert "dora@example.org" in words(page)
    assert await sees(site, "dora") == [404, 404]
    early = await browser.sign_in("dora")
    assert "missing a confirmed e-mail address" in words(early, "[role=alert]")
    assert await site.parts.db.one(account_by_email, email="dora@example.org") is None

    done = await confirm(site, browser)
    assert "Welcome" in words(done)
    assert await sees(site, "dora") == [200, 200]
    assert "Sign out" in (await browser.sign_in("dora")).text
    row = await site.parts.db.one(account_by_email, email="dora@example.org")
    assert row is not None
    assert row.role == Role.USER
    assert "your account @dora" in (await letters(site))["dora@example.org"]


async def test_a_link_is_good_once_and_looking_uses_nothing_up(site: Site) -> None:
    browser = site.browser()
    await join(site, browser)
    link = link_in((await letters(site))["dora@example.org"])
    for _ in range(2):
        assert (await browser.open(link)).status == 200
    page = await browser.open(link)
    assert (await browser.submit(page, {}, "/auth/confirmation")).status == 200
    assert (await browser.submit(page, {}, "/auth/confirmation")).status == 422
    assert (await browser.open(link)).status == 404


async def test_a_link_is_good_for_two_days(site: Site) -> None:
    browser = site.browser()
    await join(site, browser)
    link = link_in((await letters(site))["dora@example.org"])
    site.clock.ahead_ms += 2 * 24 * 3_600_000 + 1000
    assert (await browser.open(link)).status == 404


async def test_the_page_does_not_tell_whether_an_address_is_known(site: Site) -> None:
    known = await join(site, site.browser(), email="alice@example.org")
    new = await join(site, site.browser(), username="emil", email="emil@example.org")
    assert known.status == new.status == 200
    assert known.text.replace("alice@", "emil@") == new.text
    assert "You have an account" not in known.text
    letter = (await letters(site))["alice@example.org"]
    assert "belongs to an account here" in letter
    assert "confirmation_token" not in letter
    again = [await _again(site, name) for name in ("dora", "emil")]
    assert again[0].status == again[1].status == 200


async def _again(site: Site, name: str, **more: str) -> Answer:
    browser = site.browser()
    page = await browser.open("/auth/confirmation/new")
    fields = {"username": name, "password": PASSWORD} | more
    return await browser.submit(page, fields, "/auth/confirmation/new")


async def test_who_types_an_address_takes_nothing_from_its_owner(site: Site) -> None:
    await join(site, site.browser(), email="owner@example.org")
    browser = site.browser()
    await join(site, browser, username="orla", email="owner@example.org")
    done = await confirm(site, browser, "owner@example.org")
    assert "Welcome" in words(done)
    row = await site.parts.db.one(account_by_handle, handle="orla@127.0.0.1:9999")
    assert row is not None
    assert row.email == "owner@example.org"


async def test_of_two_who_were_asked_about_one_address_the_first_gets_it(site: Site) -> None:
    first, second = site.browser(), site.browser()
    await join(site, first, username="one")
    one = link_in((await letters(site))["dora@example.org"])
    await join(site, second, username="two")
    two = link_in((await letters(site))["dora@example.org"])
    pages = [await first.open(one), await second.open(two)]
    assert (await first.submit(pages[0], {}, "/auth/confirmation")).status == 200
    late = await second.submit(pages[1], {}, "/auth/confirmation")
    assert late.status == 422
    assert "another account" in words(late)


async def test_another_letter_to_another_address(site: Site) -> None:
    browser = site.browser()
    await join(site, browser, email="typo@example.org")
    wrong = await _again(site, "dora", password="not the password")
    assert wrong.status == 422
    assert (await _again(site, "nobody_here")).status == 422
    assert (await _again(site, "dora", email="right@example.org")).status == 200
    done = await confirm(site, browser, "right@example.org")
    assert "Welcome" in words(done)
    assert "confirmed" in words(await _again(site, "dora"), "[role=alert]")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": ""}, "needs a name"),
        ({"username": "a b"}, "1 to 30 letters"),
        ({"username": "alice"}, "taken"),
        ({"username": "ALICE"}, "taken"),
        ({"username": "admin"}, "reserved"),
        ({"email": "nonsense"}, "not an e-mail address"),
        ({"email": 'a"b@example.org'}, "not an e-mail address"),
        ({"email": "a@b@example.org"}, "not an e-mail address"),
        ({"email": "x@mailinator.com"}, "mail provider"),
        ({"email": "x@sub.mailinator.com"}, "mail provider"),
        ({"password": "short"}, "at least 8"),
        ({"password": "dora@example.org"}, "must not be"),
        ({"agreement": ""}, "agree"),
        ({"answer": "wrong"}, "wrong"),
    ],
)
async def test_a_mistake_is_told_and_changes_nothing(
    site: Site, wrong: dict[str, str], sentence: str
) -> None:
    browser = site.browser()
    page = await join(site, browser, **wrong)
    assert page.status == 422
    assert sentence in words(page, "[role=alert]")
    assert await letters(site) == {}
    assert PASSWORD not in page.text
    site.clock.ahead_ms += LEAST_MS
    mended = FIELDS | {"answer": answer_to(site, page)}
    assert (await browser.submit(page, mended, "/auth/sign_up")).status == 200


async def test_who_is_too_fast_is_asked_again(site: Site) -> None:
    browser = site.browser()
    page = await browser.open("/auth/sign_up")
    fields = FIELDS | {"answer": answer_to(site, page)}
    fast = await browser.submit(page, fields, "/auth/sign_up")
    assert fast.status == 422
    assert "fast" in words(fast, "[role=alert]")


async def test_a_form_is_good_once_and_not_for_ever(site: Site) -> None:
    browser = site.browser()
    page = await browser.open("/auth/sign_up")
    site.clock.ahead_ms += LEAST_MS
    fields = FIELDS | {"answer": answer_to(site, page)}
    assert (await browser.submit(page, fields, "/auth/sign_up")).status == 200
    other = fields | {"username": "emil", "email": "emil@example.org"}
    twice = await browser.submit(page, other, "/auth/sign_up")
    assert "sent before" in words(twice, "[role=alert]")
    site.clock.ahead_ms += 3 * 3_600_000
    forged = await browser.submit(page, other | {"challenge": "1.2.3"}, "/auth/sign_up")
    assert forged.status == 422


async def test_a_program_that_fills_everything_in_gets_nothing(site: Site) -> None:
    page = await join(site, site.browser(), homepage="https://spam.example")
    assert page.status == 200
    assert await letters(site) == {}
    assert await site.parts.db.one(account_by_handle, handle="dora@127.0.0.1:9999") is None


async def test_sign_ups_from_one_address_are_limited(site: Site) -> None:
    for number in range(5):
        done = await join(
            site, site.browser(), username=f"p{number}", email=f"p{number}@example.org"
        )
        assert done.status == 200
    late = await join(site, site.browser())
    assert late.status == 429
    assert int(late.headers["retry-after"]) <= 1800


async def test_letters_to_one_address_are_limited(site: Site) -> None:
    limiter: Limiter = site.parts.limiter
    for number in range(8):
        limiter._windows.pop(("sign-up", "127.0.0.1"), None)
        await join(site, site.browser(), username=f"p{number}", email="victim@example.org")
    rows = sql(site.parts.settings.database_url, "SELECT count(*) FROM mail_letter")
    assert rows == [(5,)]


@with_settings(WEFT_REGISTRATIONS="closed", WEFT_REGISTRATIONS_MESSAGE="Come back in spring.")
async def test_closed(site: Site) -> None:
    page = await site.browser().open("/auth/sign_up")
    assert page.status == 403
    assert "spring" in words(page)


@with_settings(WEFT_MIN_AGE="16")
async def test_who_is_too_young_cannot_join_and_no_birthday_is_kept(site: Site) -> None:
    for birthday in ("", "2020-01-01", "1800-01-01", "yesterday"):
        page = await join(site, site.browser(), date_of_birth=birthday)
        assert page.status == 422, birthday
    assert (await join(site, site.browser(), date_of_birth="1990-02-03")).status == 200
    row = (sql(site.parts.settings.database_url, "SELECT * FROM account"))[-1]
    assert "1990" not in str(row)


@with_settings(WEFT_REGISTRATIONS="approval")
async def test_a_moderator_lets_somebody_in(site: Site) -> None:
    await site.add("mona", role=Role.ADMIN)
    browser = site.browser()
    assert (await join(site, browser)).status == 422
    assert (await join(site, browser, reason="I like looms.")).status == 200
    page = await confirm(site, browser)
    assert "moderator" in words(page)
    assert "I like looms." in (await letters(site))["mona@example.org"]
    assert "pending approval" in words(await browser.sign_in("dora"), "[role=alert]")
    assert await sees(site, "dora") == [404, 404]
    row = await site.parts.db.one(account_by_email, email="dora@example.org")
    assert row is not None
    parts = site.parts
    assert await parts.db.write(approve, parts.server, parts.settings, row.id)
    assert not await parts.db.write(approve, parts.server, parts.settings, row.id)
    assert not await parts.db.write(reject, parts.server, parts.settings, row.id)
    assert "is open" in (await letters(site))["dora@example.org"]
    rows = sql(parts.settings.database_url, "SELECT kind, from_id FROM notification")
    assert rows == [(NotificationKind.SIGN_UP, row.actor_id)]
    assert "Sign out" in (await browser.sign_in("dora")).text
    assert await sees(site, "dora") == [200, 200]


@with_settings(WEFT_REGISTRATIONS="approval")
async def test_a_moderator_says_no(site: Site) -> None:
    browser = site.browser()
    await join(site, browser, reason="Buy my watches.")
    await confirm(site, browser)
    row = await site.parts.db.one(account_by_email, email="dora@example.org")
    assert row is not None
    parts = site.parts
    assert await parts.db.write(reject, parts.server, parts.settings, row.id)
    assert "decided not to" in (await letters(site))["dora@example.org"]
    for table in ("account", "actor", "object", "actor_key"):
        column = "actor_id" if table in ("account", "actor_key") else "id"
        left = sql(
            parts.settings.database_url,
            f"SELECT count(*) FROM {table} WHERE {column} = {row.actor_id}",
        )
        assert left == [(0,)], table
    site.clock.ahead_ms += 1
    assert (await join(site, browser, reason="Once more.")).status == 200


async def test_who_does_not_confirm_is_forgotten(site: Site) -> None:
    await join(site, site.browser())
    parts = site.parts
    assert await forget_unconfirmed(parts.db, parts.server) == 0
    site.clock.ahead_ms += UNCONFIRMED_MS + 1000
    assert await forget_unconfirmed(parts.db, parts.server) == 1
    assert await parts.db.one(account_by_handle, handle="dora@127.0.0.1:9999") is None
    assert (await join(site, site.browser())).status == 200


async def invitation(site: Site, **more: Any) -> str:
    code = new_code()
    values = {"account_id": None, "by_admin": True, "uses": 1, "hours": 24} | more

    async def keep(tx: Tx) -> None:
        await make_invite(tx, site.parts.server, code=code, **values)

    await site.parts.db.write(keep)
    return f"/invite/{code}"


@with_settings(WEFT_REGISTRATIONS="invite")
async def test_by_invitation(site: Site) -> None:
    assert (await site.browser().open("/auth/sign_up")).status == 403
    assert (await site.browser().open("/invite/abcdefgh")).status == 404
    path = await invitation(site)
    asked = await site.caller.call("GET", path, headers={"accept": "application/json"})
    assert asked.json["invite_code"] == path.removeprefix("/invite/")
    assert asked.json["instance_api_url"].endswith("/api/v2/instance")
    browser = site.browser()
    assert (await join(site, browser, path)).status == 200
    assert (await site.browser().open(path)).status == 404
    assert "Welcome" in words(await confirm(site, browser))


@with_settings(WEFT_REGISTRATIONS="invite")
async def test_an_invitation_that_was_not_used_in_the_end_is_good_again(site: Site) -> None:
    path = await invitation(site, hours=None)
    await join(site, site.browser(), path)
    assert (await site.browser().open(path)).status == 404
    site.clock.ahead_ms += UNCONFIRMED_MS + 1000
    await forget_unconfirmed(site.parts.db, site.parts.server)
    assert (await site.browser().open(path)).status == 200


@with_settings(WEFT_REGISTRATIONS="approval", WEFT_INVITES="everyone")
async def test_a_person_invites_another_who_then_follows_them(site: Site) -> None:
    alice = await site.signed_in("alice")
    page = await alice.submit(
        await alice.open("/settings/invites"),
        {"uses": "5", "hours": "168", "autofollow": "on"},
        "/settings/invites",
    )
    found = re.search(r'value="http://[^/"]+(/invite/[a-z0-9]+)"', page.text)
    assert found is not None, page.text
    assert "5 more people" in words(page)
    browser = site.browser()
    assert (await join(site, browser, found[1], reason="Alice asked me.")).status == 200
    await confirm(site, browser)
    row = await site.parts.db.one(account_by_email, email="dora@example.org")
    assert row is not None
    assert row.approved_at is None, "only an operator's invitation saves the approval"
    await site.parts.db.write(approve, site.parts.server, site.parts.settings, row.id)
    edge = await site.parts.db.one(follow_between, follower=row.actor_id, target=site.ids["alice"])
    assert edge is not None
    assert edge.state == FollowState.ACCEPTED
    shown = await alice.open("/settings/invites")
    assert "4 more people" in words(shown)
    await alice.submit(shown, {}, "/settings/invites/")
    assert (await site.browser().open(found[1])).status == 404


async def test_who_may_not_invite_cannot(site: Site) -> None:
    alice = await site.signed_in("alice")
    assert (await alice.open("/settings/invites")).status == 403


@with_settings(WEFT_TRUSTED_PROXIES="0.0.0.0/0")
async def test_the_operator_s_rules_for_networks_and_providers(site: Site) -> None:
    url = site.parts.settings.database_url
    for number, (network, severity) in enumerate(
        (("203.0.113.0/24", 5500), ("198.51.100.0/25", 5000), ("2001:db8::/32", 9999))
    ):
        sql(
            url,
            "INSERT INTO ip_block (id, network, severity, comment, created_at)"
            f" VALUES ({number}, '{network}', {severity}, '', 0)",
        )
    for number, (domain, approval) in enumerate((("bad.example", False), ("odd.example", True))):
        sql(
            url,
            "INSERT INTO email_domain_block (id, domain, allows_with_approval, created_at)"
            f" VALUES ({number}, '{domain}', {approval}, 0)",
        )

    async def tries(name: str, address: str, email: str) -> Answer:
        browser = site.browser()
        page = await browser.open("/auth/sign_up")
        site.clock.ahead_ms += LEAST_MS
        fields = FIELDS | {"username": name, "email": email, "answer": answer_to(site, page)}
        return await browser.submit(
            page, fields, "/auth/sign_up", headers={"x-forwarded-for": address}
        )

    async def waits(name: str) -> bool:
        row = await site.parts.db.one(account_by_handle, handle=f"{name}@127.0.0.1:9999")
        assert row is not None
        return row.approved_at is None

    assert (await tries("a", "203.0.113.77", "a@example.org")).status == 403
    assert (await tries("a", "2001:db8:1::5", "a@example.org")).status == 403
    assert (await tries("a", "198.51.100.9", "a@example.org")).status == 200
    assert await waits("a")
    assert (await tries("b", "198.51.100.200", "b@example.org")).status == 200
    assert not await waits("b")
    assert (await tries("carl", "192.0.2.1", "c@mail.bad.example")).status == 422
    assert (await tries("carl", "192.0.2.1", "c@odd.example")).status == 200
    assert await waits("carl")
