"""Shelves, lists, playlists, libraries and what stands on them, from their servers to a person's page."""

from typing import Any

from tests.federation.corpus.playing import At, Corpus
from weft.domain.items.queries import credits_of, externals_of, item_by_uri
from weft.domain.items.records import Item, ItemFacets, ItemKind, item_facets
from weft.domain.pins.queries import CollectionKind
from weft.domain.shelves.queries import places_on, shelf_by_uri
from weft.domain.shelves.records import (
    Place,
    PlaceState,
    Shelf,
    place_facets,
    shelf_facets,
)
from weft.domain.visibility.viewer import Visibility

BOOKWYRM = Corpus("bookwyrm")
NEODB = Corpus("neodb")
PEERTUBE = Corpus("peertube")
FUNKWHALE = Corpus("funkwhale")
ALL = (BOOKWYRM, NEODB, PEERTUBE, FUNKWHALE)

RAT = "https://example.com/users/rat"
MOUSE = "https://example.com/user/mouse"
SHELF = "https://example.com/user/rat/shelf/to-read"
BOOK = "https://example.com/book/37292"
LIST = "https://example.com/list/22"
CHANNEL = "https://video.example/video-channels/alice_channel"
PLAYLIST = "https://video.example/video-playlists/5d"
VIDEO = "https://video.example/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d"
LIBRARY = "https://fw.example/federation/music/libraries/dc702491"
TRACK = "https://fw.example/federation/music/tracks/t1"
ARTIST = "https://fw.example/federation/actors/alice"


async def shelf(at: At, uri: str) -> Shelf:
    found: Shelf | None = await at.stage.parts.db.one(shelf_by_uri, uri=await at.place(uri))
    assert found is not None, at.verdicts()
    return found


async def places(at: At, uri: str) -> list[Place]:
    of = await shelf(at, uri)
    found: list[Place] = await at.stage.parts.db.all(
        places_on, of_shelf=of.id, position=-1, after=0, limit=100
    )
    assert of.size == len(found)
    return found


async def item(at: At, uri: str) -> tuple[Item, ItemFacets]:
    found: Item | None = await at.stage.parts.db.one(item_by_uri, uri=await at.place(uri))
    assert found is not None, at.verdicts()
    return found, item_facets(found.facets)


async def verdict(at: At) -> str:
    """The last one."""
    return str(at.verdicts()[-1])


async def a_book_is_served(at: At) -> None:
    """At the address that the payloads name, as the corpus has it."""
    edition = at.load("edition-snake-case") | {
        "id": BOOK, "work": "https://example.com/book/5988",
        "authors": ["https://example.com/author/417"],
    }  # fmt: skip
    await at.serve(edition)
    await at.serve(
        {"id": "https://example.com/author/417", "type": "Author", "name": "Susanna Clarke"}
    )


async def rat_reads(at: At) -> None:
    await a_book_is_served(at)
    await at.person(RAT)
    await at.lena_follows(RAT, accepted=True)
    await at.serve(at.load("shelf"))


@BOOKWYRM.outcome("add-shelfitem", given=rat_reads)
async def on_the_shelf(at: At) -> None:
    made = await shelf(at, SHELF)
    rat = await at.actor(RAT)
    assert (made.owner_id, made.kind, made.name) == (rat.id, CollectionKind.SHELF, "Test Shelf")
    assert (made.summary, made.visibility) == ("summary text", Visibility.PUBLIC)
    (place,) = await places(at, SHELF)
    assert place.title == "Piranesi"
    book, facets = await item(at, BOOK)
    assert (book.kind, facets.pages, facets.languages) == (ItemKind.EDITION, 272, ("English",))
    assert [each.name for each in facets.creators] == ["Susanna Clarke"]
    assert facets.cover_url is not None
    named = dict(await at.stage.parts.db.all(externals_of, of_item=book.id))
    assert named["isbn13"] == "9781526622426"
    assert named["openlibrary"] == "OL29486417M"
    (credit,) = await at.stage.parts.db.all(credits_of, ids=[book.id])
    assert tuple(credit)[1:3] == ("author", "Susanna Clarke")
    assert at.rows("SELECT count(*) FROM post") == [(0,)]


