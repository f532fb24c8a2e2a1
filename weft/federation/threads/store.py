"""Walks of threads as rows: who asked, who walks, how far it has come.

The key is a post of the thread, its root as soon as that is known. A walk is asked for (waiting),
leased by a process that renews its lease with every report (walking), and ends (done); the row of
an ended walk stays and keeps the thread from being walked again for ``PAUSE_MS``. What only wants
the posts above one that arrived (``ABOVE``) leaves no row behind.
"""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    or_,
    select,
    update,
)

from weft.storage.database import Tx
from weft.storage.schema.federation import thread_walk
from weft.storage.schema.posts import post
from weft.storage.statements import any_of, insert_or_ignore, query

PAUSE_MS = 15 * 60_000
"""A thread is walked at most this often (section 10 of the interop notes)."""
LEASE_MS = 60_000
MOST_WAITING = 1000
"""Walks that wait; who opens a thread then does without."""
MOST_ABOVE = 100
"""Walks that wait when an arriving post adds one: people who read come before strangers who send."""


class WalkState(IntEnum):
    """The numbers are stored; below 2 there is something to do."""

    ABOVE = -1
    WAITING = 0
    WALKING = 1
    DONE = 2


class Walk(Struct, frozen=True):
    """One row. ``known`` counts posts that were found to be missing here, ``fetched`` those of
    them that have come."""

    post_id: int
    state: int
    known: int
    fetched: int
    started_at: int
    finished_at: int | None

    @property
    def runs(self) -> bool:
        return self.state != WalkState.DONE


class Member(Struct, frozen=True):
    """A post of a thread, as far as a walk wants to know it."""

    id: int
    uri: str
    local: bool
    kind: int
    facets: str | None


_COLUMNS = [thread_walk.c[name] for name in Walk.__struct_fields__]
_OPEN = thread_walk.c.state < literal_column("2")


@query(row=Walk, bounded=True)
def walks_of() -> Select:
    """Walks of the posts ``:ids``."""
    return select(*_COLUMNS).where(any_of(thread_walk.c.post_id, "ids"))


@query(bounded=True)
def open_walks() -> Select:
    """One row for each walk that waits or runs."""
    asked = thread_walk.c.started_at <= bindparam("now")  # all: names the index's column
    return select(thread_walk.c.post_id).where(_OPEN, asked).limit(bindparam("limit"))


@query()
def insert_walk() -> Insert:
    """Does nothing if the post has a walk."""
    return insert_or_ignore(thread_walk, "post_id", "state", "started_at")


@query()
def restart_walk() -> Update:
    """Asks again for what ended before ``:before``, or was only to look above."""
    ended = and_(
        thread_walk.c.state == literal_column("2"),
        thread_walk.c.finished_at < bindparam("before"),
    )
    return (
        update(thread_walk)
        .where(
            thread_walk.c.post_id == bindparam("of_post"),
            or_(ended, thread_walk.c.state == literal_column("-1")),
        )
        .values(
            state=literal_column("0"),
            known=literal_column("0"),
            fetched=literal_column("0"),
            leased_by=None,
            leased_until_at=None,
            started_at=bindparam("now"),
            finished_at=None,
        )
    )


def _free() -> ColumnElement[bool]:
    return or_(
        thread_walk.c.leased_until_at.is_(None),
        thread_walk.c.leased_until_at < bindparam("now"),
    )


@query(row=Walk, bounded=True)
def due_walks() -> Select:
    """Walks that nobody is at, longest waiting first."""
    return (
        select(*_COLUMNS)
        .where(_OPEN, _free(), thread_walk.c.started_at <= bindparam("now"))
        .order_by(thread_walk.c.started_at)
        .limit(bindparam("limit"))
    )


@query()
def lease_walks() -> Update:
    """Takes ``:ids``; returns those that were still free. Looking above stays what it is."""
    return (
        update(thread_walk)
        .where(any_of(thread_walk.c.post_id, "ids"), _OPEN, _free())
        .values(
            state=case(
                (thread_walk.c.state == literal_column("-1"), literal_column("-1")),
                else_=literal_column("1"),
            ),
            leased_by=bindparam("holder"),
            leased_until_at=bindparam("until"),
        )
        .returning(thread_walk.c.post_id)
    )


