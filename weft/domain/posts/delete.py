"""Deleting a post or a boost: the row goes with all that hangs on it, the IRI stays as a tombstone.

Of an author under a legal hold nothing goes: the post is withheld, which for everybody is the same.
"""

from sqlalchemy import Delete, Select, Update, bindparam, case, select, update
from sqlalchemy import delete as delete_from

from weft.domain.conversations.keep import forget_post
from weft.domain.events import BoostUndone, PostDeleted
from weft.domain.moderation.holds import is_held
from weft.domain.news import MOST_NAMED, MOST_TAGS, PostGone
from weft.domain.notifications.notify import NotificationKind, withdraw
from weft.domain.pins.queries import forget_entries
from weft.domain.posts.queries import (
    POST_COLUMNS,
    attachments_of,
    boost_by,
    post_by_id,
    tags_of,
    withheld_post,
)
from weft.domain.posts.records import ObjectKind, Post, answers_others
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
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.posts import post, post_audience
from weft.storage.statements import query


@query(row=Post, bounded=True)
def boosts_of() -> Select:
    """Some boosts of a post, for its deletion."""
    return (
        select(*POST_COLUMNS)
        .where(post.c.boost_of_id == bindparam("target_id"), post.c.withheld_at.is_(None))
        .order_by(post.c.author_id)
        .limit(bindparam("limit"))
    )


@query()
def withhold_post() -> Update:
    """Out of sight, and kept. A boost gives the place free that it has (nobody boosts twice), and
    says in ``link_url`` what it was of."""
    target = post.alias("boosted")
    uri = select(target.c.uri).where(target.c.id == post.c.boost_of_id).scalar_subquery()
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"), post.c.withheld_at.is_(None))
        .values(
            withheld_at=bindparam("now"),
            link_url=case((post.c.boost_of_id.is_(None), post.c.link_url), else_=uri),
            boost_of_id=None,
        )
    )


@query()
def remove_withheld() -> Delete:
    """What hangs on it goes with it. The world was told when it was withheld."""
    return delete_from(post).where(
        post.c.id == bindparam("of_post"), post.c.withheld_at.is_not(None)
    )


async def delete(tx: Tx, server: Server, post_id: int, *, silently: bool = False) -> bool:
    """Delete a post and the boosts of it. False if it is gone already.

    ``silently``: its author goes too, and one word of that is enough.
    """
    gone = await tx.one(post_by_id, id=post_id)
    if gone is None or await tx.one(withheld_post, id=post_id) is not None:
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
            await _remove(tx, server, each, silently=silently)
    await _remove(tx, server, gone, silently=silently)
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
    await _remove(tx, server, boost, silently=silently)
    if target is not None:
        await tx.run(add_to_stats, of_post=target_id, **stats_delta(boosts=-1))
        await withdraw(tx, target.author_id, NotificationKind.BOOST, author_id, target_id)
    return True


async def remember_deleted(tx: Tx, server: Server, uri: str) -> None:
    """Bury an IRI that may arrive later: a Delete can overtake its Create."""
    await tx.run(bury_object, uri=uri, kind=ObjectKind.POST, deleted_at=server.now_ms())


@query(bounded=True)
def people_named() -> Select:
    """Some people of this server whom a post names."""
    return (
        select(post_audience.c.actor_id)
        .join(account, account.c.actor_id == post_audience.c.actor_id)
        .where(post_audience.c.post_id == bindparam("post_id"))
        .order_by(post_audience.c.actor_id)
        .limit(bindparam("limit"))
    )


async def _say_gone(tx: Tx, gone: Post) -> None:
    """What streams need to know of it when it is no more."""
    tags: tuple[str, ...] = ()
    named: tuple[int, ...] = ()
    has_media = False
    if gone.boost_of_id is None:
        rows = await tx.all(people_named, post_id=gone.id, limit=MOST_NAMED)
        named = tuple(row[0] for row in rows)
        if gone.visibility == Visibility.PUBLIC:
            tags = tuple(row.name for row in await tx.all(tags_of, ids=[gone.id]))[:MOST_TAGS]
            has_media = bool(await tx.all(attachments_of, ids=[gone.id]))
    tx.say(
        PostGone(
            post_id=gone.id,
            author_id=gone.author_id,
            visibility=gone.visibility,
            local=gone.local,
            local_only=gone.local_only,
            is_boost=gone.boost_of_id is not None,
            answers_others=answers_others(gone),
            has_media=has_media,
            tags=tags,
            named=named,
        )
    )


async def _remove(tx: Tx, server: Server, gone: Post, *, silently: bool) -> None:
    if not silently:
        await _say_gone(tx, gone)
    await tx.run(forget_parent, of_post=gone.id)
    await forget_quoted(tx, gone)
    await tx.run(forget_entries, of_post=gone.id)
    if gone.visibility == Visibility.DIRECT:
        await forget_post(tx, gone.id)
    if gone.in_reply_to_id is not None:
        await tx.run(add_to_stats, of_post=gone.in_reply_to_id, **stats_delta(replies=-1))
    await tx.run(add_to_author, of_actor=gone.author_id, more_posts=-1, last_post_at=0)
    if gone.boost_of_id is None:
        await forget_words(tx, gone.id)
    if await is_held(tx, gone.author_id):
        await tx.run(withhold_post, of_post=gone.id, now=server.now_ms())
    else:
        await tx.run(delete_post, of_post=gone.id)
    await remember_deleted(tx, server, gone.uri)