async def it_stands_there(at: At) -> None:
    await rat_reads(at)
    await at.deliver(at.load("add-shelfitem"))
    assert len(await places(at, SHELF)) == 1


async def both_forms_stand_there(at: At) -> None:
    """The Remove of the corpus names another id and another target: what counts is the item's id."""
    await rat_reads(at)
    add = at.load("add-shelfitem")
    add["object"]["id"] = at.payload["object"]["id"]
    await at.deliver(add)
    assert len(await places(at, SHELF)) == 1


@BOOKWYRM.outcome("remove-shelfitem", given=both_forms_stand_there)
async def off_the_shelf(at: At) -> None:
    assert await places(at, SHELF) == []
    await at.deliver(at.payload | {"id": "https://example.com/again"})
    assert "nothing stood there" in await verdict(at)


@BOOKWYRM.outcome("shelf", how="itself")
async def only_its_owner_puts_something_there(at: At) -> None:
    await rat_reads(at)
    await at.person(MOUSE)
    await at.lena_follows(MOUSE, accepted=True)
    add = at.load("add-shelfitem")
    add["object"] |= {"actor": MOUSE}
    await at.deliver(add | {"actor": MOUSE})
    assert "only its owner" in await verdict(at)
    assert await places(at, SHELF) == []


async def mouse_is_followed(at: At) -> None:
    await at.person(MOUSE)


@BOOKWYRM.outcome("create-booklist", given=mouse_is_followed)
async def a_list_of_books(at: At) -> None:
    made = await shelf(at, LIST)
    assert (made.kind, made.name) == (CollectionKind.BOOKS, "Test List")
    assert (made.visibility, shelf_facets(made.facets).curation) == (Visibility.PUBLIC, "curated")


async def the_list_is_served(at: At) -> None:
    await a_book_is_served(at)
    for each in (MOUSE, RAT):
        await at.person(each)
    await at.lena_follows(MOUSE, accepted=True)
    await at.serve(at.load("create-booklist")["object"])
    await at.serve(at.load("create-booklist")["object"], at.payload["target"])


@BOOKWYRM.outcome("add-listitem", given=the_list_is_served)
async def waits_for_the_lists_owner(at: At) -> None:
    made = await shelf(at, LIST)
    rows = at.rows(
        f"SELECT state, position, facets FROM collection_entry WHERE collection_id = {made.id}"
    )
    ((state, position, facets),) = rows
    assert (state, position, place_facets(facets).note) == (PlaceState.ASKED, 1, "hi hello")
    assert await places(at, LIST) == []
    # The owner takes it on.
    add = at.payload | {"id": "https://example.com/listbook/6189#approved", "actor": MOUSE}
    await at.deliver(add | {"object": at.payload["object"] | {"actor": MOUSE}})
    (place,) = await places(at, LIST)
    assert (place.title, place.position) == ("Piranesi", 1)


async def the_work_is_named(at: At) -> None:
    """A shelf whose page embeds what the corpus has alone."""
    await at.person(RAT)
    await at.lena_follows(RAT, accepted=True)


async def on_a_page(at: At, *items: dict[str, Any]) -> None:
    """Rat's shelf, told of, with these on its first page."""
    await at.person(RAT)
    await at.lena_follows(RAT, accepted=True)
    shelf_document = at.load("shelf") | {"totalItems": len(items)}
    page = {
        "id": shelf_document["first"],
        "type": "OrderedCollectionPage",
        "orderedItems": [*items],
    }
    await at.serve(page)
    for each in items:
        await at.serve(each)
    told = {"type": "Create", "actor": RAT, "object": shelf_document}
    await at.deliver(told | {"id": f"{SHELF}/activity"})


@BOOKWYRM.outcome("edition-snake-case", "work-snake-case", how="itself")
async def a_book_of_an_early_server(at: At) -> None:
    """Of another server than the shelf: that one is asked."""
    await on_a_page(at, at.payload)
    (place,) = await places(at, SHELF)
    kind = ItemKind.EDITION if at.file.startswith("edition") else ItemKind.WORK
    assert (place.title, place.item_kind) == ("Piranesi", kind)
    _, facets = await item(at, at.payload["id"])
    assert "<" not in facets.description
    assert "Piranesi" in facets.description


