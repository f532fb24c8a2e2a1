"""Shelves of other servers: kept as their owners describe them."""

from msgspec import structs

from weft.domain.actors.records import Actor, stored_facets
from weft.domain.collections.queries import uri_taken
from weft.domain.items.keep import keep_item
from weft.domain.pins.queries import CollectionKind
from weft.domain.server import Server
from weft.domain.shelves.queries import (
    count_places,
    count_shelves,
    delete_places,
    delete_shelf,
    favourites_of,
    insert_place,
    insert_shelf,
    last_position,
    next_nth,
    place_by_uri,
    place_of_item,
    shelf_by_id,
    shelf_by_uri,
    update_place,
    update_shelf,
    uris_on,
)
from weft.domain.shelves.records import (
    MOST_PLACES,
    MOST_SHELVES,
    DescribedPlace,
    DescribedShelf,
    Place,
    Shelf,
    place_facets,
)
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


async def keep_shelf(
    tx: Tx, server: Server, owner: Actor, described: DescribedShelf
) -> Shelf | None:
    """A shelf, new or changed. None if its id is another's, or its owner has too many."""
    known: Shelf | None = await tx.one(shelf_by_uri, uri=described.uri)
    now = server.now_ms()
    at = min(described.updated_at or now, now)
    values = {
        "name": described.name,
        "summary": described.summary,
        "visibility": described.visibility,
        "facets": stored_facets(described.facets),
        "updated_at": at,
    }
    if known is not None:
        if known.owner_id != owner.id or known.local:
            return None
        if described.updated_at is not None and at < known.updated_at:
            return known  # older than what is here
        await tx.run(update_shelf, of_shelf=known.id, **values)
        return structs.replace(known, **values)
    row = await tx.one(count_shelves, of_owner=owner.id)
    if row is not None and row[0] >= MOST_SHELVES:
        return None
    if await tx.one(uri_taken, uri=described.uri) is not None:
        return None
    id_ = tx.new_id()
    await tx.run(
        insert_shelf,
        id=id_,
        num=await tx.next_num("collection"),
        owner_id=owner.id,
        kind=described.kind,
        uri=described.uri,
        created_at=min(described.published_at or now, now),
        **values,
    )
    made: Shelf | None = await tx.one(shelf_by_id, id=id_)
    return made


async def favourites(
    tx: Tx, server: Server | None, owner: Actor, reach: Visibility | None
) -> Shelf | None:
    """The shelf of what somebody likes best, made where there is a server to make it on. It is shown to
    no more people than any of what is on it."""
    known: Shelf | None = await tx.one(favourites_of, of_owner=owner.id)
    if server is None or reach is None:
        return known
    now = server.now_ms()
    if known is not None:
        if reach > known.visibility:
            await tx.run(
                update_shelf, of_shelf=known.id, name=known.name, summary=known.summary,
                visibility=reach, facets=known.facets, updated_at=now,
            )  # fmt: skip
        return known
    row = await tx.one(count_shelves, of_owner=owner.id)
    if row is not None and row[0] >= MOST_SHELVES:
        return None
    id_ = tx.new_id()
    await tx.run(
        insert_shelf, id=id_, num=await tx.next_num("collection"), owner_id=owner.id,
        kind=CollectionKind.SHELF, uri=None, name="Favourites", summary="", visibility=reach,
        facets=None, created_at=now, updated_at=now,
    )  # fmt: skip
    made: Shelf | None = await tx.one(shelf_by_id, id=id_)
    return made


async def put(tx: Tx, server: Server, shelf: Shelf, described: DescribedPlace) -> bool:
    """Put an item on a shelf, or change what is said of it there. False if it is full, or the
    place's id is another shelf's."""
    there = await _put(tx, server, shelf, described)
    await tx.run(count_places, of_shelf=shelf.id)
    return there


async def fill(
    tx: Tx, server: Server, shelf: Shelf, described: list[DescribedPlace], *, is_all: bool
) -> None:
    """Put what a shelf's server lists on it; if that is all, what is not listed goes."""
    kept: set[int] = set()
    for each in described[:MOST_PLACES]:
        await _put(tx, server, shelf, each, kept)
    if is_all:
        gone = [row[0] for row in await tx.all(uris_on, of_shelf=shelf.id) if row[0] not in kept]
        if gone:
            await tx.run(delete_places, ids=gone)
    await tx.run(count_places, of_shelf=shelf.id)


async def _put(
    tx: Tx, server: Server, shelf: Shelf, described: DescribedPlace, kept: set[int] | None = None
) -> bool:
    item_id = await keep_item(tx, server, described.item, shelf.owner_uri)
    held: Place | None = None
    if described.uri is not None:
        held = await tx.one(place_by_uri, uri=described.uri)
        if held is not None and held.collection_id != shelf.id:
            return False
        if held is not None and held.target_id != item_id:
            await tx.run(delete_places, ids=[held.id])  # its server has put another there
            held = None
    if held is None:
        held = await tx.one(place_of_item, of_shelf=shelf.id, of_item=item_id)
        if held is not None and _is_another(shelf, held, described):
            held = None
    facets = stored_facets(described.facets)
    if held is not None:
        await tx.run(
            update_place,
            of_place=held.id,
            position=described.position if described.position is not None else held.position,
            uri=described.uri or held.uri,
            facets=facets,
            state=described.state,
        )
        if kept is not None:
            kept.add(held.id)
        return True
    count, last = await tx.one(last_position, of_shelf=shelf.id) or (0, None)
    if count >= MOST_PLACES:
        return False
    before = await tx.one(next_nth, of_shelf=shelf.id, of_item=item_id)
    id_ = tx.new_id()
    await tx.run(
        insert_place,
        id=id_,
        collection_id=shelf.id,
        position=described.position if described.position is not None else (last or 0) + 1,
        target_kind=2,
        target_id=item_id,
        uri=described.uri,
        facets=facets,
        created_at=server.now_ms(),
        state=described.state,
        nth=before[0] if before is not None else 0,
    )
    if kept is not None:
        kept.add(id_)
    return True


def _is_another(shelf: Shelf, held: Place, described: DescribedPlace) -> bool:
    """Is what is told of another place of the same item? On playlists alone a place with an id of its
    own is one; a book stands on a shelf once, whatever its place is called now."""
    return (
        shelf.kind == CollectionKind.PLAYLIST
        and held.uri is not None
        and described.uri is not None
        and held.uri != described.uri
    )


async def take_down(tx: Tx, shelf_id: int, place_id: int) -> None:
    await tx.run(delete_places, ids=[place_id])
    await tx.run(count_places, of_shelf=shelf_id)


async def remove_shelf(tx: Tx, shelf: Shelf) -> tuple[str, ...]:
    """A shelf goes; the ids of the posts that were put on it, as it said."""
    rows = await tx.all(uris_on, of_shelf=shelf.id)
    posts = [place_facets(row[3]).post_uri for row in rows]
    await tx.run(delete_shelf, of_shelf=shelf.id)
    return tuple(each for each in posts if each is not None)
