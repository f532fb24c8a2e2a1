"""A server bans somebody from all of itself: a Block whose ``target`` is its own actor.

Section 3 of lemmy.md: whoever says it is of that server. It speaks for its people (then only
``removeData`` concerns us) and, of people of others, for its communities.
"""

from urllib.parse import urlsplit

from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.site_bans import ban_from_site, remove_all, unban_from_site
from weft.federation.dialects import JsonObject
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.protocol.activitystreams import boolean, first_id, text_of, when_ms
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

_NOTHING = "nothing of them is here"


async def receive_site_ban(tools: Tools, got: Received) -> Apply | Verdict:
    found = await _banned(tools, got, got.document)
    if isinstance(found, Verdict):
        return found
    person, site = found
    until = when_ms(got.document.get("endTime")) or when_ms(got.document.get("expires"))
    reason = text_of(got.document.get("summary"))
    removes = boolean(got.document.get("removeData")) is True
    is_theirs = same_origin(person.uri, site.uri)
    if is_theirs and not removes:
        return ignored("their own server keeps them from writing")

    async def apply(tx: Tx) -> Verdict:
        if is_theirs:
            return DONE if await remove_all(tx, tools.server, person) else ignored(_NOTHING)
        places = await ban_from_site(
            tx, tools.server, host=site.host, person=person, moderator_id=got.signer.id,
            reason=reason, expires_at=until, removes=removes,
        )  # fmt: skip
        return DONE if places else ignored("they are in none of its communities")

    return apply


async def undo_site_ban(tools: Tools, got: Received, block: JsonObject) -> Apply | Verdict:
    """What was removed stays away."""
    found = await _banned(tools, got, block)
    if isinstance(found, Verdict):
        return found
    person, site = found

    async def apply(tx: Tx) -> Verdict:
        lifted = await unban_from_site(
            tx, tools.server, host=site.host, person=person, moderator_id=got.signer.id
        )
        return DONE if lifted else ignored("there was no such ban")

    return apply


async def _banned(tools: Tools, got: Received, block: JsonObject) -> tuple[Actor, Actor] | Verdict:
    """Who is banned, and the actor of the server that bans."""
    target = first_id(block.get("target")) or ""
    if got.announcer is not None:
        return refused("a group speaks for itself alone")
    if not same_origin(got.signer.uri, target):
        return refused("only a server itself bans from all of it")
    uri = first_id(block.get("object"))
    if uri is None:
        return refused("a Block names whom it is about")
    if urlsplit(target).path not in {"", "/"}:
        return ignored("the target is neither a known community nor a server")
    site = await tools.resolver.actor(target)
    if site.kind != ActorKind.APPLICATION:
        return ignored("the target is no server")
    person = await tools.db.one(actor_by_uri, uri=uri)
    # Of somebody who was never seen nothing is here: no reason to ask for them.
    return (person, site) if person is not None else ignored(_NOTHING)
