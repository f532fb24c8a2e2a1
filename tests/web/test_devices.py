"""Where one is signed in, which applications are let in, and ending that."""

import re

import pytest

from tests.support.asgi import Answer
from tests.support.browser import Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from tests.web.test_resets import app_token, is_in, token_works
from weft.domain.accounts.access import issue_token
from weft.web.device_names import device_name

DEVICES = "/settings/devices"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/19.0 Mobile/15E148 Safari/604.1"
)


def ids(page: Answer, what: str) -> list[str]:
    return re.findall(rf'action="/settings/{what}/(\d+|none)/', page.text)


async def signed_in_with(site: Site, agent: str, address: str) -> Browser:
    tab = site.browser()
    await tab.submit(
        await tab.open("/login"), {"login": "alice", "password": "a long enough secret"}, "/login",
        {"user-agent": agent, "x-forwarded-for": address},
    )  # fmt: skip
    return tab


async def test_every_browser_is_shown_and_one_is_ended(site: Site) -> None:
    phone = await signed_in_with(site, IPHONE, "203.0.113.7")
    laptop = await signed_in_with(site, FIREFOX, "198.51.100.2")
    bobs = await site.signed_in("bob")
    page = await laptop.open(DEVICES)
    shown = words(page)
    assert "Safari on iPhone" in shown
    assert "203.0.113.7" in shown
    assert "Firefox on Linux this one" in shown
    (other,) = ids(page, "devices")  # one's own has no button, bob's is not here
    answer = await bobs.send(f"{DEVICES}/{other}/end", {"csrf": _csrf(await bobs.open(DEVICES))})
    assert answer.status == 404
    assert await is_in(phone)
    await laptop.submit(page, {}, f"{DEVICES}/{other}/end")
    assert not await is_in(phone)
    assert await is_in(laptop)
    again = await laptop.send(f"{DEVICES}/{other}/end", {"csrf": _csrf(page)})
    assert again.status == 404


def _csrf(page: Answer) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found is not None
    return found[1]


async def test_all_others_are_ended_at_once(site: Site) -> None:
    tabs = [await site.signed_in("alice") for _ in range(3)]
    bobs = await site.signed_in("bob")
    page = await tabs[0].submit(await tabs[0].open(DEVICES), {}, f"{DEVICES}/others")
    assert "Every other browser is signed out" in words(page)
    assert [await is_in(each) for each in (*tabs, bobs)] == [True, False, False, True]


async def test_an_application_is_shown_in_words_and_loses_all_that_it_has(site: Site) -> None:
    tab, bobs = await site.signed_in("alice"), await site.signed_in("bob")
    token, bobs_token = await app_token(site, tab), await app_token(site, bobs)
    shown = words(await tab.open(DEVICES))
    assert "Loom" in shown
    assert "not used yet" in shown
    assert "post, edit and delete in your name" in shown
    assert await token_works(site, token)
    page = await tab.open(DEVICES)
    assert "last used" in words(page)
    (app,) = ids(page, "apps")
    token_id, account_id = sql(
        site.parts.settings.database_url,
        f"SELECT id, account_id FROM oauth_token WHERE account_id = {site.accounts['alice']}",
    )[0]
    columns = "id, token_id, account_id, endpoint, p256dh, auth, standard, alerts, created_at"
    sql(
        site.parts.settings.database_url,
        f"INSERT INTO push_subscription ({columns}) VALUES"
        f" (1, {token_id}, {account_id}, 'https://push.example', 'x', 'y', true, '[]', 1)",
    )
    answer = await bobs.send(
        f"/settings/apps/{app}/revoke", {"csrf": _csrf(await bobs.open(DEVICES))}
    )
    assert answer.status == 404
    done = await tab.submit(page, {}, f"/settings/apps/{app}")
    assert "has no access any more" in words(done)
    assert "No application may use your account" in words(done)
    assert not await token_works(site, token)
    assert await token_works(site, bobs_token)
    assert not sql(site.parts.settings.database_url, "SELECT id FROM push_subscription")


async def test_a_token_of_the_command_line_is_one_that_can_be_taken_away(site: Site) -> None:
    made = await issue_token(
        site.parts.db,
        site.parts.server,
        account_id=site.accounts["alice"],
        scopes=frozenset({"read"}),
        family="mastodon",
    )
    tab = await site.signed_in("alice")
    page = await tab.open(DEVICES)
    assert "Made on the command line" in words(page)
    assert await token_works(site, made.token)
    await tab.submit(page, {}, "/settings/apps/none")
    assert not await token_works(site, made.token)


@pytest.mark.parametrize("typed", ["0", "abc", "9" * 16, "9" * 40, "-1", "٣", "1%00"])
async def test_what_is_no_device_and_no_application_is_not_found(site: Site, typed: str) -> None:
    tab = await site.signed_in("alice")
    csrf = _csrf(await tab.open(DEVICES))
    for path in (f"{DEVICES}/{typed}/end", f"/settings/apps/{typed}/revoke"):
        assert (await tab.send(path, {"csrf": csrf})).status == 404
    assert await is_in(tab)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/150.0 Safari/537.36 Edg/150.0",
         "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit Chrome/150.0 Mobile Safari/537.36",
         "Chrome on Android"),
        ("curl/8.5", "A program"),
        ("<script>", "A browser"),
        (None, "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_called_as_its_owner_calls_it(agent: str | None, name: str) -> None:
    assert device_name(agent) == name
