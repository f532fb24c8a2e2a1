"""The statements behind following, featuring and counting hashtags."""

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from weft.domain.visibility.standing import limited
from weft.domain.visibility.viewer import Visibility
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import featured_tag, post, post_tag, tag, tag_use
from weft.storage.schema.relations import tag_follow
from weft.storage.schema.tables import Big
from weft.storage.schema.timelines import home_entry
from weft.storage.statements import any_of, insert_or_ignore, query, upsert_rows

PUBLIC: ColumnElement[int] = literal_column(str(int(Visibility.PUBLIC)))


class TagRow(Struct, frozen=True):
    """A hashtag: ``name`` is normalised, ``display`` as it was first written."""

    id: int
    name: str
    display: str


class FollowedTag(Struct, frozen=True):
    """``cursor`` is the follow's id."""

    cursor: int
    id: int
    name: str
    display: str


class UsesRow(Struct, frozen=True):
    """How often a tag was used on a day (days since 1970-01-01 UTC), and by how many."""

    tag_id: int
    day: int
    uses: int
    people: int


class FeaturedRow(Struct, frozen=True):
    """A tag on a profile, and the posts of its owner that carry it and are open to all."""

    id: int
    name: str
    display: str
    created_at: int
    posts: int
    last_post_at: int | None


_TAG = [tag.c.id, tag.c.name, tag.c.display]


@query(row=TagRow, bounded=True)
def tag_by_name() -> Select:
    return select(*_TAG).where(tag.c.name == bindparam("name"))


@query(row=TagRow, bounded=True)
def tags_by_names() -> Select:
    return select(*_TAG).where(any_of(tag.c.name, "names"))


@query(row=TagRow, bounded=True)
def tags_by_ids() -> Select:
    return select(*_TAG).where(any_of(tag.c.id, "ids"))


@query(bounded=True)
def count_followed_tags() -> Select:
    return (
        select(func.count())
        .select_from(tag_follow)
        .where(tag_follow.c.actor_id == bindparam("actor_id"))
    )


@query()
def insert_tag_follow() -> Insert:
    return insert_or_ignore(tag_follow, "id", "actor_id", "tag_id", "created_at")


@query()
def delete_tag_follow() -> Delete:
    return delete(tag_follow).where(
        tag_follow.c.actor_id == bindparam("of_actor"), tag_follow.c.tag_id == bindparam("of_tag")
    )


