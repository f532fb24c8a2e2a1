"""Bans from a whole server, as Lemmy's family tells them (section 3 of its interop notes).

A server speaks for its own people and for its own communities. Of its own people it may ask that what they
wrote goes; people of others it keeps out of its communities.
"""

from sqlalchemy import Select, bindparam, delete, select, union
from sqlalchemy.sql.dml import ReturningDelete

from weft.domain.actors.records import Actor
from weft.domain.actors.remove import some_posts
from weft.domain.communities.moderate import MOST_REMOVED, ban
from weft.domain.communities.queries import GROUP, IN_COMMUNITY, place, placed
from weft.domain.posts.delete import delete as delete_post
from weft.domain.server import Server
from weft.domain.visibility.standing import stands
from weft.storage.database import Tx
from weft.storage.schema.actors import community_ban
from weft.storage.schema.posts import post
from weft.storage.schema.relations import follow
from weft.storage.statements import query

MOST_PLACES = 50
"""Communities that one ban closes to a person."""


@query()
def places_of_person() -> Select:
    """The communities of ``:host`` that ``:person`` wrote in lately or follows."""
    written = (
        select(post.c.id)
        .where(post.c.author_id == bindparam("person"))
        .order_by(post.c.id.desc())
        .limit(bindparam("recent"))
        .subquery()
    )
    named = union(
        select(placed.c.actor_id)
        .join(written, written.c.id == placed.c.post_id)
        .where(placed.c.role == IN_COMMUNITY),
        select(follow.c.target_id).where(follow.c.follower_id == bindparam("person")),
    ).subquery()
    return (
        select(place.c.id)
        .join(named, named.c.actor_id == place.c.id)
        .where(place.c.host == bindparam("host"), place.c.kind == GROUP, stands(place))
        .order_by(place.c.id)
        .limit(bindparam("limit"))
    )


@query()
def lift_bans() -> ReturningDelete:
    """The bans of ``:person`` from communities of ``:host``; gives the communities."""
    there = select(place.c.id).where(place.c.host == bindparam("host"), place.c.kind == GROUP)
    return (
        delete(community_ban)
        .where(
            community_ban.c.actor_id == bindparam("person"),
            community_ban.c.community_id.in_(there),
        )
        .returning(community_ban.c.community_id)
    )


async def remove_all(tx: Tx, server: Server, author: Actor) -> int:
    """Take away what a person of another server wrote, as that server asks; the number of posts."""
    rows = await tx.all(some_posts, author=author.id, limit=MOST_REMOVED)
    for row in rows:
        await delete_post(tx, server, row[0])
    return len(rows)


async def ban_from_site(
    tx: Tx,
    server: Server,
    *,
    host: str,
    actor_id: int,
    reason: str | None,
    expires_at: int | None,
    removes: bool,
) -> list[int]:
    """Ban a person from the communities of a server; the ids of those communities."""
    rows = await tx.all(
        places_of_person, person=actor_id, host=host, recent=MOST_REMOVED, limit=MOST_PLACES
    )
    for row in rows:
        await ban(
            tx, server, community_id=row[0], actor_id=actor_id, reason=reason,
            expires_at=expires_at, removes=removes,
        )  # fmt: skip
    return [row[0] for row in rows]


async def unban_from_site(tx: Tx, *, host: str, actor_id: int) -> list[int]:
    """Let a person into the communities of a server again; the ids of those communities."""
    return [row[0] for row in await tx.all(lift_bans, person=actor_id, host=host)]
