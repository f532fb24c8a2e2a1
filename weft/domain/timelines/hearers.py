"""Which of the people who listen have a post in a timeline, asked for all of them at once.

The statements are those of reading (``home_page``, ``list_page``) seen from the post. They say where a
post belongs, not who may see it: that is asked of ``domain/visibility/among`` first.
"""

from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, not_, or_, select, union

from weft.domain.lists.queries import IS_LIST, OF_PEOPLE, ListFacets, kept_apart
from weft.domain.posts.records import Post
from weft.domain.tags.queries import carries_followed_tag
from weft.domain.visibility.predicate import ACCEPTED
from weft.storage.database import Database
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection, collection_entry
from weft.storage.schema.posts import post, tag
from weft.storage.schema.relations import follow, tag_follow
from weft.storage.schema.timelines import home_entry
from weft.storage.statements import any_of, query

_facets = msgspec.json.Decoder(ListFacets)


class ListHearer(Struct, frozen=True):
    """A list that the author is in; whether its owner wants answers to ``:answered``."""

    list_id: int
    owner_id: int
    facets: str | None
    follows_answered: bool
    has_answered: bool


@query()
def homes_with() -> Select:
    """Those of ``:owners`` in whose home timeline ``:post_id`` is."""
    owner = home_entry.c.owner_id
    follows = exists().where(
        follow.c.follower_id == owner,
        follow.c.target_id == post.c.author_id,
        follow.c.state == ACCEPTED,
        or_(post.c.boost_of_id.is_(None), follow.c.shows_boosts),
    )
    return (
        select(owner)
        .select_from(
            home_entry.join(post, post.c.id == home_entry.c.post_id).join(
                actor, actor.c.id == post.c.author_id
            )
        )
        .where(
            home_entry.c.post_id == bindparam("post_id"),
            any_of(owner, "owners"),
            or_(
                post.c.author_id == owner,
                and_(follows, not_(kept_apart(post.c.author_id, owner))),
                carries_followed_tag(owner),
            ),
        )
    )


@query()
def homes_that_had() -> Select:
    """Those of ``:owners`` who follow ``:author`` or one of the ``:tags``: the home timelines that
    a post which is gone may have been in."""
    return union(
        select(follow.c.follower_id).where(
            follow.c.target_id == bindparam("author"),
            any_of(follow.c.follower_id, "owners"),
            follow.c.state == ACCEPTED,
        ),
        select(tag_follow.c.actor_id)
        .join(tag, tag.c.id == tag_follow.c.tag_id)
        .where(any_of(tag.c.name, "tags"), any_of(tag_follow.c.actor_id, "owners")),
    )  # type: ignore[return-value]


@query(row=ListHearer)
def lists_with_author(*, boost: bool) -> Select:
    """Those of ``:lists`` that ``:author`` is in, where the owner follows them (or is them)."""
    owner = collection.c.owner_id
    follows = exists().where(
        follow.c.follower_id == owner,
        follow.c.target_id == bindparam("author"),
        follow.c.state == ACCEPTED,
        *([follow.c.shows_boosts] if boost else []),
    )
    return (
        select(
            collection.c.id, owner, collection.c.facets, _follows_answered(owner), _has_answered()
        )
        .join(collection_entry, collection_entry.c.collection_id == collection.c.id)
        .where(
            any_of(collection.c.id, "lists"),
            collection.c.kind == IS_LIST,
            collection_entry.c.target_kind == OF_PEOPLE,
            collection_entry.c.target_id == bindparam("author"),
            or_(owner == bindparam("author"), follows),
        )
    )


def _follows_answered(owner: Any) -> ColumnElement[bool]:
    return exists().where(
        follow.c.follower_id == owner,
        follow.c.target_id == bindparam("answered"),
        follow.c.state == ACCEPTED,
    )


def _has_answered() -> ColumnElement[bool]:
    other = collection_entry.alias("other_member")
    return exists().where(
        other.c.collection_id == collection.c.id,
        other.c.target_kind == OF_PEOPLE,
        other.c.target_id == bindparam("answered"),
    )


async def lists_of_author(
    db: Database, lists: list[int], author_id: int, *, boost: bool
) -> dict[int, int]:
    """The owners, by list, of those of ``lists`` that the author's posts are in."""
    rows = await db.all(lists_with_author, boost=boost, lists=lists, author=author_id, answered=0)
    return {row.list_id: row.owner_id for row in rows}


async def lists_with(db: Database, lists: list[int], shown: Post) -> dict[int, int]:
    """The owners, by list, of those of ``lists`` that a post is in."""
    answered = shown.in_reply_to_author_id
    rows = await db.all(
        lists_with_author,
        boost=shown.boost_of_id is not None,
        lists=lists,
        author=shown.author_id,
        answered=answered or 0,
    )
    open_to_all = shown.in_reply_to_uri is None or answered == shown.author_id
    return {
        row.list_id: row.owner_id
        for row in rows
        if open_to_all or answered == row.owner_id or _wants(row)
    }


def _wants(row: ListHearer) -> bool:
    policy = (_facets.decode(row.facets) if row.facets else ListFacets()).replies_policy
    if policy == "followed":
        return row.follows_answered
    return policy == "list" and row.has_answered
