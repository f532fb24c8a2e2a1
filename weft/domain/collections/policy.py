"""Who may put somebody into a collection (FEP-7aa9; Mastodon's reading, A2 and A8 of the notes).

People of this server choose by what they have chosen already: who is not to be found is in nobody's
collection, who looks at their followers first is in those of followers, everybody else in anybody's.
"""

from typing import Literal, TypeAlias

from weft.domain.actors.records import Actor, FeaturePolicy, actor_facets
from weft.domain.collections.queries import PolicyRow
from weft.domain.quotes.policy import leave_of_circles
from weft.domain.relations.queries import (
    FollowState,
    blocked_hosts,
    blocks_from,
    blocks_to,
    follow_between,
)
from weft.storage.database import Tx

FeatureLeave: TypeAlias = Literal["automatic", "manual", "denied", "missing"]
"""``missing``: the actor's server says nothing of collections, and would not answer."""

_NOBODY = FeaturePolicy()
_FOLLOWERS = FeaturePolicy(automatic=("followers",))
_EVERYBODY = FeaturePolicy(automatic=("public",))


def feature_policy(actor: Actor | PolicyRow) -> FeaturePolicy | None:
    """The policy in force; None if its server says nothing."""
    if not actor.local:
        return actor_facets(actor.facets).feature_policy
    if not actor.discoverable:
        return _NOBODY
    return _FOLLOWERS if actor.locked else _EVERYBODY


def feature_leave(
    actor: Actor | PolicyRow, *, asker_id: int | None, follows: bool, followed: bool
) -> FeatureLeave:
    """May this person put the actor into a collection? ``follows``: they follow the actor;
    ``followed``: the actor follows them."""
    policy = feature_policy(actor)
    if asker_id is None:
        return "missing" if policy is None else "denied"
    if asker_id == actor.id:
        return "automatic"
    if policy is None:
        return "missing"
    found = leave_of_circles(policy.automatic, policy.manual, follows=follows, followed=followed)
    return "denied" if found == "unknown" else found


async def leave_to_feature(tx: Tx, asker: Actor, target: Actor) -> FeatureLeave:
    """The same with what stands between the two now, blocks included."""
    if not target.stands or not asker.stands:
        return "denied"
    if asker.id != target.id and await _blocked(tx, asker, target):
        return "denied"
    follows = await tx.one(follow_between, follower=asker.id, target=target.id)
    followed = await tx.one(follow_between, follower=target.id, target=asker.id)
    return feature_leave(
        target,
        asker_id=asker.id,
        follows=follows is not None and follows.state == FollowState.ACCEPTED,
        followed=followed is not None and followed.state == FollowState.ACCEPTED,
    )


async def _blocked(tx: Tx, asker: Actor, target: Actor) -> bool:
    return (
        await tx.one(blocks_from, me=asker.id, others=[target.id]) is not None
        or await tx.one(blocks_to, me=asker.id, others=[target.id]) is not None
        or await tx.one(blocked_hosts, me=target.id, hosts=[asker.host]) is not None
        or await tx.one(blocked_hosts, me=asker.id, hosts=[target.host]) is not None
    )
