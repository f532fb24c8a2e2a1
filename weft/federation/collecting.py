"""A collection of people on another server that somebody looks for: fetched, checked, kept (FEP-7aa9)."""

from typing import TYPE_CHECKING

from weft.domain.collections.arrive import store_collection
from weft.domain.collections.records import Collection
from weft.domain.server import Server
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.featuring import agreed_among
from weft.federation.reading.collections import read_collection
from weft.federation.spending import limited
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database

if TYPE_CHECKING:
    from weft.federation.resolve import Resolver

FETCHES = 60
"""Stamps and people: two for each who is new here."""
PATIENCE_S = 8.0
"""Somebody waits: who was not asked about by then comes when the owner's profile is opened."""


async def keep_fetched(
    db: Database, server: Server, resolver: "Resolver", document: JsonObject
) -> Collection:
    """Keep a collection whose document was served at its own id, with those whose servers say that
    they agreed.

    Raises:
        Unresolved: it is none, its owner cannot be had, or it is one too many of theirs.
    """
    try:
        described = read_collection(document)
    except Unreadable as error:
        raise Unresolved(f"{document.get('id')}: {error}") from None
    owner = await resolver.actor(described.owner_uri)
    if owner.local or not owner.stands:
        raise Unresolved(f"{described.uri}: its owner is not here any more")
    with limited(FETCHES):
        agreed = await agreed_among(
            db, resolver, described.uri, described.items, patience_s=PATIENCE_S
        )
    kept = await db.write(store_collection, server, owner, described, agreed)
    if kept is None:
        raise Unresolved(f"{described.uri}: its owner has too many collections, or not this one")
    return kept
