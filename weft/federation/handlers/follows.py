"""Follow, Accept, Reject, Block, and undoing a follow or a block."""

from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.keep import banned_from
from weft.domain.relations.block import block, unblock
from weft.domain.relations.follow import FollowRefused, accept, follow, reject, unfollow
from weft.domain.relations.queries import Follow, block_by_uri, follow_between, follow_by_uri
from weft.federation.handlers.attendance import answered_join
from weft.federation.handlers.communities import receive_ban, undo_ban
from weft.federation.handlers.features import answered_feature
from weft.federation.handlers.leaves import answered_leave
from weft.federation.handlers.quotes import answered_request
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
from weft.federation.relaying import answered_relay, may_follow_back
from weft.protocol.activitystreams import first_id, first_type, objects
from weft.storage.database import Tx


async def receive_follow(tools: Tools, got: Received) -> Apply | Verdict:
    """Somebody asks to follow one of ours."""
    target = await _local(tools, got.object)
    if target is None:
        return ignored("the follow is not of an actor of this server")
    if target.uri == tools.server.relay_uri and not await may_follow_back(tools, got):
        return refused("the actor for relays is followed by relays that this server has asked")
    uri = first_id(got.document.get("id"))

    async def apply(tx: Tx) -> Verdict:
        if await was_undone(tx, uri):
            return ignored("it was taken back before it came")
        if target.kind == ActorKind.GROUP and await banned_from(
            tx, tools.server, got.signer.id, [target.id]
        ):
            return refused("the community has banned who asks")
        try:
            await follow(
                tx,
                tools.server,
                follower=got.signer,
                target=target,
                uri=uri or f"{got.signer.uri}#follows/{target.id}",
            )
        except FollowRefused as error:
            return refused(str(error))
        return DONE

    return apply


async def receive_answer(tools: Tools, got: Received) -> Apply | Verdict:
    """Accept or Reject of a follow that one of ours asked for; only its target may answer.
    Relays, questions for leave to quote, to recommend somebody, to like, answer or boost, and who
    comes to an event, are answered the same way."""
    for answered in (
        answered_relay, answered_request, answered_feature, answered_leave, answered_join,
    ):  # fmt: skip
        of_question = await answered(tools, got)
        if of_question is not None:
            return of_question

    async def apply(tx: Tx) -> Verdict:
        asked = await _follow_named(tx, got)
        if asked is None:
            return ignored("no such follow was asked for")
        if asked.target_id != got.signer.id:
            return refused("only the target of a follow may answer it")
        answer = accept if got.type == "Accept" else reject
        await answer(tx, tools.server, follower_id=asked.follower_id, target_id=asked.target_id)
        return DONE

    return apply


async def receive_block(tools: Tools, got: Received) -> Apply | Verdict:
    """Somebody blocks one of ours; with a target, a moderator bans somebody from that."""
    if first_id(got.document.get("target")) is not None:
        return await receive_ban(tools, got)
    if got.announcer is not None:
        return ignored("groups do not pass that on")
    target = await _local(tools, got.object)
    if target is None:
        return ignored("the block is not of an actor of this server")
    uri = first_id(got.document.get("id"))

    async def apply(tx: Tx) -> Verdict:
        await block(tx, tools.server, actor_id=got.signer.id, target_id=target.id, uri=uri)
        return DONE

    return apply


async def undo_follow(tools: Tools, got: Received) -> Apply | Verdict:
    """The follower takes the follow back, by its id or by naming both ends."""

    async def apply(tx: Tx) -> Verdict:
        known = await _follow_named(tx, got)
        if known is None:
            return await unknown(tx, tools.server, got)
        if known.follower_id != got.signer.id:
            return refused("only the follower may undo a follow")
        await unfollow(tx, tools.server, follower_id=known.follower_id, target_id=known.target_id)
        return DONE

    return apply


async def undo_block(tools: Tools, got: Received) -> Apply | Verdict:
    """The blocker takes the block back, or a moderator a ban."""
    inner = next(iter(objects(got.object)), {})
    if first_id(inner.get("target")) is not None:
        return await undo_ban(tools, got)
    target = await _local(tools, inner.get("object"))

    async def apply(tx: Tx) -> Verdict:
        target_id = target.id if target is not None else None
        if target_id is None:
            known = await tx.one(block_by_uri, uri=first_id(got.object) or "")
            if known is None:
                return ignored("no such block is known")
            if known.actor_id != got.signer.id:
                return refused("only the blocker may undo a block")
            target_id = known.target_id
        await unblock(tx, tools.server, actor_id=got.signer.id, target_id=target_id)
        return DONE

    return apply


async def _local(tools: Tools, value: object) -> Actor | None:
    uri = first_id(value)
    actor = await tools.db.one(actor_by_uri, uri=uri) if uri is not None else None
    return actor if actor is not None and actor.local and actor.stands else None


async def _follow_named(tx: Tx, got: Received) -> Follow | None:
    """The follow that ``object`` means: by its id, else by the ends that it embeds."""
    uri = first_id(got.object)
    if uri is not None:
        # Ours go out as ``follow-id#activity-id``.
        known = await tx.one(follow_by_uri, uri=uri.partition("#")[0])
        known = known or await tx.one(follow_by_uri, uri=uri)
        if known is not None:
            return known
    for inner in objects(got.object):
        if first_type(inner, ("Follow",)) is None:
            continue
        follower = await tx.one(actor_by_uri, uri=first_id(inner.get("actor")) or "")
        target = await tx.one(actor_by_uri, uri=first_id(inner.get("object")) or "")
        if follower is not None and target is not None:
            return await tx.one(follow_between, follower=follower.id, target=target.id)
    return None
