"""Collections of other servers: kept as their owners describe them.

Of the people in them, only those are kept who agreed: one of ours if they did so here, others if their
server's stamp was read (by ``federation/featuring``) before this is called.
"""

from msgspec import Struct, structs

from weft.domain.actors.records import Actor, stored_facets
from weft.domain.collections.asking import lost_place
from weft.domain.collections.keep import save, store, store_entry, tell_members
from weft.domain.collections.queries import (
    collection_by_uri,
    count_collections,
    delete_entry,
    entries_by_uris,
    entries_in,
    place_entry,
    set_entry_state,
    uri_taken,
)
from weft.domain.collections.records import (
    MOST_REMOTE_COLLECTIONS,
    MOST_REMOTE_MEMBERS,
    Collection,
    Entry,
    EntryState,
    RemoteCollection,
    RemoteItem,
)
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


class Agreed(Struct, frozen=True):
    """A place in a collection whose person was found, and has agreed as far as is known here."""

    item: RemoteItem
    target: Actor


async def store_collection(
    tx: Tx, server: Server, owner: Actor, described: RemoteCollection, agreed: list[Agreed]
) -> Collection | None:
    """Keep a collection as its owner's server describes it, with those who agreed. None if its id
    is another's, or its owner has too many."""
    known: Collection | None = await tx.one(collection_by_uri, uri=described.uri)
    if known is None:
        known = await _insert(tx, server, owner, described)
        if known is None:
            return None
    elif known.owner_id != owner.id:
        return None
    elif min(described.updated_at or known.updated_at, server.now_ms()) < known.updated_at:
        return known  # older than what is here
    else:
        known = await _update(tx, server, known, described)
    places = {item.uri: place for place, item in enumerate(described.items, 1)}
    for entry in await tx.all(entries_in, of_collection=known.id):
        # One of ours who agreed a moment ago may not be listed yet.
        if entry.uri is not None and entry.uri not in places:
            await lost_place(tx, known, entry)
    await _store_items(tx, server, known, agreed, places)
    return known


async def store_item(tx: Tx, server: Server, known: Collection, agreed: Agreed) -> bool:
    """Keep one person's place in another server's collection, behind the others. False if there is
    none for them: they have not agreed, or it is full."""
    return await _store_items(tx, server, known, [agreed], {}) == 1


async def _store_items(
    tx: Tx, server: Server, known: Collection, agreed: list[Agreed], places: dict[str, int]
) -> int:
    """How many are kept. What is as it was, is not written again."""
    uris = [each.item.uri for each in agreed]
    taken = {row.uri: row for row in await tx.all(entries_by_uris, uris=uris)}
    there = {row.target_id: row for row in await tx.all(entries_in, of_collection=known.id)}
    last = max((row.position for row in there.values()), default=0)
    kept = 0
    for each in agreed:
        item, target = each.item, each.target
        here, holder = there.get(target.id), taken.get(item.uri)
        if holder is not None and holder.collection_id != known.id:
            continue
        if target.local and (here is None or here.state != EntryState.ACCEPTED):
            continue
        if holder is not None and holder.target_id != target.id:
            if holder.target_local:
                continue
            await tx.run(delete_entry, of_entry=holder.id)  # the place is somebody else's now
            there.pop(holder.target_id, None)
        if here is None and len(there) >= MOST_REMOTE_MEMBERS:
            continue
        place = places.get(item.uri, last + 1 if here is None else here.position)
        placed = (
            _placed(tx, server, known, each, place) if here is None else _moved(here, each, place)
        )
        if here is None:
            await store_entry(tx, placed)
        elif placed != here:
            await tx.run(place_entry, of_entry=here.id, uri=placed.uri, position=placed.position)
            await tx.run(
                set_entry_state, of_entry=here.id, state=placed.state, stamp_uri=placed.stamp_uri
            )
        there[target.id] = taken[item.uri] = placed
        kept += 1
    return kept


def _placed(tx: Tx, server: Server, known: Collection, agreed: Agreed, place: int) -> Entry:
    item, now = agreed.item, server.now_ms()
    return Entry(
        id=tx.new_id(), collection_id=known.id, position=place, target_id=agreed.target.id,
        uri=item.uri, state=EntryState.ACCEPTED, stamp_uri=item.stamp_uri,
        created_at=min(item.published_at or now, now), target_uri=agreed.target.uri,
        target_local=False,
    )  # fmt: skip


def _moved(here: Entry, agreed: Agreed, place: int) -> Entry:
    """The stamp of one of ours is here, whatever is said of it."""
    stamp = here.stamp_uri if here.target_local else agreed.item.stamp_uri
    return structs.replace(
        here, uri=agreed.item.uri, position=place, state=EntryState.ACCEPTED, stamp_uri=stamp
    )


async def _insert(
    tx: Tx, server: Server, owner: Actor, described: RemoteCollection
) -> Collection | None:
    row = await tx.one(count_collections, of_owner=owner.id)
    if row is not None and row[0] >= MOST_REMOTE_COLLECTIONS:
        return None
    if await tx.one(uri_taken, uri=described.uri) is not None:
        return None
    now = server.now_ms()
    made = _described(
        Collection(
            id=tx.new_id(),
            owner_id=owner.id,
            uri=described.uri,
            url=None,
            name="",
            summary=None,
            visibility=Visibility.PUBLIC,
            facets=None,
            created_at=min(described.published_at or now, now),
            updated_at=min(described.updated_at or now, now),
            local=False,
            owner_uri=owner.uri,
        ),
        described,
    )
    await store(tx, made)
    return made


async def _update(
    tx: Tx, server: Server, known: Collection, described: RemoteCollection
) -> Collection:
    now = server.now_ms()
    at = min(described.updated_at or now, now)
    changed = structs.replace(_described(known, described), updated_at=at)
    if changed != known:
        await save(tx, changed)
    if (changed.name, changed.summary) != (known.name, known.summary):
        await tell_members(tx, server, changed)
    return changed


def _described(known: Collection, described: RemoteCollection) -> Collection:
    return structs.replace(
        known,
        url=described.url,
        name=described.name,
        summary=described.summary,
        visibility=Visibility.PUBLIC if described.discoverable else Visibility.UNLISTED,
        facets=stored_facets(described.facets),
    )
