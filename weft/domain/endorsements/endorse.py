"""Endorsing: showing somebody on one's profile. Only whom one follows; an unfollow ends it."""

from weft.domain.endorsements.queries import (
    count_endorsed,
    delete_endorsement,
    insert_endorsement,
)
from weft.domain.relations.queries import FollowState, follow_between
from weft.domain.server import Server
from weft.storage.database import Tx

MOST = 100


class EndorsementRefused(Exception):
    """The sentence is for the person who endorses."""


async def endorse(tx: Tx, server: Server, *, actor_id: int, target_id: int) -> None:
    """Show somebody on the profile; a second time changes nothing.

    Raises:
        EndorsementRefused: not followed, or one too many.
    """
    follow = await tx.one(follow_between, follower=actor_id, target=target_id)
    if follow is None or follow.state != FollowState.ACCEPTED:
        raise EndorsementRefused("You can only feature people whom you follow.")
    await tx.run(
        insert_endorsement,
        id=tx.new_id(),
        actor_id=actor_id,
        target_id=target_id,
        created_at=server.now_ms(),
    )
    count = await tx.one(count_endorsed, me=actor_id)
    if count is not None and count[0] > MOST:
        raise EndorsementRefused(f"At most {MOST} people can be featured.")


async def unendorse(tx: Tx, *, actor_id: int, target_id: int) -> None:
    await tx.run(delete_endorsement, of_actor=actor_id, of_target=target_id)
