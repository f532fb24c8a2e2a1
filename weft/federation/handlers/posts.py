"""Create, Update, Delete and Announce."""

import contextlib

import msgspec

from weft.domain.actors.queries import actors_by_uris, object_by_uri
from weft.domain.actors.remove import remove_actor
from weft.domain.collections.queries import collection_by_uri
from weft.domain.interactions.ask import keep_given
from weft.domain.interactions.policy import wants_to_decide
from weft.domain.interactions.records import LeaveKind
from weft.domain.posts.delete import delete, remember_deleted, unboost
from weft.domain.posts.publish import boost
from weft.domain.posts.queries import post_by_id, post_by_uri
from weft.domain.posts.records import NewPost, NewQuote, Post, PostKind
from weft.domain.posts.store import Ahead, ahead_of
from weft.domain.visibility.viewer import Visibility
from weft.federation.approving import may, may_answer
from weft.federation.dialects import Dialects, JsonObject, RemotePost, Unreadable
from weft.federation.handlers.collections import forget_described, receive_collection
from weft.federation.handlers.communities import (
    is_closed_to,
    receive_community,
    receive_removal,
)
from weft.federation.handlers.features import revoke_feature
from weft.federation.handlers.groups import receive_group_post
from weft.federation.handlers.kinds import forgetting, handler_of_object
from weft.federation.handlers.leaves import revoke_leave
from weft.federation.handlers.libraries import delete_many, put_into_library, take_off_shelf
from weft.federation.handlers.quotes import revoke_stamp
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.undone import unknown, was_undone
from weft.federation.handlers.votes import receive_vote
from weft.federation.quoting import judged_quote
from weft.federation.reading.interactions import approvals
from weft.federation.relaying import announced_by_relay
from weft.federation.relevance import concerns_us
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import first_id, first_type, ids, objects, when_ms
from weft.protocol.addressing import visibility_of
from weft.protocol.origins import ACTOR_TYPES, same_origin
from weft.storage.database import Tx

MOST_MET = 5
"""Unknown people that one post makes us look up."""
TAKEN_AS_NEW_MS = 24 * 3_600_000
"""An Update of a post that is not here brings it, if the post is younger than this (A5)."""


async def receive_create(tools: Tools, got: Received) -> Apply | Verdict:
    """A new post by the signer."""
    if (other := handler_of_object(got)) is not None:
        return await other(tools, got)
    described = await _described(tools, got)
    if isinstance(described, Verdict):
        return described
    if described.vote is not None and described.in_reply_to is not None:
        await tools.policing.activity("Vote", got.signer)
        return receive_vote(tools, got, described.in_reply_to, described.vote)
    described = await tools.policing.post(described, got.signer, "post", got.type)
    recipient = got.recipient_id
    # Of the many that a relay brings, only what concerns somebody here is worth looking around.
    if got.relay is None or await concerns_us(tools.db, described, got.signer, recipient, None):
        if described.in_reply_to is not None:
            await _try_post(tools, described.in_reply_to)
        if described.groups or described.mentions:
            await _meet(tools, described)
    if described.in_reply_to is not None and not await may_answer(
        tools.resolver,
        tools.db,
        parent_uri=described.in_reply_to,
        reply_uri=described.uri,
        author=got.signer,
        approvals=described.approvals,
    ):
        return ignored("the author of what it answers has not approved it")
    quote = await judged_quote(tools.resolver, described, got.signer)
    put = await put_into_library(tools, got, described)

    async def apply(tx: Tx) -> Verdict:
        ahead = await tx.one(ahead_of, uri=described.uri, author=got.signer.id)
        if not await _wanted(tx, got, described, quote, ahead):
            return ignored("it concerns nobody here")
        if await is_closed_to(tx, described, got.signer.id):
            return refused("the thread that it answers is locked")
        stored = await tools.arrivals.store(
            tx, described, got.signer, recipient, quote, ahead=ahead
        )
        if stored is not None and put is not None:
            await put(tx)
        return DONE if stored is not None else ignored("deleted here or there before it came")

    return apply


