"""Blocking, muting, and blocking a whole host: at once, everywhere."""

from weft.domain.actors.queries import actor_by_id
from weft.domain.collections.asking import part_collections
from weft.domain.conversations.keep import forget_conversations_with
from weft.domain.events import Blocked, BlockUndone
from weft.domain.notifications.about import SeveranceKind
from weft.domain.notifications.forget import forget_host, forget_sender
from weft.domain.notifications.notices import notify_severed
from weft.domain.relations.follow import reject, unfollow
from weft.domain.relations.queries import FollowState, blocks_from, edges_with_host
from weft.domain.relations.store import (
    delete_block,
    delete_host_block,
    delete_mute,
    insert_block,
    insert_host_block,
    save_mute,
    sweep_home,
)
from weft.domain.server import Server
from weft.storage.database import Tx

STEP = 200


async def block(
    tx: Tx, server: Server, *, actor_id: int, target_id: int, uri: str | None = None
) -> None:
    """Block an actor: follows end both ways, neither is in the other's collections, their posts leave the home timeline, and what they
    notified of and wrote privately is forgotten."""
    if actor_id == target_id:
        return
    if await tx.one(blocks_from, me=actor_id, others=[target_id]) is not None:
        return
    blocker = await tx.one(actor_by_id, id=actor_id)
    target = await tx.one(actor_by_id, id=target_id)
    if blocker is None or target is None:
        return
    await unfollow(tx, server, follower_id=actor_id, target_id=target_id)
    await reject(tx, server, follower_id=target_id, target_id=actor_id)
    block_id = tx.new_id()
    uri = uri or (f"{server.origin}/ap/blocks/{block_id}" if blocker.local else None)
    await tx.run(
        insert_block,
        id=block_id,
        actor_id=actor_id,
        target_id=target_id,
        uri=uri,
        created_at=server.now_ms(),
    )
    await part_collections(tx, server, actor_id, target_id)
    await tx.run(sweep_home, owner=actor_id, author=target_id)
    await tx.run(sweep_home, owner=target_id, author=actor_id)
    if blocker.local:
        await forget_sender(tx, actor_id, target_id)
        await forget_conversations_with(tx, actor_id, target_id)
    if blocker.local and not target.local and uri is not None:
        await server.tell(tx, Blocked(uri=uri, actor_id=actor_id, target_id=target_id))


async def unblock(tx: Tx, server: Server, *, actor_id: int, target_id: int) -> None:
    """Take a block back; follows do not return by themselves."""
    known = await tx.one(blocks_from, me=actor_id, others=[target_id])
    if known is None:
        return
    blocker = await tx.one(actor_by_id, id=actor_id)
    target = await tx.one(actor_by_id, id=target_id)
    await tx.run(delete_block, of_actor=actor_id, of_target=target_id)
    if blocker and blocker.local and target and not target.local and known.uri:
        await server.tell(tx, BlockUndone(uri=known.uri, actor_id=actor_id, target_id=target_id))


async def mute(
    tx: Tx,
    server: Server,
    *,
    actor_id: int,
    target_id: int,
    hides_notifications: bool = True,
    duration_s: int = 0,
) -> None:
    """Mute an actor, for ever or for ``duration_s`` seconds; they never learn of it."""
    if actor_id == target_id:
        return
    now = server.now_ms()
    await tx.run(
        save_mute,
        id=tx.new_id(),
        actor_id=actor_id,
        target_id=target_id,
        hides_notifications=hides_notifications,
        created_at=now,
        expires_at=now + duration_s * 1000 if duration_s else None,
    )


async def unmute(tx: Tx, *, actor_id: int, target_id: int) -> None:
    await tx.run(delete_mute, of_actor=actor_id, of_target=target_id)


async def block_host(tx: Tx, server: Server, *, actor_id: int, host: str) -> None:
    """Hide a whole host from one person, and that person from it: follows between them end (they
    are told how many), and its notifications are forgotten."""
    await tx.run(
        insert_host_block,
        id=tx.new_id(),
        actor_id=actor_id,
        host=host,
        created_at=server.now_ms(),
    )
    followers = following = 0
    while edges := await tx.all(edges_with_host, me=actor_id, host=host, limit=STEP):
        for edge in edges:
            stood = edge.state == FollowState.ACCEPTED
            if edge.target_id == actor_id:
                followers += stood
                await reject(tx, server, follower_id=edge.follower_id, target_id=actor_id)
            else:
                following += stood
                await unfollow(tx, server, follower_id=actor_id, target_id=edge.target_id)
    await forget_host(tx, actor_id, host)
    lost = {actor_id: (followers, following)}
    await notify_severed(tx, server, SeveranceKind.USER_DOMAIN_BLOCK, host, lost)


async def unblock_host(tx: Tx, *, actor_id: int, host: str) -> None:
    await tx.run(delete_host_block, of_actor=actor_id, of_host=host)
