"""What only communities of this server show: Lemmy's members of a Group, who moderates, and what was
passed on lately (sections 2.1 and 2.7 of the interop notes of Lemmy)."""

from typing import Any

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor, actor_facets
from weft.domain.communities.keep import community_by_id
from weft.domain.communities.queries import moderators_of
from weft.domain.communities.records import Community
from weft.domain.server import Server
from weft.federation.dialects import Dialect, JsonObject
from weft.federation.documents.answers import AS, small_collection
from weft.federation.facts import PostFacts
from weft.protocol.activitystreams import PUBLIC
from weft.storage.database import Database

OUTBOX = 50
"""As many as Lemmy shows, and reads."""
GROUP_CONTEXT: JsonObject = {
    "lemmy": "https://join-lemmy.org/ns#",
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "sensitive": "as:sensitive",
}
_OURS = ("likes", "shares", "replies", "atomUri", "inReplyToAtomUri", "context", "conversation")
"""Members of a post's document that only its own server has."""


async def group_members(db: Database, group: Actor) -> JsonObject:
    """What a community's document has beyond that of other actors."""
    row = await db.one(community_by_id, id=group.id)
    known = row or Community(group.id, only_moderators_post=False, moderators_uri=None)
    members: JsonObject = {
        "attributedTo": f"{group.uri}/moderators",
        "postingRestrictedToMods": known.only_moderators_post,
        "sensitive": group.sensitive,
    }
    about = actor_facets(group.facets).about
    return members | ({"description": about} if about else {})


def with_members(document: JsonObject, members: JsonObject) -> JsonObject:
    """The document of a community, its context included."""
    context: Any = document.get("@context")
    listed = context if isinstance(context, list) else [context]
    return document | members | ({"@context": [*listed, GROUP_CONTEXT]} if context else {})


async def moderators_document(db: Database, group: Actor) -> JsonObject:
    """Who moderates, the first first."""
    ids = [row.actor_id for row in await db.all(moderators_of, ids=[group.id])]
    found = {row.id: row.uri for row in await db.all(actors_by_ids, ids=ids)} if ids else {}
    items = [found[each] for each in ids if each in found]
    return small_collection(f"{group.uri}/moderators", items)


def write_announced(uri: str, group: Actor | None, inner: JsonObject) -> JsonObject | None:
    """A community passes an activity on (FEP-1b12)."""
    if group is None:
        return None
    return {
        "@context": AS,
        "id": uri,
        "type": "Announce",
        "actor": group.uri,
        "to": [PUBLIC],
        "cc": [group.followers_uri],
        "object": inner,
    }


def write_pinned(dialect: Dialect, server: Server, facts: PostFacts) -> JsonObject:
    """A pinned thread, which Lemmy wants as a whole; of another server's without what we do not have."""
    document = dialect.write_post(server, facts)
    if not facts.post.local:
        document = {name: value for name, value in document.items() if name not in _OURS}
    return document
