"""Being asked to be in a collection, the answers, and taking the leave back (FEP-7aa9).

The person's server decides. Its leave is a stamp, a document at an address of its own; here that is
``/ap/features/ID``, where ID is the person's entry in the collection, ours or another server's.
"""

from weft.domain.actors.records import Actor
from weft.domain.collections.keep import (
    TOLD_OF,
    feature_stamp_uri,
    store_entry,
    tell_unfeatured,
)
from weft.domain.collections.policy import leave_to_feature
from weft.domain.collections.queries import (
    collection_by_id,
    delete_entry,
    entries_between,
    entries_in,
    entry_of,
    set_entry_state,
)
from weft.domain.collections.records import (
    MOST_REMOTE_MEMBERS,
    Collection,
    Entry,
    EntryState,
)
from weft.domain.events import FeatureAnswered, FeatureRevoked, PersonFeatured
from weft.domain.notifications.notify import NotificationKind, notify, withdraw_about
from weft.domain.server import Server
from weft.storage.database import Tx


async def may_be_featured(tx: Tx, owner: Actor, known: Collection | None, person: Actor) -> bool:
    """Another server asks for one of ours. Who is in it stays, who left it is not asked again."""
    there: Entry | None = None
    if known is not None:
        there = await tx.one(entry_of, of_collection=known.id, member=person.id)
    if there is not None and there.state == EntryState.ACCEPTED:
        return True
    if there is not None and there.state == EntryState.REVOKED:
        return False
    if known is not None:
        entries = await tx.all(entries_in, of_collection=known.id)
        if len(entries) >= MOST_REMOTE_MEMBERS:
            return False
    return await leave_to_feature(tx, owner, person) == "automatic"


async def agree(
    tx: Tx, server: Server, owner: Actor, known: Collection, person: Actor, request: str
) -> None:
    """One of ours is in another server's collection from now on; its owner gets the stamp."""
    there: Entry | None = await tx.one(entry_of, of_collection=known.id, member=person.id)
    now = server.now_ms()
    if there is None:
        there = Entry(
            id=tx.new_id(), collection_id=known.id, position=now, target_id=person.id, uri=None,
            state=EntryState.ACCEPTED, stamp_uri=None, created_at=now, target_uri=person.uri,
            target_local=True,
        )  # fmt: skip
        await store_entry(tx, there)
        await notify(
            tx, person.id, NotificationKind.ADDED_TO_COLLECTION, owner.id, None, now,
            about_id=known.id,
        )  # fmt: skip
    await _answer(
        tx, server, owner, known.uri, person, request, feature_stamp_uri(server, there.id)
    )


async def decline(
    tx: Tx, server: Server, owner: Actor, collection_uri: str, person: Actor, request: str
) -> None:
    await _answer(tx, server, owner, collection_uri, person, request, None)


async def _answer(
    tx: Tx,
    server: Server,
    owner: Actor,
    collection_uri: str,
    person: Actor,
    request: str,
    stamp_uri: str | None,
) -> None:
    await server.tell(
        tx,
        FeatureAnswered(
            uri=request,
            actor_id=person.id,
            collection_uri=collection_uri,
            owner_id=owner.id,
            stamp_uri=stamp_uri,
        ),
    )


async def settle(
    tx: Tx, server: Server, known: Collection, entry: Entry, state: EntryState, stamp: str | None
) -> None:
    """What became of our question to somebody of another server."""
    if entry.state == EntryState.ACCEPTED and state is not EntryState.ACCEPTED:
        await tell_unfeatured(tx, server, known, entry)
    await tx.run(set_entry_state, of_entry=entry.id, state=state, stamp_uri=stamp)
    if state is EntryState.ACCEPTED and entry.state != EntryState.ACCEPTED:
        featured = PersonFeatured(
            actor_id=known.owner_id, collection_id=known.id, entry_id=entry.id
        )
        await server.tell(tx, featured)


async def leave_collection(tx: Tx, server: Server, known: Collection, entry: Entry) -> bool:
    """One of ours no longer wants to be in a collection, ours or another server's. False if they
    were not in it."""
    if entry.state != EntryState.ACCEPTED or not entry.target_local:
        return False
    await tell_unfeatured(tx, server, known, entry)
    await tx.run(set_entry_state, of_entry=entry.id, state=EntryState.REVOKED, stamp_uri=None)
    if not known.local:
        await server.tell(
            tx,
            FeatureRevoked(
                actor_id=entry.target_id,
                stamp_uri=feature_stamp_uri(server, entry.id),
                collection_uri=known.uri,
                owner_id=known.owner_id,
            ),
        )
    return True


async def stamp_gone(tx: Tx, server: Server, known: Collection, entry: Entry) -> None:
    """Somebody of another server took the leave back."""
    if known.local:
        await settle(tx, server, known, entry, EntryState.REVOKED, None)
    else:
        await tx.run(delete_entry, of_entry=entry.id)


async def part_collections(tx: Tx, server: Server, one: int, other: int) -> None:
    """A block stands between two: neither is in the other's collections any more."""
    for owner_id, member_id in ((one, other), (other, one)):
        for entry in await tx.all(entries_between, of_owner=owner_id, member=member_id):
            known = await tx.one(collection_by_id, id=entry.collection_id)
            if known is None:
                continue
            if known.local:
                await tell_unfeatured(tx, server, known, entry)
                await tx.run(delete_entry, of_entry=entry.id)
            else:
                await leave_collection(tx, server, known, entry)


async def lost_place(tx: Tx, known: Collection, entry: Entry) -> None:
    """Another server has taken somebody out of its collection."""
    if entry.target_local:
        await withdraw_about(tx, [entry.target_id], TOLD_OF, known.id)
    if entry.state != EntryState.REVOKED:
        await tx.run(delete_entry, of_entry=entry.id)
