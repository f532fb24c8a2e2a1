"""Following: asked for, accepted or rejected, undone.

A follow is PENDING until its target accepts; targets of this server that are not locked accept at
once. Remote targets answer over federation; a rejection, an undo or a block ends it. Asking again
is harmless: it updates the wishes (boosts, notifications, languages) and the request's IRI.
"""

import msgspec

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.endorsements.queries import delete_endorsement
from weft.domain.events import FollowAnswered, FollowRequested, FollowUndone
from weft.domain.lists.queries import leave_lists
from weft.domain.notifications.notify import NotificationKind, notify, withdraw
from weft.domain.relations.queries import Follow, FollowState, blocks_from, follow_between
from weft.domain.relations.store import (
    count_edges,
    delete_follow,
    fill_home,
    insert_follow,
    sweep_home,
    update_follow,
)
from weft.domain.server import Server
from weft.storage.database import Tx

BACKFILLED = 20
"""Posts of a newly followed author that appear in the home timeline."""


class FollowRefused(Exception):
    """The sentence is for the person who asked."""


async def follow(
    tx: Tx,
    server: Server,
    *,
    follower: Actor,
    target: Actor,
    uri: str | None = None,
    shows_boosts: bool = True,
    notifies: bool = False,
    languages: list[str] | None = None,
) -> Follow:
    """``follower`` asks to follow ``target``; either may be of this server, or both.

    Raises:
        FollowRefused: oneself, a block on either side, or an actor that is gone.
    """
    if follower.id == target.id:
        raise FollowRefused("One cannot follow oneself.")
    if not target.stands or not follower.stands:
        raise FollowRefused("This account is no longer here.")
    if await tx.one(blocks_from, me=target.id, others=[follower.id]):
        raise FollowRefused("This account does not let you follow it.")
    if await tx.one(blocks_from, me=follower.id, others=[target.id]):
        raise FollowRefused("You block this account: unblock it first.")
    now = server.now_ms()
    known = await tx.one(follow_between, follower=follower.id, target=target.id)
    at_once = target.local and not target.locked and follower.silenced_at is None
    accepted = at_once or (known is not None and known.state == FollowState.ACCEPTED)
    follow_id = known.id if known else tx.new_id()
    row = Follow(
        id=follow_id,
        follower_id=follower.id,
        target_id=target.id,
        state=FollowState.ACCEPTED if accepted else FollowState.PENDING,
        uri=uri or (known.uri if known else f"{server.origin}/ap/follows/{follow_id}"),
        shows_boosts=shows_boosts,
        notifies=notifies,
        languages=msgspec.json.encode(languages).decode() if languages else None,
        created_at=known.created_at if known else now,
        accepted_at=(known.accepted_at if known else None) or (now if accepted else None),
    )
    if known is None:
        await tx.run(
            insert_follow, **{name: getattr(row, name) for name in Follow.__struct_fields__}
        )
    else:
        await _save(tx, row)
    if accepted and (known is None or known.state != FollowState.ACCEPTED):
        await begin_follow(tx, row)
    await _tell(tx, server, row, follower, target, known, now)
    return row


async def _tell(
    tx: Tx,
    server: Server,
    row: Follow,
    follower: Actor,
    target: Actor,
    known: Follow | None,
    now: int,
) -> None:
    accepted = row.state == FollowState.ACCEPTED
    if target.local:
        if known is None:
            kind = NotificationKind.FOLLOW if accepted else NotificationKind.FOLLOW_REQUEST
            await notify(tx, target.id, kind, follower.id, None, now)
        if accepted and not follower.local:
            await server.tell(tx, _answer(row, accepted=True))
    elif follower.local and (known is None or not accepted):
        await server.tell(
            tx,
            FollowRequested(
                follow_id=row.id, uri=row.uri, follower_id=follower.id, target_id=target.id
            ),
        )


