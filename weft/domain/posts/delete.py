"""Deleting a post or a boost: the row goes with all that hangs on it, the IRI stays as a tombstone."""

from sqlalchemy import Select, bindparam, select

from weft.domain.events import BoostUndone, PostDeleted
from weft.domain.notifications.notify import NotificationKind, withdraw
from weft.domain.pins.queries import forget_entries
from weft.domain.posts.queries import POST_COLUMNS, boost_by, post_by_id
from weft.domain.posts.records import ObjectKind, Post
from weft.domain.posts.store import (
    add_to_author,
    add_to_stats,
    bury_object,
    delete_post,
    forget_parent,
    stats_delta,
)
from weft.domain.quotes.quote import forget_quoted
from weft.domain.search.index import forget_words
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.posts import post
from weft.storage.statements import query


@query(row=Post, bounded=True)
def boosts_of() -> Select:
    """Some boosts of a post, for its deletion."""
    return (
        select(*POST_COLUMNS)
        .where(post.c.boost_of_id == bindparam("target_id"))
        .order_by(post.c.author_id)
        .limit(bindparam("limit"))
    )


async def delete(tx: Tx, server: Server, post_id: int, *, silently: bool = False) -> bool:
    """Delete a post and the boosts of it. False if it is gone already.

    ``silently``: its author goes too, and one word of that is enough.
    """
    gone = await tx.one(post_by_id, id=post_id)
    if gone is None:
        return False
    if gone.boost_of_id is not None:
        return await unboost(tx, server, gone.author_id, gone.boost_of_id, silently=silently)
    if gone.local and not gone.local_only and not silently:
        await server.tell(
            tx,
            PostDeleted(
                post_id=gone.id,
                uri=gone.uri,
                author_id=gone.author_id,
                visibility=gone.visibility,
            ),
        )
    while boosts := await tx.all(boosts_of, target_id=gone.id, limit=500):
        for each in boosts:
            await _remove(tx, server, each)
    await _remove(tx, server, gone)
    return True


async def unboost(
    tx: Tx, server: Server, author_id: int, target_id: int, *, silently: bool = False
) -> bool:
    """Take a boost back. False if there is none."""
    boost = await tx.one(boost_by, target_id=target_id, author_id=author_id)
    if boost is None:
        return False
    target = await tx.one(post_by_id, id=target_id)
    if boost.local and target is not None and not silently:
        await server.tell(
            tx,
            BoostUndone(
                post_id=boost.id,
                uri=boost.uri,
                author_id=author_id,
                target_id=target_id,
                target_uri=target.uri,
                visibility=boost.visibility,
            ),
        )
    await _remove(tx, server, boost)
    if target is not None:
        await tx.run(add_to_stats, of_post=target_id, **stats_delta(boosts=-1))
        await withdraw(tx, target.author_id, NotificationKind.BOOST, author_id, target_id)
    return True


async def remember_deleted(tx: Tx, server: Server, uri: str) -> None:
    """Bury an IRI that may arrive later: a Delete can overtake its Create."""
    await tx.run(bury_object, uri=uri, kind=ObjectKind.POST, deleted_at=server.now_ms())


async def _remove(tx: Tx, server: Server, gone: Post) -> None:
    await tx.run(forget_parent, of_post=gone.id)
    await forget_quoted(tx, gone)
    await tx.run(forget_entries, of_post=gone.id)
    if gone.in_reply_to_id is not None:
        await tx.run(add_to_stats, of_post=gone.in_reply_to_id, **stats_delta(replies=-1))
    await tx.run(add_to_author, of_actor=gone.author_id, more_posts=-1, last_post_at=0)
    if gone.boost_of_id is None:
        await forget_words(tx, gone.id)
    await tx.run(delete_post, of_post=gone.id)
    await remember_deleted(tx, server, gone.uri)
