"""The page of a collection, and what others show of it."""

from tests.web.conftest import Site
from weft.domain.actors.queries import actor_by_id
from weft.domain.collections.keep import change_collection, make_collection
from weft.domain.collections.records import Collection, CollectionWishes
from weft.domain.relations.block import block


async def made(site: Site, name: str, *members: str, **more: object) -> Collection:
    db, server = site.parts.db, site.parts.server
    owner = await db.one(actor_by_id, id=site.ids["alice"])
    assert owner is not None
    wishes = CollectionWishes(name=name, **more)  # type: ignore[arg-type]
    ids = [site.ids[each] for each in members]
    collection: Collection = await db.write(make_collection, server, owner, wishes, ids)
    return collection


async def test_a_collection_can_be_read_by_everybody_and_left(site: Site) -> None:
    row = await made(site, "Gardeners <b>", "bob", summary="They know soil", tag="plants")
    path = f"/collections/{row.id}"
    stranger = site.browser()
    page = await stranger.open(path)
    assert page.status == 200
    assert "Gardeners &lt;b&gt;" in page.text
    assert 'href="/@bob"' in page.text
    assert "They know soil" in page.text
    assert 'href="/tags/plants"' in page.text
    assert '<meta property="og:title" content="Gardeners &lt;b&gt; (one person)">' in page.text
    assert f'<link rel="alternate" type="application/activity+json" href="{row.uri}">' in page.text
    assert "noindex" in page.text  # alice has not agreed to be found by search engines
    assert "/follow" not in page.text
    assert "Leave the collection" not in page.text

    listed = await stranger.open("/@alice")
    assert "/@alice/collections" in listed.text
    assert path in (await stranger.open("/@alice/collections")).text
    assert "/@bob/collections" not in (await stranger.open("/@bob")).text
    software = {"accept": "application/activity+json"}
    sent = await site.caller.call("GET", path, headers=software)
    assert (sent.status, sent.headers["location"]) == (302, row.uri)
    answer = await stranger.open(f"/ap/collections/{row.id}")
    assert "Gardeners" in answer.text  # browsers are sent to the page

    bob = site.browser()
    await bob.sign_in("bob")
    left = await bob.submit(await bob.open(path), {}, f"{path}/leave")
    assert "Nobody yet." in left.text
    again = await bob.open(path)
    assert "Leave the collection" not in again.text


async def test_people_in_it_can_be_followed_from_the_page(site: Site) -> None:
    row = await made(site, "Gardeners", "bob")
    alice = site.browser()
    await alice.sign_in("alice")
    page = await alice.open(f"/collections/{row.id}")
    followed = await alice.submit(page, {}, f"/people/{site.ids['bob']}/follow")
    assert "Following" in followed.text
    assert '/follow"' not in followed.text


async def test_what_is_not_for_the_visitor_is_not_shown(site: Site) -> None:
    db, server = site.parts.db, site.parts.server
    row = await made(site, "Hidden", "bob", discoverable=False)
    stranger, bob = site.browser(), site.browser()
    await bob.sign_in("bob")
    assert "/@alice/collections" not in (await stranger.open("/@alice")).text
    assert "Hidden" not in (await stranger.open("/@alice/collections")).text
    assert (await stranger.open(f"/collections/{row.id}")).status == 200
    for wrong in ("1", "x", "9" * 30, "%00", "-1"):
        assert (await stranger.open(f"/collections/{wrong}")).status == 404
    shown = CollectionWishes(discoverable=True)
    await db.write(change_collection, server, row, shown)
    assert "Hidden" in (await stranger.open("/@alice/collections")).text
    await db.write(block, server, actor_id=site.ids["alice"], target_id=site.ids["bob"])
    assert (await bob.open(f"/collections/{row.id}")).status == 404
    assert "Hidden" not in (await bob.open("/@alice/collections")).text


async def test_collections_are_searched_for_by_words_and_by_address(site: Site) -> None:
    row = await made(site, "Gardeners", "bob", summary="They know soil")
    await made(site, "Gardeners unlisted", discoverable=False)
    stranger, bob = site.browser(), site.browser()
    await bob.sign_in("bob")
    for who in (stranger, bob):
        page = await who.open("/search?q=garden")
        assert f'href="/collections/{row.id}"' in page.text
        assert "unlisted" not in page.text
    assert "They know soil" in (await bob.open(f"/search?q={row.uri}")).text
    for address in (row.uri, row.url):
        shown = await bob.open(f"/authorize_interaction?uri={address}")
        assert "Gardeners" in shown.text
    alice = await site.parts.db.one(actor_by_id, id=site.ids["alice"])
    assert alice is not None
    await site.parts.db.write(
        block, site.parts.server, actor_id=alice.id, target_id=site.ids["bob"]
    )
    hidden = await bob.open(f"/search?q={row.uri}")
    assert hidden.status == 200
    assert "Nothing was found." in hidden.text
