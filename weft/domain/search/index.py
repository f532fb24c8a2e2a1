"""Keeping the index of posts, in the transaction that changes the post.

A post is in it only if somebody here may find it: it is by or names a person of this server; or it
is public, by somebody who agreed to be found (``indexable``, FEP-5feb); or a person of this server
liked, bookmarked or boosted it. That is what the authors agreed to, and it is cheap: an index entry
costs as much as a tenth of applying an activity (measured: 40 to 60 µs), and most of what arrives is
by people who did not agree. What becomes findable later is put in then; what no longer is stays, and
``find`` looks at the author's word of today.
"""

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, and_, bindparam, delete, exists, insert, or_, select

from weft.domain.cards.card import cards_of, first_link
from weft.domain.posts.queries import (
    attachments_of,
    audience_of,
    poll_options_of,
    post_by_id,
    tags_of,
)
from weft.domain.posts.records import AudienceRole, NewPost, Post
from weft.domain.search.texts import PostText, tokens_of_post
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx
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
from weft.storage.schema.search import post_search
from weft.storage.statements import any_of, query

MOST_AT_ONCE = 200
"""Posts that one change of something else (a card, a description) writes anew."""


class Found(Struct, frozen=True):
    """Why a post is in the index."""

    by_all: bool
    """Its author agreed, and it is public."""
    by_us: bool
    """A person of this server wrote it or is named by it."""


@query(row=Found, bounded=True)
def who_finds() -> Select:
    """Nothing if there is no such post."""
    author, named = actor.alias("author"), actor.alias("named")
    names_us = exists().where(
        post_audience.c.post_id == post.c.id,
        named.c.id == post_audience.c.actor_id,
        named.c.local,
    )
    return (
        select(
            and_(author.c.indexable, post.c.visibility == Visibility.PUBLIC).label("by_all"),
            or_(author.c.local, names_us).label("by_us"),
        )
        .join(author, author.c.id == post.c.author_id)
        .where(post.c.id == bindparam("post_id"), post.c.boost_of_id.is_(None))
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
    return delete(post_search).where(post_search.c.rowid == bindparam("of_post"))


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


async def index_new(tx: Tx, new: NewPost, post_id: int) -> None:
    """A post that has just been stored."""
    found = await tx.one(who_finds, post_id=post_id)
    if found is None or not (found.by_all or found.by_us):
        return
    media: tuple[tuple[int, str | None], ...] = ()
    if new.media_ids:
        rows = await tx.all(attachments_of, ids=[post_id])
        media = tuple((row.kind, row.description) for row in rows)
    link = first_link(new.content, new.link_url)
    text = PostText(
        author_id=new.author_id,
        visibility=new.visibility,
        content=new.content,
        title=new.title,
        summary=new.summary,
        sensitive=new.sensitive,
        language=new.language,
        is_reply=new.reply_to is not None,
        has_link=link is not None,
        has_poll=new.poll is not None,
        has_quote=new.quote is not None,
        mentioned=tuple(
            each.actor_id for each in new.audience if each.role is AudienceRole.MENTION
        ),
        tags=tuple(each.name for each in new.tags),
        media=media,
        options=new.poll.options if new.poll else (),
        card=await _card(tx, post_id) if link is not None else None,
    )
    await tx.run(insert_words, post_id=post_id, tokens=tokens_of_post(text))


async def index_post(tx: Tx, post_id: int, *, kept: bool = False) -> bool:
    """Write a post's entry anew. ``kept``: somebody here has just kept it. False if nobody may find
    it: then it has none."""
    found = await tx.one(who_finds, post_id=post_id)
    if found is None:
        return False
    await tx.run(delete_words, of_post=post_id)
    if not (kept or found.by_all or found.by_us) and not await tx.all(kept_by_us, ids=[post_id]):
        return False
    row = await tx.one(post_by_id, id=post_id)
    if row is None:
        return False
    await tx.run(insert_words, post_id=post_id, tokens=tokens_of_post(await _read(tx, row)))
    return True


async def index_kept(tx: Tx, post_id: int) -> None:
    """Somebody of this server likes, bookmarks or boosts a post."""
    if not await tx.all(is_indexed, post_id=post_id):
        await index_post(tx, post_id, kept=True)


async def forget_words(tx: Tx, post_id: int) -> None:
    await tx.run(delete_words, of_post=post_id)


async def index_file(tx: Tx, media_id: int) -> None:
    """What is said of a file was changed."""
    for row in await tx.all(posts_with_file, media_id=media_id, limit=MOST_AT_ONCE):
        await index_post(tx, row[0])


async def index_card(tx: Tx, card_id: int) -> None:
    """A page that posts link to was read."""
    for row in await tx.all(posts_with_card, card_id=card_id, limit=MOST_AT_ONCE):
        await index_post(tx, row[0])


async def _card(tx: Tx, post_id: int) -> tuple[str, str] | None:
    card = await tx.one(cards_of, ids=[post_id])
    return (card.kind, card.title) if card is not None else None


async def _read(tx: Tx, row: Post) -> PostText:
    ids = [row.id]
    options = await tx.all(poll_options_of, ids=ids)
    return PostText(
        author_id=row.author_id,
        visibility=row.visibility,
        content=row.content,
        title=row.title,
        summary=row.summary,
        sensitive=row.sensitive,
        language=row.language,
        is_reply=row.in_reply_to_uri is not None,
        has_link=first_link(row.content, row.link_url) is not None,
        has_poll=bool(options),
        has_quote=row.quote_state is not None,
        mentioned=tuple(
            each.actor_id
            for each in await tx.all(audience_of, ids=ids)
            if each.role == AudienceRole.MENTION
        ),
        tags=tuple(each.name for each in await tx.all(tags_of, ids=ids)),
        media=tuple(
            (each.kind, each.description) for each in await tx.all(attachments_of, ids=ids)
        ),
        options=tuple(each.title for each in sorted(options, key=lambda each: each.position)),
        card=await _card(tx, row.id),
    )
