"""The statements behind pins. Pinned posts are entries of the actor's featured collection."""

from enum import IntEnum

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    ScalarSelect,
    Select,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
)

from weft.domain.posts.queries import POST_COLUMNS, shown, with_targets
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.collections import collection, collection_entry
from weft.storage.schema.posts import featured_tag, post, tag
from weft.storage.statements import any_of, insert_or_ignore, query


class CollectionKind(IntEnum):
    """The numbers are stored."""

    FEATURED = 0
    LIST = 1
    """People, gathered by somebody for themselves alone."""
    PEOPLE = 2
    """People, gathered by somebody for others to follow, with their leave."""
    SHELF = 3
    """What somebody reads, has read, or wants to."""
    BOOKS = 4
    """A list of books, which others may add to if its owner lets them."""
    PLAYLIST = 5
    LIBRARY = 6
    """Pieces of music, put there by their owner."""


_FEATURED: ColumnElement[int] = literal_column(str(int(CollectionKind.FEATURED)))
_OF_POSTS: ColumnElement[int] = literal_column("0")
"""``collection_entry.target_kind`` of a post."""


@query(bounded=True)
def featured_of() -> Select:
    """The id of an actor's featured collection."""
    return (
        select(collection.c.id)
        .where(collection.c.owner_id == bindparam("owner"), collection.c.kind == _FEATURED)
        .order_by(collection.c.id)
        .limit(1)
    )


@query()
def insert_collection() -> Insert:
    names = (
        "id", "num", "owner_id", "kind", "uri", "name", "visibility", "created_at", "updated_at",
    )  # fmt: skip
    return insert(collection).values({name: bindparam(name) for name in names})


@query()
def insert_entry() -> Insert:
    names = ("id", "collection_id", "position", "target_kind", "target_id", "created_at")
    return insert_or_ignore(collection_entry, *names)


@query()
def delete_entry() -> Delete:
    return delete(collection_entry).where(
        collection_entry.c.collection_id == bindparam("of_collection"),
        collection_entry.c.target_kind == _OF_POSTS,
        collection_entry.c.target_id == bindparam("target_id"),
    )


@query()
def clear_entries() -> Delete:
    return delete(collection_entry).where(
        collection_entry.c.collection_id == bindparam("of_collection")
    )


@query()
def forget_entries() -> Delete:
    """A post goes: out of every collection."""
    return delete(collection_entry).where(
        collection_entry.c.target_kind == _OF_POSTS,
        collection_entry.c.target_id == bindparam("of_post"),
    )


def _own_collection() -> ScalarSelect[int]:
    """The featured collection of ``:owner``, so that its entries come in order from their index."""
    return (
        select(collection.c.id)
        .where(collection.c.owner_id == bindparam("owner"), collection.c.kind == _FEATURED)
        .order_by(collection.c.id)
        .limit(1)
        .scalar_subquery()
    )


@query(bounded=True)
def pinned_ids() -> Select:
    """Ids of the posts that ``:owner`` pinned, newest pin first."""
    return (
        select(collection_entry.c.target_id)
        .where(
            collection_entry.c.collection_id == _own_collection(),
            collection_entry.c.target_kind == _OF_POSTS,
        )
        .order_by(collection_entry.c.position.desc(), collection_entry.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def pinned_among() -> Select:
    """Which of ``:ids`` ``:owner`` pinned."""
    return (
        select(collection_entry.c.target_id)
        .join(collection, collection.c.id == collection_entry.c.collection_id)
        .where(
            collection_entry.c.target_kind == _OF_POSTS,
            any_of(collection_entry.c.target_id, "ids"),
            collection.c.owner_id == bindparam("owner"),
            collection.c.kind == _FEATURED,
        )
    )


@query(row=Post, bounded=True)
def pinned_posts(*, who: ViewerKind) -> Select:
    """The pinned posts of ``:owner`` that the viewer may see, newest pin first."""
    return (
        select(*POST_COLUMNS)
        .select_from(
            with_targets().join(collection_entry, collection_entry.c.target_id == post.c.id)
        )
        .where(
            collection_entry.c.collection_id == _own_collection(),
            collection_entry.c.target_kind == _OF_POSTS,
            shown(who, "show"),
        )
        .order_by(collection_entry.c.position.desc(), collection_entry.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def insert_featured_tag() -> Insert:
    """Features a hashtag that is known by name."""
    return insert(featured_tag).from_select(
        ["actor_id", "tag_id", "created_at"],
        select(
            bindparam("of_actor", type_=featured_tag.c.actor_id.type),
            tag.c.id,
            bindparam("created_at", type_=featured_tag.c.created_at.type),
        ).where(
            tag.c.name == bindparam("name"),
            ~select(literal_column("1"))
            .where(
                featured_tag.c.actor_id
                == bindparam("of_actor", type_=featured_tag.c.actor_id.type),
                featured_tag.c.tag_id == tag.c.id,
            )
            .exists(),
        ),
    )


@query()
def delete_featured_tag() -> Delete:
    named = select(tag.c.id).where(tag.c.name == bindparam("name")).scalar_subquery()
    return delete(featured_tag).where(
        featured_tag.c.actor_id == bindparam("of_actor"), featured_tag.c.tag_id == named
    )


@query(bounded=True)
def featured_tags() -> Select:
    """``(name, display, created_at)`` of the hashtags that ``:owner`` features, unordered."""
    return (
        select(tag.c.name, tag.c.display, featured_tag.c.created_at)
        .join(featured_tag, featured_tag.c.tag_id == tag.c.id)
        .where(featured_tag.c.actor_id == bindparam("owner"))
        .limit(bindparam("limit"))
    )
