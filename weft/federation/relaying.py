"""What relays bring (FEP-ae0c). A relay's word counts for nothing but "look there".

What it passes on with a proof of its author is the author's word. What it passes on without, and
what it announces, is fetched from its origin. Nobody is notified, and no boost is shown: the posts
are in the federated timeline, like those of people whom somebody here follows.
"""

from weft.domain.actors.queries import object_by_uri
from weft.domain.actors.records import ActorKind
from weft.domain.posts.delete import delete
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post
from weft.domain.relations.queries import followed_here
from weft.domain.relays.records import (
    Relay,
    RelayKind,
    relay_by_actor,
    relay_by_follow,
)
from weft.domain.relays.subscribe import relay_answered
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.handlers.edited import edited_at_origin
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.policing import KeptOut
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import (
    Document,
    first_id,
    first_type,
    objects,
    text_of,
)
from weft.protocol.addressing import visibility_of
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

FETCHED = ignored("fetched from its origin")
_HERE = ignored("it is here already")


async def answered_relay(tools: Tools, got: Received) -> Apply | Verdict | None:
    """Accept or Reject of the question that we asked a relay; None if it is of something else."""
    relay = await tools.db.one(relay_by_follow, uri=first_id(got.object) or "")
    relay = relay or await _asked_without_id(tools, got)
    if relay is None:
        return None
    if relay.kind == RelayKind.LITEPUB:
        is_it = got.signer.uri == relay.actor_uri
    else:
        # Its actor is known from now on; its inbox is all that the operator named.
        is_it = got.signer.host == relay.host and relay.actor_uri in {None, got.signer.uri}
    if not is_it:
        return refused("only the relay itself may answer")
    reason = text_of(got.document.get("summary")) or text_of(got.document.get("content"))

    async def apply(tx: Tx) -> Verdict:
        waits = await relay_answered(
            tx,
            tools.server,
            relay.id,
            got.signer,
            accepted=got.type == "Accept",
            reason=reason,
        )
        return DONE if waits else ignored("nobody waits for an answer of this relay")

    return apply


async def _asked_without_id(tools: Tools, got: Received) -> Relay | None:
    """Some embed the Follow without its id: then its ends tell, if the relay's actor is known."""
    inner = next(iter(objects(got.object)), {})
    if first_type(inner, ("Follow",)) is None or inner.get("id") is not None:
        return None
    if first_id(inner.get("actor")) != tools.server.relay_uri:
        return None
    return await tools.db.one(relay_by_actor, uri=got.signer.uri)


async def may_follow_back(tools: Tools, got: Received) -> bool:
    """Of all the world, only a relay that was asked may follow the actor for relays."""
    relay = await tools.db.one(relay_by_actor, uri=got.signer.uri)
    return relay is not None and relay.follow_uri is not None


async def announced_by_relay(tools: Tools, got: Received) -> Verdict | None:
    """A relay of LitePub's kind says that there is something; None if it is somebody's boost.

    Raises:
        Unresolved: the origin cannot be asked now.
    """
    uri = first_id(got.object) or ""
    relay = await tools.db.one(relay_by_actor, uri=got.signer.uri)
    if relay is not None and relay.speaks:
        return await _look(tools, uri)
    if relay is not None:
        return ignored("this relay has no say: it is paused, or has not said yes")
    if got.relay is not None and await tools.db.one(followed_here, target=got.signer.id) is None:
        return ignored("relays bring posts, no boosts of people whom nobody here follows")
    if got.signer.kind != ActorKind.APPLICATION:
        return None
    if await tools.db.one(followed_here, target=got.signer.id) is not None:
        return None
    if await tools.db.one(object_by_uri, uri=uri) is not None:
        return None
    return ignored("it is a program that nobody here follows, and no relay of ours")


async def relayed_instead(tools: Tools, type_: str, document: Document) -> Verdict:
    """A relay passed it on, and nothing in it proves whose it is: its origin is asked.

    Raises:
        Unresolved: the origin cannot be asked now.
    """
    uri = first_id(document.get("object"))
    if uri is None or type_ not in {"Create", "Update", "Delete"}:
        return ignored("a relay passed it on, and nothing in it proves whose it is")
    if type_ == "Create":
        return await _look(tools, uri)
    post = await tools.db.one(post_by_uri, uri=uri)
    if post is None or post.local:
        return ignored("it is not here" if post is None else "it is of this server")
    if type_ == "Update":
        return await _edited(tools, post)
    if not await _is_gone(tools, uri):
        return ignored("a relay says that it is deleted; its origin still has it")
    await tools.db.write(_delete, tools.server, post.id)
    return ignored("deleted, as its origin says")


async def _edited(tools: Tools, post: Post) -> Verdict:
    """Take over what the origin has now, whatever the relay passed on as it."""
    if post.visibility > Visibility.UNLISTED:
        return ignored("relays bring public posts only")
    try:
        taken = await edited_at_origin(tools, post)
    except KeptOut:
        raise
    except Unresolved as error:
        if error.passing:
            raise
        return ignored(f"a relay passed on an edit, and its origin says: {error}")
    if isinstance(taken, Verdict):
        return taken
    verdict = await tools.db.write(taken)
    return FETCHED if verdict is DONE else verdict


async def _delete(tx: Tx, server: Server, post_id: int) -> None:
    await delete(tx, server, post_id)


async def _is_gone(tools: Tools, uri: str) -> bool:
    try:
        document = await tools.resolver.document(uri)
    except Unresolved as error:
        if error.passing:
            raise
        return error.gone
    return first_type(document, ("Tombstone",)) is not None


async def _look(tools: Tools, uri: str) -> Verdict:
    """Fetch a public post, without what it answers: a relay brings much, and threads are completed
    when somebody opens them."""
    if uri.startswith(f"{tools.server.origin}/"):
        return ignored("it is of this server")
    try:
        for _ in range(2):
            if await tools.db.one(object_by_uri, uri=uri) is not None:
                return _HERE
            document = await tools.resolver.post_document(uri)
            inner = first_id(document.get("object"))
            if first_type(document, ("Create",)) is None or inner is None:
                break
            # It announced the activity: what it made is on the same server.
            if not same_origin(inner, uri):
                return ignored("the activity is about a post of another server")
            uri = inner
        if Visibility[visibility_of(document, None).name] is not Visibility.PUBLIC:
            return ignored("relays bring public posts only")
        # What a rule lets wait does so as its author's: there is no end to what a relay brings.
        post = await tools.resolver.store_post(document, with_parents=False, beside=True)
    except Unresolved as error:
        if error.passing:
            raise
        return ignored(f"a relay named it, and its origin says: {error}")
    return FETCHED if post is not None else ignored("the object is gone")
