"""Lists of posts and people around posts: what one liked or kept, who liked or boosted a post.

Each row is a cursor (the id of the edge) and the id of what it leads to. ``:max_id`` and
``:min_id`` bound the page; with ``newer`` it is the oldest rows after ``:min_id``, rising.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, bindparam, exists, literal_column, select

from weft.domain.posts.queries import shown, target, target_author
from weft.domain.visibility.standing import stands
from weft.storage.schema.actors import actor
from weft.storage.schema.messages import draft_media
from weft.storage.schema.posts import bookmark, media, post, post_attachment, reaction
from weft.storage.statements import query


class CursorRow(Struct, frozen=True):
    cursor: int
    id: int


class MediaRow(Struct, frozen=True):
    """A file that its owner has uploaded; ``post_id`` once it is posted, ``draft_id`` while it waits
    with a scheduled post."""

    id: int
    owner_id: int
    kind: int
    content_type: str | None
    remote_url: str | None
    store_key: str | None
    small_key: str | None
    description: str | None
    blurhash: str | None
    width: int | None
    height: int | None
    duration_ms: int | None
    focus_x: float | None
    focus_y: float | None
    facets: str | None
    state: int
    post_id: int | None
    draft_id: int | None


def _paged(statement: Select[Any], cursor: ColumnElement[int], *, newer: bool) -> Select[Any]:
    return (
        statement.where(cursor < bindparam("max_id"), cursor > bindparam("min_id"))
        .order_by(cursor if newer else cursor.desc())
        .limit(bindparam("limit"))
    )


def _of_posts(edge: Any, cursor: ColumnElement[int]) -> Select[Any]:
    rows = (
        edge.join(post, post.c.id == edge.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    return (
        select(cursor.label("cursor"), edge.c.post_id)
        .select_from(rows)
        .where(edge.c.actor_id == bindparam("viewer"), shown("local", "show"))
    )


@query(row=CursorRow, bounded=True)
def liked_posts(*, newer: bool = False) -> Select:
    """Posts that ``:viewer`` liked and may still see."""
    found = _of_posts(reaction, reaction.c.id).where(reaction.c.kind == literal_column("0"))
    return _paged(found, reaction.c.id, newer=newer)


@query(row=CursorRow, bounded=True)
def bookmarked_posts(*, newer: bool = False) -> Select:
    return _paged(_of_posts(bookmark, bookmark.c.id), bookmark.c.id, newer=newer)


@query(row=CursorRow)
def likers_of(*, newer: bool = False) -> Select:
    """Standing actors who like ``:post_id`` or gave it an emoji, each once."""
    earlier = reaction.alias("earlier")
    found = (
        select(reaction.c.id, reaction.c.actor_id)
        .join(actor, actor.c.id == reaction.c.actor_id)
        .where(
            reaction.c.post_id == bindparam("post_id"),
            reaction.c.kind.in_((literal_column("0"), literal_column("2"))),
            ~exists().where(
                earlier.c.post_id == reaction.c.post_id,
                earlier.c.actor_id == reaction.c.actor_id,
                earlier.c.kind.in_((literal_column("0"), literal_column("2"))),
                earlier.c.id < reaction.c.id,
            ),
            stands(actor),
        )
    )
    return _paged(found, reaction.c.id, newer=newer)


@query(row=CursorRow)
def boosters_of(*, newer: bool = False) -> Select:
    """Standing actors who boosted ``:post_id`` for all to see."""
    found = (
        select(post.c.id, post.c.author_id)
        .join(actor, actor.c.id == post.c.author_id)
        .where(
            post.c.boost_of_id == bindparam("post_id"),
            post.c.visibility <= literal_column("1"),
            stands(actor),
        )
    )
    return _paged(found, post.c.id, newer=newer)


@query(row=MediaRow, bounded=True)
def media_by_id() -> Select:
    return (
        select(
            *[media.c[name] for name in MediaRow.__struct_fields__[:-2]],
            post_attachment.c.post_id,
            draft_media.c.draft_id,
        )
        .outerjoin(post_attachment, post_attachment.c.media_id == media.c.id)
        .outerjoin(draft_media, draft_media.c.media_id == media.c.id)
        .where(media.c.id == bindparam("id"))
        .limit(1)
    )
