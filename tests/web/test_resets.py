"""A forgotten password, a changed one, another address: what is told to whom, and what ends."""

import pytest

from tests.support.asgi import Answer
from tests.support.browser import PASSWORD, Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site, asking
from tests.web.letters import all_letters, last_letter, link_in, subjects
from weft.domain.mail.letters import LetterState
from weft.domain.security.new_address import LIFE_MS
from weft.domain.security.passwords import PER_CLIENT, PER_MAILBOX, RESET_LIFE_MS

FORGOTTEN, EDIT = "/auth/password/new", "/auth/password/edit"
EMAIL, CHANGE = "/settings/security/email", "/settings/security/password"
NEW = "an even longer secret"


async def forget(site: Site, email: str, **headers: str) -> Answer:
    tab = site.browser()
    return await tab.submit(await tab.open(FORGOTTEN), {"email": email}, FORGOTTEN, headers)


async def reset_link(site: Site, email: str = "alice@example.org") -> str:
    await forget(site, email)
    return link_in(await last_letter(site, email), EDIT)


async def can_sign_in(site: Site, login: str, password: str) -> bool:
    tab = site.browser()
    await tab.submit(await tab.open("/login"), {"login": login, "password": password}, "/login")
    return "Sign out" in (await tab.open("/public")).text


async def is_in(tab: Browser) -> bool:
    return "Sign out" in (await tab.open("/public")).text


async def app_token(site: Site, tab: Browser) -> str:
    """An application's token, granted by who is signed in."""
    app = await site.app()
    page = await tab.open(asking(app))
    await tab.submit(page, {"decision": "allow"}, "/oauth/authorize")
    code = tab.at.rpartition("code=")[2]
    issued = await site.token(
        grant_type="authorization_code",
        client_id=app.client_id,
        client_secret=app.client_secret,
        redirect_uri=app.redirect_uris[0],
        code=code,
    )
    return str(issued.json["access_token"])


async def token_works(site: Site, token: str) -> bool:
    answer = await site.caller.with_token(token).get("/api/v1/accounts/verify_credentials")
    assert answer.status in (200, 401)
    return answer.status == 200


async def test_the_link_of_the_letter_sets_a_password_once(site: Site) -> None:
    link = await reset_link(site)
    tab = site.browser()
    page = await tab.open(link)
    assert (await tab.open(link)).status == 200  # opening it uses nothing up
    done = await tab.submit(page, {"password": NEW}, EDIT)
    assert "Your password is set" in words(done)
    assert not await is_in(tab)
    assert await can_sign_in(site, "alice", NEW)
    assert not await can_sign_in(site, "alice", PASSWORD)
    assert (await tab.open(link)).status == 404
    assert (await tab.submit(page, {"password": PASSWORD}, EDIT)).status == 404
    assert "password was changed" in (await subjects(site, "alice@example.org"))[-1]


async def test_it_ends_every_session_token_and_code_of_the_account_and_of_nobody_else(
    site: Site,
) -> None:
    tab, bobs = await site.signed_in("alice"), await site.signed_in("bob")
    token, bobs_token = await app_token(site, tab), await app_token(site, bobs)
    app = await site.app()
    page = await tab.open(asking(app))
    await tab.submit(page, {"decision": "allow"}, "/oauth/authorize")
    code = tab.at.rpartition("code=")[2]
    assert await token_works(site, token)
    two_links = [await reset_link(site), await reset_link(site)]
    someone = site.browser()
    await someone.submit(await someone.open(two_links[0]), {"password": NEW}, EDIT)
    assert not await is_in(tab)
    assert not await token_works(site, token)
    exchanged = await site.token(
        grant_type="authorization_code",
        client_id=app.client_id,
        client_secret=app.client_secret,
        redirect_uri=app.redirect_uris[0],
        code=code,
    )
    assert exchanged.status == 400
    assert (await someone.open(two_links[1])).status == 404
    assert await is_in(bobs)
    assert await token_works(site, bobs_token)


async def test_nobody_learns_here_who_has_an_account(site: Site) -> None:
    known, unknown = await forget(site, "alice@example.org"), await forget(site, "eve@example.org")
    assert (known.status, unknown.status) == (200, 200)
    assert words(known).replace("alice@", "eve@") == words(unknown)
    assert len(known.headers) == len(unknown.headers)
    # One letter each: only who reads the mail knows.
    assert len(await all_letters(site, "alice@example.org")) == 1
    assert "No account here has it" in await last_letter(site, "eve@example.org")


