"""Finding posts by their words, for a person of this server; newest first.

Three ways lead to a post, and each is narrowed by its reach before it is cut to a page:

- *own*: what one wrote or is named in. Author and names are in the index, so this is one look.
- *kept*: what one liked, bookmarked or boosted: the index read beside the ids of those.
- *public*: public posts by people who agreed to be found (``indexable``). The index tells the public
  ones; what their authors say today, blocks and mutes are asked of some dozens at first, then of
  hundreds at a time, until a page is full.

``in:library`` is the first two, ``in:public`` the last. The visibility rule is asked of every post.

Cost: a statement reads at most ``MOST_SCANNED`` entries of the index and ``MOST_KEPT`` marks, and is
given up after ``STATEMENT_S``; a search after ``SEARCH_S``, and answers with what it has found by then.
"""

import time
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, select, union_all

from weft.domain.actors.queries import actors_by_handles
from weft.domain.posts.queries import POST_COLUMNS
from weft.domain.posts.records import Post
from weft.domain.search.typed import Period, Reach, Typed
from weft.domain.search.words import APART, fact, phrase_of
from weft.domain.server import Server
from weft.domain.visibility.predicate import found_by_all, visible
from weft.domain.visibility.viewer import Local, Visibility, viewer_params
from weft.storage.database import Database
from weft.storage.errors import TooSlow
from weft.storage.fulltext import Phrase, Sought, matches, rendered
from weft.storage.ids import MAX_ID, id_at
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import bookmark, post, reaction
from weft.storage.schema.search import post_search
from weft.storage.statements import any_of, query

Way = Literal["own", "kept", "public"]

STATEMENT_S = 1.0
SEARCH_S = 2.0
FIRST_SCANNED = 50
MOST_SCANNED = 2_000
MOST_KEPT = 20_000
"""Of each kind, the newest."""
DEEPEST = 1_000
"""How far an offset leads; further on, ``max_id`` does."""
SLACK_MS = 3_600_000
"""How far an id's time may be from the post's: a post of the last minute has one of its arrival."""


class Page(Struct, frozen=True):
    """``max_id`` and ``min_id`` are exclusive."""

    limit: int = 20
    offset: int = 0
    max_id: int = MAX_ID + 1
    min_id: int = 0


@query(limit_s=STATEMENT_S)
def entries(*, way: Way) -> Select:
    """Ids of posts in the index, newest first, whoever may see them."""
    found = (
        select(post_search.c.rowid)
        .where(
            matches(post_search.c.words, "sought"),
            post_search.c.rowid < bindparam("max_id"),
            post_search.c.rowid > bindparam("min_id"),
        )
        .order_by(post_search.c.rowid.desc())
        .limit(bindparam("limit"))
    )
    if way == "kept":
        # The sum keeps SQLite from looking up every kept id in the index of words, one by one.
        found = found.where((post_search.c.rowid + literal_column("0")).in_(_kept()))
    return found


def _kept() -> Select:
    me: Any = bindparam("viewer")
    liked = select(reaction.c.post_id.label("id")).where(reaction.c.actor_id == me)
    marked = select(bookmark.c.post_id.label("id")).where(bookmark.c.actor_id == me)
    shared = select(post.c.boost_of_id.label("id")).where(
        post.c.author_id == me, post.c.boost_of_id.is_not(None)
    )
    newest = (
        liked.order_by(reaction.c.kind, reaction.c.id.desc()),
        marked.order_by(bookmark.c.id.desc()),
        shared.order_by(post.c.id.desc()),
    )
    parts = [each.limit(MOST_KEPT).subquery() for each in newest]
    return select(union_all(*[select(each.c.id) for each in parts]).subquery().c.id)


@query(row=Post)
def shown_of(*, way: Way) -> Select:
    """Those of ``:ids`` that the viewer may see, newest first."""
    found = (
        select(*POST_COLUMNS)
        .join(actor, actor.c.id == post.c.author_id)
        .where(
            any_of(post.c.id, "ids"),
            post.c.boost_of_id.is_(None),
            post.c.published_at >= bindparam("since_at"),
            post.c.published_at < bindparam("until_at"),
            visible(post, actor, who="local", purpose="list"),
        )
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
    )
    if way == "public":
        found = found.where(
            actor.c.indexable, post.c.visibility == Visibility.PUBLIC, found_by_all(actor)
        )
    return found


