"""What a group passes on (FEP-1b12): activities of others inside of its Announce, and bare posts.

Who signed is the group; whose the activity is must come from elsewhere. In this order:

- it is the group's own, or carries a proof of its actor;
- its actor lives on the group's own server, which speaks for both;
- a post, its edit and its end: their own server is asked;
- a vote, on a post of the community, where somebody here follows that: believed, as Lemmy believes it;
- what moderators do in the community itself: that is the group's to say (``communities``).

A thread that a group passes on is shown to the group's followers as its boost, once, however it comes;
answers are kept, and fill no home timeline (what other microblogs do too: they know no other form).
"""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.keep import is_in, put_into
from weft.domain.posts.publish import boost
from weft.domain.posts.queries import audience_of, post_by_uri
from weft.domain.posts.records import AudienceRole, NewPost, Post, PostKind
from weft.domain.relations.queries import followed_here
from weft.domain.visibility.viewer import Visibility
from weft.federation.authenticity import Vouched, vouched
from weft.federation.dialects import JsonObject
from weft.federation.handlers.edited import edited_at_origin
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Handler,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.undone import was_undone
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import Document, first_id, first_object, first_type, ids, when_ms
from weft.protocol.json_input import decode
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

HandlerOf = Callable[[Received], Handler | None]
VOTES = frozenset({"Like", "Dislike", "EmojiReact"})
POSTS = frozenset({"Create", "Update"})
MODERATION = frozenset({"Add", "Remove", "Block", "Lock", "Warn"})
PASSED_ON = VOTES | POSTS | MODERATION | {"Delete", "Undo", "Flag"}
UNDONE = VOTES | {"Lock", "Block", "Delete"}
_OF_SUSPENDED = frozenset({"Delete", "Undo", "Update"})


def passed_on(got: Received) -> JsonObject | None:
    """The activity inside of an Announce; None if what is announced is a post."""
    inner = first_object(got.object)
    if (
        inner is None
        or first_type(inner, PASSED_ON) is None
        or first_id(inner.get("actor")) is None
    ):
        return None
    return inner


async def receive_passed_on(
    tools: Tools, got: Received, inner: JsonObject, handler_of: HandlerOf
) -> Apply | Verdict:
    """An activity that a group passes on; ``handler_of`` finds who takes it."""
    whose = first_id(inner.get("actor")) or ""
    kind = first_type(inner, PASSED_ON) or ""
    named = first_id(inner.get("id"))
    if named is not None and not same_origin(named, whose):
        return refused("the id of what it passes on is of another server than its actor")
    undone = first_object(inner.get("object")) if kind == "Undo" else None
    if kind == "Undo" and first_type(undone or {}, UNDONE) is None:
        return ignored("groups do not pass that on")
    if first_id(inner.get("object")) == whose and kind == "Delete":
        return ignored("that an account is gone, its own server says")
    unwrapped = await _unwrapped(tools, got, inner, kind, whose)
    if isinstance(unwrapped, Verdict):
        return unwrapped
    if kind in POSTS:
        return await _post(tools, got, unwrapped, inner, handler_of)
    if kind == "Delete" and not unwrapped.is_proven and "summary" not in inner:
        asked = await _asked_of_origin(tools, _post_of(inner) or "")
        if asked is not DONE:
            return asked
    handler: Handler | None = handler_of(unwrapped)
    if handler is None:
        return ignored(f"Weft does nothing with {kind}")
    return await handler(tools, unwrapped)


