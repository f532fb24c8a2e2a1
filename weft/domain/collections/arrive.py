"""Collections of other servers: kept as their owners describe them.

Of the people in them, only those are kept who agreed: one of ours if they did so here, others if their
server's stamp was read (by ``federation/featuring``) before this is called.
"""

from msgspec import Struct, structs

from weft.domain.actors.records import Actor, stored_facets
from weft.domain.collections.asking import lost_place
from weft.domain.collections.keep import save, store_entry, tell_members
from weft.domain.collections.queries import (
    collection_by_uri,
    count_collections,
    delete_entry,
    entries_in,
    entry_by_uri,
    entry_of,
    insert_collection,
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
from weft.domain.pins.queries import CollectionKind
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
    listed = {each.uri for each in described.items}
    for entry in await tx.all(entries_in, of_collection=known.id):
        # One of ours who agreed a moment ago may not be listed yet.
        if entry.uri is not None and entry.uri not in listed:
            await lost_place(tx, known, entry)
    places = {item.uri: place for place, item in enumerate(described.items, 1)}
    for each in agreed:
        await store_item(tx, server, known, each, places[each.item.uri])
    return known


async def store_item(
    tx: Tx, server: Server, known: Collection, agreed: Agreed, place: int | None = None
) -> bool:
    """Keep one person's place in another server's collection. False if there is none for them:
    they have not agreed, or it is full."""
    item, target = agreed.item, agreed.target
    here: Entry | None = await tx.one(entry_of, of_collection=known.id, member=target.id)
    taken: Entry | None = await tx.one(entry_by_uri, uri=item.uri)
    if taken is not None and (taken.collection_id != known.id):
        return False
    if target.local and (here is None or here.state != EntryState.ACCEPTED):
        return False
    if taken is not None and taken.target_id != target.id:
        if taken.target_local:
            return False
        await tx.run(delete_entry, of_entry=taken.id)
    if here is not None:
        at = place if place is not None else here.position
        await tx.run(place_entry, of_entry=here.id, uri=item.uri, position=at)
        if not target.local:
            await tx.run(
                set_entry_state,
                of_entry=here.id,
                state=EntryState.ACCEPTED,
                stamp_uri=item.stamp_uri,
            )
        return True
    entries = await tx.all(entries_in, of_collection=known.id)
    if len(entries) >= MOST_REMOTE_MEMBERS:
        return False
    now = server.now_ms()
    last = max((each.position for each in entries), default=0)
    entry = Entry(
        id=tx.new_id(), collection_id=known.id, position=place if place is not None else last + 1,
        target_id=target.id, uri=item.uri, state=EntryState.ACCEPTED, stamp_uri=item.stamp_uri,
        created_at=min(item.published_at or now, now), target_uri=target.uri, target_local=False,
    )  # fmt: skip
    await store_entry(tx, entry)
    return True


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
    await tx.run(
        insert_collection,
        num=await tx.next_num("collection"),
        kind=CollectionKind.PEOPLE,
        **{name: getattr(made, name) for name in Collection.__struct_fields__[:-2]},
    )
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
        name=described.name,
        summary=described.summary,
        visibility=Visibility.PUBLIC if described.discoverable else Visibility.UNLISTED,
        facets=stored_facets(described.facets),
    )
