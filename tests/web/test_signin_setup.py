"""The set-up link: whoever can read the server's terminal makes its first admin, once."""

import asyncio

import pytest

from tests.support.browser import PASSWORD, words
from tests.web.conftest import Site
from weft.domain.accounts.queries import Role, account_by_email, count_accounts
from weft.domain.identity.first_admin import make_setup_link

FIELDS = {"name": "ada", "email": "ada@example.org", "password": PASSWORD}


async def link(site: Site) -> str:
    made = await make_setup_link(site.parts.db, site.parts.settings)
    assert made is not None
    return made


async def admins(site: Site) -> int:
    counted = await site.parts.db.one(count_accounts, admins=True)
    assert counted is not None
    return int(counted[0])


async def test_the_link_makes_an_admin_who_is_signed_in(site: Site) -> None:
    browser = site.browser()
    page = await browser.submit(await browser.open(await link(site)), FIELDS)
    assert browser.at == "/admin/start"
    assert "Sign out" in page.text
    row = await site.parts.db.one(account_by_email, email="ada@example.org")
    assert row is not None
    assert row.role == Role.OWNER
    assert PASSWORD not in (row.password_hash or "")


async def test_the_link_works_once(site: Site) -> None:
    address, browser = await link(site), site.browser()
    form = await browser.open(address)
    await browser.submit(form, FIELDS)
    other = site.browser()
    assert (await other.open(address)).status == 403
    other.cookies = dict(browser.cookies)
    late = await other.send("/setup", FIELDS | {"name": "eve", "email": "eve@example.org"})
    assert late.status == 403
    assert await admins(site) == 1
    assert await make_setup_link(site.parts.db, site.parts.settings) is None


async def test_of_several_at_once_one_becomes_admin(site: Site) -> None:
    browser = site.browser()
    form = await browser.open(await link(site))

    async def enter(number: int) -> int:
        one = site.browser()
        one.cookies = dict(browser.cookies)
        fields = {"name": f"ada{number}", "email": f"ada{number}@example.org"}
        return (await one.submit(form, FIELDS | fields)).status

    statuses = await asyncio.gather(*(enter(number) for number in range(4)))
    assert sorted(statuses) == [200, 403, 403, 403]
    assert await admins(site) == 1


async def test_a_newer_link_makes_the_older_worthless(site: Site) -> None:
    older, newer = await link(site), await link(site)
    assert (await site.browser().open(older)).status == 403
    assert (await site.browser().open(newer)).status == 200


@pytest.mark.parametrize("token", ["", "?token=", "?token=nonsense", "?token=%C3%BC"])
async def test_nobody_else_gets_in(site: Site, token: str) -> None:
    await link(site)
    page = await site.browser().open(f"/setup{token}")
    assert page.status == 403
    assert "weft setup" in words(page, "[role=alert]")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a b"},
        {"name": "alice"},
        {"name": "x" * 31},
        {"email": "nonsense"},
        {"email": "alice@example.org"},
        {"password": "short"},
        {"password": "x" * 1001},
    ],
)
async def test_a_mistake_can_be_mended_and_does_not_use_the_link_up(
    site: Site, wrong: dict[str, str]
) -> None:
    browser = site.browser()
    page = await browser.submit(await browser.open(await link(site)), FIELDS | wrong)
    assert page.status == 422
    assert words(page, "[role=alert]").endswith(".")
    assert await admins(site) == 0
    await browser.submit(page, FIELDS)
    assert await admins(site) == 1
    assert browser.at == "/admin/start"


async def test_the_form_must_be_our_own(site: Site) -> None:
    address, browser = await link(site), site.browser()
    await browser.open(address)
    page = await browser.send("/setup", FIELDS | {"token": address.partition("=")[2]})
    assert page.status == 403
    assert await admins(site) == 0