async def test_strangers_get_one_letter_in_a_day_and_all_of_them_few(site: Site) -> None:
    for number in range(3):
        await forget(site, "eve@example.org", **{"x-forwarded-for": f"203.0.113.{number}"})
    assert len(await all_letters(site, "eve@example.org")) == 1
    for number in range(60):
        address = {"x-forwarded-for": f"198.51.100.{number}"}
        assert (await forget(site, f"s{number}@example.org", **address)).status == 200
    rows = sql(
        site.parts.settings.database_url,
        f"SELECT count(*) FROM mail_letter WHERE state >= {int(LetterState.WAITING)}",
    )
    assert rows[0][0] == 30


async def test_letters_to_one_mailbox_and_tries_from_one_place_are_few(site: Site) -> None:
    for number in range(PER_MAILBOX.most + 3):
        answer = await forget(
            site, "Alice@Example.org", **{"x-forwarded-for": f"203.0.113.{number}"}
        )
        assert answer.status == 200  # and does not say that nothing was sent
    assert len(await all_letters(site, "alice@example.org")) == PER_MAILBOX.most
    for _ in range(PER_CLIENT.most):
        last = await forget(site, "bob@example.org", **{"x-forwarded-for": "203.0.113.77"})
        assert last.status == 200
    last = await forget(site, "bob@example.org", **{"x-forwarded-for": "203.0.113.77"})
    assert last.status == 429
    assert int(last.headers["retry-after"]) > 0


async def test_a_link_is_good_for_an_hour(site: Site) -> None:
    link = await reset_link(site)
    site.clock.ahead_ms += RESET_LIFE_MS + 1000
    assert (await site.browser().open(link)).status == 404


async def test_who_may_not_sign_in_gets_no_link(site: Site) -> None:
    sql(site.parts.settings.database_url, "UPDATE account SET disabled_at = 1")
    await forget(site, "alice@example.org")
    assert EDIT not in await last_letter(site, "alice@example.org")


async def test_a_second_factor_survives_a_reset(site: Site) -> None:
    from tests.web.test_second_factor import code_of, set_up

    secret, _ = await set_up(site, await site.signed_in("alice"))
    tab = site.browser()
    await tab.submit(await tab.open(await reset_link(site)), {"password": NEW}, EDIT)
    assert not await can_sign_in(site, "alice", NEW)
    await tab.submit(await tab.open("/login"), {"login": "alice", "password": NEW}, "/login")
    await tab.submit(await tab.open("/login/factor"), {"code": code_of(site, secret)})
    assert await is_in(tab)


@pytest.mark.parametrize("password", ["", "short", "x" * 1001])
async def test_a_weak_password_is_refused_and_the_link_stays_good(
    site: Site, password: str
) -> None:
    link, tab = await reset_link(site), site.browser()
    answer = await tab.submit(await tab.open(link), {"password": password}, EDIT)
    assert answer.status == 422
    assert "characters" in words(answer, "[role=alert]")
    await tab.submit(await tab.open(link), {"password": NEW}, EDIT)
    assert await can_sign_in(site, "alice", NEW)


async def test_links_of_one_kind_are_not_links_of_another(site: Site) -> None:
    token = (await reset_link(site)).rpartition("=")[2]
    for path in ("/auth/address?token=", "/auth/confirmation?confirmation_token="):
        assert (await site.browser().open(path + token)).status == 404


@pytest.mark.parametrize(
    "email", ["", "nothing", "a@b@c", "x" * 400 + "@example.org", "a\r\nb@c.de"]
)
async def test_what_is_no_address_is_said_to_be_none(site: Site, email: str) -> None:
    answer = await forget(site, email)
    assert answer.status == 422
    assert "e-mail address" in words(answer, "[role=alert]")


async def test_the_password_is_changed_by_who_knows_it_and_others_are_signed_out(
    site: Site,
) -> None:
    tab, other = await site.signed_in("alice"), await site.signed_in("alice")
    token = await app_token(site, tab)
    for fields, status in (
        ({"password": "not mine", "new_password": NEW}, 403),
        ({"password": PASSWORD, "new_password": "short"}, 422),
        ({"new_password": NEW}, 403),
    ):
        assert (await tab.submit(await tab.open(CHANGE), fields, CHANGE)).status == status
    assert await is_in(other)
    done = await tab.submit(
        await tab.open(CHANGE),
        {"password": PASSWORD, "new_password": NEW, "keep_apps": "on"},
        CHANGE,
    )
    assert "Your password is changed" in words(done)
    assert await is_in(tab)
    assert not await is_in(other)
    assert await token_works(site, token)
    await tab.submit(await tab.open(CHANGE), {"password": NEW, "new_password": PASSWORD}, CHANGE)
    assert not await token_works(site, token)
    assert await can_sign_in(site, "alice", PASSWORD)


