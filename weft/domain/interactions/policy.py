"""May somebody of ours like, answer or boost a post of another server? (Section 3 of the interop notes
of GoToSocial.)

An entry that names a person goes before a circle of people, that before everybody; who is in both lists
may at once. A circle's members are let in by the author, whose server has to say so: they ask, too.
"""

from typing import Literal, TypeAlias

from weft.domain.actors.queries import actor_by_id
from weft.domain.interactions.queries import leave_of_post
from weft.domain.interactions.records import LeaveState, What
from weft.domain.posts.queries import audience_of
from weft.domain.posts.records import Circle, Post, post_facets
from weft.domain.relations.queries import FollowState, follow_between
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Database, Tx

Leave: TypeAlias = Literal["free", "asked", "denied"]


def wants_to_decide(post: Post) -> bool:
    """Does its author restrict anything? Told from the stored text, for pages of many posts."""
    return post.facets is not None and not post.local and '"interactions"' in post.facets


async def leave_to(reads: Database | Tx, what: What, target: Post, actor_id: int) -> Leave:
    """``free``: without asking; ``asked``: it waits for the author's answer."""
    if not wants_to_decide(target) or target.author_id == actor_id:
        return "free"
    policy = post_facets(target.facets).interactions
    circle: Circle | None = getattr(policy, what) if policy is not None else None
    actor = await reads.one(actor_by_id, id=actor_id)
    if circle is None or actor is None:
        return "free"
    if actor.uri in circle.automatic:
        return "free"
    if what == "reply" and await _is_addressed(reads, target, actor_id):
        return "free"
    if actor.uri in circle.manual or await _in_a_circle(reads, circle, target, actor_id):
        return "asked"
    if "public" in circle.automatic:
        return "free"
    return "asked" if "public" in circle.manual else "denied"


async def is_waiting(reads: Database | Tx, post: Post) -> bool:
    """Is it an answer of ours without leave (yet)? What answers it would be in the same case."""
    if not post.local or post.in_reply_to_uri is None or post.visibility < Visibility.DIRECT:
        return False
    leave = await reads.one(leave_of_post, post_id=post.id)
    return leave is not None and leave.state != LeaveState.ACCEPTED


async def _is_addressed(reads: Database | Tx, target: Post, actor_id: int) -> bool:
    """Whom a post names or answers may always answer it."""
    if target.in_reply_to_author_id == actor_id:
        return True
    return any(row.actor_id == actor_id for row in await reads.all(audience_of, ids=[target.id]))


async def _in_a_circle(reads: Database | Tx, circle: Circle, target: Post, actor_id: int) -> bool:
    named = {*circle.automatic, *circle.manual}
    ends = {
        "followers": (actor_id, target.author_id),
        "following": (target.author_id, actor_id),
    }
    for name, (follower, followed) in ends.items():
        if name not in named:
            continue
        edge = await reads.one(follow_between, follower=follower, target=followed)
        if edge is not None and edge.state == FollowState.ACCEPTED:
            return True
    return False
