"""Whether people of other servers agreed to be in a collection (FEP-7aa9; A8 of the interop notes).

A person's own server says so in a stamp; it counts for one collection and one person, and from no
other server. What the collection itself says is only where to look.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog

from weft.domain.actors.queries import actors_by_uris
from weft.domain.collections.arrive import Agreed
from weft.domain.collections.queries import collection_by_uri, entries_in
from weft.domain.collections.records import EntryState, RemoteItem
from weft.federation.spending import Spent
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import first_id, first_type
from weft.protocol.origins import same_origin
from weft.storage.database import Database

if TYPE_CHECKING:
    from weft.federation.resolve import Resolver

log = structlog.get_logger("weft.collections")


async def feature_stamp_holds(
    resolver: "Resolver", stamp_uri: str, collection_uri: str, person_uri: str
) -> bool:
    """Does the person's server say that they agreed to be in this collection?

    Raises:
        Unresolved: it could not be asked now.
    """
    if not same_origin(stamp_uri, person_uri):
        return False
    try:
        stamp = await resolver.document(stamp_uri)
    except Unresolved as error:
        if error.passing:
            raise
        return False
    return (
        first_type(stamp, ("FeatureAuthorization",)) is not None
        and first_id(stamp.get("interactingObject")) == collection_uri
        and first_id(stamp.get("interactionTarget")) == person_uri
    )


async def agreed_among(
    db: Database,
    resolver: "Resolver",
    collection_uri: str,
    items: tuple[RemoteItem, ...],
    *,
    patience_s: float | None = None,
) -> list[Agreed]:
    """Those whose stamp holds, and people of this server (who agreed here, if they did). Stamps
    that were read before are not read again; when enough was fetched, or ``patience_s`` is over, the
    rest waits until the collection comes again."""
    known = await db.one(collection_by_uri, uri=collection_uri)
    held = set()
    if known is not None:
        held = {
            (each.target_uri, each.stamp_uri)
            for each in await db.all(entries_in, of_collection=known.id)
            if each.state == EntryState.ACCEPTED and each.stamp_uri is not None
        }
    uris = list({item.target_uri for item in items})
    people = {row.uri: row for row in await db.all(actors_by_uris, uris=uris)}
    found: list[Agreed] = []
    is_spent = False
    until = None if patience_s is None else asyncio.get_running_loop().time() + patience_s
    for item in items:
        target = people.get(item.target_uri)
        if target is not None and target.local:
            found.append(Agreed(item, target))
            continue
        if target is not None and (item.target_uri, item.stamp_uri) in held:
            found.append(Agreed(item, target))
            continue
        if item.stamp_uri is None or is_spent:
            continue
        try:
            async with asyncio.timeout_at(until):
                if not await feature_stamp_holds(
                    resolver, item.stamp_uri, collection_uri, item.target_uri
                ):
                    continue
                target = target or await resolver.actor(item.target_uri)
        except (Spent, TimeoutError):
            is_spent = True
        except Unresolved as error:
            log.info("not known to be featured", item=item.uri, reason=str(error))
        else:
            if not target.local and target.stands:
                found.append(Agreed(item, target))
    return found
