"""How often a video was seen, and how many watch a stream now, as its own server tells it."""

from msgspec import Struct
from sqlalchemy import Select, Update, bindparam, select, update

from weft.domain.posts.records import Post, post_facets
from weft.storage.database import Tx
from weft.storage.schema.posts import post_stats
from weft.storage.statements import query

MOST = 2**31 - 1
LONGEST_MS = 3_600_000
"""How long a number of viewers may hold."""


class Watched(Struct, frozen=True):
    views: int
    viewers: int
    viewers_until_at: int | None


@query(row=Watched, bounded=True)
def watched_of() -> Select:
    return select(post_stats.c.views, post_stats.c.viewers, post_stats.c.viewers_until_at).where(
        post_stats.c.post_id == bindparam("of_post")
    )


@query()
def set_views() -> Update:
    return (
        update(post_stats)
        .where(post_stats.c.post_id == bindparam("of_post"))
        .values(views=bindparam("views"))
    )


@query()
def set_viewers() -> Update:
    return (
        update(post_stats)
        .where(post_stats.c.post_id == bindparam("of_post"))
        .values(viewers=bindparam("viewers"), viewers_until_at=bindparam("until"))
    )


async def seen_once(tx: Tx, post: Post) -> None:
    """One more view, on top of what its server counted when it described the video."""
    known = await tx.one(watched_of, of_post=post.id)
    if known is not None:
        views = max(known.views, described_views(post)) + 1
        await tx.run(set_views, of_post=post.id, views=min(views, MOST))


async def watching(tx: Tx, post: Post, viewers: int, until: int, now: int) -> None:
    """How many watch it, until then."""
    await tx.run(
        set_viewers,
        of_post=post.id,
        viewers=min(max(viewers, 0), MOST),
        until=min(until, now + LONGEST_MS),
    )


def described_views(post: Post) -> int:
    video = post_facets(post.facets).video
    return video.views if video is not None else 0
