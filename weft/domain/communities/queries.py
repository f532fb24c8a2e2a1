"""Reading communities, their threads and comments; every list obeys the rule of visibility."""

from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from weft.domain.actors.queries import ACTOR_COLUMNS
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.posts.queries import POST_COLUMNS, shown, target, target_author
from weft.domain.posts.records import AudienceRole, Post
from weft.domain.visibility.standing import stands
from weft.storage.schema.actors import (
    actor,
    actor_stats,
    community,
    community_ban,
    community_moderator,
)
from weft.storage.schema.federation import host
from weft.storage.schema.posts import post, post_audience, post_stats
from weft.storage.schema.relations import follow
from weft.storage.statements import any_of, query

GROUP: Any = literal_column(str(int(ActorKind.GROUP)))
IN_COMMUNITY: Any = literal_column(str(int(AudienceRole.COMMUNITY)))

# Another name than in the rule of visibility, which looks the audience up for itself.
placed = post_audience.alias("placed")
place = actor.alias("place")
answer = post.alias("answer")

Reader = Literal["anonymous", "local"]
Sort = Literal["new", "old", "top", "comments"]
Where = Literal["anywhere", "here", "community", "author", "followed", "moderated"]
"""All communities, those of this server, ``:community``, those in which ``:author`` wrote, or those
that ``:viewer`` follows or moderates."""


class InCommunity(Struct, frozen=True):
    post_id: int
    community_id: int


class Moderator(Struct, frozen=True):
    community_id: int
    actor_id: int


class HostNumber(Struct, frozen=True):
    name: str
    num: int
    software: str | None
    version: str | None
    first_seen_at: int
    last_seen_at: int | None


def _follows(group: Any) -> ColumnElement[bool]:
    return exists().where(
        follow.c.follower_id == bindparam("viewer"), follow.c.target_id == group.c.id
    )


def _moderates(group: Any) -> ColumnElement[bool]:
    return exists().where(
        community_moderator.c.community_id == group.c.id,
        community_moderator.c.actor_id == bindparam("viewer"),
    )


@query(row=Actor)
def communities(
    *,
    where: Literal["anywhere", "here", "followed", "moderated"] = "anywhere",
    sort: Literal["new", "old", "top"] = "new",
    sensitive: bool = True,
) -> Select:
    """Standing communities, a page at a time."""
    statement = (
        select(*ACTOR_COLUMNS)
        .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .where(actor.c.kind == GROUP, stands(actor))
    )
    if where == "here":
        statement = statement.where(actor.c.local)
    elif where != "anywhere":
        statement = statement.where(_follows(actor) if where == "followed" else _moderates(actor))
    if not sensitive:
        statement = statement.where(~actor.c.sensitive)
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
    """The standing community that each of ``:ids`` is in."""
    return (
        select(placed.c.post_id, placed.c.actor_id)
        .join(place, place.c.id == placed.c.actor_id)
        .where(any_of(placed.c.post_id, "ids"), placed.c.role == IN_COMMUNITY, stands(place))
    )


@query(row=Moderator)
def moderators_of() -> Select:
    """Who moderates each of ``:ids``, the first first."""
    mine = community_moderator
    return (
        select(mine.c.community_id, mine.c.actor_id)
        .join(actor, actor.c.id == mine.c.actor_id)
        .where(any_of(mine.c.community_id, "ids"), actor.c.deleted_at.is_(None))
        .order_by(mine.c.community_id, mine.c.created_at, mine.c.actor_id)
    )


@query()
def moderated_by() -> Select:
    """The standing communities that ``:actor_id`` moderates."""
    mine = community_moderator
    return (
        select(mine.c.community_id)
        .join(place, place.c.id == mine.c.community_id)
        .where(mine.c.actor_id == bindparam("actor_id"), stands(place))
        .order_by(mine.c.community_id)
        .limit(bindparam("limit"))
    )


@query()
def communities_followed() -> Select:
    """The standing communities that ``:viewer`` follows, or asked to."""
    return (
        select(place.c.id)
        .select_from(place)
        .where(place.c.kind == GROUP, _follows(place), stands(place))
        .order_by(place.c.id)
        .limit(bindparam("limit"))
    )


