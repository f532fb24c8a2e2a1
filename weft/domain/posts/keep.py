"""Keeping a post for oneself: bookmarks, and threads that one no longer wants to hear of."""

from sqlalchemy import Delete, Insert, bindparam, delete

from weft.domain.search.index import index_kept
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.posts import bookmark as bookmarks
from weft.storage.schema.relations import thread_mute
from weft.storage.statements import insert_or_ignore, query


@query()
def insert_bookmark() -> Insert:
    return insert_or_ignore(bookmarks, "actor_id", "post_id", "id", "created_at")


@query()
def delete_bookmark() -> Delete:
    return delete(bookmarks).where(
        bookmarks.c.actor_id == bindparam("of_actor"), bookmarks.c.post_id == bindparam("of_post")
    )


@query()
def insert_thread_mute() -> Insert:
    return insert_or_ignore(thread_mute, "actor_id", "root_id", "created_at")


@query()
def delete_thread_mute() -> Delete:
    return delete(thread_mute).where(
        thread_mute.c.actor_id == bindparam("of_actor"),
        thread_mute.c.root_id == bindparam("of_root"),
    )


async def bookmark(tx: Tx, server: Server, *, actor_id: int, post_id: int) -> None:
    """Keep a post; keeping it twice is keeping it once. Nobody is told."""
    await tx.run(
        insert_bookmark,
        actor_id=actor_id,
        post_id=post_id,
        id=tx.new_id(),
        created_at=server.now_ms(),
    )
    await index_kept(tx, post_id)


async def unbookmark(tx: Tx, *, actor_id: int, post_id: int) -> None:
    await tx.run(delete_bookmark, of_actor=actor_id, of_post=post_id)


async def mute_thread(tx: Tx, server: Server, *, actor_id: int, root_id: int) -> None:
    """No more notifications of a thread."""
    await tx.run(insert_thread_mute, actor_id=actor_id, root_id=root_id, created_at=server.now_ms())


async def unmute_thread(tx: Tx, *, actor_id: int, root_id: int) -> None:
    await tx.run(delete_thread_mute, of_actor=actor_id, of_root=root_id)
