"""Threads: what a post answers, and what answers it."""

from collections.abc import Sequence

from sqlalchemy import Select, bindparam, select

from weft.domain.posts.queries import POST_COLUMNS, posts_for, shown, with_targets
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import Viewer, ViewerKind, kind_of, viewer_params
from weft.storage.database import Database
from weft.storage.schema.posts import post
from weft.storage.statements import query

# As many as Mastodon walks; a thread of more is read page by page through its communities.
ANCESTORS = 100
DESCENDANTS = 1000


@query()
def ancestor_ids() -> Select:
    """Ids from a post upwards, nearest first, itself left out."""
    start = (
        select(post.c.in_reply_to_id.label("id"), bindparam("one", 1).label("distance"))
        .where(post.c.id == bindparam("id"))
        .cte("up", recursive=True)
    )
    up = start.union_all(
        select(post.c.in_reply_to_id, start.c.distance + 1)
        .join(start, post.c.id == start.c.id)
        .where(start.c.distance < ANCESTORS)
    )
    return select(up.c.id).where(up.c.id.is_not(None)).order_by(up.c.distance)


@query(row=Post)
def posts_under_root(*, who: ViewerKind) -> Select:
    """A whole thread, oldest first, as far as the viewer may see it."""
    return (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(post.c.root_id == bindparam("root"), shown(who, "list"))
        .order_by(post.c.id)
        .limit(bindparam("limit"))
    )


async def ancestors(db: Database, viewer: Viewer, now_ms: int, post_id: int) -> list[Post]:
    """What a post answers, oldest first; what the viewer may not see is left out."""
    # Two servers may each say that theirs answers the other's: every post is passed once.
    walked = dict.fromkeys(row[0] for row in await db.all(ancestor_ids, id=post_id))
    walked.pop(post_id, None)
    ids = list(walked)
    if not ids:
        return []
    found = await db.all(
        posts_for,
        who=kind_of(viewer),
        purpose="list",
        ids=ids,
        **viewer_params(viewer, now_ms),
    )
    by_id = {row.id: row for row in found}
    return [by_id[each] for each in reversed(ids) if each in by_id]


async def descendants(
    db: Database, viewer: Viewer, now_ms: int, top: Post, above: Sequence[Post] = ()
) -> list[Post]:
    """What answers a post, directly or not, depth first, siblings in order of time. ``above`` are
    its ancestors: posts that answer each other in a circle are shown once."""
    thread = await db.all(
        posts_under_root,
        who=kind_of(viewer),
        root=top.root_id or top.id,
        limit=DESCENDANTS,
        **viewer_params(viewer, now_ms),
    )
    answers: dict[int, list[Post]] = {}
    for each in thread:
        if each.in_reply_to_id is not None:
            answers.setdefault(each.in_reply_to_id, []).append(each)
    ordered: list[Post] = []
    seen = {top.id, *(each.id for each in above)}
    stack = list(reversed(answers.get(top.id, ())))
    while stack:
        each = stack.pop()
        if each.id in seen:
            continue
        seen.add(each.id)
        ordered.append(each)
        stack.extend(reversed(answers.get(each.id, ())))
    return ordered
