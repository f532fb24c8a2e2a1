"""Shelves, lists of books, playlists and libraries of other servers (section 3 of the interop notes of
BookWyrm, 3 of PeerTube's, 1 of Funkwhale's).

A shelf is its owner's: what is on it, the owner says; on a list that lets others add, they say it of
themselves. Who speaks for another actor of the same server is checked with that server.
"""

from msgspec.structs import replace

from weft.domain.actors.records import Actor
from weft.domain.items.keep import keep_item
from weft.domain.items.queries import item_by_uri
from weft.domain.pins.queries import CollectionKind
from weft.domain.posts.delete import delete
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import post_facets
from weft.domain.relations.queries import followed_here
from weft.domain.shelves.keep import fill, keep_shelf, put, remove_shelf, take_down
from weft.domain.shelves.queries import place_by_uri, place_of_item, shelf_by_id, shelf_by_uri
from weft.domain.shelves.records import (
    DescribedShelf,
    PlaceState,
    Shelf,
    place_facets,
    shelf_facets,
)
from weft.federation.cataloguing import Catalogue
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.reading.shelves import is_place, read_place, read_shelf
from weft.federation.shelving import listed
from weft.protocol.activitystreams import first_id, first_object, first_type
from weft.protocol.origins import same_origin
from weft.storage.database import Tx


async def receive_shelf(tools: Tools, got: Received) -> Apply | Verdict:
    """A shelf, list, playlist or library: new or changed."""
    uri, document = first_id(got.object), first_object(got.object)
    if not got.is_proven:
        return ignored("what is on somebody's shelf, their own server says")
    if uri is None or not same_origin(uri, got.signer.uri):
        return refused("the shelf is of another server than its sender")
    read = await _owned(tools, got.signer, uri, document)
    if isinstance(read, Verdict):
        return read
    described, owner, document = read
    if not await _concerns_us(tools, uri, owner, got.signer):
        return ignored("it concerns nobody here")
    catalogue = Catalogue(tools.db, tools.resolver)
    places, is_all = await listed(tools.resolver, catalogue, document, uri)

    async def apply(tx: Tx) -> Verdict:
        shelf = await keep_shelf(tx, tools.server, owner, described)
        if shelf is None:
            return ignored("its owner has too many, or not this one")
        await fill(tx, tools.server, shelf, places, is_all=is_all)
        return DONE

    return apply


async def receive_shelved(
    tools: Tools, got: Received, target: str, inner: JsonObject | None
) -> Apply | Verdict:
    """Add or Remove: of an item on a shelf."""
    uri = first_id(got.object)
    if not got.is_proven:
        return ignored("what is on somebody's shelf, their own server says")
    if uri is None or inner is None:
        return refused(f"{got.type} names a place on a shelf")
    if not same_origin(uri, got.signer.uri):
        return refused("the object is of another server than its sender")
    adder = first_id(inner.get("actor"))
    if adder is not None and adder != got.signer.uri:
        return refused("what is put on a shelf is put there by its sender")
    if got.type == "Remove":
        return _removal(tools, got, target, inner)
    shelf = await _shelf_at(tools, got, target)
    if isinstance(shelf, Verdict):
        return shelf
    place = read_place(inner, uri)
    if place is None:
        return refused("the place names nothing that stands there")
    state = _standing(shelf, got.signer)
    if isinstance(state, Verdict):
        return state
    facets = (
        place.facets if shelf.owner_id != got.signer.id else replace(place.facets, adder_uri=None)
    )
    catalogue = Catalogue(tools.db, tools.resolver)
    *makers, item = await catalogue.look_up(place.item)
    placed = replace(place, item=item, facets=facets, state=state)
    shelf_id = shelf.id

    async def apply(tx: Tx) -> Verdict:
        now: Shelf | None = await tx.one(shelf_by_id, id=shelf_id)
        if now is None:
            return ignored("the shelf is gone")
        for each in makers:
            await keep_item(tx, tools.server, each)
        if not await put(tx, tools.server, now, placed):
            return ignored("the shelf is full, or the place is on another")
        return DONE

    return apply


def is_shelved(got: Received) -> bool:
    """Does an Add or Remove speak of a shelf?"""
    return is_place(first_object(got.object))


