"""Where comments stand in their threads."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Integer, Select, bindparam, func, literal_column, select

from weft.storage.schema.posts import post
from weft.storage.statements import any_of, query

# Lemmy refuses what is deeper; a circle of answers ends here as well.
MAX_DEPTH = 50

answer = post.alias("answer")


class Above(Struct, frozen=True):
    """``num`` is that of a comment above ``id``."""

    id: int
    num: int


class Link(Struct, frozen=True):
    """A post of a thread and what it answers."""

    id: int
    in_reply_to_id: int | None


class Answers(Struct, frozen=True):
    """How many answer a thread, directly or not, and when the newest was written."""

    root_id: int
    count: int
    newest_at: int


@query(row=Above)
def comments_above() -> Select:
    """For each of ``:ids`` the comments above it, the uppermost first; the thread is left out."""
    one: Any = literal_column("1", Integer)
    start = (
        select(post.c.id.label("start"), post.c.in_reply_to_id.label("id"), one.label("distance"))
        .where(any_of(post.c.id, "ids"))
        .cte("up", recursive=True)
    )
    up = start.union_all(
        select(start.c.start, post.c.in_reply_to_id, start.c.distance + one)
        .join(start, post.c.id == start.c.id)
        .where(start.c.distance < literal_column(str(MAX_DEPTH)))
    )
    return (
        select(up.c.start, post.c.num)
        .join(post, post.c.id == up.c.id)
        .where(post.c.in_reply_to_uri.is_not(None))
        .order_by(up.c.start, up.c.distance.desc())
    )


@query(row=Link, bounded=True)
def links_of() -> Select:
    """The posts of the threads of ``:roots``."""
    return (
        select(post.c.id, post.c.in_reply_to_id)
        .where(any_of(post.c.root_id, "roots"))
        .order_by(post.c.root_id, post.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Answers)
def answers_of() -> Select:
    """What answers each of the threads ``:roots``."""
    return (
        select(answer.c.root_id, func.count(), func.max(answer.c.published_at))
        .where(any_of(answer.c.root_id, "roots"), answer.c.id != answer.c.root_id)
        .group_by(answer.c.root_id)
    )


def subtree_sizes(links: Iterable[Link]) -> Counter[int]:
    """How many posts are below each. Those that answer each other in a circle count for nobody."""
    parent = {each.id: each.in_reply_to_id for each in links}
    waiting = Counter(above for above in parent.values() if above in parent)
    sizes: Counter[int] = Counter()
    done = [each for each in parent if not waiting[each]]
    while done:
        each = done.pop()
        above = parent[each]
        if above is None:
            continue
        sizes[above] += sizes[each] + 1
        waiting[above] -= 1
        if above in parent and not waiting[above]:
            done.append(above)
    return sizes