async def find_posts(
    db: Database,
    server: Server,
    me: int,
    typed: Typed,
    page: Page,
    *,
    by: int | None = None,
) -> list[Post]:
    """A page of posts; ``by`` takes only those of one author."""
    if typed.is_empty or page.offset > DEEPEST:
        return []
    sought = await _sought(db, server, me, typed, by)
    if sought is None:
        return []
    search = _Search(db, server, me, typed.period, page)
    found: dict[int, Post] = {}
    for way in _ways(typed.reach):
        found |= {row.id: row for row in await search.along(way, sought)}
    ordered = sorted(found.values(), key=lambda row: row.id, reverse=True)
    return ordered[page.offset : page.offset + page.limit]


def _ways(reach: Reach) -> tuple[Way, ...]:
    if reach == "public":
        return ("public",)
    return ("own", "kept") if reach == "library" else ("own", "kept", "public")


async def _sought(
    db: Database, server: Server, me: int, typed: Typed, by: int | None
) -> Sought | None:
    """What has to be in the index. None if it asks for somebody who is not known here."""
    needed: list[tuple[Phrase, ...]] = [(each.phrase,) for each in typed.parts if not each.excluded]
    unwanted = [each.phrase for each in typed.parts if each.excluded]
    if by is not None:
        needed.append(_only(fact("by", by)))
    handles = {each.name: _handle(server, each.name) for each in typed.people if each.name != "me"}
    ids = {"me": me}
    if handles:
        rows = await db.all(actors_by_handles, handles=list(set(handles.values())))
        known = {row.handle: row.id for row in sorted(rows, key=lambda row: row.id)}
        ids |= {name: known[handle] for name, handle in handles.items() if handle in known}
    for person in typed.people:
        if person.name in ids:
            phrase = Phrase((fact("to" if person.named else "by", ids[person.name]),))
        elif person.text and (words := phrase_of(person.text)) is not None:
            phrase = words
        elif person.excluded:
            continue
        else:
            return None
        if person.excluded:
            unwanted.append(phrase)
        else:
            needed.append((phrase,))
    return Sought(tuple(needed), tuple(unwanted))


def _only(token: str) -> tuple[Phrase, ...]:
    return (Phrase((token,)),)


def _handle(server: Server, name: str) -> str:
    return name if "@" in name else f"{name}@{server.domain}".casefold()


class _Search:
    """One search; ``along`` is called once for each way."""

    def __init__(
        self, db: Database, server: Server, me: int, period: Period | None, page: Page
    ) -> None:
        self._db, self._me = db, me
        self._wanted = page.offset + page.limit
        self._until = time.monotonic() + SEARCH_S
        since, until = (period.since, period.until) if period else (0, 2**53)
        self._min_id = max(page.min_id, id_at(since - SLACK_MS) - 1 if period else 0)
        self._max_id = min(page.max_id, id_at(until + SLACK_MS) if period else page.max_id)
        self._of_all = {
            "since_at": since,
            "until_at": until,
            **viewer_params(Local(me), server.now_ms()),
        }

    async def along(self, way: Way, sought: Sought) -> list[Post]:
        """What is wanted of one way, newest first."""
        params: dict[str, int] = {"viewer": self._me} if way == "kept" else {}
        words = rendered(_narrowed(way, sought, self._me), self._db.engine)
        found: list[Post] = []
        below, size = self._max_id, max(FIRST_SCANNED, self._wanted)
        while len(found) < self._wanted and time.monotonic() < self._until:
            try:
                rows = await self._db.all(
                    entries,
                    way=way,
                    sought=words,
                    max_id=below,
                    min_id=self._min_id,
                    limit=size,
                    **params,
                )
            except TooSlow:
                break
            ids = [row[0] for row in rows]
            if ids:
                found += await self._db.all(
                    shown_of, way=way, ids=ids, limit=self._wanted - len(found), **self._of_all
                )
            if len(ids) < size:
                break
            below, size = ids[-1], min(size * 4, MOST_SCANNED)
        return found


def _narrowed(way: Way, sought: Sought, me: int) -> Sought:
    """With the reach of the way, so far as the index knows it; never without something to find."""
    if way == "own":
        reach: tuple[Phrase, ...] = (Phrase((fact("by", me),)), Phrase((fact("to", me),)))
    elif way == "public":
        reach = _only(fact("pub"))
    elif sought.all:
        return sought
    else:
        reach = _only(APART)
    return Sought((*sought.all, reach), sought.none)
