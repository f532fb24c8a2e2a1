"""How posts begin, who finds one, and the letters of what happened."""

import re
from email.message import EmailMessage

import pytest

from tests.support.asgi import Answer
from tests.support.browser import Browser, words
from tests.web.conftest import Site
from tests.web.letters import all_letters, link_in
from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.settings import AccountSettings, account_settings
from weft.domain.actors.queries import actor_by_id
from weft.domain.notifications.letters import AWAY_MS, MOST_TOLD, write_letters
from weft.domain.notifications.notify import NotificationKind, notify

PREFERENCES = "/settings/preferences"
PLAIN = {"visibility": "public", "quote_policy": "public"}


async def save(tab: Browser, **fields: str) -> Answer:
    return await tab.submit(await tab.open(PREFERENCES), PLAIN | fields, PREFERENCES)


async def settings_of(site: Site, name: str = "alice") -> AccountSettings:
    row = await site.parts.db.one(account_by_id, id=site.accounts[name])
    assert row is not None
    return account_settings(row.settings)


async def test_what_is_chosen_holds_for_new_posts_and_for_the_profile(site: Site) -> None:
    tab = await site.signed_in("alice")
    done = await save(
        tab, visibility="private", quote_policy="nobody", language="pt-BR", sensitive="on",
        locked="on", hides_network="on",
    )  # fmt: skip
    assert "Saved" in words(done)
    kept = await settings_of(site)
    assert (kept.visibility, kept.quote_policy) == ("private", "nobody")
    assert (kept.language, kept.sensitive) == ("pt-BR", True)
    actor = await site.parts.db.one(actor_by_id, id=site.ids["alice"])
    assert actor is not None
    assert (actor.locked, actor.hides_network) == (True, True)
    assert (actor.discoverable, actor.indexable) == (False, False)
    page = await tab.open(PREFERENCES)
    assert re.search(r'value="private" selected', page.text)
    await tab.submit(await tab.open("/"), {"text": "for friends", "visibility": ""}, "/compose")
    assert "for friends" not in (await site.browser().open("/@alice")).text
    assert "for friends" in (await tab.open("/@alice")).text


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "everybody"}, {"visibility": ""}, {"quote_policy": "x"},
        {"language": "klingon language"}, {"language": "x" * 300}, {"language": '"><script>'},
    ],
)  # fmt: skip
async def test_what_cannot_be_chosen_changes_nothing(site: Site, fields: dict[str, str]) -> None:
    tab = await site.signed_in("alice")
    before = await settings_of(site)
    answer = await save(tab, **fields, locked="on")
    assert answer.status == 422
    assert words(answer, "[role=alert]")
    assert await settings_of(site) == before
    actor = await site.parts.db.one(actor_by_id, id=site.ids["alice"])
    assert actor is not None
    assert not actor.locked


async def tell(site: Site, kind: NotificationKind, times: int = 1) -> None:
    for _ in range(times):
        await site.parts.db.write(
            notify, site.ids["alice"], kind, site.ids["bob"], None, site.clock()
        )


async def written(site: Site) -> list[EmailMessage]:
    await write_letters(site.parts.db, site.parts.server, site.parts.settings, site.parts.sealer)
    return await all_letters(site, "alice@example.org")


async def test_letters_tell_who_was_away_of_what_they_chose_once(site: Site) -> None:
    tab = await site.signed_in("alice")
    await tell(site, NotificationKind.FOLLOW)  # before they wanted any
    await save(tab, mail_follow="on")
    await tell(site, NotificationKind.MENTION)
    await tell(site, NotificationKind.FOLLOW)
    assert not await written(site)  # they are here
    site.clock.ahead_ms += AWAY_MS + 60_000
    (letter,) = await written(site)
    text = str(letter.get_content())
    assert "follows you now" in text
    assert "mentioned" not in text
    assert "bob" in str(letter["subject"])
    assert len(await written(site)) == 1
    await tell(site, NotificationKind.FOLLOW)
    assert len(await written(site)) == 2


async def test_many_news_are_few_letters(site: Site) -> None:
    tab = await site.signed_in("alice")
    await save(tab, mail_follow="on")
    for number in range(MOST_TOLD + 5):
        await site.add(f"fan{number}", password="a long enough secret")
        await site.parts.db.write(
            notify, site.ids["alice"], NotificationKind.FOLLOW, site.ids[f"fan{number}"], None,
            site.clock(),
        )  # fmt: skip
    site.clock.ahead_ms += AWAY_MS + 60_000
    (letter,) = await written(site)
    assert str(letter["subject"]).startswith(f"{MOST_TOLD} news for you")
    assert len(await written(site)) == 2


async def test_one_click_ends_them_without_signing_in(site: Site) -> None:
    tab = await site.signed_in("alice")
    await save(tab, mail_follow="on", mail_mention="on", language="fr")
    await tell(site, NotificationKind.FOLLOW)
    site.clock.ahead_ms += AWAY_MS + 60_000
    (letter,) = await written(site)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link_in(str(letter["List-Unsubscribe"]).rstrip(">"), "/unsubscribe/")
    assert path in str(letter.get_content())
    stranger = site.browser()
    page = await stranger.open(path)
    assert (await settings_of(site)).mails == ("mention", "follow")  # opening it changes nothing
    assert "No more letters?" in words(page)
    # As a mail program does: no cookie, no word of ours.
    answer = await site.caller.call("POST", path, form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert (await settings_of(site)).mails == ()
    assert (await settings_of(site)).language == "fr"
    await tell(site, NotificationKind.FOLLOW)
    assert len(await written(site)) == 1


async def test_a_link_that_was_made_up_ends_nobodys_letters(site: Site) -> None:
    tab = await site.signed_in("alice")
    await save(tab, mail_follow="on")
    account = site.accounts["alice"]
    for word in (
        str(account),
        f"{account}.",
        f"{account}.{'0' * 40}",
        "x.y",
        f"{account}.é",
        "9" * 60,
    ):
        for method in ("GET", "POST"):
            answer = await site.caller.call(method, f"/unsubscribe/{word}", form={})
            assert answer.status == 404
    assert (await settings_of(site)).mails == ("follow",)