@query(bounded=True)
def walk_holders() -> Select:
    """Who holds walks: as many rows as walks are being walked."""
    return (
        select(thread_walk.c.leased_by)
        .where(
            _OPEN,
            thread_walk.c.started_at <= bindparam("now"),
            thread_walk.c.leased_by.is_not(None),
        )
        .limit(bindparam("limit"))
    )


@query()
def free_walks() -> Update:
    """Walks of the holders ``:gone`` may be taken at once."""
    return (
        update(thread_walk)
        .where(_OPEN, any_of(thread_walk.c.leased_by, "gone"))
        .values(leased_by=None, leased_until_at=None)
    )


@query()
def report_walk() -> Update:
    """How far it has come; renews the lease. No row: it is not this holder's any more."""
    return (
        update(thread_walk)
        .where(
            thread_walk.c.post_id == bindparam("of_post"),
            thread_walk.c.leased_by == bindparam("holder"),
        )
        .values(
            known=bindparam("known"),
            fetched=bindparam("fetched"),
            leased_until_at=bindparam("until"),
        )
    )


@query()
def rename_walk() -> Update:
    """From the post that was opened to the root of its thread."""
    return (
        update(thread_walk)
        .where(
            thread_walk.c.post_id == bindparam("of_post"),
            thread_walk.c.leased_by == bindparam("holder"),
        )
        .values(post_id=bindparam("root"))
    )


@query()
def finish_walk() -> Update:
    return (
        update(thread_walk)
        .where(
            thread_walk.c.post_id == bindparam("of_post"),
            thread_walk.c.leased_by == bindparam("holder"),
        )
        .values(
            state=literal_column("2"),
            known=bindparam("known"),
            fetched=bindparam("fetched"),
            leased_by=None,
            leased_until_at=None,
            finished_at=bindparam("now"),
        )
    )


@query()
def drop_walk(*, own: bool) -> Delete:
    """``own``: only if ``:holder`` still has it."""
    statement = delete(thread_walk).where(thread_walk.c.post_id == bindparam("of_post"))
    return statement.where(thread_walk.c.leased_by == bindparam("holder")) if own else statement


@query()
def forget_walks() -> Delete:
    """Ended long ago."""
    return delete(thread_walk).where(
        thread_walk.c.state == literal_column("2"),
        thread_walk.c.finished_at < bindparam("before"),
    )


@query(bounded=True)
def remote_member() -> Select:
    """One row if somebody of another server has a part in the thread of ``:root``."""
    return (
        select(post.c.id)
        .where(post.c.root_id == bindparam("root"), ~post.c.local)
        .order_by(post.c.id)
        .limit(1)
    )


@query(row=Member)
def members() -> Select:
    """The posts of a thread, for the machinery; oldest first."""
    return (
        select(post.c.id, post.c.uri, post.c.local, post.c.kind, post.c.facets)
        .where(post.c.root_id == bindparam("root"), post.c.boost_of_id.is_(None))
        .order_by(post.c.id)
        .limit(bindparam("limit"))
    )


async def ask_above(tx: Tx, post_id: int, now: int) -> None:
    """Have the posts above one fetched later; nothing happens if its thread has a walk, or if much
    is waiting: whoever opens it has it walked."""
    if len(await tx.all(open_walks, now=now, limit=MOST_ABOVE)) >= MOST_ABOVE:
        return
    await tx.run(insert_walk, post_id=post_id, state=WalkState.ABOVE, started_at=now)


async def ask(tx: Tx, post_id: int, now: int) -> bool:
    """Have the thread of a post walked. False if it was not long ago, or if too many wait."""
    if await tx.run(restart_walk, of_post=post_id, now=now, before=now - PAUSE_MS):
        return True
    if len(await tx.all(open_walks, now=now, limit=MOST_WAITING)) >= MOST_WAITING:
        return False
    inserted = await tx.run(insert_walk, post_id=post_id, state=WalkState.WAITING, started_at=now)
    return inserted > 0
