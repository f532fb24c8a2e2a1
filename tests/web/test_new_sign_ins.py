"""Who is signed in to with a browser that was not known gets a letter, over a real mail server."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from tests.support.browser import PASSWORD, Browser
from tests.support.mail import MailHost
from tests.web.conftest import Site
from weft.config.mail import smtp_url
from weft.domain.accounts.queries import Role
from weft.mail.postman import Postman
from weft.mail.transport import SmtpTransport

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
PREFERENCES = "/settings/preferences"


@pytest.fixture
async def host() -> AsyncIterator[MailHost]:
    made = MailHost()
    await made.start()
    yield made
    await made.stop()


async def sign_in(browser: Browser, name: str) -> None:
    told = {"user-agent": FIREFOX, "x-forwarded-for": "198.51.100.2"}
    fields = {"login": name, "password": PASSWORD}
    await browser.submit(await browser.open("/login?again"), fields, "/login", told)


async def taken(site: Site, host: MailHost) -> list[EmailMessage]:
    """The letters that the mail server has by now."""
    chosen = smtp_url(f"smtp://127.0.0.1:{host.port}?tls=none")
    transport = SmtpTransport(chosen, "The Site <hello@site.example>", "site.example")
    while await Postman(site.parts.db, site.parts.server, transport).send_due():
        pass
    return host.taken


async def test_a_browser_that_was_not_known_is_told_of_once(site: Site, host: MailHost) -> None:
    laptop, other = site.browser(), site.browser()
    await sign_in(laptop, "alice")
    assert await taken(site, host) == []  # the first time is no news

    await sign_in(other, "alice")
    [letter] = await taken(site, host)
    assert letter["to"] == "alice@example.org"
    assert letter["subject"] == "A new sign-in on The Site"
    text = letter.get_content()
    assert "Firefox on Linux, from 198.51.100.2" in text
    assert "/settings/devices" in text

    for known in (laptop, other):
        await known.submit(await known.open("/"), {}, "/logout")
        await sign_in(known, "alice")
    assert len(await taken(site, host)) == 1


async def test_what_another_account_was_given_says_nothing(site: Site, host: MailHost) -> None:
    home, shared = site.browser(), site.browser()
    await sign_in(home, "alice")
    await sign_in(shared, "bob")
    await sign_in(shared, "alice")
    assert [each["to"] for each in await taken(site, host)] == ["alice@example.org"]
    # Both are known from here on; what somebody made up is not.
    await sign_in(shared, "bob")
    await sign_in(shared, "alice")
    assert len(await taken(site, host)) == 1
    [name] = [each for each in shared.cookies if "known" in each]
    shared.cookies[name] = shared.cookies[name][:-1] + "~~.."
    await sign_in(shared, "alice")
    assert len(await taken(site, host)) == 1  # only the other half was spoilt
    shared.cookies[name] = "1.2.3." + "0" * 40
    await sign_in(shared, "alice")
    assert len(await taken(site, host)) == 2


async def test_these_letters_can_be_turned_off(site: Site, host: MailHost) -> None:
    laptop = site.browser()
    await sign_in(laptop, "alice")
    page = await laptop.open(PREFERENCES)
    assert 'name="mail_sign_in" checked' in page.text
    usual = {"visibility": "public", "quote_policy": "public"}
    saved = await laptop.submit(page, usual, PREFERENCES)
    assert 'name="mail_sign_in" checked' not in saved.text
    await sign_in(site.browser(), "alice")
    assert await taken(site, host) == []
    await laptop.submit(saved, usual | {"mail_sign_in": "on"}, PREFERENCES)
    await sign_in(site.browser(), "alice")
    assert len(await taken(site, host)) == 1


async def test_the_menu_leads_moderators_to_their_pages(site: Site) -> None:
    await site.add("olga", role=Role.ADMIN)
    for name, shown in (("alice", False), ("olga", True)):
        browser = await site.signed_in(name)
        page = await browser.open("/")
        assert ('href="/admin"' in page.text) is shown
        assert (await browser.open("/admin")).status == (200 if shown else 403)
    assert 'href="/admin"' not in (await site.browser().open("/")).text
