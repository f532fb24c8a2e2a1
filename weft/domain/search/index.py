"""Keeping the index of posts.

A post is in it only if somebody here may find it: it is by or names a person of this server; or it
is public, by somebody who agreed to be found (``indexable``, FEP-5feb); or a person of this server
liked, bookmarked or boosted it. That is what the authors agreed to, and most of what arrives is by
people who did not. What becomes findable later is put in then; what no longer is stays, and
``posts`` looks at the author's word of today.

What concerns people of this server is put in by the transaction that changes the post. What only is
public waits in ``search_waiting``, written by that transaction, for a chore some seconds later: FTS5
writes a piece of its index per transaction, so that an entry costs 190 µs where five posts share
one, and 40 µs where 200 do (``benchmarks inbox`` with authors who all agree: 23 % less per second of
CPU when it was done at once).
"""

import asyncio
from typing import Any

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, and_, bindparam, delete, exists, insert, or_, select

from weft.domain.cards.card import cards_of, first_link
from weft.domain.posts.queries import (
    POST_COLUMNS,
    attachments_of,
    audience_of,
    poll_options_of,
    tags_of,
)
from weft.domain.posts.records import AudienceRole, Post
from weft.domain.search.texts import PostText, tokens_of_post
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Database, Tx
from weft.storage.fulltext import tokens
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import (
    bookmark,
    post,
    post_attachment,
    post_audience,
    post_card,
    reaction,
)
from weft.storage.schema.search import post_search, search_waiting
from weft.storage.statements import Query, any_of, insert_or_ignore, query

MOST_AT_ONCE = 200
"""Posts that one change of something else (a card, a description) writes anew, and that one write takes of those that wait."""
PAUSE_S = 0.005


class Found(Struct, frozen=True):
    """Why a post is in the index."""

    post_id: int
    by_all: bool
    """Its author agreed, and it is public."""
    by_us: bool
    """A person of this server wrote it or is named by it."""


@query(row=Found, bounded=True)
def who_finds() -> Select:
    """For ``:ids``; nothing for what is no post, or a boost."""
    author, named = actor.alias("author"), actor.alias("named")
    names_us = exists().where(
        post_audience.c.post_id == post.c.id,
        named.c.id == post_audience.c.actor_id,
        named.c.local,
    )
    return (
        select(
            post.c.id,
            and_(author.c.indexable, post.c.visibility == Visibility.PUBLIC).label("by_all"),
            or_(author.c.local, names_us).label("by_us"),
        )
        .join(author, author.c.id == post.c.author_id)
        .where(any_of(post.c.id, "ids"), post.c.boost_of_id.is_(None), post.c.withheld_at.is_(None))
    )


@query(bounded=True)
def kept_by_us() -> Select:
    """Those of ``:ids`` that people of this server liked, bookmarked or boosted."""
    who, shared = actor.alias("who"), post.alias("shared")
    return select(post.c.id).where(
        any_of(post.c.id, "ids"),
        or_(
            exists().where(
                reaction.c.post_id == post.c.id, who.c.id == reaction.c.actor_id, who.c.local
            ),
            exists().where(bookmark.c.post_id == post.c.id),
            exists().where(
                shared.c.boost_of_id == post.c.id, who.c.id == shared.c.author_id, who.c.local
            ),
        ),
    )


@query(bounded=True)
def is_indexed() -> Select:
    return select(post_search.c.rowid).where(post_search.c.rowid == bindparam("post_id"))


@query()
def insert_words() -> Insert:
    return insert(post_search).values(rowid=bindparam("post_id"), words=tokens("tokens"))


@query()
def delete_words() -> Delete:
    return delete(post_search).where(any_of(post_search.c.rowid, "ids"))


@query()
def insert_waiting() -> Insert:
    return insert_or_ignore(search_waiting, "post_id")


@query()
def delete_waiting() -> Delete:
    return delete(search_waiting).where(any_of(search_waiting.c.post_id, "ids"))


@query()
def waiting() -> Select:
    """The oldest of those that wait."""
    return (
        select(search_waiting.c.post_id)
        .order_by(search_waiting.c.post_id)
        .limit(bindparam("limit"))
    )


@query(row=Post, bounded=True)
def posts_to_index() -> Select:
    """For the machinery."""
    return select(*POST_COLUMNS).where(any_of(post.c.id, "ids"))


