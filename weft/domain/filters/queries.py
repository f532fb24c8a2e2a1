"""The statements behind filters."""

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from weft.domain.filters.records import Filter, FilteredPost, Keyword
from weft.storage.schema.timelines import content_filter, filter_keyword, filter_post
from weft.storage.statements import any_of, query

_FILTER = [content_filter.c[name] for name in Filter.__struct_fields__]
_KEYWORD = [filter_keyword.c[name] for name in Keyword.__struct_fields__]
_POST = [filter_post.c[name] for name in FilteredPost.__struct_fields__]


class Stamp(Struct, frozen=True):
    """Two filters with the same stamp say the same."""

    id: int
    updated_at: int


class OwnedStamp(Struct, frozen=True):
    owner_id: int
    id: int
    updated_at: int


@query(row=Stamp, bounded=True)
def stamps_of() -> Select:
    """Which filters ``:owner`` has and when each was last changed: asked once per page."""
    return (
        select(content_filter.c.id, content_filter.c.updated_at)
        .where(content_filter.c.owner_id == bindparam("owner"))
        .order_by(content_filter.c.id)
        .limit(bindparam("limit"))
    )


@query(row=OwnedStamp, bounded=True)
def stamps_among() -> Select:
    """The same for many ``:owners`` at once."""
    return select(
        content_filter.c.owner_id, content_filter.c.id, content_filter.c.updated_at
    ).where(any_of(content_filter.c.owner_id, "owners"))


@query(row=Filter, bounded=True)
def filters_of() -> Select:
    return (
        select(*_FILTER)
        .where(content_filter.c.owner_id == bindparam("owner"))
        .order_by(content_filter.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Filter, bounded=True)
def filter_by_id() -> Select:
    """A filter of ``:owner``."""
    return select(*_FILTER).where(
        content_filter.c.id == bindparam("id"), content_filter.c.owner_id == bindparam("owner")
    )


@query(row=Keyword, bounded=True)
def keywords_of() -> Select:
    """Unordered."""
    return select(*_KEYWORD).where(any_of(filter_keyword.c.filter_id, "ids"))


@query(row=FilteredPost, bounded=True)
def posts_of() -> Select:
    """Unordered."""
    return select(*_POST).where(any_of(filter_post.c.filter_id, "ids"))


@query(row=Keyword, bounded=True)
def keyword_by_id() -> Select:
    """A keyword of a filter of ``:owner``."""
    return (
        select(*_KEYWORD)
        .join(content_filter, content_filter.c.id == filter_keyword.c.filter_id)
        .where(
            filter_keyword.c.id == bindparam("id"), content_filter.c.owner_id == bindparam("owner")
        )
    )


@query(row=FilteredPost, bounded=True)
def filtered_post_by_id() -> Select:
    """A post that a filter of ``:owner`` names."""
    return (
        select(*_POST)
        .join(content_filter, content_filter.c.id == filter_post.c.filter_id)
        .where(filter_post.c.id == bindparam("id"), content_filter.c.owner_id == bindparam("owner"))
    )


@query()
def count_filters() -> Select:
    return select(func.count()).where(content_filter.c.owner_id == bindparam("owner"))


@query()
def count_keywords() -> Select:
    """Of all filters of ``:owner``."""
    return (
        select(func.count())
        .select_from(filter_keyword)
        .join(content_filter, content_filter.c.id == filter_keyword.c.filter_id)
        .where(content_filter.c.owner_id == bindparam("owner"))
    )


@query()
def count_posts() -> Select:
    """Of all filters of ``:owner``."""
    return (
        select(func.count())
        .select_from(filter_post)
        .join(content_filter, content_filter.c.id == filter_post.c.filter_id)
        .where(content_filter.c.owner_id == bindparam("owner"))
    )


@query()
def insert_filter() -> Insert:
    names = (
        "id", "owner_id", "title", "contexts", "action", "created_at", "updated_at", "expires_at",
    )  # fmt: skip
    return insert(content_filter).values({name: bindparam(name) for name in names})


@query()
def update_filter() -> Update:
    names = ("title", "contexts", "action", "expires_at")
    return (
        update(content_filter)
        .where(
            content_filter.c.id == bindparam("of_filter"),
            content_filter.c.owner_id == bindparam("of_owner"),
        )
        .values({name: bindparam(name) for name in names} | {"updated_at": bindparam("stamp")})
    )


@query()
def touch_filter() -> Update:
    """What hangs on it changed. Changes one row if it is a filter of ``:of_owner``."""
    return (
        update(content_filter)
        .where(
            content_filter.c.id == bindparam("of_filter"),
            content_filter.c.owner_id == bindparam("of_owner"),
        )
        .values(updated_at=bindparam("stamp"))
    )


@query()
def delete_filter() -> Delete:
    return delete(content_filter).where(
        content_filter.c.id == bindparam("of_filter"),
        content_filter.c.owner_id == bindparam("of_owner"),
    )


@query()
def insert_keyword() -> Insert:
    names = ("id", "filter_id", "keyword", "whole_word")
    return insert(filter_keyword).values({name: bindparam(name) for name in names})


@query()
def update_keyword() -> Update:
    return (
        update(filter_keyword)
        .where(
            filter_keyword.c.id == bindparam("of_keyword"),
            filter_keyword.c.filter_id == bindparam("of_filter"),
        )
        .values(keyword=bindparam("word"), whole_word=bindparam("whole"))
    )


@query()
def delete_keyword() -> Delete:
    return delete(filter_keyword).where(
        filter_keyword.c.id == bindparam("of_keyword"),
        filter_keyword.c.filter_id == bindparam("of_filter"),
    )


@query()
def insert_filtered_post() -> Insert:
    names = ("id", "filter_id", "post_id")
    return insert(filter_post).values({name: bindparam(name) for name in names})


@query(row=FilteredPost, bounded=True)
def filtered_post() -> Select:
    return select(*_POST).where(
        filter_post.c.filter_id == bindparam("filter_id"),
        filter_post.c.post_id == bindparam("post_id"),
    )


@query()
def delete_filtered_post() -> Delete:
    return delete(filter_post).where(
        filter_post.c.id == bindparam("of_entry"), filter_post.c.filter_id == bindparam("of_filter")
    )