@BOOKWYRM.outcome("series", "seriesbook", how="itself")
async def a_series(at: At) -> None:
    """It is in the catalogue once something of it is on a shelf; a book's place in it has no title."""
    document = at.load("series")
    await on_a_page(at, document)
    found, facets = await item(at, document["id"])
    assert (found.kind, found.title) == (ItemKind.SERIES, "Example Series 2")
    assert facets.other_titles == ("Exemple de série 2", "Esimerkkisarja 2")
    assert facets.members == (await at.place("https://example.com/seriesbook/2"),)


@NEODB.outcome("catalog-movie", how="itself")
async def a_film(at: At) -> None:
    collection = at.load("shelf-envelope")
    await at.person(collection["attributedTo"], preferredUsername="carol")
    await at.lena_follows(collection["attributedTo"], accepted=True)
    page = {"id": collection["first"], "type": "OrderedCollectionPage", "partOf": collection["id"]}
    entry = {"type": "ShelfItem", "withRegardTo": at.payload["id"], "commentText": "Slow"}
    await at.serve(page | {"orderedItems": [entry]})
    await at.serve(at.payload)
    told = {"id": "https://remote.example/1", "type": "Create", "actor": collection["attributedTo"]}
    await at.deliver(told | {"object": collection | {"totalItems": 1}})
    (place,) = await places(at, collection["id"])
    assert (place.title, place.item_kind) == ("Billy Lynn's Long Halftime Walk", ItemKind.FILM)
    assert place_facets(place.facets).note == "Slow"
    found, facets = await item(at, at.payload["id"])
    assert (facets.rating, facets.released) == (7.3, "2016")
    assert ("imdb", "tt2513074") in [
        tuple(row) for row in await at.stage.parts.db.all(externals_of, of_item=found.id)
    ]


@NEODB.outcome("shelf-envelope", "shelf-items-page", how="itself")
async def a_list_of_works(at: At) -> None:
    collection = at.load("shelf-envelope") | {"totalItems": 2}
    await at.person(collection["attributedTo"], preferredUsername="carol")
    await at.lena_follows(collection["attributedTo"], accepted=True)
    await at.serve(at.load("shelf-items-page"), collection["first"])
    told = {"id": "https://remote.example/1", "type": "Create", "actor": collection["attributedTo"]}
    await at.deliver(told | {"object": collection})
    made = await shelf(at, collection["id"])
    assert (made.kind, made.name) == (CollectionKind.SHELF, "Remote")
    notes = [place_facets(each.facets).note for each in await places(at, collection["id"])]
    assert notes == ["first", ""]


async def the_channel_is_here(at: At) -> None:
    """With a playlist of two places, whose video its server shows."""
    await at.person(CHANNEL, type="Group")
    create = at.load("create-video-v8")
    await at.person(create["actor"])
    await at.lena_follows(create["actor"], accepted=True)
    await at.deliver(create)
    playlist = at.load("create-playlist")["object"]
    element = at.load("playlist-element")
    gone = element | {"id": f"{PLAYLIST}/videos/2", "url": None, "position": 2}
    page = {"id": playlist["first"], "type": "OrderedCollectionPage", "partOf": PLAYLIST}
    await at.serve(page | {"orderedItems": [element["id"], gone["id"]]})
    for each in (playlist, element, gone):
        await at.serve(each)


@PEERTUBE.outcome("create-playlist", given=the_channel_is_here)
async def a_playlist_of_the_channel(at: At) -> None:
    made = await shelf(at, PLAYLIST)
    channel = await at.actor(CHANNEL)
    assert (made.owner_id, made.kind) == (channel.id, CollectionKind.PLAYLIST)
    assert (made.name, made.summary) == ("Talks", "All talks")
    assert [each.item_uri for each in await places(at, PLAYLIST)] == [
        await at.place(VIDEO), await at.place(f"{PLAYLIST}/videos/2"),
    ]  # fmt: skip
    assert at.rows("SELECT count(*) FROM post") == [(1,)], "a playlist is no post"
    # What its account made, it may take away.
    told = {"type": "Delete", "actor": at.payload["actor"], "object": PLAYLIST}
    await at.deliver(told | {"id": f"{PLAYLIST}/delete"})
    assert at.rows("SELECT id FROM collection WHERE kind = 5") == []


