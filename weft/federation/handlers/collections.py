"""Collections of people on other servers: made, changed, taken away by their owners (FEP-7aa9)."""

from weft.domain.actors.records import Actor, actor_facets
from weft.domain.collections.arrive import Agreed, store_collection, store_item
from weft.domain.collections.asking import lost_place
from weft.domain.collections.keep import remove_collection
from weft.domain.collections.queries import collection_by_id, collection_by_uri, entry_by_uri
from weft.domain.collections.records import Collection
from weft.domain.relations.queries import followed_here
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.featuring import agreed_among
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.reading.collections import is_collection, read_collection, read_item
from weft.protocol.activitystreams import first_id, first_type, objects
from weft.protocol.origins import same_origin
from weft.storage.database import Tx


async def receive_collected(tools: Tools, got: Received, target: str) -> Apply | Verdict:
    """Add or Remove: of a collection among its owner's, or of a person in one of them."""
    inner = next(iter(objects(got.object)), None)
    uri = first_id(got.object)
    if uri is None:
        return refused(f"{got.type} names a collection, or somebody's place in one")
    if not same_origin(uri, got.signer.uri):
        return refused("the object is of another server than its sender")
    known: Collection | None = await tools.db.one(collection_by_uri, uri=target)
    if known is not None:
        if known.owner_id != got.signer.id:
            return refused("only its owner may change a collection")
        if got.type == "Remove":
            return _remove_item(tools, got, uri)
        return await _add_item(tools, known, uri, inner)
    if target != await _list_of(tools, got.signer, inner):
        return ignored("the collection is not one that is known of its sender")
    if got.type == "Remove":

        async def apply(tx: Tx) -> Verdict:
            gone = await forget_described(tools, tx, got, uri)
            return gone if gone is not None else ignored("the collection was not here")

        return apply
    return await receive_collection(tools, got)


async def _list_of(tools: Tools, signer: Actor, inner: JsonObject | None) -> str | None:
    """Where the signer lists its collections; it may not have had any when we met."""
    listed = actor_facets(signer.facets).collections_uri
    if listed is None and is_collection(inner):
        signer = await tools.resolver.actor(signer.uri, refresh=True)
        listed = actor_facets(signer.facets).collections_uri
    return listed


async def receive_collection(tools: Tools, got: Received) -> Apply | Verdict:
    """A collection of the signer's, new or changed."""
    uri, document = first_id(got.object), next(iter(objects(got.object)), None)
    if uri is None or not same_origin(uri, got.signer.uri):
        return refused("the collection is of another server than its sender")
    if document is None or not is_collection(document):
        document = await tools.resolver.document(uri)
    try:
        described = read_collection(document)
    except Unreadable as error:
        return ignored(str(error))
    if described.owner_uri != got.signer.uri:
        return refused("the collection is another's than its sender's")
    followed = await tools.db.one(followed_here, target=got.signer.id) is not None
    if not followed and await tools.db.one(collection_by_uri, uri=uri) is None:
        return ignored("it concerns nobody here")
    agreed = await agreed_among(tools.db, tools.resolver, uri, described.items)

    async def apply(tx: Tx) -> Verdict:
        stored = await store_collection(tx, tools.server, got.signer, described, agreed)
        return DONE if stored is not None else ignored("its owner has too many, or not this one")

    return apply


async def _add_item(
    tools: Tools, known: Collection, uri: str, inner: JsonObject | None
) -> Apply | Verdict:
    document = inner
    if document is None or first_type(document, ("FeaturedItem",)) is None:
        document = await tools.resolver.document(uri)
    item = read_item(document, known.uri)
    if item is None:
        return refused("what is added is no FeaturedItem of the collection's server")
    agreed: list[Agreed] = await agreed_among(tools.db, tools.resolver, known.uri, (item,))
    if not agreed:
        return ignored("nobody is known to have agreed to that")

    async def apply(tx: Tx) -> Verdict:
        now_known = await tx.one(collection_by_id, id=known.id)
        if now_known is None:
            return ignored("the collection is gone")
        if not await store_item(tx, tools.server, now_known, agreed[0]):
            return ignored("they have not agreed to be in it, or it is full")
        return DONE

    return apply


def _remove_item(tools: Tools, got: Received, uri: str) -> Apply:
    async def apply(tx: Tx) -> Verdict:
        gone = await forget_described(tools, tx, got, uri)
        return gone if gone is not None else ignored("nobody was there in the collection")

    return apply


async def forget_described(tools: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """The signer takes one of its collections away, or somebody out of one; None if ``uri`` is
    neither."""
    known = await tx.one(collection_by_uri, uri=uri)
    if known is not None:
        if known.owner_id != got.signer.id or known.local:
            return refused("only its owner may take a collection away")
        await remove_collection(tx, tools.server, known)
        return DONE
    entry = await tx.one(entry_by_uri, uri=uri)
    if entry is None:
        return None
    known = await tx.one(collection_by_id, id=entry.collection_id)
    if known is None or known.owner_id != got.signer.id:
        return refused("only its owner may take somebody out of a collection")
    await lost_place(tx, known, entry)
    return DONE
