"""What a person has here, as the rows of a file that can be carried away."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Select, bindparam, or_, select

from weft.domain.collections.queries import IS_PEOPLE
from weft.domain.collections.records import EntryState, collection_facets
from weft.domain.lists.queries import IS_LIST
from weft.domain.moving.sheets import About, Kind, Row
from weft.domain.posts.queries import shown, target, target_author
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Database
from weft.storage.ids import MAX_ID
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection, collection_entry
from weft.storage.schema.posts import bookmark, post
from weft.storage.schema.relations import block, follow, host_block, mute
from weft.storage.statements import any_of, query

PAGE = 500
MEMBER = 1
"""``collection_entry.target_kind`` of an actor."""


class _Carried(Struct, frozen=True):
    cursor: int
    username: str
    domain: str


class _CarriedFollow(Struct, frozen=True):
    cursor: int
    username: str
    domain: str
    shows_boosts: bool
    notifies: bool
    languages: str | None


class _CarriedMute(Struct, frozen=True):
    cursor: int
    username: str
    domain: str
    hides_notifications: bool


class _CarriedName(Struct, frozen=True):
    cursor: int
    name: str


class _CarriedMember(Struct, frozen=True):
    cursor: int
    title: str
    username: str
    domain: str


class _CarriedCollection(Struct, frozen=True):
    cursor: int
    title: str
    summary: str | None
    visibility: int
    facets: str | None


class _CarriedFeatured(Struct, frozen=True):
    collection_id: int
    position: int
    username: str
    domain: str


def _page(statement: Select, cursor: Any) -> Select:
    return (
        statement.where(cursor < bindparam("before"))
        .order_by(cursor.desc())
        .limit(bindparam("limit"))
    )


@query(row=_CarriedFollow)
def carried_follows() -> Select:
    """Whom ``:owner`` follows or asked to, newest first."""
    return _page(
        select(
            follow.c.id,
            actor.c.username,
            actor.c.domain,
            follow.c.shows_boosts,
            follow.c.notifies,
            follow.c.languages,
        )
        .join(actor, actor.c.id == follow.c.target_id)
        .where(follow.c.follower_id == bindparam("owner"), actor.c.deleted_at.is_(None)),
        follow.c.id,
    )


@query(row=_Carried)
def carried_blocks() -> Select:
    return _page(
        select(block.c.id, actor.c.username, actor.c.domain)
        .join(actor, actor.c.id == block.c.target_id)
        .where(block.c.actor_id == bindparam("owner"), actor.c.deleted_at.is_(None)),
        block.c.id,
    )


@query(row=_CarriedMute)
def carried_mutes() -> Select:
    """Those without an end: what ends soon need not be carried."""
    return _page(
        select(mute.c.id, actor.c.username, actor.c.domain, mute.c.hides_notifications)
        .join(actor, actor.c.id == mute.c.target_id)
        .where(
            mute.c.actor_id == bindparam("owner"),
            mute.c.expires_at.is_(None),
            actor.c.deleted_at.is_(None),
        ),
        mute.c.id,
    )


@query(row=_CarriedName)
def carried_hosts() -> Select:
    return _page(
        select(host_block.c.id, host_block.c.host).where(
            host_block.c.actor_id == bindparam("owner")
        ),
        host_block.c.id,
    )


@query(row=_CarriedName, bounded=True)
def carried_bookmarks() -> Select:
    """Posts that ``:viewer`` bookmarked and may still see."""
    rows = (
        bookmark.join(post, post.c.id == bookmark.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    return _page(
        select(bookmark.c.id, post.c.uri)
        .select_from(rows)
        .where(bookmark.c.actor_id == bindparam("viewer"), shown("local", "show")),
        bookmark.c.id,
    )


@query(row=_CarriedMember)
def carried_members() -> Select:
    return _page(
        select(collection_entry.c.id, collection.c.name, actor.c.username, actor.c.domain)
        .join(collection, collection.c.id == collection_entry.c.collection_id)
        .join(actor, actor.c.id == collection_entry.c.target_id)
        .where(
            collection.c.owner_id == bindparam("owner"),
            collection.c.kind == IS_LIST,
            collection_entry.c.target_kind == MEMBER,
            or_(actor.c.deleted_at.is_(None)),
        ),
        collection_entry.c.id,
    )


@query(row=_CarriedCollection)
def carried_collections() -> Select:
    """Those of people."""
    return _page(
        select(
            collection.c.id,
            collection.c.name,
            collection.c.summary,
            collection.c.visibility,
            collection.c.facets,
        ).where(collection.c.owner_id == bindparam("owner"), collection.c.kind == IS_PEOPLE),
        collection.c.id,
    )


@query(row=_CarriedFeatured, bounded=True)
def carried_featured() -> Select:
    """Who is in ``:ids`` or was asked, in no order: at most 25 each."""
    place = (collection_entry.c.collection_id, collection_entry.c.position)
    return (
        select(*place, actor.c.username, actor.c.domain)
        .join(actor, actor.c.id == collection_entry.c.target_id)
        .where(
            any_of(collection_entry.c.collection_id, "ids"),
            collection_entry.c.target_kind == MEMBER,
            collection_entry.c.state <= int(EntryState.ACCEPTED),
            actor.c.deleted_at.is_(None),
        )
    )


_STATEMENTS: dict[Kind, Any] = {
    Kind.FOLLOWING: carried_follows,
    Kind.BLOCKS: carried_blocks,
    Kind.MUTES: carried_mutes,
    Kind.DOMAIN_BLOCKS: carried_hosts,
    Kind.BOOKMARKS: carried_bookmarks,
    Kind.LISTS: carried_members,
    Kind.COLLECTIONS: carried_collections,
}


async def carried(db: Database, owner: int, kind: Kind) -> AsyncIterator[list[Row]]:
    """Everything of one kind, page by page."""
    before = MAX_ID + 1
    who = "viewer" if kind is Kind.BOOKMARKS else "owner"
    while True:
        params: dict[str, int] = {who: owner, "before": before, "limit": PAGE}
        rows = await db.all(_STATEMENTS[kind], **params)
        if rows:
            if kind is Kind.COLLECTIONS:
                yield await _gathered(db, rows[::-1])  # made anew, the newest is last again
            else:
                yield [_row(each) for each in rows]
        if len(rows) < PAGE:
            return
        before = rows[-1].cursor


async def _gathered(db: Database, rows: list[_CarriedCollection]) -> list[Row]:
    """Collections, and behind them the people in them."""
    found = await db.all(carried_featured, ids=[each.cursor for each in rows])
    there = {each.cursor: _row(each) for each in rows}
    people = [
        structs.replace(there[each.collection_id], name=f"{each.username}@{each.domain}")
        for each in sorted(found, key=lambda each: (each.collection_id, each.position))
    ]
    return [*there.values(), *people]


def _row(found: Any) -> Row:
    match found:
        case _CarriedFollow():
            languages = msgspec.json.decode(found.languages) if found.languages else ()
            return Row(
                f"{found.username}@{found.domain}",
                shows_boosts=found.shows_boosts,
                notifies=found.notifies,
                languages=tuple(languages),
            )
        case _CarriedMute():
            return Row(
                f"{found.username}@{found.domain}", hides_notifications=found.hides_notifications
            )
        case _CarriedMember():
            return Row(f"{found.username}@{found.domain}", list_title=found.title)
        case _CarriedCollection():
            facets = collection_facets(found.facets)
            about = About(
                summary=found.summary or "",
                language=facets.language,
                sensitive=facets.sensitive,
                listed=found.visibility == Visibility.PUBLIC,
                tag=facets.tag.display if facets.tag is not None else "",
            )
            return Row("", list_title=found.title, about=about)
        case _CarriedName():
            return Row(found.name)
        case _:
            return Row(f"{found.username}@{found.domain}")
