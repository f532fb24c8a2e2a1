"""Who moderates a community of another server: its own list, taken over."""

from weft.domain.actors.queries import actors_by_uris
from weft.domain.actors.records import Actor
from weft.domain.communities.keep import MOST_MODERATORS, community_by_id, replace_moderators
from weft.domain.server import Server
from weft.federation.resolve import Resolver
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import ids
from weft.storage.database import Database

MOST_MET = 5
"""Unknown moderators that one look at a community's list makes us look up."""


async def renew_moderators(
    db: Database, server: Server, resolver: Resolver, community: Actor
) -> None:
    """Take over the list that the community's own server shows.

    Raises:
        Unresolved: the server cannot be asked now.
    """
    known = await db.one(community_by_id, id=community.id)
    if known is None or known.moderators_uri is None:
        return
    try:
        document = await resolver.collection(known.moderators_uri)
    except Unresolved as error:
        if error.passing:
            raise
        return
    named = ids(document.get("orderedItems") or document.get("items"))[:MOST_MODERATORS]
    rows = {row.uri: row for row in await db.all(actors_by_uris, uris=named)}
    for uri in [each for each in named if each not in rows][:MOST_MET]:
        try:
            rows[uri] = await resolver.actor(uri)
        except Unresolved:
            continue
    found = [rows[each].id for each in named if each in rows]
    await db.write(replace_moderators, server, community.id, found)
