"""Answers and boosts that need leave: is there any, and does it hold?

Section 3 of the interop notes of GoToSocial. Posts of ours say nothing and so enforce nothing; what is
decided here is what others may do with each other's posts, for as much as is shown here.
"""

from typing import TYPE_CHECKING, Literal

from weft.domain.actors.records import Actor
from weft.domain.posts.queries import audience_of, post_by_uri
from weft.domain.posts.records import Post, post_facets
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import first_id, first_type
from weft.protocol.origins import same_origin
from weft.storage.database import Database

if TYPE_CHECKING:
    from weft.federation.resolve import Resolver

_TYPES = {
    "reply": ("ReplyAuthorization", "ReplyApproval", "Accept"),
    "boost": ("AnnounceAuthorization", "AnnounceApproval", "Accept"),
}


async def may_answer(
    resolver: "Resolver",
    db: Database,
    *,
    parent_uri: str | None,
    reply_uri: str,
    author: Actor,
    approvals: tuple[str, ...],
) -> bool:
    """May this post be an answer to that one? What is not here yet, forbids nothing yet."""
    parent = await db.one(post_by_uri, uri=parent_uri) if parent_uri is not None else None
    if parent is None:
        return True
    return await may(
        resolver, db, "reply", target=parent, uri=reply_uri, actor=author, approvals=approvals
    )


async def may(
    resolver: "Resolver",
    db: Database,
    what: Literal["reply", "boost"],
    *,
    target: Post,
    uri: str,
    actor: Actor,
    approvals: tuple[str, ...],
) -> bool:
    """Does the author of ``target`` let ``actor`` do this, by the post's policy or by a proof?

    Who is in a circle of followers was let in by the author, who then says so: that too is asked for.
    """
    policy = post_facets(target.facets).interactions
    circle = getattr(policy, what) if policy is not None else None
    if circle is None or target.local or target.author_id == actor.id:
        return True
    if {"public", actor.uri} & set(circle.automatic):
        return True
    if what == "reply":
        named = await db.all(audience_of, ids=[target.id])
        if target.in_reply_to_author_id == actor.id or any(n.actor_id == actor.id for n in named):
            return True
    for each in approvals:
        if await _holds(resolver, each, _TYPES[what], uri, target):
            return True
    return False


async def _holds(
    resolver: "Resolver", proof_uri: str, types: tuple[str, ...], uri: str, target: Post
) -> bool:
    """Does the author's server say that ``uri`` may be done to ``target``?"""
    if not same_origin(proof_uri, target.uri):
        return False
    try:
        proof = await resolver.document(proof_uri)
    except Unresolved:
        return False
    by = first_id(proof.get("attributedTo")) or first_id(proof.get("actor"))
    about = first_id(proof.get("interactingObject")) or first_id(proof.get("object"))
    of = first_id(proof.get("interactionTarget")) or first_id(proof.get("target"))
    return (
        first_type(proof, types) is not None
        and by == await resolver.author_uri(target)
        and about == uri
        and of in (None, target.uri)
    )
