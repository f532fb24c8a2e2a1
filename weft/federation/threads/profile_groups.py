"""What the profile of a community has beyond that of a person: threads of others, some of them pinned."""

from collections.abc import Collection

from sqlalchemy import Select, bindparam, select

from weft.domain.communities.keep import is_in
from weft.domain.communities.moderate import set_thread
from weft.domain.communities.queries import IN_COMMUNITY
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import post_facets
from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import ids
from weft.storage.database import Database, Tx
from weft.storage.schema.posts import post, post_audience
from weft.storage.statements import query

LOOKED_AT = 500


def names(document: JsonObject, group_uri: str) -> bool:
    """Does a post say that it is in this group, or sent to it?"""
    return any(
        group_uri in ids(document.get(name)) for name in ("audience", "to", "cc", "attributedTo")
    )


@query(bounded=True)
def newest_in() -> Select:
    """Id, address and facets of the newest posts of a community."""
    return (
        select(post.c.id, post.c.uri, post.c.facets)
        .join(post_audience, post_audience.c.post_id == post.c.id)
        .where(
            post_audience.c.actor_id == bindparam("community_id"),
            post_audience.c.role == IN_COMMUNITY,
        )
        .order_by(post_audience.c.post_id.desc())
        .limit(bindparam("limit"))
    )


async def renew_pins(
    db: Database, community_id: int, listed: Collection[str], thread_ids: list[int]
) -> None:
    """Threads that a community's own server shows at its top: ``thread_ids`` of those that it
    ``listed``. Only what is in it; what was pinned among its ``LOOKED_AT`` newest posts and is not
    listed any more is taken down."""
    down = []
    for post_id, uri, facets in await db.all(newest_in, community_id=community_id, limit=LOOKED_AT):
        thread = post_facets(facets).thread
        if uri not in listed and thread is not None and thread.pinned:
            down.append(post_id)
    await db.write(_set_pins, community_id, thread_ids, down)


async def _set_pins(tx: Tx, community_id: int, up: list[int], down: list[int]) -> None:
    for post_id, pinned in [*((each, True) for each in up), *((each, False) for each in down)]:
        found = await tx.one(post_by_id, id=post_id)
        if found is None or found.in_reply_to_uri is not None:
            continue
        if await is_in(tx, found, community_id):
            await set_thread(tx, found, pinned=pinned)