async def the_playlist_is_here(at: At) -> None:
    await the_channel_is_here(at)
    await at.deliver(at.load("create-playlist"))


@PEERTUBE.outcome("playlist-element", how="itself", given=the_playlist_is_here)
async def from_here_to_there(at: At) -> None:
    first, second = await places(at, PLAYLIST)
    facets = place_facets(first.facets)
    assert (first.position, facets.start_ms, facets.stop_ms) == (1, 5000, 9000)
    assert (second.position, second.title) == (2, "")


async def the_library_is_here(at: At) -> None:
    await at.person(ARTIST)
    await at.lena_follows(ARTIST, accepted=True)
    await at.serve(at.load("library"))
    await at.serve(at.load("library-page"))


@FUNKWHALE.outcome("create-audio-library", given=the_library_is_here)
async def in_its_library(at: At) -> None:
    made = await shelf(at, LIBRARY)
    assert (made.kind, made.name, made.visibility) == (
        CollectionKind.LIBRARY, "My rock", Visibility.PUBLIC,
    )  # fmt: skip
    (place,) = await places(at, LIBRARY)
    assert (place.title, place.item_kind) == ("Opening", ItemKind.TRACK)
    track, facets = await item(at, TRACK)
    album, of_album = await item(at, "https://fw.example/federation/music/albums/b1")
    assert (track.parent_id, facets.owner_uri) == (album.id, await at.place(ARTIST))
    assert (album.title, of_album.released) == ("First", "1999-03-02")
    assert [each.name for each in facets.creators] == ["Les Exemples"]
    assert (await at.status())["media_attachments"][0]["type"] == "audio"


async def the_track_is_here(at: At) -> None:
    await the_library_is_here(at)
    await at.deliver(at.load("create-audio-library"))
    assert len(await places(at, LIBRARY)) == 1


@FUNKWHALE.outcome("library", "library-page", how="itself", given=the_library_is_here)
async def a_library_told_of(at: At) -> None:
    told = at.load("update-library") | {"id": f"{LIBRARY}#update"}
    await at.deliver(told | {"object": at.load("library") | {"totalItems": 1}})
    (place,) = await places(at, LIBRARY)
    assert place.title == "Opening"


@FUNKWHALE.outcome("update-library", how="itself", given=the_track_is_here)
async def another_name(at: At) -> None:
    await at.deliver(at.payload | {"id": f"{LIBRARY}#update"})
    assert (await shelf(at, LIBRARY)).name == "Renamed"
    assert len(await places(at, LIBRARY)) == 1


@FUNKWHALE.outcome("delete-library", how="itself", given=the_track_is_here)
async def a_library_with_all_that_is_in_it(at: At) -> None:
    upload = "https://fw.example/federation/music/uploads/u1"
    assert await at.known(upload)
    await at.deliver(at.payload | {"id": f"{LIBRARY}#delete"})
    assert at.rows("SELECT id FROM collection WHERE kind = 6") == []
    assert not await at.known(upload)


@FUNKWHALE.outcome("update-track", how="itself", given=the_track_is_here)
async def another_title(at: At) -> None:
    """By the server's own actor, or who answers for it; another of the server is not believed."""
    other = "https://fw.example/federation/actors/mallory"
    await at.person(other)
    genuine = at.load("create-audio-library")["object"]["track"]
    await at.serve(genuine)
    await at.deliver(at.payload | {"id": f"{other}#1", "actor": other})
    assert (await item(at, TRACK))[0].title == "Opening"
    await at.person(at.payload["actor"], type="Service")
    await at.deliver(at.payload | {"id": f"{TRACK}#update"})
    assert (await item(at, TRACK))[0].title == "Opening (remaster)"


@FUNKWHALE.outcome("delete-audiocollection", how="itself", given=the_track_is_here)
async def many_at_once(at: At) -> None:
    await at.deliver(at.payload | {"id": f"{LIBRARY}#delete-many"})
    assert not await at.known("https://fw.example/federation/music/uploads/u1")
    assert await places(at, LIBRARY) == []


@PEERTUBE.outcome("create-cachefile", "create-watchaction", how="itself")
async def left_alone_on_purpose(at: At) -> None:
    await at.person(at.payload["actor"])
    await at.deliver(at.payload)
    said = await verdict(at)
    assert "not played" in said or "kept nowhere" in said
