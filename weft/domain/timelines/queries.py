"""Reading timelines: ids and what is needed to render, newest first, keyset-paged.

``:max_id`` and ``:min_id`` bound the page (exclusive); with ``newer`` it is the oldest posts after
``:min_id``, in rising order, for the caller to turn round.
"""

from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    literal_column,
    not_,
    or_,
    select,
)

from weft.domain.lists.queries import kept_apart
from weft.domain.posts.queries import POST_COLUMNS, shown, target, target_author, with_targets
from weft.domain.posts.records import Post
from weft.domain.tags.queries import carries_followed_tag
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.standing import limited
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post, post_attachment, post_card, post_tag, tag
from weft.storage.schema.relations import follow
from weft.storage.schema.timelines import home_entry
from weft.storage.statements import query

Origin: TypeAlias = Literal["any", "here", "elsewhere"]
"""Posts of which servers."""


def _narrowed(origin: Origin, *, only_media: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if origin != "any":
        conditions.append(post.c.local if origin == "here" else not_(post.c.local))
    if only_media:
        conditions.append(exists().where(post_attachment.c.post_id == post.c.id))
    return conditions


@query(row=Post, bounded=True)
def home_page(*, newer: bool = False) -> Select:
    """The home timeline of ``:viewer``: the rule of visibility, the follow edge (or a followed tag)
    and exclusive lists apply anew."""
    me: Any = bindparam("viewer")
    follows = exists().where(
        follow.c.follower_id == me,
        follow.c.target_id == post.c.author_id,
        follow.c.state == ACCEPTED,
        or_(post.c.boost_of_id.is_(None), follow.c.shows_boosts),
    )
    rows = (
        home_entry.join(post, post.c.id == home_entry.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    entry = home_entry.c.post_id
    return (
        select(*POST_COLUMNS)
        .select_from(rows)
        .where(
            home_entry.c.owner_id == me,
            entry < bindparam("max_id"),
            entry > bindparam("min_id"),
            or_(
                post.c.author_id == me,
                and_(follows, not_(kept_apart(post.c.author_id, me))),
                carries_followed_tag(me),
            ),
            shown("local", "list"),
        )
        .order_by(entry if newer else entry.desc())
        .limit(bindparam("limit"))
    )


def _heard(who: ViewerKind) -> ColumnElement[bool]:
    """By an author who is not limited, or whom the viewer follows."""
    heard: ColumnElement[bool] = not_(limited(actor))
    if who != "local":
        return heard
    return or_(
        heard,
        post.c.author_id == bindparam("viewer"),
        exists().where(
            follow.c.follower_id == bindparam("viewer"),
            follow.c.target_id == post.c.author_id,
            follow.c.state == ACCEPTED,
        ),
    )


@query(row=Post, bounded=True)
def public_page(
    *, who: ViewerKind, origin: Origin = "any", only_media: bool = False, newer: bool = False
) -> Select:
    """Public original posts of everybody, or of this server; silenced authors only for followers."""
    conditions: list[ColumnElement[bool]] = [
        post.c.visibility == literal_column("0"),
        post.c.boost_of_id.is_(None),
        # Replies to others stay in their threads, as people of every platform expect.
        or_(post.c.in_reply_to_uri.is_(None), post.c.in_reply_to_author_id == post.c.author_id),
        post.c.id < bindparam("max_id"),
        post.c.id > bindparam("min_id"),
        _heard(who),
        shown(who, "list"),
    ]
    conditions += _narrowed(origin, only_media=only_media)
    return (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(and_(*conditions))
        .order_by(post.c.id if newer else post.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Post)
def link_page(*, who: ViewerKind, newer: bool = False) -> Select:
    """Public posts with the page of ``:card_id``, of people who agreed to be found."""
    entry = post_card.c.post_id
    rows = (
        post_card.join(post, post.c.id == entry)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    return (
        select(*POST_COLUMNS)
        .select_from(rows)
        .where(
            post_card.c.card_id == bindparam("card_id"),
            entry < bindparam("max_id"),
            entry > bindparam("min_id"),
            post.c.visibility == literal_column("0"),
            actor.c.discoverable,
            not_(limited(actor)),
            shown(who, "list"),
        )
        .order_by(entry if newer else entry.desc())
        .limit(bindparam("limit"))
    )


@query(row=Post, bounded=True)
def tag_page(
    *, who: ViewerKind, origin: Origin = "any", only_media: bool = False, newer: bool = False
) -> Select:
    """Public posts that carry ``:tag``; silenced authors only for followers."""
    entry = post_tag.c.post_id
    rows = (
        post_tag.join(post, post.c.id == entry)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    conditions: list[ColumnElement[bool]] = [
        post_tag.c.tag_id
        == select(tag.c.id).where(tag.c.name == bindparam("tag")).scalar_subquery(),
        entry < bindparam("max_id"),
        entry > bindparam("min_id"),
        post.c.visibility == literal_column("0"),
        _heard(who),
        shown(who, "list"),
    ]
    conditions += _narrowed(origin, only_media=only_media)
    return (
        select(*POST_COLUMNS)
        .select_from(rows)
        .where(and_(*conditions))
        .order_by(entry if newer else entry.desc())
        .limit(bindparam("limit"))
    )
