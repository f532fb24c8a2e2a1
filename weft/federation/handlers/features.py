"""Being put into collections between servers: asked, answered, taken back (FEP-7aa9)."""

from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor
from weft.domain.collections.arrive import Agreed, store_collection
from weft.domain.collections.asking import (
    agree,
    decline,
    may_be_featured,
    settle,
    stamp_gone,
)
from weft.domain.collections.keep import request_uri
from weft.domain.collections.queries import (
    collection_by_id,
    collection_by_uri,
    entries_by_stamp,
    entry_by_id,
    entry_of,
)
from weft.domain.collections.records import Collection, Entry, EntryState, RemoteCollection
from weft.federation.dialects import Unreadable
from weft.federation.featuring import agreed_among, feature_stamp_holds
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    number_after,
    refused,
)
from weft.federation.reading.collections import is_collection, read_collection
from weft.protocol.activitystreams import first_id, first_type, objects
from weft.protocol.origins import same_origin
from weft.storage.database import Tx


async def receive_feature_request(tools: Tools, got: Received) -> Apply | Verdict:
    """May the signer put one of ours (``object``) into a collection (``instrument``)?"""
    person_uri, uri = first_id(got.object), first_id(got.document.get("instrument"))
    request = first_id(got.document.get("id"))
    if person_uri is None or uri is None or request is None:
        return refused("a FeatureRequest needs an id, an object and an instrument")
    if not same_origin(uri, got.signer.uri) or not same_origin(request, got.signer.uri):
        return refused("the collection or the request is of another server than who asks")
    person = await tools.db.one(actor_by_uri, uri=person_uri)
    if person is None or not person.local or not person.stands:
        return ignored("who is asked for is not an actor of this server")
    known = await tools.db.one(collection_by_uri, uri=uri)
    if known is not None and known.owner_id != got.signer.id:
        return refused("only its owner may ask for a collection")
    described: RemoteCollection | None = None
    agreed: list[Agreed] = []
    if known is None:
        found = await asked_for(tools, got, uri)
        if isinstance(found, Verdict):
            return found
        described = found
        agreed = await agreed_among(tools.db, tools.resolver, uri, described.items)

    async def apply(tx: Tx) -> Verdict:
        now_known = await tx.one(collection_by_uri, uri=uri)
        if not await may_be_featured(tx, got.signer, now_known, person):
            await decline(tx, tools.server, got.signer, uri, person, request)
            return Verdict("done", "the person's policy does not allow it")
        if now_known is None and described is not None:
            now_known = await store_collection(tx, tools.server, got.signer, described, agreed)
        if now_known is None or now_known.owner_id != got.signer.id:
            return refused("the collection cannot be kept: its owner has too many, or it is gone")
        await agree(tx, tools.server, got.signer, now_known, person, request)
        return DONE

    return apply


async def asked_for(tools: Tools, got: Received, uri: str) -> RemoteCollection | Verdict:
    """The collection of a request that is not here: as the request brings it, else fetched."""
    document = next(iter(objects(got.document.get("instrument"))), None)
    if document is None or not is_collection(document) or first_id(document.get("id")) != uri:
        document = await tools.resolver.document(uri)
    try:
        described = read_collection(document)
    except Unreadable as error:
        return refused(str(error))
    if described.owner_uri != got.signer.uri:
        return refused("only its owner may ask for a collection")
    return described


async def answered_feature(tools: Tools, got: Received) -> Apply | Verdict | None:
    """Accept or Reject of a FeatureRequest of ours; None if the answer is of something else."""
    inner = next(iter(objects(got.object)), None)
    if inner is not None and first_type(inner) not in {"FeatureRequest", None}:
        return None
    asked = await _asked(tools, first_id(got.object), inner)
    if asked is None:
        return None if inner is None or first_type(inner) is None else ignored("we did not ask")
    known, entry = asked
    if entry.target_id != got.signer.id:
        return refused("only who is asked may answer")
    accepted = got.type == "Accept"
    stamp = first_id(got.document.get("result"))
    if accepted and (
        stamp is None
        or not await feature_stamp_holds(tools.resolver, stamp, known.uri, got.signer.uri)
    ):
        return refused("the acceptance has no stamp that holds")

    async def apply(tx: Tx) -> Verdict:
        now = await tx.one(entry_by_id, id=entry.id)
        if now is None or now.state == EntryState.REVOKED:
            return ignored("they are no longer in the collection")
        state = EntryState.ACCEPTED if accepted else EntryState.REJECTED
        await settle(tx, tools.server, known, now, state, stamp if accepted else None)
        return DONE

    return apply


async def _asked(
    tools: Tools, request: str | None, inner: dict[str, object] | None
) -> tuple[Collection, Entry] | None:
    """What a FeatureRequest of ours was about: by its id, else by what it names."""
    entry: Entry | None = None
    if request is not None and "/feature_requests/" in request:
        if (number := number_after(request, "/feature_requests/")) is not None:
            entry = await tools.db.one(entry_by_id, id=number)
    elif inner is not None:
        person = await _named(tools, inner.get("object"))
        there = await tools.db.one(collection_by_uri, uri=first_id(inner.get("instrument")) or "")
        if person is not None and there is not None:
            entry = await tools.db.one(entry_of, of_collection=there.id, member=person.id)
    if entry is None:
        return None
    known = await tools.db.one(collection_by_id, id=entry.collection_id)
    if known is None or not known.local:
        return None
    own = request_uri(tools.server, known.owner_id, entry.id)
    if request is not None and "/feature_requests/" in request and request != own:
        return None
    return known, entry


async def _named(tools: Tools, value: object) -> Actor | None:
    uri = first_id(value)
    return await tools.db.one(actor_by_uri, uri=uri) if uri is not None else None


async def revoke_feature(tools: Tools, tx: Tx, got: Received, stamp_uri: str) -> Verdict | None:
    """Somebody takes the leave to be in a collection back; None if it is no stamp known here."""
    entries: list[Entry] = await tx.all(entries_by_stamp, stamp_uri=stamp_uri)
    if not entries:
        return None
    theirs = [each for each in entries if each.target_id == got.signer.id]
    if not theirs:
        return refused("only who is in a collection may take the leave back")
    for entry in theirs:
        known = await tx.one(collection_by_id, id=entry.collection_id)
        if known is not None:
            await stamp_gone(tx, tools.server, known, entry)
    return DONE
