"""Reading communities, their threads and comments; every list obeys the rule of visibility."""

from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from weft.domain.actors.queries import ACTOR_COLUMNS
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.posts.queries import POST_COLUMNS, shown, target, target_author
from weft.domain.posts.records import AudienceRole, Post
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.schema.federation import host
from weft.storage.schema.posts import post, post_audience, post_stats
from weft.storage.statements import any_of, query

GROUP: Any = literal_column(str(int(ActorKind.GROUP)))
IN_COMMUNITY: Any = literal_column(str(int(AudienceRole.COMMUNITY)))

# Another name than in the rule of visibility, which looks the audience up for itself.
placed = post_audience.alias("placed")

Sort = Literal["new", "old", "top", "comments"]
Where = Literal["anywhere", "here", "community", "author"]


class InCommunity(Struct, frozen=True):
    post_id: int
    community_id: int


class Link(Struct, frozen=True):
    """One post of a thread: enough to know its place."""

    id: int
    num: int
    in_reply_to_id: int | None
    root_id: int | None
    published_at: int


class Tally(Struct, frozen=True):
    """How much is in a community, or by a person."""

    id: int
    threads: int
    comments: int


class HostNumber(Struct, frozen=True):
    name: str
    num: int
    software: str | None
    version: str | None
    first_seen_at: int
    last_seen_at: int | None


@query(row=Actor)
def communities(*, only_local: bool = False, sort: Literal["new", "old", "top"] = "new") -> Select:
    """Standing communities, a page at a time."""
    statement = (
        select(*ACTOR_COLUMNS)
        .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .where(actor.c.kind == GROUP, actor.c.suspended_at.is_(None), actor.c.deleted_at.is_(None))
    )
    if only_local:
        statement = statement.where(actor.c.local)
    order: tuple[Any, ...] = {
        "new": (actor.c.id.desc(),),
        "old": (actor.c.id,),
        "top": (actor_stats.c.followers.desc(), actor.c.id.desc()),
    }[sort]
    return statement.order_by(*order).limit(bindparam("limit")).offset(bindparam("skip"))


@query(row=Actor, bounded=True)
def actors_by_nums() -> Select:
    return select(*ACTOR_COLUMNS).where(any_of(actor.c.num, "nums"))


@query(bounded=True)
def post_ids_by_nums() -> Select:
    """For ids only: whoever shows a post asks ``posts_for``."""
    return select(post.c.id).where(any_of(post.c.num, "nums"))


@query(row=InCommunity, bounded=True)
def communities_of() -> Select:
    """The community that each of ``:ids`` is in."""
    return select(placed.c.post_id, placed.c.actor_id).where(
        any_of(placed.c.post_id, "ids"), placed.c.role == IN_COMMUNITY
    )


def _place(where: Where) -> list[ColumnElement[bool]]:
    if where == "community":
        return [placed.c.actor_id == bindparam("community")]
    if where == "author":
        return [post.c.author_id == bindparam("author")]
    return [actor.c.id.is_not(None)] if where == "anywhere" else [post.c.local]


@query(row=Post)
def threads(*, who: ViewerKind, where: Where, sort: Sort = "new", comments: bool = False) -> Select:
    """Threads (or comments) of communities since ``:since`` and with ids before ``:before``, a page
    at a time."""
    rows = (
        placed.join(post, post.c.id == placed.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
        .join(post_stats, post_stats.c.post_id == post.c.id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    answers = post.c.in_reply_to_uri.is_not(None)
    order: tuple[Any, ...] = {
        "new": (post.c.id.desc(),),
        "old": (post.c.id,),
        "top": ((post_stats.c.likes - post_stats.c.dislikes).desc(), post.c.id.desc()),
        "comments": (post_stats.c.replies.desc(), post.c.id.desc()),
    }[sort]
    return (
        select(*POST_COLUMNS)
        .select_from(rows)
        .where(
            placed.c.role == IN_COMMUNITY,
            answers if comments else ~answers,
            post.c.published_at >= bindparam("since"),
            post.c.id < bindparam("before"),
            *_place(where),
            shown(who, "list"),
        )
        .order_by(*order)
        .limit(bindparam("limit"))
        .offset(bindparam("skip"))
    )


@query(row=Post)
def threads_like(*, who: ViewerKind, comments: bool = False) -> Select:
    """Threads whose title, or comments whose text, contains ``:pattern`` (a LIKE pattern with ``\\``
    as its escape)."""
    rows = (
        placed.join(post, post.c.id == placed.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    answers = post.c.in_reply_to_uri.is_not(None)
    text = post.c.source if comments else post.c.title
    return (
        select(*POST_COLUMNS)
        .select_from(rows)
        .where(
            placed.c.role == IN_COMMUNITY,
            answers if comments else ~answers,
            func.lower(text).like(bindparam("pattern"), escape="\\"),
            shown(who, "list"),
        )
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
        .offset(bindparam("skip"))
    )


@query(row=Link, bounded=True)
def links_of() -> Select:
    """The posts of the threads of ``:roots``."""
    return (
        select(post.c.id, post.c.num, post.c.in_reply_to_id, post.c.root_id, post.c.published_at)
        .where(any_of(post.c.root_id, "roots"))
        .order_by(post.c.root_id, post.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Tally)
def tallies(*, by: Literal["community", "author"]) -> Select:
    """Threads and comments in each of ``:ids``: communities, or people in communities."""
    key = placed.c.actor_id if by == "community" else post.c.author_id
    answers = post.c.in_reply_to_uri.is_not(None)
    return (
        select(
            key,
            func.count().filter(~answers),
            func.count().filter(answers),
        )
        .join(post, post.c.id == placed.c.post_id)
        .where(any_of(key, "ids"), placed.c.role == IN_COMMUNITY)
        .group_by(key)
    )


@query(row=HostNumber, bounded=True)
def hosts_by_names() -> Select:
    return select(*_HOST).where(any_of(host.c.name, "names"))


@query(row=HostNumber)
def known_hosts(*, suspended: bool) -> Select:
    """Other servers, those that we talk with or those that we do not."""
    wanted = host.c.suspended if suspended else ~host.c.suspended
    return select(*_HOST).where(wanted).order_by(host.c.name).limit(bindparam("limit"))


_HOST = [host.c[name] for name in HostNumber.__struct_fields__]


@query(row=Actor, bounded=True)
def groups_like(*, groups: bool) -> Select:
    """Communities (or people) whose handle is from ``:low`` to ``:high``."""
    kind = actor.c.kind == GROUP if groups else actor.c.kind != GROUP
    return (
        select(*ACTOR_COLUMNS)
        .where(
            and_(actor.c.handle >= bindparam("low"), actor.c.handle <= bindparam("high")),
            kind,
            or_(actor.c.discoverable, actor.c.handle == bindparam("low")),
            actor.c.suspended_at.is_(None),
            actor.c.deleted_at.is_(None),
        )
        .order_by(actor.c.handle)
        .limit(bindparam("limit"))
    )