async def receive_update(tools: Tools, got: Received) -> Apply | Verdict:
    """An edited post, or the signer's own new profile."""
    inner = next(iter(objects(got.object)), None)
    uri = first_id(got.object)
    if uri == got.signer.uri or (inner is not None and first_type(inner, ACTOR_TYPES) is not None):
        if uri != got.signer.uri and first_type(inner or {}, ("Group",)) is not None:
            return await receive_community(tools, got, uri or "")
        if uri != got.signer.uri:
            return refused("an actor may only update itself")
        await tools.resolver.actor(got.signer.uri, refresh=True)
        return DONE
    if (other := handler_of_object(got)) is not None:
        return await other(tools, got)
    if inner is None and await _is_known_collection(tools, uri):
        return await receive_collection(tools, got)
    described = await _described(tools, got)
    if isinstance(described, Verdict):
        return described
    described = await tools.policing.post(described, got.signer, "edit", got.type)
    quote = await judged_quote(tools.resolver, described, got.signer)
    put = await put_into_library(tools, got, described)

    young = tools.server.now_ms() - (described.published_at or 0) < TAKEN_AS_NEW_MS

    async def apply(tx: Tx) -> Verdict:
        updated = await tools.arrivals.update(tx, described, got.signer, quote)
        if updated is not None:
            if put is not None:
                await put(tx)
            return DONE
        if not young or not await _wanted(tx, got, described, quote):
            return ignored("the edited post is not here")
        # Its Create was lost, or is still on its way: then that finds it here.
        stored = await tools.arrivals.store(tx, described, got.signer, got.recipient_id, quote)
        return DONE if stored is not None else ignored("deleted here or there before it came")

    return apply


async def receive_delete(tools: Tools, got: Received) -> Apply | Verdict:
    """A post of the signer, or the signer itself, is gone."""
    uri = first_id(got.object)
    if uri is None:
        return delete_many(tools, got) or refused("a Delete names what is deleted")
    if (removal := await receive_removal(tools, got, uri)) is not None:
        return removal
    if not same_origin(uri, got.signer.uri):
        return refused("only its own server may delete it")
    if uri == got.signer.uri:

        async def apply_actor(tx: Tx) -> Verdict:
            await remove_actor(tx, tools.server, got.signer.id)
            tx.after_commit(tools.keys.forget_actor, got.signer.id)
            return DONE

        return apply_actor

    async def apply(tx: Tx) -> Verdict:
        post = await tx.one(post_by_uri, uri=uri)
        if post is None:
            for take_back in (
                (revoke_stamp, revoke_leave, revoke_feature, forget_described, *forgetting)
                if got.is_proven
                else ()
            ):
                taken_back = await take_back(tools, tx, got, uri)
                if taken_back is not None:
                    return taken_back
            known = await tx.one(object_by_uri, uri=uri)
            if known is None:
                await remember_deleted(tx, tools.server, uri)
            return ignored("it was not here; a late Create of it will be ignored")
        if post.author_id != got.signer.id:
            return refused("only its author may delete a post")
        await delete(tx, tools.server, post.id)
        await take_off_shelf(tx, uri, post.author_id)
        return DONE

    return apply


async def _is_known_collection(tools: Tools, uri: str | None) -> bool:
    return uri is not None and await tools.db.one(collection_by_uri, uri=uri) is not None


