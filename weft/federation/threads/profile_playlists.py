"""The playlists of an account or channel of PeerTube's, read after the rest of its profile.

An account's collection lists those of all its channels, and a channel's its own; each playlist says whose it
is, and is kept for that channel (sections 1 and 3 of the interop notes of PeerTube). Places are documents
of their own, one fetch for each: so all playlists of a profile share one purse, and the rest of a
long one is read when somebody opens it (``shelves``).
"""

from collections.abc import AsyncIterator

import structlog

from weft.domain.actors.records import Actor, actor_facets
from weft.domain.pins.queries import CollectionKind
from weft.domain.server import Server
from weft.domain.shelves.records import DescribedShelf
from weft.federation.cataloguing import Catalogue, Turn
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.reading.shelves import is_shelf, read_shelf
from weft.federation.resolve import Resolver
from weft.federation.shelving import keep_read, listed
from weft.federation.spending import limited
from weft.federation.threads.collections import Item
from weft.federation.unresolved import Unresolved
from weft.protocol.origins import same_origin
from weft.storage.database import Database

PLAYLISTS = 10
FETCHES = 80
"""For all of them. A host is asked 100 times a minute by walks, and the outbox was read before."""

log = structlog.get_logger("weft.profiles")


async def take_playlists(
    db: Database,
    server: Server,
    resolver: Resolver,
    turn: Turn,
    actor: Actor,
    items: AsyncIterator[Item],
) -> None:
    """Keep those of the actor and of its channels; one that cannot be had does not hold the rest up."""
    with limited(FETCHES):
        async for item in items:
            try:
                read = await _read(resolver, turn, actor, item)
                if read is None:
                    continue
                owner, described, document = read
                catalogue = Catalogue(db, resolver, turn)
                places, is_all = await listed(resolver, catalogue, document, described.uri, turn)
                account = next(iter(actor_facets(owner.facets).owners), None)
                await db.write(
                    keep_read, server, owner, described, places, is_all=is_all, sender_uri=account
                )
            except (Unresolved, Unreadable) as error:
                log.info("playlist not read", uri=item.uri, reason=str(error))


async def _read(
    resolver: Resolver, turn: Turn, actor: Actor, item: Item
) -> tuple[Actor, DescribedShelf, JsonObject] | None:
    """A playlist as it describes itself, and whose it is; None if that is not the actor's to list."""
    if not same_origin(item.uri, actor.uri):
        return None
    document = item.document
    if document is None or not is_shelf(document):
        async with turn(item.uri):
            document = await resolver.document(item.uri)
    owner = actor
    described = read_shelf(document, actor.followers_uri)
    if described.owner_uri != actor.uri:
        async with turn(described.owner_uri):
            owner = await resolver.actor(described.owner_uri)
        if actor.uri not in actor_facets(owner.facets).owners:
            return None
        described = read_shelf(document, owner.followers_uri)
    if described.uri != item.uri or described.kind != CollectionKind.PLAYLIST:
        return None
    return owner, described, document