def in_communities(*, who: Reader, where: Where, comments: bool, sensitive: bool) -> Select:
    """A SELECT of no columns yet, over ``post``, ``placed``, ``place``, ``post_stats``: threads (or
    comments) that the viewer may see. The FROM of every list of this room."""
    answers = post.c.in_reply_to_uri.is_not(None)
    statement = (
        select()
        .select_from(
            placed.join(post, post.c.id == placed.c.post_id)
            .join(place, place.c.id == placed.c.actor_id)
            .join(actor, actor.c.id == post.c.author_id)
            .join(post_stats, post_stats.c.post_id == post.c.id)
            .outerjoin(target, target.c.id == post.c.boost_of_id)
            .outerjoin(target_author, target_author.c.id == target.c.author_id)
        )
        .where(
            placed.c.role == IN_COMMUNITY,
            answers if comments else ~answers,
            stands(place),
            *_within(where),
            shown(who, "list"),
        )
    )
    return statement if sensitive else statement.where(~post.c.sensitive, ~place.c.sensitive)


def _within(where: Where) -> list[ColumnElement[bool]]:
    match where:
        case "anywhere":
            return []
        case "here":
            return [place.c.local]
        case "community":
            return [placed.c.actor_id == bindparam("community")]
        case "author":
            return [post.c.author_id == bindparam("author")]
        case "followed":
            return [_follows(place)]
        case "moderated":
            return [_moderates(place)]


LIKES: ColumnElement[int] = case(
    (post_stats.c.origin_likes > post_stats.c.likes, post_stats.c.origin_likes),
    else_=post_stats.c.likes,
)
"""The larger of our count and the origin's, as it is shown."""


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    match sort:
        case "new":
            return (post.c.id.desc(),)
        case "old":
            return (post.c.id,)
        case "top":
            return ((LIKES - post_stats.c.dislikes).desc(), post.c.id.desc())
        case "comments":
            answers = select(func.count()).where(answer.c.root_id == post.c.id).scalar_subquery()
            return (answers.desc(), post.c.id.desc())


@query(row=Post)
def threads(
    *,
    who: Reader,
    where: Where,
    sort: Sort = "new",
    comments: bool = False,
    sensitive: bool = True,
) -> Select:
    """Threads (or comments) of communities since ``:since`` and with ids before ``:before``, a page
    at a time."""
    return (
        in_communities(who=who, where=where, comments=comments, sensitive=sensitive)
        .add_columns(*POST_COLUMNS)
        .where(post.c.published_at >= bindparam("since"), post.c.id < bindparam("before"))
        .order_by(*_order(sort))
        .limit(bindparam("limit"))
        .offset(bindparam("skip"))
    )


@query(row=Post)
def matching(
    *,
    who: Reader,
    where: Where,
    what: Literal["titles", "threads", "links", "comments"],
    sort: Literal["new", "old", "top"] = "new",
) -> Select:
    """Threads whose title, title or text, or link contains ``:pattern``, or comments whose text
    does: a LIKE pattern in lower case, with ``\\`` as its escape."""
    text = func.coalesce(post.c.source, post.c.content)
    columns: tuple[ColumnElement[Any], ...] = {
        "titles": (post.c.title,),
        "threads": (post.c.title, text),
        "links": (post.c.link_url,),
        "comments": (text,),
    }[what]
    pattern: Any = bindparam("pattern")
    return (
        in_communities(who=who, where=where, comments=what == "comments", sensitive=True)
        .add_columns(*POST_COLUMNS)
        .where(or_(*(func.lower(each).like(pattern, escape="\\") for each in columns)))
        .order_by(*_order(sort))
        .limit(bindparam("limit"))
        .offset(bindparam("skip"))
    )


@query(bounded=True)
def for_moderators_only() -> Select:
    """Which of the communities ``:ids`` take threads of their moderators only."""
    return select(community.c.actor_id).where(
        any_of(community.c.actor_id, "ids"), community.c.only_moderators_post
    )


@query(bounded=True)
def banned_among() -> Select:
    """Community and person wherever one of ``:actor_ids`` is banned from one of ``:ids`` at ``:now``."""
    ends = community_ban.c.expires_at
    return select(community_ban.c.community_id, community_ban.c.actor_id).where(
        any_of(community_ban.c.community_id, "ids"),
        any_of(community_ban.c.actor_id, "actor_ids"),
        or_(ends.is_(None), ends > bindparam("now")),
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


@query(row=Actor)
def groups_like(*, groups: bool) -> Select:
    """Communities (or people) whose handle is from ``:low`` to ``:high``."""
    kind = actor.c.kind == GROUP if groups else actor.c.kind != GROUP
    return (
        select(*ACTOR_COLUMNS)
        .where(
            and_(actor.c.handle >= bindparam("low"), actor.c.handle <= bindparam("high")),
            kind,
            or_(actor.c.discoverable, actor.c.handle == bindparam("low")),
            stands(actor),
        )
        .order_by(actor.c.handle)
        .limit(bindparam("limit"))
        .offset(bindparam("skip"))
    )