async def accept(tx: Tx, server: Server, *, follower_id: int, target_id: int) -> bool:
    """The target lets the follower in. False if nobody asked; accepting twice is accepting once."""
    known = await tx.one(follow_between, follower=follower_id, target=target_id)
    if known is None:
        return False
    if known.state == FollowState.ACCEPTED:
        return True
    now = server.now_ms()
    row = msgspec.structs.replace(known, state=FollowState.ACCEPTED, accepted_at=now)
    await _save(tx, row)
    await begin_follow(tx, row)
    follower = await tx.one(actor_by_id, id=follower_id)
    target = await tx.one(actor_by_id, id=target_id)
    if follower is not None and target is not None and target.local:
        await withdraw(tx, target_id, NotificationKind.FOLLOW_REQUEST, follower_id, None)
        await notify(tx, target_id, NotificationKind.FOLLOW, follower_id, None, now)
        if not follower.local:
            await server.tell(tx, _answer(row, accepted=True))
    return True


async def reject(tx: Tx, server: Server, *, follower_id: int, target_id: int) -> bool:
    """The target turns the follower away, or out. False if there was no follow."""
    known = await tx.one(follow_between, follower=follower_id, target=target_id)
    if known is None:
        return False
    follower = await tx.one(actor_by_id, id=follower_id)
    target = await tx.one(actor_by_id, id=target_id)
    if target is not None and target.local and follower is not None and not follower.local:
        await server.tell(tx, _answer(known, accepted=False))
    await end_follow(tx, known)
    return True


async def unfollow(tx: Tx, server: Server, *, follower_id: int, target_id: int) -> bool:
    """The follower leaves, or takes the request back. False if there was no follow."""
    known = await tx.one(follow_between, follower=follower_id, target=target_id)
    if known is None:
        return False
    follower = await tx.one(actor_by_id, id=follower_id)
    target = await tx.one(actor_by_id, id=target_id)
    if follower is not None and follower.local and target is not None and not target.local:
        await server.tell(
            tx, FollowUndone(uri=known.uri, follower_id=follower_id, target_id=target_id)
        )
    await end_follow(tx, known)
    return True


async def _save(tx: Tx, row: Follow) -> None:
    await tx.run(
        update_follow,
        of_follow=row.id,
        state=row.state,
        uri=row.uri,
        shows_boosts=row.shows_boosts,
        notifies=row.notifies,
        languages=row.languages,
        accepted_at=row.accepted_at,
    )


async def begin_follow(tx: Tx, row: Follow) -> None:
    """What an accepted follow brings: counts, and the author's newest posts."""
    await tx.run(count_edges, of_actor=row.target_id, more_followers=1, more_following=0)
    await tx.run(count_edges, of_actor=row.follower_id, more_followers=0, more_following=1)
    await tx.run(fill_home, owner=row.follower_id, author=row.target_id, limit=BACKFILLED)


async def end_follow(tx: Tx, row: Follow) -> None:
    """Take a follow away with all that hangs on it; nobody is told."""
    await tx.run(delete_follow, of_follow=row.id)
    await tx.run(delete_endorsement, of_actor=row.follower_id, of_target=row.target_id)
    await tx.run(leave_lists, of_owner=row.follower_id, member=row.target_id)
    if row.state == FollowState.ACCEPTED:
        await tx.run(count_edges, of_actor=row.target_id, more_followers=-1, more_following=0)
        await tx.run(count_edges, of_actor=row.follower_id, more_followers=0, more_following=-1)
        await tx.run(sweep_home, owner=row.follower_id, author=row.target_id)
    for kind in (NotificationKind.FOLLOW, NotificationKind.FOLLOW_REQUEST):
        await withdraw(tx, row.target_id, kind, row.follower_id, None)


def _answer(row: Follow, *, accepted: bool) -> FollowAnswered:
    return FollowAnswered(
        uri=row.uri, follower_id=row.follower_id, target_id=row.target_id, accepted=accepted
    )
