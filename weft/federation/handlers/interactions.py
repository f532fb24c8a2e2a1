"""LikeRequest, ReplyRequest, AnnounceRequest: may I? (section 3 of the interop notes of GoToSocial).

Our posts may be liked, answered and boosted by everybody who may see them and is not blocked, so the
answer is yes, with a proof for others; the interaction itself comes inside the request.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from weft.domain.events import InteractionAllowed
from weft.domain.posts.publish import boost
from weft.domain.posts.queries import post_by_id, post_by_uri
from weft.domain.posts.records import NewPost, Post, PostKind
from weft.domain.reactions.react import ReactionKind, react
from weft.domain.relations.queries import blocks_from
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.protocol.activitystreams import first_id, first_object, first_type, ids, when_ms
from weft.protocol.addressing import visibility_of
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

_Kind = Literal["Like", "Reply", "Announce"]
_ASKED: dict[str, _Kind] = {
    "LikeRequest": "Like",
    "ReplyRequest": "Reply",
    "AnnounceRequest": "Announce",
}
_Made = Callable[[Tx], Awaitable[int | None]]
"""Does it; the id of the like, answer or boost."""


async def receive_interaction_request(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer asks for what it brings along."""
    request, target_uri = first_id(got.document.get("id")), first_id(got.object)
    made = first_object(got.document.get("instrument"))
    uri = first_id(made) if made is not None else None
    if request is None or target_uri is None or made is None or uri is None:
        return refused("a request needs an id, an object, and the whole interaction as instrument")
    by = ids(made.get("attributedTo")) or ids(made.get("actor"))
    if got.signer.uri not in by or not same_origin(uri, got.signer.uri):
        return refused("the interaction is another's than who asks")
    target = await tools.db.one(post_by_uri, uri=target_uri)
    if target is None or not target.local or target.boost_of_id is not None:
        return ignored("the post is not of this server")
    if target.visibility > Visibility.UNLISTED:
        return ignored("only what is open to all can be asked for")
    if await tools.db.all(blocks_from, me=target.author_id, others=[got.signer.id]):
        return refused("the author blocks who asks")
    kind = _ASKED[got.type]
    make = _maker(tools, got, kind, made, target)
    if isinstance(make, Verdict):
        return make

    async def apply(tx: Tx) -> Verdict:
        now = await tx.one(post_by_id, id=target.id)
        id_ = await make(tx) if now is not None else None
        if id_ is None:
            return ignored("the post is gone, or what is to be done with it")
        await tools.server.tell(
            tx,
            InteractionAllowed(
                post_id=target.id,
                uri=request,
                kind=kind,
                actor_id=target.author_id,
                target_uri=target.uri,
                requester_id=got.signer.id,
                interaction_uri=uri,
                approval_uri=tools.server.approval_uri(id_),
            ),
        )
        return DONE

    return apply


def _maker(
    tools: Tools, got: Received, kind: _Kind, made: JsonObject, target: Post
) -> _Made | Verdict:
    match kind:
        case "Reply":
            return _reply(tools, got, made, target)
        case _ if first_type(made, (kind,)) is None or first_id(made.get("object")) != target.uri:
            return refused("the interaction is another than what is asked for")
        case "Like":
            return _like(tools, got, made, target)
        case _:
            return _boost(tools, got, made, target)


def _reply(tools: Tools, got: Received, made: JsonObject, target: Post) -> _Made | Verdict:
    try:
        described = tools.dialects.read_post(made, got.signer.followers_uri)
    except Unreadable as error:
        return refused(str(error))
    if described.in_reply_to != target.uri or described.author_uri != got.signer.uri:
        return refused("the answer is to another post than what is asked for")

    async def make(tx: Tx) -> int | None:
        return await tools.arrivals.store(tx, described, got.signer, target.author_id)

    return make


def _like(tools: Tools, got: Received, made: JsonObject, target: Post) -> _Made:
    async def make(tx: Tx) -> int | None:
        done = await react(
            tx,
            tools.server,
            actor_id=got.signer.id,
            post_id=target.id,
            kind=ReactionKind.LIKE,
            uri=first_id(made),
            local=False,
        )
        return done.id if done is not None else None

    return make


def _boost(tools: Tools, got: Received, made: JsonObject, target: Post) -> _Made:
    async def make(tx: Tx) -> int | None:
        uri = first_id(made)
        known = await tx.one(post_by_uri, uri=uri)
        if known is not None:
            return known.id if known.boost_of_id == target.id else None
        new = NewPost(
            author_id=got.signer.id,
            kind=PostKind.BOOST,
            boost_of_id=target.id,
            visibility=Visibility[visibility_of(made, got.signer.followers_uri).name],
            uri=uri,
            published_at=when_ms(made.get("published")),
        )
        done = await boost(tx, tools.server, new)
        return done.id if done is not None else None

    return make
