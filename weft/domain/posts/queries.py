"""Reading posts. Whoever may not see a post does not get it: every statement for a viewer composes
``visible``; the few that do not are for the machinery and say so."""

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Join,
    Select,
    and_,
    bindparam,
    literal_column,
    not_,
    or_,
    select,
)

from weft.domain.posts.records import Post
from weft.domain.visibility.predicate import visible
from weft.domain.visibility.standing import host_rejects_media
from weft.domain.visibility.viewer import Purpose, ViewerKind
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import (
    media,
    poll,
    poll_option,
    post,
    post_attachment,
    post_audience,
    post_edit,
    post_stats,
    post_tag,
    tag,
)
from weft.storage.statements import any_of, query

POST_COLUMNS = [post.c[name] for name in Post.__struct_fields__]

target = post.alias("target")
target_author = actor.alias("target_author")


class StatsRow(Struct, frozen=True):
    post_id: int
    replies: int
    boosts: int
    likes: int
    dislikes: int
    reactions: int
    quotes: int
    origin_replies: int
    origin_boosts: int
    origin_likes: int


class AudienceRow(Struct, frozen=True):
    post_id: int
    actor_id: int
    role: int


class TagRow(Struct, frozen=True):
    """Of one post they are shown in the order of ``tag_id``: that of their first use here."""

    post_id: int
    tag_id: int
    name: str
    display: str


class AttachmentRow(Struct, frozen=True):
    post_id: int
    position: int
    id: int
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


class PollRow(Struct, frozen=True):
    post_id: int
    multiple: bool
    hide_totals: bool
    voters: int
    ends_at: int | None
    closed_at: int | None


class PollOptionRow(Struct, frozen=True):
    post_id: int
    position: int
    title: str
    votes: int


class EditRow(Struct, frozen=True):
    revision: int
    title: str | None
    summary: str | None
    sensitive: bool
    content: str
    created_at: int


@query(row=Post, bounded=True)
def post_by_id() -> Select:
    """For the machinery: whoever shows it to somebody asks ``posts_for`` instead."""
    return select(*POST_COLUMNS).where(post.c.id == bindparam("id"))


@query(bounded=True)
def withheld_post() -> Select:
    """One row if a post was deleted under a legal hold."""
    return select(post.c.id).where(post.c.id == bindparam("id"), post.c.withheld_at.is_not(None))


@query(row=Post, bounded=True)
def post_by_uri() -> Select:
    """For the machinery."""
    return select(*POST_COLUMNS).where(post.c.uri == bindparam("uri"))


@query(row=Post, bounded=True)
def posts_by_uris() -> Select:
    """For the machinery; unordered."""
    return select(*POST_COLUMNS).where(any_of(post.c.uri, "uris"))


@query(row=Post, bounded=True)
def boost_by() -> Select:
    """One actor's boost of one post, for the machinery."""
    return select(*POST_COLUMNS).where(
        post.c.boost_of_id == bindparam("target_id"), post.c.author_id == bindparam("author_id")
    )


@query(row=Post, bounded=True)
def posts_for(*, who: ViewerKind, purpose: Purpose) -> Select:
    """Those of ``:ids`` that the viewer may see; a boost only if its target may be seen too."""
    return (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(any_of(post.c.id, "ids"), shown(who, purpose))
    )


def with_targets() -> Join:
    """``post`` with its author and, for a boost, its target and that one's author."""
    return (
        post.join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )


def shown(who: ViewerKind, purpose: Purpose) -> ColumnElement[bool]:
    """The visibility rule for a post and, for a boost, for its target as well."""
    return and_(
        visible(post, actor, who=who, purpose=purpose),
        or_(
            post.c.boost_of_id.is_(None),
            and_(
                target.c.id.is_not(None),
                visible(target, target_author, who=who, purpose=purpose),
            ),
        ),
    )


@query(row=Post, bounded=True)
def posts_by_author(
    *,
    who: ViewerKind,
    newer: bool = False,
    without_replies: bool = False,
    without_boosts: bool = False,
    only_media: bool = False,
    tagged: bool = False,
) -> Select:
    """One author's posts that the viewer may see: newest first, or the oldest after ``:min_id``."""
    statement = (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(post.c.author_id == bindparam("author"), shown(who, "show"))
        .where(post.c.id < bindparam("max_id"), post.c.id > bindparam("min_id"))
    )
    if without_replies:
        statement = statement.where(
            or_(
                post.c.in_reply_to_uri.is_(None),
                post.c.in_reply_to_author_id == post.c.author_id,
            )
        )
    if without_boosts:
        statement = statement.where(post.c.boost_of_id.is_(None))
    if tagged:
        statement = statement.where(
            select(literal_column("1"))
            .where(
                post_tag.c.post_id == post.c.id,
                post_tag.c.tag_id
                == select(tag.c.id).where(tag.c.name == bindparam("tag")).scalar_subquery(),
            )
            .exists()
        )
    if only_media:
        statement = statement.where(
            select(literal_column("1")).where(post_attachment.c.post_id == post.c.id).exists()
        )
    order = post.c.id if newer else post.c.id.desc()
    return statement.order_by(order).limit(bindparam("limit"))


@query(row=StatsRow, bounded=True)
def stats_of() -> Select:
    return select(*[post_stats.c[name] for name in StatsRow.__struct_fields__]).where(
        any_of(post_stats.c.post_id, "ids")
    )


@query(row=AudienceRow, bounded=True)
def audience_of() -> Select:
    return select(post_audience.c.post_id, post_audience.c.actor_id, post_audience.c.role).where(
        any_of(post_audience.c.post_id, "ids")
    )


@query(row=TagRow, bounded=True)
def tags_of() -> Select:
    """Unordered: sort by ``tag_id`` what is shown."""
    return (
        select(post_tag.c.post_id, post_tag.c.tag_id, tag.c.name, tag.c.display)
        .join(tag, tag.c.id == post_tag.c.tag_id)
        .where(any_of(post_tag.c.post_id, "ids"))
    )


_MEDIA = [media.c[name] for name in AttachmentRow.__struct_fields__[2:]]


@query(row=AttachmentRow, bounded=True)
def attachments_of() -> Select:
    """Unordered: sort by ``position``. None of servers whose media are not shown here."""
    return (
        select(post_attachment.c.post_id, post_attachment.c.position, *_MEDIA)
        .join(media, media.c.id == post_attachment.c.media_id)
        .outerjoin(actor, actor.c.id == media.c.owner_id)
        .where(any_of(post_attachment.c.post_id, "ids"), not_(host_rejects_media(actor.c.host)))
    )


@query(row=PollRow, bounded=True)
def polls_of() -> Select:
    return select(*[poll.c[name] for name in PollRow.__struct_fields__]).where(
        any_of(poll.c.post_id, "ids")
    )


@query(row=PollOptionRow, bounded=True)
def poll_options_of() -> Select:
    """Unordered: sort by ``position``."""
    return select(*[poll_option.c[name] for name in PollOptionRow.__struct_fields__]).where(
        any_of(poll_option.c.post_id, "ids")
    )


@query(row=EditRow, bounded=True)
def edits_of() -> Select:
    return (
        select(*[post_edit.c[name] for name in EditRow.__struct_fields__])
        .where(post_edit.c.post_id == bindparam("post_id"))
        .order_by(post_edit.c.revision)
        .limit(100)
    )