@query(row=FollowedTag)
def followed_tags(*, newer: bool = False) -> Select:
    """The tags that ``:actor_id`` follows, the last followed first."""
    cursor = tag_follow.c.id
    return (
        select(cursor, *_TAG)
        .join(tag, tag.c.id == tag_follow.c.tag_id)
        .where(
            tag_follow.c.actor_id == bindparam("actor_id"),
            cursor < bindparam("max_id"),
            cursor > bindparam("min_id"),
        )
        .order_by(cursor if newer else cursor.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def followed_among() -> Select:
    """Which of ``:ids`` the person follows."""
    return select(tag_follow.c.tag_id).where(
        tag_follow.c.actor_id == bindparam("actor_id"), any_of(tag_follow.c.tag_id, "ids")
    )


@query(bounded=True)
def featured_among() -> Select:
    """Which of ``:ids`` the person features."""
    return select(featured_tag.c.tag_id).where(
        featured_tag.c.actor_id == bindparam("actor_id"), any_of(featured_tag.c.tag_id, "ids")
    )


@query()
def put_for_tag_followers() -> Insert:
    """A row in the home timeline of everybody here who follows a tag of ``:post_id``."""
    rows = (
        select(tag_follow.c.actor_id, bindparam("post_id", type_=Big))
        .distinct()
        .select_from(
            post_tag.join(tag_follow, tag_follow.c.tag_id == post_tag.c.tag_id).join(
                account, account.c.actor_id == tag_follow.c.actor_id
            )
        )
        .where(
            post_tag.c.post_id == bindparam("post_id"),
            or_(account.c.last_active_at.is_(None), account.c.last_active_at > bindparam("since")),
        )
    )
    return insert_or_ignore(home_entry, "owner_id", "post_id", rows=rows)


@query()
def fill_home_with_tag() -> Insert:
    """Puts the newest public posts with a tag into the home of who just followed it."""
    newest = (
        select(bindparam("owner", type_=Big), post_tag.c.post_id)
        .join(post, post.c.id == post_tag.c.post_id)
        .where(
            post_tag.c.tag_id == bindparam("of_tag"),
            post.c.visibility == PUBLIC,
            exists().where(account.c.actor_id == bindparam("owner")),
        )
        .order_by(post_tag.c.post_id.desc())
        .limit(bindparam("limit"))
    )
    return insert_or_ignore(home_entry, "owner_id", "post_id", rows=newest)


def carries_followed_tag(owner: ColumnElement[int]) -> ColumnElement[bool]:
    """True for a public original post that has a tag which ``owner`` follows."""
    return and_(
        post.c.visibility == PUBLIC,
        post.c.boost_of_id.is_(None),
        not_(limited(actor)),
        exists().where(
            post_tag.c.post_id == post.c.id,
            tag_follow.c.tag_id == post_tag.c.tag_id,
            tag_follow.c.actor_id == owner,
        ),
    )


@query()
def count_uses() -> Insert:
    """Counts the tags of ``:of_post`` as used once more by its author on ``:day``."""
    rows = select(
        post_tag.c.tag_id,
        bindparam("day", type_=tag_use.c.day.type),
        bindparam("author", type_=Big),
        literal_column("1"),
    ).where(post_tag.c.post_id == bindparam("of_post"))
    return upsert_rows(
        tag_use,
        key=["tag_id", "day", "actor_id"],
        columns=["tag_id", "day", "actor_id", "uses"],
        rows=rows,
        set_=lambda new: {"uses": tag_use.c.uses + new.uses},
    )


@query()
def forget_uses() -> Delete:
    return delete(tag_use).where(tag_use.c.day < bindparam("before"))


@query(row=UsesRow)
def uses_of() -> Select:
    """Uses of ``:ids`` by day, from ``:first_day`` on."""
    return (
        select(tag_use.c.tag_id, tag_use.c.day, func.sum(tag_use.c.uses), func.count())
        .where(any_of(tag_use.c.tag_id, "ids"), tag_use.c.day >= bindparam("first_day"))
        .group_by(tag_use.c.tag_id, tag_use.c.day)
    )


@query(row=FeaturedRow)
def featured_of() -> Select:
    """The tags that ``:owner`` features, in the order in which they were chosen."""
    used = (
        select(
            post_tag.c.tag_id.label("tag_id"),
            func.count().label("posts"),
            func.max(post.c.published_at).label("last_post_at"),
        )
        .select_from(
            featured_tag.join(post_tag, post_tag.c.tag_id == featured_tag.c.tag_id).join(
                post, post.c.id == post_tag.c.post_id
            )
        )
        .where(
            featured_tag.c.actor_id == bindparam("owner"),
            post.c.author_id == bindparam("owner"),
            post.c.visibility <= literal_column(str(int(Visibility.UNLISTED))),
        )
        .group_by(post_tag.c.tag_id)
        .subquery("used")
    )
    return (
        select(
            *_TAG,
            featured_tag.c.created_at,
            func.coalesce(used.c.posts, 0),
            used.c.last_post_at,
        )
        .select_from(
            featured_tag.join(tag, tag.c.id == featured_tag.c.tag_id).outerjoin(
                used, used.c.tag_id == featured_tag.c.tag_id
            )
        )
        .where(featured_tag.c.actor_id == bindparam("owner"))
        .order_by(featured_tag.c.created_at, tag.c.id)
        .limit(bindparam("limit"))
    )


@query(row=TagRow)
def often_used() -> Select:
    """Tags of the newest ``:posts`` posts of ``:owner`` that they do not feature, most used first."""
    own = (
        select(post.c.id)
        .where(post.c.author_id == bindparam("owner"))
        .order_by(post.c.id.desc())
        .limit(bindparam("posts"))
        .subquery("own")
    )
    return (
        select(*_TAG)
        .select_from(
            own.join(post_tag, post_tag.c.post_id == own.c.id).join(
                tag, tag.c.id == post_tag.c.tag_id
            )
        )
        .where(
            ~exists().where(
                featured_tag.c.actor_id == bindparam("owner"), featured_tag.c.tag_id == tag.c.id
            )
        )
        .group_by(*_TAG)
        .order_by(func.count().desc(), tag.c.id)
        .limit(bindparam("limit"))
    )