async def _unwrapped(
    tools: Tools, got: Received, inner: JsonObject, kind: str, whose: str
) -> Received | Verdict:
    """The activity with who is believed to have made it, and whether that is proven."""
    group = got.signer
    is_group = group.kind == ActorKind.GROUP
    if is_group and whose != group.uri and not await _is_about(tools, inner, group):
        return refused("the group passes on what is not in it")
    unwrapped = Received(
        document=inner,
        type=kind,
        signer=group,
        recipient_id=None,
        announcer=group if is_group else None,
    )
    if whose == group.uri:
        return unwrapped
    if whose.startswith(f"{tools.server.origin}/"):
        if kind in POSTS and is_group:
            return replace(unwrapped, is_proven=False)
        return ignored("it is of this server, which knows it")
    proven = await _proven(tools, got, inner, whose)
    if isinstance(proven, Vouched):
        # Of what an LD signature is on, only what it covers.
        signed = replace(unwrapped, document=proven.document, signer=proven.actor)
        return _standing(signed, kind)
    if isinstance(proven, Verdict) and kind not in POSTS:
        return proven
    # A post's own server can be asked, whatever became of a proof on its way.
    if not is_group:
        return ignored("only groups are believed to pass on what others do")
    at_home = same_origin(whose, group.uri)
    if not at_home and kind == "Flag":
        return ignored("reports are taken from who makes them")
    if not at_home and (kind in VOTES or _undoes_vote(inner)):
        post = await tools.db.one(post_by_uri, uri=_post_of(inner) or "")
        if post is None or not await is_in(tools.db, post, group.id):
            return ignored("a vote on what is not here")
        if await tools.db.one(followed_here, target=group.id) is None and not post.local:
            return ignored("a vote of a community that nobody here follows")
    signer = await tools.resolver.actor(whose)
    document = inner if at_home else _nameless(inner, kind)
    return _standing(replace(unwrapped, document=document, signer=signer, is_proven=at_home), kind)


def _nameless(inner: JsonObject, kind: str) -> JsonObject:
    """A vote without its id, which only its own server gives: with it another vote could be meant."""
    if kind in VOTES:
        return {name: value for name, value in inner.items() if name != "id"}
    if kind == "Undo" and _undoes_vote(inner):
        vote = first_object(inner.get("object")) or {}
        return inner | {"object": _nameless(vote, "Like")}
    return inner


def _standing(got: Received, kind: str) -> Received | Verdict:
    if got.signer.deleted_at is not None:
        return refused("the actor of what it passes on is deleted")
    if got.signer.suspended_at is not None and kind not in _OF_SUSPENDED:
        return refused("the actor of what it passes on is suspended here")
    return got


async def _proven(
    tools: Tools, got: Received, inner: JsonObject, whose: str
) -> Vouched | Verdict | None:
    """By the proof that it carries itself, which is of its own bytes."""
    if "proof" not in inner and "signature" not in inner:
        return None
    raw = decode(got.body) if got.body else None
    raw = raw.get("object") if isinstance(raw, dict) else None
    if isinstance(raw, list):
        raw = next((each for each in raw if isinstance(each, dict)), None)
    if not isinstance(raw, dict):
        return None
    return await vouched(tools, msgspec.json.encode(raw), Document(inner, b""), whose)


async def _is_about(tools: Tools, inner: JsonObject, group: Actor) -> bool:
    """Does the activity, or its object, name the group; or is what it is about in there?"""
    about = first_object(inner.get("object")) or {}
    deeper = first_object(about.get("object")) or {}
    for each in (inner, about, deeper):
        for name in ("audience", "to", "cc", "target", "attributedTo"):
            if group.uri in ids(each.get(name)):
                return True
    if group.uri == first_id(about.get("id")):
        return True
    for uri in (_post_of(inner), first_id(about.get("inReplyTo"))):
        post = await tools.db.one(post_by_uri, uri=uri) if uri is not None else None
        if post is not None and await is_in(tools.db, post, group.id):
            return True
    return False


def _post_of(inner: JsonObject) -> str | None:
    """What a vote, an edit or a removal is about; of an Undo, what that was about."""
    about = inner.get("object")
    if first_type(inner, ("Undo",)) is not None:
        about = (first_object(about) or {}).get("object")
    return first_id(about)


