"""Reading what was here before it could be found: a chore, some posts, people or collections at a time.

A gap is a row: everything below an id has not been looked at. The newest comes first, so that what
people look for most is found soonest. Reading twice does no harm, and a process that dies goes on
where it was.
"""

import asyncio
import time
from enum import IntEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, select, update

from weft.domain.collections.found import index_collection
from weft.domain.collections.queries import collections, give_page
from weft.domain.collections.records import Collection, collection_page
from weft.domain.search.index import index_posts
from weft.domain.search.people_index import index_person
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.ids import MAX_ID
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection
from weft.storage.schema.posts import post
from weft.storage.schema.search import search_gap
from weft.storage.statements import query, upsert

STEP = 100
"""Of a write: some milliseconds."""
TURN_S = 20.0
"""Then other chores have their turn."""
PAUSE_S = 0.005


class Noun(IntEnum):
    """The numbers are stored."""

    POSTS = 0
    PEOPLE = 1
    COLLECTIONS = 2
    """Those of people; ours that have none yet are given their page too."""


class Gap(Struct, frozen=True):
    """One row of ``search_gap``; ``author_id`` is 0 for everybody."""

    noun: int
    author_id: int
    below_id: int


@query(row=Gap)
def gaps() -> Select:
    return (
        select(search_gap.c.noun, search_gap.c.author_id, search_gap.c.below_id)
        .order_by(search_gap.c.noun.desc(), search_gap.c.author_id)
        .limit(bindparam("limit"))
    )


@query()
def insert_gap() -> Insert:
    names = ("noun", "author_id", "below_id", "created_at")
    return upsert(search_gap, key=names[:2], values=names, update=("below_id",))


@query()
def move_gap() -> Update:
    return (
        update(search_gap)
        .where(
            search_gap.c.noun == bindparam("of_noun"),
            search_gap.c.author_id == bindparam("of_author"),
        )
        .values(below_id=bindparam("next_id"))
    )


@query()
def close_gap() -> Delete:
    """Not if it was opened anew meanwhile."""
    return delete(search_gap).where(
        search_gap.c.noun == bindparam("of_noun"),
        search_gap.c.author_id == bindparam("of_author"),
        search_gap.c.below_id == bindparam("was_id"),
    )


@query(bounded=True)
def posts_below(*, of_one: bool) -> Select:
    found = select(post.c.id).where(post.c.id < bindparam("below_id"))
    if of_one:
        found = found.where(post.c.author_id == bindparam("author_id"))
    return found.order_by(post.c.id.desc()).limit(bindparam("limit"))


@query(bounded=True)
def people_below() -> Select:
    return (
        select(actor.c.id, actor.c.username, actor.c.name)
        .where(actor.c.id < bindparam("below_id"))
        .order_by(actor.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Collection, bounded=True)
def collections_below() -> Select:
    return (
        collections()
        .where(collection.c.id < bindparam("below_id"))
        .order_by(collection.c.id.desc())
        .limit(bindparam("limit"))
    )


async def open_gap(tx: Tx, server: Server, author_id: int) -> None:
    """The posts of an author who now agrees to be found."""
    await tx.run(
        insert_gap,
        noun=Noun.POSTS,
        author_id=author_id,
        below_id=MAX_ID,
        created_at=server.now_ms(),
    )


async def fill_gaps(db: Database, server: Server, *, turn_s: float = TURN_S) -> int:
    """Read on for a while; how many posts, people and collections were looked at."""
    until = time.monotonic() + turn_s
    done = 0
    while (rows := await db.all(gaps, limit=1)) and time.monotonic() < until:
        gap: Gap | None = rows[0]
        while gap is not None and time.monotonic() < until:
            gap, count = await db.write(_step, server, gap)
            done += count
            await asyncio.sleep(PAUSE_S)
    return done


async def _step(tx: Tx, server: Server, gap: Gap) -> tuple[Gap | None, int]:
    """Look at some; the gap that is left."""
    rows: list[Any]
    if gap.noun == Noun.COLLECTIONS:
        found = await tx.all(collections_below, below_id=gap.below_id, limit=STEP)
        for each in found:
            if each.local and each.url is None:
                page = collection_page(server, each.id)
                await tx.run(give_page, of_collection=each.id, page=page)
            await index_collection(tx, each)
        rows = [(each.id,) for each in found]
    elif gap.noun == Noun.PEOPLE:
        rows = await tx.all(people_below, below_id=gap.below_id, limit=STEP)
        for row in rows:
            await index_person(tx, *row)
    else:
        of_one = {"author_id": gap.author_id} if gap.author_id else {}
        rows = await tx.all(
            posts_below, of_one=bool(of_one), below_id=gap.below_id, limit=STEP, **of_one
        )
        if rows:
            await index_posts(tx, [row[0] for row in rows])
    named = {"of_noun": gap.noun, "of_author": gap.author_id}
    if len(rows) < STEP:
        await tx.run(close_gap, **named, was_id=gap.below_id)
        return None, len(rows)
    await tx.run(move_gap, **named, next_id=rows[-1][0])
    return Gap(gap.noun, gap.author_id, rows[-1][0]), len(rows)
