"""Deleting one's own account: what is asked, what goes, who is told."""

import pytest

from tests.support.browser import PASSWORD, Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from tests.web.letters import subjects
from tests.web.test_preferences import save
from tests.web.test_resets import app_token, can_sign_in, is_in, token_works
from weft.domain.accounts.belongings import STEP, sweep_belongings
from weft.domain.accounts.queries import Role
from weft.domain.notifications.notify import NotificationKind, notify
from weft.domain.posts import keep
from weft.domain.reactions.react import ReactionKind, react

DELETE = "/settings/delete"


async def delete(tab: Browser, **fields: str) -> None:
    given = {"name": "alice", "password": PASSWORD} | fields
    answer = await tab.submit(await tab.open(DELETE), given, DELETE)
    assert "Your account is deleted" in words(answer), answer.text


def rows(site: Site, table: str, column: str = "actor_id") -> int:
    found = sql(
        site.parts.settings.database_url,
        f"SELECT count(*) FROM {table} WHERE {column} = {site.ids['alice']}",
    )
    return int(found[0][0])


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "alice"}, 403),
        ({"name": "alice", "password": "not mine"}, 403),
        ({"name": "", "password": PASSWORD}, 422),
        ({"name": "bob", "password": PASSWORD}, 422),
    ],
)
async def test_it_asks_for_the_name_and_the_password(
    site: Site, fields: dict[str, str], status: int
) -> None:
    tab = await site.signed_in("alice")
    page = await tab.open(DELETE)
    assert "make an archive" in words(page)
    assert "stays taken" in words(page)
    assert (await tab.submit(page, fields, DELETE)).status == status
    assert await is_in(tab)


async def test_it_asks_for_the_second_factor(site: Site) -> None:
    from tests.web.test_second_factor import code_of, set_up

    tab = await site.signed_in("alice")
    secret, _ = await set_up(site, tab)
    for code in ("", "000000"):
        fields = {"name": "alice", "password": PASSWORD, "code": code}
        assert (await tab.submit(await tab.open(DELETE), fields, DELETE)).status == 422
    await delete(tab, code=code_of(site, secret))


async def test_everything_goes_and_the_name_stays_taken(site: Site) -> None:
    tab, other = await site.signed_in("alice"), await site.signed_in("alice")
    bobs = await site.signed_in("bob")
    token = await app_token(site, tab)
    await save(tab, mail_follow="on")
    await tab.submit(await tab.open("/settings/profile"), {"name": "Alice", "bio": "Tea"},
                     "/settings/profile")  # fmt: skip
    mine = await tab.submit(await tab.open("/"), {"text": "hello world"}, "/compose")
    assert "hello world" in mine.text
    await bobs.submit(await bobs.open("/"), {"text": "from bob"}, "/compose")
    bobs_post = int(bobs.at.rpartition("/")[2])
    parts, me = site.parts, site.ids["alice"]
    await parts.db.write(
        react, parts.server, actor_id=me, post_id=bobs_post, kind=ReactionKind.LIKE, local=True
    )
    await parts.db.write(keep.bookmark, parts.server, actor_id=me, post_id=bobs_post)
    await parts.db.write(notify, me, NotificationKind.FOLLOW, site.ids["bob"], None, site.clock())
    await delete(tab)
    assert not await is_in(tab)
    assert not await is_in(other)
    assert not await token_works(site, token)
    assert not await can_sign_in(site, "alice", PASSWORD)
    assert (await site.browser().open("/@alice")).status == 404
    assert await sweep_belongings(parts.db, parts.server) == 0
    for table in ("account", "bookmark", "reaction", "actor_note", "block"):
        assert (table, rows(site, table)) == (table, 0)
    assert rows(site, "notification", "owner_id") == 0
    assert rows(site, "home_entry", "owner_id") == 0
    assert rows(site, "post", "author_id") == 0
    url = parts.settings.database_url
    assert sql(url, f"SELECT name, summary, facets FROM actor WHERE id = {me}") == [("", "", None)]
    likes = sql(url, f"SELECT likes FROM post_stats WHERE post_id = {bobs_post}")
    assert likes == [(0,)]
    for table in ("web_session", "oauth_token", "mail_token"):
        (count,) = sql(
            url, f"SELECT count(*) FROM {table} WHERE account_id = {site.accounts['alice']}"
        )
        assert (table, count) == (table, (0,))
    assert "was deleted" in (await subjects(site, "alice@example.org"))[-1]
    told = sql(url, f"SELECT count(*) FROM activity WHERE actor_id = {me}")
    assert told[0][0] >= 1
    with pytest.raises(Exception, match="taken"):
        await site.add("alice")
    assert await is_in(bobs)
    assert "from bob" in (await bobs.open("/@bob")).text


async def test_what_is_much_goes_in_steps(site: Site) -> None:
    tab, url = await site.signed_in("alice"), site.parts.settings.database_url
    for number in range(STEP + 50):
        sql(url, "INSERT INTO notification (id, owner_id, kind, from_id, filtered, created_at)"
                 f" VALUES ({number + 1}, {site.ids['alice']}, 3, {number + 1}, false, 1)")  # fmt: skip
    await delete(tab)
    assert rows(site, "notification", "owner_id") == 50
    await sweep_belongings(site.parts.db, site.parts.server)
    assert rows(site, "notification", "owner_id") == 0


async def test_the_only_admin_stays(site: Site) -> None:
    await site.add("root1", role=Role.ADMIN)
    tab = await site.signed_in("root1")
    page = await tab.open(DELETE)
    assert "only admin" in words(page)
    assert '<form method="post" action="/settings/delete"' not in page.text
    csrf = page.text.partition('name="csrf" value="')[2][:32]
    answer = await tab.send(DELETE, {"csrf": csrf, "name": "root1", "password": PASSWORD})
    assert answer.status == 409
    assert await is_in(tab)
