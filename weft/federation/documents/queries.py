"""The statements behind documents."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, or_, select

from weft.domain.posts.queries import POST_COLUMNS, shown, with_targets
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import activity
from weft.storage.schema.posts import post
from weft.storage.statements import any_of, query


class ActivityRow(Struct, frozen=True):
    id: int
    uri: str
    actor_id: int
    type: str
    event: str
    visibility: int


@query(row=ActivityRow, bounded=True)
def activity_by_id() -> Select:
    return select(*[activity.c[name] for name in ActivityRow.__struct_fields__]).where(
        activity.c.id == bindparam("id")
    )


@query(bounded=True)
def revision_of_documented() -> Select:
    """The revision of one of ours who has a document: neither deleted nor only an applicant."""
    return select(actor.c.revision).where(
        actor.c.id == bindparam("id"),
        actor.c.local.is_(True),
        actor.c.deleted_at.is_(None),
        or_(actor.c.suspended_at.is_(None), actor.c.suspended_at != actor.c.published_at),
    )


@query(bounded=True)
def uris_of_actors() -> Select:
    """``(id, uri)``."""
    return select(actor.c.id, actor.c.uri).where(any_of(actor.c.id, "ids"))


@query(row=Post, bounded=True)
def visible_replies(*, who: ViewerKind) -> Select:
    """Replies to a post that the reader may see, unordered."""
    return (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(post.c.in_reply_to_id == bindparam("parent"), shown(who, "show"))
        .limit(bindparam("limit"))
    )


@query(row=Post, bounded=True)
def thread_page(*, who: ViewerKind) -> Select:
    """Posts of a thread after ``:min_id`` that the reader may see, oldest first."""
    return (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(
            post.c.root_id == bindparam("root"),
            post.c.id > bindparam("min_id"),
            shown(who, "show"),
        )
        .order_by(post.c.id)
        .limit(bindparam("limit"))
    )