async def ask_for_address(site: Site, tab: Browser, email: str) -> Answer:
    return await tab.submit(await tab.open(EMAIL), {"email": email, "password": PASSWORD}, EMAIL)


async def test_a_new_address_holds_once_it_is_proven_and_the_old_one_is_told(site: Site) -> None:
    tab = await site.signed_in("alice")
    assert "A letter is on its way" in words(await ask_for_address(site, tab, "New@Example.org"))
    assert "asked for" in (await subjects(site, "alice@example.org"))[-1]
    assert not await can_sign_in(site, "new@example.org", PASSWORD)
    old_link = await reset_link(site)
    link = link_in(await last_letter(site, "new@example.org"), "/auth/address")
    stranger = site.browser()  # on another device, where nobody is signed in
    page = await stranger.open(link)
    assert not await can_sign_in(site, "new@example.org", PASSWORD)
    done = await stranger.submit(page, {}, "/auth/address")
    assert "Your address is changed" in words(done)
    assert not await is_in(stranger)
    assert await can_sign_in(site, "new@example.org", PASSWORD)
    assert not await can_sign_in(site, "alice@example.org", PASSWORD)
    assert "new@example.org" in await last_letter(site, "alice@example.org")
    assert (await stranger.open(old_link)).status == 404
    assert (await stranger.open(link)).status == 404
    site.clock.ahead_ms += LIFE_MS


async def test_an_address_that_somebody_has_is_not_told_to_who_asks(site: Site) -> None:
    tab = await site.signed_in("alice")
    free = words(await ask_for_address(site, tab, "free@example.org"))
    taken = words(await ask_for_address(site, tab, "bob@example.org"))
    assert free == taken
    letter = await last_letter(site, "bob@example.org")
    assert "belongs to an account here" in letter
    assert "/auth/address" not in letter


async def test_an_address_that_was_taken_meanwhile_stays_with_its_account(site: Site) -> None:
    tab, bobs = await site.signed_in("alice"), await site.signed_in("bob")
    await ask_for_address(site, tab, "new@example.org")
    first = link_in(await last_letter(site, "new@example.org"), "/auth/address")
    await ask_for_address(site, bobs, "new@example.org")
    second = link_in(await last_letter(site, "new@example.org"), "/auth/address")
    assert first != second
    await tab.submit(await tab.open(first), {}, "/auth/address")
    answer = await bobs.submit(await bobs.open(second), {}, "/auth/address")
    assert answer.status == 422
    assert await can_sign_in(site, "new@example.org", PASSWORD)
    assert await can_sign_in(site, "bob@example.org", PASSWORD)


async def test_a_new_password_makes_the_link_to_a_new_address_worthless(site: Site) -> None:
    tab = await site.signed_in("alice")
    await ask_for_address(site, tab, "thief@example.org")
    link = link_in(await last_letter(site, "thief@example.org"), "/auth/address")
    owner = site.browser()
    await owner.submit(await owner.open(await reset_link(site)), {"password": NEW}, EDIT)
    assert (await tab.open(link)).status == 404


@pytest.mark.parametrize(
    "email", ["", "nothing", "alice@example.org", "a@mailinator.com", "x@y@z.example"]
)
async def test_an_address_that_cannot_be_is_refused(site: Site, email: str) -> None:
    tab = await site.signed_in("alice")
    assert (await ask_for_address(site, tab, email)).status == 422
    assert not await all_letters(site, "a@mailinator.com")


FORMS = (
    "/login", "/login/factor", FORGOTTEN, EDIT, "/auth/address", CHANGE, EMAIL,
    "/settings/security/factor", "/settings/security/factor/change",
    "/settings/security/passkeys", "/settings/security/passkeys/1/rename",
    "/settings/security/passkeys/1/remove", "/settings/devices/others/end",
    "/settings/devices/1/end", "/settings/apps/none/revoke", "/settings/delete",
    "/settings/preferences", "/settings/move",
)  # fmt: skip


async def test_every_form_is_refused_without_the_word_of_this_browser(site: Site) -> None:
    tab = await site.signed_in("alice")
    for path in FORMS:
        for csrf in ({}, {"csrf": "0" * 32}):
            answer = await tab.send(path, {"password": PASSWORD, "name": "alice"} | csrf)
            assert (path, answer.status) == (path, 403)
    assert await can_sign_in(site, "alice", PASSWORD)


async def test_the_settings_are_for_who_is_signed_in(site: Site) -> None:
    for path in FORMS:
        if path.startswith("/settings"):
            tab = site.browser()
            await tab.send(path, {})
            assert (path, tab.at.partition("?")[0]) == (path, "/login")
