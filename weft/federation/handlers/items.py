"""What catalogues of other servers change and delete: books, authors, albums, tracks.

An item is its own server's: whoever answers for it there, or that server's own actor, says what it is;
others of the server are believed once the item is looked at where it lives (section 1 of the interop
notes of Funkwhale; BookWyrm lets everybody edit).
"""

from weft.domain.actors.records import Actor, ActorKind
from weft.domain.items.keep import keep_item, remove_item
from weft.domain.items.queries import item_by_uri
from weft.domain.items.records import Item, item_facets
from weft.federation.dialects import Unreadable
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.reading.items import nested_items, read_item
from weft.protocol.activitystreams import first_id, first_object
from weft.protocol.origins import same_origin
from weft.storage.database import Tx


async def receive_item(tools: Tools, got: Received) -> Apply | Verdict:
    """An item that is kept here is new or changed; others concern nobody."""
    uri, document = first_id(got.object), first_object(got.object)
    if not got.is_proven:
        return ignored("what an item is, its own server says")
    if uri is None or document is None or not same_origin(uri, got.signer.uri):
        return refused("the item is of another server than its sender")
    known: Item | None = await tools.db.one(item_by_uri, uri=uri)
    if known is None:
        return ignored("nobody here has it on a shelf")
    if not _answers_for(known, got.signer):
        document = await tools.resolver.document(uri)
    try:
        described, nested = read_item(document), nested_items(document)
    except Unreadable as error:
        return ignored(str(error))

    async def apply(tx: Tx) -> Verdict:
        if await tx.one(item_by_uri, uri=uri) is None:
            return ignored("nobody here has it on a shelf")
        for each in (*nested, described):
            await keep_item(tx, tools.server, each)
        return DONE

    return apply


async def forget_item(_: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """The signer takes an item out of its server's catalogue; None if ``uri`` is none."""
    known: Item | None = await tx.one(item_by_uri, uri=uri)
    if known is None:
        return None
    if not _answers_for(known, got.signer):
        return refused("only who answers for it, or its server, may delete it")
    await remove_item(tx, known.id)
    return DONE


def _answers_for(item: Item, signer: Actor) -> bool:
    if item.uri is None or not same_origin(item.uri, signer.uri):
        return False
    if item_facets(item.facets).owner_uri == signer.uri:
        return True
    return signer.kind in (ActorKind.SERVICE, ActorKind.APPLICATION)
