"""The collections of people on one profile of another server, read with the rest of it."""

from collections.abc import AsyncIterator

import structlog

from weft.domain.actors.records import Actor
from weft.domain.collections.arrive import store_collection
from weft.domain.server import Server
from weft.federation.dialects import Unreadable
from weft.federation.featuring import agreed_among
from weft.federation.reading.collections import is_collection, read_collection
from weft.federation.resolve import Resolver
from weft.federation.spending import limited
from weft.federation.threads.collections import Item
from weft.federation.unresolved import Unresolved
from weft.protocol.origins import same_origin
from weft.storage.database import Database

COLLECTIONS = 20
FETCHES_PER_COLLECTION = 60
"""Stamps and people: two for each who is new here."""

log = structlog.get_logger("weft.profiles")


async def take_collections(
    db: Database, server: Server, resolver: Resolver, owner: Actor, items: AsyncIterator[Item]
) -> None:
    """Keep those that are the owner's own; one that cannot be had does not hold the rest up."""
    async for item in items:
        try:
            await _take(db, server, resolver, owner, item)
        except (Unresolved, Unreadable) as error:
            log.info("collection not read", uri=item.uri, reason=str(error))


async def _take(db: Database, server: Server, resolver: Resolver, owner: Actor, item: Item) -> None:
    document = item.document
    if document is None or not is_collection(document):
        document = await resolver.document(item.uri)
    if not same_origin(item.uri, owner.uri):
        return
    described = read_collection(document)
    if described.owner_uri != owner.uri or described.uri != item.uri:
        return
    with limited(FETCHES_PER_COLLECTION):
        agreed = await agreed_among(db, resolver, described.uri, described.items)
    await db.write(store_collection, server, owner, described, agreed)
