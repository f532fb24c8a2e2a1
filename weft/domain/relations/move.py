"""An account moves: who followed it here follows the new one instead (mastodon.md, Move)."""

import contextlib

from sqlalchemy import Select, Update, bindparam, exists, literal_column, select, update

from weft.domain.actors.queries import actor_by_id
from weft.domain.lists.queries import hand_over_lists
from weft.domain.relations.follow import FollowRefused, follow, unfollow
from weft.domain.relations.queries import follow_between
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import follow as edges
from weft.storage.statements import query

STEP = 200
"""Followers moved in one write; a chore moves the rest."""


@query()
def note_move() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"))
        .values(moved_to_id=bindparam("new_id"), revision=actor.c.revision + 1)
    )


@query(bounded=True)
def local_followers() -> Select:
    """Some people of this server who follow ``:target``."""
    return (
        select(edges.c.follower_id)
        .join(account, account.c.actor_id == edges.c.follower_id)
        .where(edges.c.target_id == bindparam("target"), edges.c.state == literal_column("1"))
        .order_by(edges.c.id)
        .limit(bindparam("limit"))
    )


@query()
def unfinished_moves() -> Select:
    """Moved actors whom people of this server still follow, and where they went."""
    here = exists().where(
        edges.c.target_id == actor.c.id,
        edges.c.state == literal_column("1"),
        account.c.actor_id == edges.c.follower_id,
    )
    return (
        select(actor.c.id, actor.c.moved_to_id)
        .where(actor.c.moved_to_id.is_not(None), actor.c.deleted_at.is_(None), here)
        .limit(bindparam("limit"))
    )


async def move_followers(tx: Tx, server: Server, old_id: int, new_id: int) -> int:
    """Note the move and take some followers along; how many there were. Wishes (boosts,
    notifications, languages) go with them."""
    old, new = await tx.one(actor_by_id, id=old_id), await tx.one(actor_by_id, id=new_id)
    if old is None or new is None or not new.stands:
        return 0
    if old.moved_to_id != new_id:
        await tx.run(note_move, of_actor=old_id, new_id=new_id)
    rows = await tx.all(local_followers, target=old_id, limit=STEP)
    for row in rows:
        follower = await tx.one(actor_by_id, id=row[0])
        known = await tx.one(follow_between, follower=row[0], target=old_id)
        if follower is not None and known is not None and follower.id != new_id:
            # A block may stand between them: then only the old follow ends.
            with contextlib.suppress(FollowRefused):
                await follow(
                    tx,
                    server,
                    follower=follower,
                    target=new,
                    shows_boosts=known.shows_boosts,
                    notifies=known.notifies,
                )
                await tx.run(hand_over_lists, of_owner=row[0], old_member=old_id, new_member=new_id)
        await unfollow(tx, server, follower_id=row[0], target_id=old_id)
    return len(rows)


async def finish_moves(db: Database, server: Server) -> int:
    """Take along whom the first write left behind."""
    moved = 0
    for row in await db.all(unfinished_moves, limit=100):
        while step := await db.write(move_followers, server, row[0], row[1]):
            moved += step
    return moved
