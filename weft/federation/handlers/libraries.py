"""Music libraries: an upload is a post that is no news, and stands in its library (section 1 of the
interop notes of Funkwhale)."""

from collections.abc import Awaitable, Callable

from weft.domain.items.keep import keep_item
from weft.domain.pins.queries import CollectionKind
from weft.domain.posts.delete import delete
from weft.domain.posts.queries import post_by_uri
from weft.domain.shelves.keep import keep_shelf, put, take_down
from weft.domain.shelves.queries import place_by_uri, shelf_by_id, shelf_by_uri
from weft.domain.shelves.records import DescribedShelf, Shelf
from weft.federation.dialects import RemotePost, Unreadable
from weft.federation.handlers.received import DONE, Apply, Received, Tools, Verdict, ignored
from weft.federation.reading.items import nested_items
from weft.federation.reading.shelves import read_place, read_shelf
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import first_id, first_object, objects
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

MOST_AT_ONCE = 100
"""Uploads that one Delete names."""

Put = Callable[[Tx], Awaitable[None]]


async def put_into_library(tools: Tools, got: Received, described: RemotePost) -> Put | None:
    """How an upload comes to stand in its library, if it is in one of its sender's."""
    track, document = described.facets.track, first_object(got.object)
    uri = track.library_uri if track is not None else None
    if uri is None or document is None or not same_origin(uri, got.signer.uri):
        return None
    place = read_place(document, uri)
    if place is None:
        return None
    known: Shelf | None = await tools.db.one(shelf_by_uri, uri=uri)
    library: DescribedShelf | None = None
    if known is None:
        library = await _library(tools, got, uri)
        if library is None:
            return None
    elif known.owner_id != got.signer.id:
        return None
    nested = nested_items(first_object(document.get("track")) or {})

    async def write(tx: Tx) -> None:
        shelf: Shelf | None = await tx.one(shelf_by_uri, uri=uri)
        if shelf is None and library is not None:
            shelf = await keep_shelf(tx, tools.server, got.signer, library)
        if shelf is None or shelf.owner_id != got.signer.id:
            return
        for each in nested:
            await keep_item(tx, tools.server, each)
        await put(tx, tools.server, shelf, place)

    return write


async def _library(tools: Tools, got: Received, uri: str) -> DescribedShelf | None:
    """As its server shows it; one that may not be read has no name, and nobody is shown it."""
    try:
        read = read_shelf(await tools.resolver.document(uri), got.signer.followers_uri)
    except (Unresolved, Unreadable):
        read = read_shelf(
            {"id": uri, "type": "Library", "attributedTo": got.signer.uri, "name": "Music"},
            got.signer.followers_uri,
        )
    if read.owner_uri != got.signer.uri or read.kind is not CollectionKind.LIBRARY:
        return None
    return read


async def take_off_shelf(tx: Tx, uri: str, owner_id: int) -> None:
    """A post that stood on a shelf of its author's is gone."""
    place = await tx.one(place_by_uri, uri=uri)
    if place is None:
        return
    shelf = await tx.one(shelf_by_id, id=place.collection_id)
    if shelf is not None and shelf.owner_id == owner_id:
        await take_down(tx, shelf.id, place.id)


def delete_many(tools: Tools, got: Received) -> Apply | None:
    """A Delete of many uploads at once; None if it is none."""
    inner = first_object(got.object)
    if inner is None or inner.get("type") != "AudioCollection":
        return None
    uris = [first_id(each) for each in objects(inner.get("items"))[:MOST_AT_ONCE]]

    async def apply(tx: Tx) -> Verdict:
        gone = 0
        for uri in uris:
            post = await tx.one(post_by_uri, uri=uri or "")
            if post is not None and post.author_id == got.signer.id:
                await delete(tx, tools.server, post.id)
                await take_off_shelf(tx, post.uri, post.author_id)
                gone += 1
        return DONE if gone else ignored("none of them was here, and the sender's")

    return apply