def _undoes_vote(inner: JsonObject) -> bool:
    return first_type(first_object(inner.get("object")) or {}, VOTES) is not None


async def _post(
    tools: Tools, got: Received, unwrapped: Received, inner: JsonObject, handler_of: HandlerOf
) -> Apply | Verdict:
    """A post or its edit: from the activity if that is proven, else from its own server."""
    uri = _post_of(inner)
    if uri is None:
        return refused("the activity has no object")
    is_actor = uri in {unwrapped.signer.uri, got.signer.uri}
    if is_actor or (unwrapped.is_proven and same_origin(uri, unwrapped.signer.uri)):
        handler: Handler | None = handler_of(unwrapped)
        taken = await handler(tools, unwrapped) if handler is not None else DONE
    else:
        taken = await _from_origin(tools, got, unwrapped, inner, uri)
    if is_actor or got.signer.kind != ActorKind.GROUP:
        return taken

    async def apply(tx: Tx) -> Verdict:
        verdict = taken if isinstance(taken, Verdict) else await taken(tx)
        post = await tx.one(post_by_uri, uri=uri)
        if post is not None and verdict.outcome != "refused":
            await _shown(tx, tools, got, post)
        return verdict

    return apply


async def _from_origin(
    tools: Tools, got: Received, unwrapped: Received, inner: JsonObject, uri: str
) -> Apply | Verdict:
    known = await tools.db.one(post_by_uri, uri=uri)
    if known is not None and (known.local or unwrapped.type == "Create"):
        return DONE
    if known is None:
        about = first_object(inner.get("object")) or {}
        parent = first_id(about.get("inReplyTo"))
        answers = await tools.db.one(post_by_uri, uri=parent) if parent is not None else None
        if answers is None and await tools.db.one(followed_here, target=got.signer.id) is None:
            return ignored("it concerns nobody here")
        post = await tools.resolver.post(uri)
        return DONE if post is not None else ignored("the object is gone")
    return await edited_at_origin(tools, known)


async def receive_group_post(tools: Tools, got: Received, target: Post) -> Apply | Verdict | None:
    """A bare post that a group announces; None if it is an ordinary boost."""
    if got.signer.kind != ActorKind.GROUP:
        return None

    async def apply(tx: Tx) -> Verdict:
        if await was_undone(tx, first_id(got.document.get("id"))):
            return ignored("it was taken back before it came")
        post = await tx.one(post_by_uri, uri=target.uri)
        if post is None:
            return ignored("the post is gone")
        await _shown(tx, tools, got, post)
        return DONE

    return apply


async def _shown(tx: Tx, tools: Tools, got: Received, post: Post) -> None:
    """The group has it: what was sent there is placed there, and a thread is boosted, once."""
    if post.visibility > Visibility.UNLISTED or post.boost_of_id is not None:
        return
    group = got.signer
    named = await tx.all(audience_of, ids=[post.id])
    if any(row.actor_id == group.id and row.role != AudienceRole.COMMUNITY for row in named):
        # Its author sent it there. Whatever else a group announces is not in it, nor its to moderate.
        await put_into(tx, post, group.id)
    announce = first_id(got.document.get("id"))
    if post.in_reply_to_uri is not None or announce is None:
        return
    await boost(
        tx,
        tools.server,
        NewPost(
            author_id=group.id,
            kind=PostKind.BOOST,
            boost_of_id=post.id,
            visibility=Visibility.PUBLIC,
            uri=announce,
            published_at=when_ms(got.document.get("published")),
        ),
    )


async def _asked_of_origin(tools: Tools, uri: str) -> Verdict:
    """A post is said to be gone: it is, if its own server says so too."""
    try:
        document = await tools.resolver.document(uri)
    except Unresolved as error:
        if error.passing:
            raise
        return DONE
    if first_type(document, ("Tombstone",)) is not None:
        return DONE
    return ignored("its own server still has it")