@query(bounded=True)
def posts_with_file() -> Select:
    return (
        select(post_attachment.c.post_id)
        .where(post_attachment.c.media_id == bindparam("media_id"))
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def posts_with_card() -> Select:
    """Posts in the index that have a card."""
    return (
        select(post_card.c.post_id)
        .where(
            post_card.c.card_id == bindparam("card_id"),
            exists().where(post_search.c.rowid == post_card.c.post_id),
        )
        .limit(bindparam("limit"))
    )


async def index_new(tx: Tx, post_id: int) -> None:
    """A post that has just been stored."""
    found = await tx.one(who_finds, ids=[post_id])
    if found is None:
        return
    if found.by_us:
        await _write(tx, [post_id])
    elif found.by_all:
        await tx.run(insert_waiting, post_id=post_id)


async def index_posts(tx: Tx, ids: list[int]) -> None:
    """Write entries anew; what nobody may find has none."""
    await tx.run(delete_words, ids=ids)
    found = await tx.all(who_finds, ids=ids)
    chosen = {row.post_id for row in found if row.by_all or row.by_us}
    others = [row.post_id for row in found if row.post_id not in chosen]
    if others:
        chosen |= {row[0] for row in await tx.all(kept_by_us, ids=others)}
    if chosen:
        await _write(tx, sorted(chosen))


async def index_kept(tx: Tx, post_id: int) -> None:
    """Somebody of this server likes, bookmarks or boosts a post."""
    if not await tx.all(is_indexed, post_id=post_id):
        await _write(tx, [post_id])


async def index_waiting(db: Database) -> int:
    """Put in what waits; how many posts that were."""
    done = 0
    while count := await db.write(_index_waiting):
        done += count
        await asyncio.sleep(PAUSE_S)
    return done


async def _index_waiting(tx: Tx) -> int:
    ids = [row[0] for row in await tx.all(waiting, limit=MOST_AT_ONCE)]
    if ids:
        await index_posts(tx, ids)
        await tx.run(delete_waiting, ids=ids)
    return len(ids)


async def forget_words(tx: Tx, post_id: int) -> None:
    await tx.run(delete_words, ids=[post_id])


async def index_file(tx: Tx, media_id: int) -> None:
    """What is said of a file was changed."""
    rows = await tx.all(posts_with_file, media_id=media_id, limit=MOST_AT_ONCE)
    if rows:
        await index_posts(tx, [row[0] for row in rows])


async def index_card(tx: Tx, card_id: int) -> None:
    """A page that posts link to was read."""
    rows = await tx.all(posts_with_card, card_id=card_id, limit=MOST_AT_ONCE)
    if rows:
        await index_posts(tx, [row[0] for row in rows])


async def _write(tx: Tx, ids: list[int]) -> None:
    """Entries of posts that have none."""
    rows = [row for row in await tx.all(posts_to_index, ids=ids) if row.boost_of_id is None]
    audience, tags, media, options, cards = [
        await _by_post(tx, statement, ids)
        for statement in (audience_of, tags_of, attachments_of, poll_options_of, cards_of)
    ]
    for row in rows:
        card = cards.get(row.id)
        text = PostText(
            author_id=row.author_id,
            visibility=row.visibility,
            content=row.content,
            title=row.title,
            summary=row.summary,
            sensitive=row.sensitive,
            language=row.language,
            is_reply=row.in_reply_to_uri is not None,
            has_link=first_link(row.content, row.link_url) is not None,
            has_poll=row.id in options,
            has_quote=row.quote_state is not None,
            mentioned=tuple(
                each.actor_id
                for each in audience.get(row.id, ())
                if each.role == AudienceRole.MENTION
            ),
            tags=tuple(each.name for each in tags.get(row.id, ())),
            media=tuple((each.kind, each.description) for each in media.get(row.id, ())),
            options=tuple(
                each.title
                for each in sorted(options.get(row.id, ()), key=lambda each: each.position)
            ),
            card=(card[0].kind, card[0].title) if card else None,
        )
        await tx.run(insert_words, post_id=row.id, tokens=tokens_of_post(text))


async def _by_post(tx: Tx, statement: Query[Any], ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in await tx.all(statement, ids=ids):
        found.setdefault(row.post_id, []).append(row)
    return found
