"""What one viewer did with the posts of a page: liked, boosted, bookmarked, muted, voted."""

from enum import IntEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, select, union_all

from weft.storage.database import Database
from weft.storage.schema.posts import bookmark, poll_vote, post, reaction
from weft.storage.schema.relations import thread_mute
from weft.storage.statements import any_of, query


class _Mark(IntEnum):
    LIKED = 0
    BOOSTED = 1
    BOOKMARKED = 2
    MUTED = 3


class MarkRow(Struct, frozen=True):
    """``id`` is a post's, for MUTED a thread's root."""

    mark: int
    id: int


class VoteRow(Struct, frozen=True):
    post_id: int
    position: int


class Marks(Struct, frozen=True):
    """Ids of posts; ``muted`` holds ids of roots."""

    liked: frozenset[int] = frozenset()
    boosted: frozenset[int] = frozenset()
    bookmarked: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()


@query(row=MarkRow, bounded=True)
def marks_of() -> Select:
    """The marks of ``:viewer`` on ``:ids``, and of muted threads among ``:roots``."""
    me: Any = bindparam("viewer")
    each = union_all(
        select(literal_column("0").label("mark"), reaction.c.post_id.label("id")).where(
            any_of(reaction.c.post_id, "ids"),
            reaction.c.actor_id == me,
            reaction.c.kind == literal_column("0"),
        ),
        select(literal_column("1").label("mark"), post.c.boost_of_id.label("id")).where(
            any_of(post.c.boost_of_id, "ids"), post.c.author_id == me
        ),
        select(literal_column("2").label("mark"), bookmark.c.post_id.label("id")).where(
            bookmark.c.actor_id == me, any_of(bookmark.c.post_id, "ids")
        ),
        select(literal_column("3").label("mark"), thread_mute.c.root_id.label("id")).where(
            thread_mute.c.actor_id == me, any_of(thread_mute.c.root_id, "roots")
        ),
    ).subquery()
    return select(each.c.mark, each.c.id)


@query(row=VoteRow, bounded=True)
def votes_by() -> Select:
    """What ``:viewer`` voted for in the polls of ``:ids``."""
    return select(poll_vote.c.post_id, poll_vote.c.position).where(
        any_of(poll_vote.c.post_id, "ids"), poll_vote.c.actor_id == bindparam("viewer")
    )


class MarkAmongRow(Struct, frozen=True):
    mark: int
    id: int
    viewer: int


class VoteAmongRow(Struct, frozen=True):
    post_id: int
    viewer: int
    position: int


@query(row=MarkAmongRow)
def marks_among() -> Select:
    """``marks_of`` of many ``:viewers`` at once."""
    each = union_all(
        select(
            literal_column("0").label("mark"),
            reaction.c.post_id.label("id"),
            reaction.c.actor_id.label("viewer"),
        ).where(
            any_of(reaction.c.post_id, "ids"),
            any_of(reaction.c.actor_id, "viewers"),
            reaction.c.kind == literal_column("0"),
        ),
        select(literal_column("1"), post.c.boost_of_id, post.c.author_id).where(
            any_of(post.c.boost_of_id, "ids"), any_of(post.c.author_id, "viewers")
        ),
        select(literal_column("2"), bookmark.c.post_id, bookmark.c.actor_id).where(
            any_of(bookmark.c.actor_id, "viewers"), any_of(bookmark.c.post_id, "ids")
        ),
        select(literal_column("3"), thread_mute.c.root_id, thread_mute.c.actor_id).where(
            any_of(thread_mute.c.actor_id, "viewers"), any_of(thread_mute.c.root_id, "roots")
        ),
    ).subquery()
    return select(each.c.mark, each.c.id, each.c.viewer)


@query(row=VoteAmongRow)
def votes_among() -> Select:
    """What ``:viewers`` voted for in the polls of ``:ids``."""
    return select(poll_vote.c.post_id, poll_vote.c.actor_id, poll_vote.c.position).where(
        any_of(poll_vote.c.post_id, "ids"), any_of(poll_vote.c.actor_id, "viewers")
    )


async def load_marks_among(
    db: Database, viewers: list[int], ids: list[int], roots: list[int]
) -> dict[int, Marks]:
    """The marks of those viewers who have any, in one statement."""
    found: dict[int, tuple[set[int], ...]] = {}
    for row in await db.all(marks_among, viewers=viewers, ids=ids, roots=roots):
        mine = found.setdefault(row.viewer, (set(), set(), set(), set()))
        mine[row.mark].add(row.id)
    return {viewer: Marks(*map(frozenset, each)) for viewer, each in found.items()}


async def load_marks(db: Database, viewer_id: int, ids: list[int], roots: list[int]) -> Marks:
    """All marks of a page in one statement."""
    found: tuple[set[int], ...] = (set(), set(), set(), set())
    for row in await db.all(marks_of, viewer=viewer_id, ids=ids, roots=roots):
        found[row.mark].add(row.id)
    return Marks(*map(frozenset, found))
