"""Keeping stories until they end (section 4 of the interop notes of Pixelfed): their server tells nobody
that they have."""

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from weft.domain.server import Server
from weft.domain.visibility.shelves import shown_of
from weft.domain.visibility.viewer import ViewerKind, Visibility
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.deeds import story
from weft.storage.statements import query

MOST = 50
"""At a time, of one author."""
LONGEST_MS = 48 * 3_600_000
"""However long its server wants it to be shown."""
_FOLLOWERS: ColumnElement[int] = literal_column(str(int(Visibility.FOLLOWERS)))


class Story(Struct, frozen=True):
    """One story. Lengths are milliseconds."""

    id: int
    author_id: int
    uri: str
    media_url: str
    content_type: str
    duration_ms: int | None
    can_reply: bool
    can_react: bool
    published_at: int
    expires_at: int


class DescribedStory(Struct, frozen=True, kw_only=True):
    """A story as its own server describes it."""

    uri: str
    author_uri: str
    media_url: str
    content_type: str
    expires_at: int
    duration_ms: int | None = None
    can_reply: bool = False
    can_react: bool = False
    published_at: int | None = None


_STORY = [story.c[name] for name in Story.__struct_fields__]


@query(row=Story, bounded=True)
def story_by_uri() -> Select:
    return select(*_STORY).where(story.c.uri == bindparam("uri"))


@query(row=Story, bounded=True)
def stories_of(*, who: ViewerKind) -> Select:
    """What ``:of_author`` shows at ``:at`` to the viewer, who must follow them; the first to end first."""
    return (
        select(*_STORY)
        .join(actor, actor.c.id == story.c.author_id)
        .where(
            story.c.author_id == bindparam("of_author"),
            story.c.expires_at > bindparam("at"),
            shown_of(actor, _FOLLOWERS, who=who),
        )
        .order_by(story.c.expires_at)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def count_stories() -> Select:
    return select(func.count()).where(
        story.c.author_id == bindparam("of_author"), story.c.expires_at > bindparam("at")
    )


@query()
def insert_story() -> Insert:
    return insert(story).values({name: bindparam(name) for name in Story.__struct_fields__})


@query()
def delete_story() -> Delete:
    return delete(story).where(story.c.id == bindparam("of_story"))


@query()
def drop_stories() -> Delete:
    """All of ``:of_author``."""
    return delete(story).where(story.c.author_id == bindparam("of_author"))


@query()
def delete_ended() -> Delete:
    return delete(story).where(story.c.expires_at <= bindparam("at"))


async def keep_story(
    tx: Tx, server: Server, author_id: int, described: DescribedStory
) -> str | None:
    """A new story; why it is not kept, if it is not."""
    now = server.now_ms()
    if await tx.one(story_by_uri, uri=described.uri) is not None:
        return "it is known already"
    if described.expires_at <= now:
        return "it has ended"
    row = await tx.one(count_stories, of_author=author_id, at=now)
    if row is not None and row[0] >= MOST:
        return "its author shows too many at a time"
    await tx.run(
        insert_story,
        id=tx.new_id(),
        author_id=author_id,
        uri=described.uri,
        media_url=described.media_url,
        content_type=described.content_type,
        duration_ms=described.duration_ms,
        can_reply=described.can_reply,
        can_react=described.can_react,
        published_at=min(described.published_at or now, now),
        expires_at=min(described.expires_at, now + LONGEST_MS),
    )
    return None


async def forget_ended(db: Database, server: Server) -> int:
    """Take away what has ended; how many went."""
    return await db.write(_forget, server.now_ms())


async def _forget(tx: Tx, at: int) -> int:
    return await tx.run(delete_ended, at=at)
