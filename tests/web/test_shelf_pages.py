"""What stands on somebody's shelf, as a page: to whom it is shown, and what becomes of hostile words."""

from typing import Any

from tests.web.conftest import Site
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.items.records import DescribedItem, ItemFacets, ItemKind
from weft.domain.pins.queries import CollectionKind
from weft.domain.posts.kinds import Credit
from weft.domain.relations.block import block
from weft.domain.relations.follow import accept, follow
from weft.domain.shelves.keep import fill, keep_shelf
from weft.domain.shelves.records import DescribedPlace, DescribedShelf, PlaceFacets, Shelf
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

RAT = "https://far.example/user/rat"


async def reader(site: Site) -> Actor:
    described = RemoteActor(
        uri=RAT, kind=ActorKind.PERSON, username="rat", domain="far.example", host="far.example",
        url=RAT, inbox=f"{RAT}/inbox",
    )  # fmt: skip
    rat: Actor = await site.parts.db.write(save_remote_actor, site.parts.server, described)
    return rat


async def keep(
    site: Site, rat: Actor, name: str, reach: Visibility, *items: DescribedPlace
) -> Shelf:
    described = DescribedShelf(
        uri=f"{RAT}/shelf/{name}", owner_uri=RAT, kind=CollectionKind.SHELF, name=name,
        visibility=reach,
    )  # fmt: skip

    async def write(tx: Tx) -> Any:
        shelf = await keep_shelf(tx, site.parts.server, rat, described)
        assert shelf is not None
        await fill(tx, site.parts.server, shelf, list(items), is_all=True)
        return shelf

    made: Shelf = await site.parts.db.write(write)
    return made


def book(number: int, title: str, note: str = "") -> DescribedPlace:
    item = DescribedItem(
        uri=f"https://far.example/book/{number}", kind=ItemKind.EDITION, title=title,
        facets=ItemFacets(creators=(Credit("Ann Author"),)),
    )  # fmt: skip
    return DescribedPlace(item=item, position=number, facets=PlaceFacets(note=note))


async def test_a_shelf_page_by_page(site: Site) -> None:
    rat = await reader(site)
    books = [book(number, f"Book {number:03d}") for number in range(1, 46)]
    shelf = await keep(site, rat, "Read", Visibility.PUBLIC, *books)
    alice = await site.signed_in("alice")
    profile = await alice.open("/@rat@far.example")
    assert 'href="/@rat@far.example/shelves"' in profile.text
    listed = await alice.open("/@rat@far.example/shelves")
    assert "Shelf · 45" in listed.text
    path = f"/@rat@far.example/shelves/{shelf.id}"
    first = await alice.open(path)
    assert "Book 040" in first.text
    assert "Book 041" not in first.text
    assert "by Ann Author" in first.text
    after = first.text.partition('rel="next" href="')[2].partition('"')[0]
    second = await alice.open(after)
    assert "Book 041" in second.text
    assert "Book 045" in second.text
    assert "Book 040" not in second.text


async def test_words_of_others_are_words(site: Site) -> None:
    rat = await reader(site)
    hostile = "<script>alert(1)</script>"
    shelf = await keep(site, rat, hostile, Visibility.PUBLIC, book(1, hostile, hostile))
    alice = await site.signed_in("alice")
    for path in ("/@rat@far.example/shelves", f"/@rat@far.example/shelves/{shelf.id}"):
        page = await alice.open(path)
        assert page.status == 200
        assert "<script>alert" not in page.text


async def test_who_sees_it(site: Site) -> None:
    rat = await reader(site)
    few = await keep(site, rat, "For few", Visibility.FOLLOWERS, book(1, "Secret"))
    nobody = await keep(site, rat, "For none", Visibility.DIRECT, book(2, "Secret too"))
    alice, stranger = await site.signed_in("alice"), site.browser()
    paths = [f"/@rat@far.example/shelves/{each.id}" for each in (few, nobody)]
    for path in paths:
        assert (await alice.open(path)).status == 404
        assert (await stranger.open(path)).status == 404
    assert "For few" not in (await alice.open("/@rat@far.example/shelves")).text

    async def follows(tx: Tx) -> None:
        me = site.ids["alice"]
        server = site.parts.server
        from weft.domain.actors.queries import actor_by_id

        actor = await tx.one(actor_by_id, id=me)
        assert actor is not None
        await follow(tx, server, follower=actor, target=rat)
        await accept(tx, server, follower_id=me, target_id=rat.id)

    await site.parts.db.write(follows)
    assert "Secret" in (await alice.open(paths[0])).text
    assert (await alice.open(paths[1])).status == 404

    async def blocks(tx: Tx) -> None:
        await block(
            tx, site.parts.server, actor_id=rat.id, target_id=site.ids["alice"], uri=f"{RAT}#b"
        )

    await site.parts.db.write(blocks)
    assert (await alice.open(paths[0])).status == 404


async def test_strange_addresses(site: Site) -> None:
    rat = await reader(site)
    shelf = await keep(site, rat, "Read", Visibility.PUBLIC, book(1, "One"))
    alice = await site.signed_in("alice")
    for typed in ("0", "x", "9" * 30, "-1", "١", str(shelf.id + 1)):
        assert (await alice.open(f"/@rat@far.example/shelves/{typed}")).status == 404
    assert (await alice.open(f"/@alice/shelves/{shelf.id}")).status == 404
    for start in ("x", "1", "9-9-9", "-", f"{'9' * 40}-1"):
        page = await alice.open(f"/@rat@far.example/shelves/{shelf.id}?from={start}")
        assert page.status == 200