async def receive_announce(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer boosts a post, ours or anybody's."""
    uri = first_id(got.object)
    announce = first_id(got.document.get("id"))
    of_relay = await announced_by_relay(tools, got)
    if of_relay is not None:
        return of_relay
    if uri is None or announce is None:
        return refused("an Announce needs an id and an object")
    target = await tools.resolver.post(uri)
    if target is None:
        return ignored("the boosted post is gone")
    if target.visibility > Visibility.UNLISTED and target.author_id != got.signer.id:
        return refused("a post that is not public can only be boosted by its author")
    if (of_group := await receive_group_post(tools, got, target)) is not None:
        return of_group
    given = approvals(got.document, "announceAuthorization")
    if not await may(
        tools.resolver,
        tools.db,
        "boost",
        target=target,
        uri=announce,
        actor=got.signer,
        approvals=given,
    ):
        return ignored("the author of the post has not approved the boost")
    reach = Visibility[visibility_of(got.document, got.signer.followers_uri).name]

    async def apply(tx: Tx) -> Verdict:
        if await was_undone(tx, announce):
            return ignored("it was taken back before it came")
        if not await _still_there(tx, target):
            return ignored("the boosted post is gone")
        made = await boost(
            tx,
            tools.server,
            NewPost(
                author_id=got.signer.id,
                kind=PostKind.BOOST,
                boost_of_id=target.id,
                visibility=reach,
                uri=announce,
                published_at=when_ms(got.document.get("published")),
            ),
        )
        if wants_to_decide(target) and made.uri == announce:
            await keep_given(tx, tools.server, LeaveKind.BOOST, target, made.id, given)
        return DONE

    return apply


async def undo_announce(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer takes a boost back, by its id or by what it boosted."""

    async def apply(tx: Tx) -> Verdict:
        known = await tx.one(post_by_uri, uri=first_id(got.object) or "")
        if known is None:
            inner = next(iter(objects(got.object)), {})
            target = await tx.one(post_by_uri, uri=first_id(inner.get("object")) or "")
            target_id = target.id if target is not None else None
        else:
            if known.author_id != got.signer.id:
                return refused("only who boosted may take it back")
            target_id = known.boost_of_id
        if target_id is None or not await unboost(tx, tools.server, got.signer.id, target_id):
            return await unknown(tx, tools.server, got)
        return DONE

    return apply


async def _wanted(
    tx: Tx,
    got: Received,
    described: RemotePost,
    quote: NewQuote | None,
    ahead: Ahead | None = None,
) -> bool:
    """Does it concern anybody here, or is it what a relay was asked for?"""
    if got.relay is not None and described.visibility is Visibility.PUBLIC:
        return True
    return await concerns_us(
        tx, described, got.signer, got.recipient_id, quote, got.announcer, ahead
    )


async def _described(tools: Tools, got: Received) -> RemotePost | Verdict:
    """The post that the activity brings: embedded, else fetched; and that the signer may bring."""
    document: JsonObject | None = next(iter(objects(got.object)), None)
    uri = first_id(got.object)
    if document is None and isinstance(got.object, str) and got.object.startswith("bear:"):
        document = await tools.resolver.capability(got.object, got.signer.uri)
        uri = first_id(document.get("id"))
    if document is None or set(document) <= {"id", "type"}:
        if uri is None:
            return refused("the activity has no object")
        post = await tools.resolver.post(uri)
        return ignored("fetched from its origin" if post is not None else "the object is gone")
    return read_brought(tools.dialects, got, document)


def read_brought(dialects: Dialects, got: Received, document: JsonObject) -> RemotePost | Verdict:
    """The post that an activity brings, as its signer may bring it."""
    uri = first_id(document.get("id"))
    if uri is None or not same_origin(uri, got.signer.uri):
        return refused("the object is of another server than its sender")
    authors = ids(document.get("attributedTo"))
    if got.signer.uri in authors or not authors:
        # Of several authors, the one who sends it; of none, the same (FEP-fe34). A channel stays named.
        document = document | {"attributedTo": _sender_first(document, got.signer.uri)}
    try:
        described = dialects.read_post(
            {"to": got.document.get("to"), "cc": got.document.get("cc")} | document,
            got.signer.followers_uri,
        )
    except Unreadable as error:
        return ignored(str(error))
    if described.author_uri != got.signer.uri:
        return refused("the object is by another actor than its sender")
    if contradicts(got.document, document):
        return refused("the activity names another community than its object")
    if described.visibility is Visibility.PUBLIC and _is_quiet(got, document):
        return msgspec.structs.replace(described, visibility=Visibility.UNLISTED)
    return described


def contradicts(activity: JsonObject, document: JsonObject) -> bool:
    """Both say in which community it is, and not the same one (Lemmy refuses that, too)."""
    if "audience" not in activity or "audience" not in document:
        return False
    said, meant = set(ids(activity["audience"])), set(ids(document["audience"]))
    return bool(said and meant) and said.isdisjoint(meant)


def _is_quiet(got: Received, document: JsonObject) -> bool:
    """BookWyrm's own words on shelves say at the activity alone that they are not for every list."""
    if got.document.get("to") == document.get("to"):
        return False
    reach = visibility_of(got.document, got.signer.followers_uri)
    return Visibility[reach.name] is Visibility.UNLISTED


def _sender_first(document: JsonObject, sender: str) -> list[JsonObject | str]:
    named = document.get("attributedTo")
    listed = named if isinstance(named, list) else [named]
    return [sender, *(each for each in listed if each is not None and first_id(each) != sender)]


async def _meet(tools: Tools, described: RemotePost) -> None:
    """Look up whom the post names and nobody here has met, so that it names them here too."""
    named = list(dict.fromkeys((*described.groups[:MOST_MET], *described.mentions)))
    known = {row.uri for row in await tools.db.all(actors_by_uris, uris=named)}
    own = f"{tools.server.origin}/"
    unknown = [each for each in named if each not in known and not each.startswith(own)]
    for uri in unknown[:MOST_MET]:
        with contextlib.suppress(Unresolved):
            await tools.resolver.actor(uri)


async def _try_post(tools: Tools, uri: str) -> None:
    """A parent that cannot be fetched now does not hold its replies up."""
    known = await tools.db.one(object_by_uri, uri=uri)
    if known is not None:
        return
    try:
        await tools.resolver.post(uri, beside=True)
    except Unresolved:
        return


async def _still_there(tx: Tx, post: Post) -> bool:
    return await tx.one(post_by_id, id=post.id) is not None
