"""The statements of drafts and scheduled posts. A scheduled one has a time, a draft has none.

They are in a table of their own, and only their author reads them: no statement here is without one,
but for the one of the machinery that publishes.
"""

import msgspec
from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, insert, select, update

from weft.domain.posts.drafted import Draft
from weft.domain.posts.queries import AttachmentRow
from weft.storage.schema.messages import draft, draft_media
from weft.storage.schema.posts import media
from weft.storage.statements import any_of, query


class DraftRow(Struct, frozen=True):
    id: int
    author_id: int
    body: str
    publish_at: int | None
    updated_at: int


class Waiting(Struct, frozen=True, omit_defaults=True):
    """What ``body`` holds. ``key`` is the request's Idempotency-Key; ``problem`` says why a scheduled
    post could not be published, and is a draft now."""

    draft: Draft
    key: str | None = None
    problem: str = ""


_COLUMNS = [draft.c[name] for name in DraftRow.__struct_fields__]
_decode = msgspec.json.Decoder(Waiting).decode


def waiting_in(body: str) -> Waiting:
    return _decode(body)


def stored_waiting(waiting: Waiting) -> str:
    return msgspec.json.encode(waiting).decode()


@query()
def insert_draft() -> Insert:
    names = ("id", "author_id", "kind", "body", "publish_at", "created_at", "updated_at")
    return insert(draft).values({name: bindparam(name) for name in names})


@query()
def insert_draft_media() -> Insert:
    return insert(draft_media).values(
        {name: bindparam(name) for name in ("draft_id", "media_id", "position")}
    )


@query()
def move_draft() -> Update:
    """Another time for one that is scheduled."""
    return (
        update(draft)
        .where(
            draft.c.id == bindparam("of_draft"),
            draft.c.author_id == bindparam("of_author"),
            draft.c.publish_at.is_not(None),
        )
        .values(publish_at=bindparam("at"), updated_at=bindparam("now"))
    )


@query()
def rewrite_draft() -> Update:
    return (
        update(draft)
        .where(
            draft.c.id == bindparam("of_draft"),
            draft.c.author_id == bindparam("of_author"),
            draft.c.publish_at.is_(None),
        )
        .values(body=bindparam("body"), updated_at=bindparam("now"))
    )


@query()
def unschedule() -> Update:
    """A scheduled post becomes a draft, unless its time was changed meanwhile."""
    return (
        update(draft)
        .where(draft.c.id == bindparam("of_draft"), draft.c.publish_at == bindparam("of_time"))
        .values(publish_at=None, body=bindparam("body"), updated_at=bindparam("now"))
    )


@query()
def take_scheduled() -> Delete:
    """Removes one row for the one who publishes it; none if its time was changed meanwhile."""
    return delete(draft).where(
        draft.c.id == bindparam("of_draft"), draft.c.publish_at == bindparam("of_time")
    )


@query()
def delete_draft(*, scheduled: bool) -> Delete:
    time = draft.c.publish_at
    return delete(draft).where(
        draft.c.id == bindparam("of_draft"),
        draft.c.author_id == bindparam("of_author"),
        time.is_not(None) if scheduled else time.is_(None),
    )


@query(row=DraftRow, bounded=True)
def draft_by_id() -> Select:
    return select(*_COLUMNS).where(
        draft.c.id == bindparam("id"), draft.c.author_id == bindparam("author_id")
    )


@query(row=DraftRow, bounded=True)
def draft_page(*, scheduled: bool, newer: bool = False) -> Select:
    """Newest first, or the oldest after ``:min_id``."""
    time = draft.c.publish_at
    return (
        select(*_COLUMNS)
        .where(
            draft.c.author_id == bindparam("author_id"),
            draft.c.id < bindparam("max_id"),
            draft.c.id > bindparam("min_id"),
            time.is_not(None) if scheduled else time.is_(None),
        )
        .order_by(draft.c.id if newer else draft.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def times_of(*, scheduled: bool) -> Select:
    """Ids and times of an author's scheduled posts, or of the drafts; as many as may be."""
    time = draft.c.publish_at
    return (
        select(draft.c.id, time)
        .where(
            draft.c.author_id == bindparam("author_id"),
            time.is_not(None) if scheduled else time.is_(None),
        )
        .limit(bindparam("limit"))
    )


@query(row=DraftRow, bounded=True)
def due_drafts() -> Select:
    """For the machinery: whose time has come, the longest due first."""
    return (
        select(*_COLUMNS)
        .where(draft.c.publish_at <= bindparam("now"))
        .order_by(draft.c.publish_at)
        .limit(bindparam("limit"))
    )


@query(row=AttachmentRow, bounded=True)
def media_of_drafts() -> Select:
    """Unordered; ``post_id`` is the draft's id."""
    columns = [media.c[name] for name in AttachmentRow.__struct_fields__[2:]]
    return (
        select(draft_media.c.draft_id, draft_media.c.position, *columns)
        .join(media, media.c.id == draft_media.c.media_id)
        .where(any_of(draft_media.c.draft_id, "ids"))
    )