async def forget_shelved(tools: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """The signer takes a shelf away, or something off one; None if ``uri`` is neither."""
    shelf: Shelf | None = await tx.one(shelf_by_uri, uri=uri)
    if shelf is not None:
        if not _is_theirs(shelf, got.signer):
            return refused("only its owner may take a shelf away")
        for post_uri in await remove_shelf(tx, shelf):
            post = await tx.one(post_by_uri, uri=post_uri)
            # What was put into a library goes with it; what somebody wrote of a book stays.
            if (
                post is not None
                and post.author_id == shelf.owner_id
                and post_facets(post.facets).track
            ):
                await delete(tx, tools.server, post.id)
        return DONE
    place = await tx.one(place_by_uri, uri=uri)
    if place is None:
        return None
    shelf = await tx.one(shelf_by_id, id=place.collection_id)
    if shelf is None or not (
        _is_theirs(shelf, got.signer) or place_facets(place.facets).adder_uri == got.signer.uri
    ):
        return refused("only its owner, or who put it there, may take something off a shelf")
    await take_down(tx, shelf.id, place.id)
    return DONE


def _removal(tools: Tools, got: Received, target: str, inner: JsonObject) -> Apply:
    uri, book = first_id(got.object) or "", first_id(inner.get("book"))

    async def apply(tx: Tx) -> Verdict:
        gone = await forget_shelved(tools, tx, got, uri)
        if gone is not None:
            return gone
        # Told of by a page before, which names no places.
        shelf = await tx.one(shelf_by_uri, uri=target)
        item = await tx.one(item_by_uri, uri=book) if book is not None else None
        if shelf is None or item is None or not _is_theirs(shelf, got.signer):
            return ignored("nothing stood there")
        place = await tx.one(place_of_item, of_shelf=shelf.id, of_item=item.id)
        if place is None:
            return ignored("nothing stood there")
        await take_down(tx, shelf.id, place.id)
        return DONE

    return apply


def _is_theirs(shelf: Shelf, signer: Actor) -> bool:
    if shelf.local:
        return False
    return shelf.owner_id == signer.id or shelf_facets(shelf.facets).sender_uri == signer.uri


def _standing(shelf: Shelf, signer: Actor) -> PlaceState | Verdict:
    """May the signer put something on it?"""
    if shelf.owner_id == signer.id:
        return PlaceState.THERE
    if shelf.kind != CollectionKind.BOOKS:
        return refused("only its owner may put something on the shelf")
    match shelf_facets(shelf.facets).curation:
        case "open":
            return PlaceState.THERE
        case "curated" | "group":
            return PlaceState.ASKED
        case _:
            return refused("only its owner may put something on the shelf")


async def _shelf_at(tools: Tools, got: Received, target: str) -> Shelf | Verdict:
    """The shelf that is meant, fetched if it is not known; its address may differ from its id."""
    known: Shelf | None = await tools.db.one(shelf_by_uri, uri=target)
    if known is not None:
        return known
    if not same_origin(target, got.signer.uri):
        return ignored("the shelf is not known here")
    document = await tools.resolver.collection(target)
    uri = first_id(document.get("id"))
    if uri is None:
        return refused("the shelf has no id")
    if uri != target:
        known = await tools.db.one(shelf_by_uri, uri=uri)
        if known is not None:
            return known
        document = await tools.resolver.document(uri) if uri != target else document
    try:
        described = read_shelf(document, None)
        owner = await tools.resolver.actor(described.owner_uri)
        described = read_shelf(document, owner.followers_uri)
    except Unreadable as error:
        return ignored(str(error))
    if not await _concerns_us(tools, uri, owner, got.signer):
        return ignored("it concerns nobody here")
    kept = await tools.db.write(keep_shelf, tools.server, owner, described)
    return kept if kept is not None else ignored("its owner has too many, or not this one")


async def _owned(
    tools: Tools, signer: Actor, uri: str, document: JsonObject | None
) -> tuple[DescribedShelf, Actor, JsonObject] | Verdict:
    """The shelf and whose it is. If that is not the sender, the shelf's server is asked."""
    try:
        if document is not None and first_type(document) is not None and len(document) > 2:
            described = read_shelf(document, signer.followers_uri)
            if described.owner_uri == signer.uri:
                return described, signer, document
        document = await tools.resolver.document(uri)
        described = read_shelf(document, None)
        owner = await tools.resolver.actor(described.owner_uri)
        described = read_shelf(document, owner.followers_uri)
    except Unreadable as error:
        return ignored(str(error))
    if owner.id != signer.id:
        described = replace(described, facets=replace(described.facets, sender_uri=signer.uri))
    return described, owner, document


async def _concerns_us(tools: Tools, uri: str, *owners: Actor) -> bool:
    for each in owners:
        if await tools.db.one(followed_here, target=each.id) is not None:
            return True
    return await tools.db.one(shelf_by_uri, uri=uri) is not None
