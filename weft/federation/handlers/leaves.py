"""What authors of other servers answer when ours want to like, answer or boost (section 3 of the interop
notes of GoToSocial): to a request, by its id; to what was done unasked, by the id of that."""

from weft.domain.interactions.queries import (
    leave_by_request,
    leave_of_post,
    leave_of_reaction,
    leaves_by_accept,
    leaves_by_stamp,
)
from weft.domain.interactions.records import InteractionLeave
from weft.domain.interactions.settle import allow, refuse
from weft.domain.posts.queries import post_by_id, post_by_uri
from weft.domain.reactions.react import reaction_by_uri
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.protocol.activitystreams import first_id, first_object
from weft.protocol.origins import same_origin
from weft.storage.database import Database, Tx


async def answered_leave(tools: Tools, got: Received) -> Apply | Verdict | None:
    """Accept or Reject of what one of ours asked for; None if the answer is of something else."""
    if await _asked(tools.db, got) is None:
        return None
    stamp = first_id(got.document.get("result"))
    if stamp is not None and not same_origin(stamp, got.signer.uri):
        return refused("the leave that it gives is of another server")

    async def apply(tx: Tx) -> Verdict:
        leave = await _asked(tx, got)
        target = await tx.one(post_by_id, id=leave.target_id) if leave is not None else None
        if leave is None or target is None:
            return ignored("what it answers is gone")
        if target.author_id != got.signer.id:
            return refused("only the author may answer")
        if got.type == "Accept":
            accept = first_id(got.document.get("id"))
            done = await allow(tx, tools.server, leave, stamp=stamp, accept=accept)
        else:
            done = await refuse(tx, tools.server, leave)
        return DONE if done else ignored("it was answered like this before, or is gone")

    return apply


async def _asked(reads: Database | Tx, got: Received) -> InteractionLeave | None:
    """By the id of the question; else by that of the like, answer or boost."""
    inner = first_object(got.object) or {}
    for uri in (first_id(got.object), first_id(inner.get("instrument"))):
        if uri is None:
            continue
        leave = await reads.one(leave_by_request, request_uri=uri)
        leave = leave or await _of_interaction(reads, uri)
        if leave is not None and leave.request_uri is not None:
            return leave
    return None


async def _of_interaction(reads: Database | Tx, uri: str) -> InteractionLeave | None:
    # A question that nobody asked in words is named after the interaction: ``ID#LikeRequest``.
    uri = uri.partition("#")[0].removesuffix("/activity")
    liked = await reads.one(reaction_by_uri, uri=uri)
    if liked is not None:
        return await reads.one(leave_of_reaction, reaction_id=liked.id)
    post = await reads.one(post_by_uri, uri=uri)
    return await reads.one(leave_of_post, post_id=post.id) if post is not None else None


async def revoke_leave(tools: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """An author deletes the leave; None if it is none that is known here."""
    known = await tx.all(leaves_by_stamp, uri=uri) or await tx.all(leaves_by_accept, uri=uri)
    if not known:
        return None
    for leave in known:
        target = await tx.one(post_by_id, id=leave.target_id)
        if target is None or target.author_id != got.signer.id:
            return refused("only the author may take the leave back")
        await refuse(tx, tools.server, leave)
    return DONE
