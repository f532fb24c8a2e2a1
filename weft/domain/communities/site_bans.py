"""Bans from a whole server, as Lemmy's family tells them (section 3 of its interop notes).

A server speaks for its own people and for its own communities. Of its own people it may ask that what they
wrote goes; people of others it keeps out of its communities.
"""

from typing import Any

from sqlalchemy import Select, bindparam, literal_column, select, union

from weft.domain.actors.records import Actor
from weft.domain.actors.remove import some_posts
from weft.domain.communities.keep import bans_of
from weft.domain.communities.moderate import MOST_REMOVED, ban, note, remove_written, unban
from weft.domain.communities.queries import GROUP, IN_COMMUNITY, place, placed
from weft.domain.communities.records import Action
from weft.domain.posts.delete import delete as delete_post
from weft.domain.server import Server
from weft.domain.visibility.standing import stands
from weft.storage.database import Tx
from weft.storage.schema.actors import community_ban, community_log
from weft.storage.schema.posts import post
from weft.storage.schema.relations import follow
from weft.storage.statements import query

MOST_PLACES = 50
"""Communities that one ban closes to a person."""
MOST_LIFTED = 500
_SITE_BAN: Any = literal_column(str(int(Action.SITE_BAN)))
_OF_BANS: list[Any] = [
    literal_column(str(int(each)))
    for each in (Action.BAN, Action.UNBAN, Action.SITE_BAN, Action.SITE_UNBAN)
]


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
def site_bans_of() -> Select:
    """The communities of ``:host`` that ``:person`` is banned from because that server said so: a
    moderator's ban since, or before, is the moderator's."""
    last = (
        select(community_log.c.action)
        .where(
            community_log.c.object_uri == bindparam("person_uri"),
            community_log.c.community_id == community_ban.c.community_id,
            community_log.c.action.in_(_OF_BANS),
        )
        .order_by(community_log.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(community_ban.c.community_id)
        .join(place, place.c.id == community_ban.c.community_id)
        .where(
            community_ban.c.actor_id == bindparam("person"),
            place.c.host == bindparam("host"),
            last == _SITE_BAN,
        )
        .limit(bindparam("limit"))
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
    person: Actor,
    moderator_id: int,
    reason: str | None,
    expires_at: int | None,
    removes: bool,
) -> int:
    """Ban a person from the communities of a server; how many they are in. A ban of a community's own
    moderators stays as it is."""
    rows = await tx.all(
        places_of_person, person=person.id, host=host, recent=MOST_REMOVED, limit=MOST_PLACES
    )
    ids = [row[0] for row in rows]
    held = await tx.all(bans_of, ids=ids, actor_id=person.id, now=server.now_ms()) if ids else []
    by_moderators = {each.community_id for each in held} - set(await _site_bans(tx, host, person))
    for each in ids:
        if removes:
            await remove_written(tx, server, each, person.id)
        if each in by_moderators:
            continue
        await ban(
            tx, server, community_id=each, actor_id=person.id, reason=reason,
            expires_at=expires_at, removes=False,
        )  # fmt: skip
        await note(tx, server, each, moderator_id, Action.SITE_BAN, person.uri, reason)
    return len(ids)


async def unban_from_site(
    tx: Tx, server: Server, *, host: str, person: Actor, moderator_id: int
) -> int:
    """Let a person into the communities of a server again; how many that are."""
    ids = await _site_bans(tx, host, person)
    for each in ids:
        await unban(tx, community_id=each, actor_id=person.id)
        await note(tx, server, each, moderator_id, Action.SITE_UNBAN, person.uri)
    return len(ids)


async def _site_bans(tx: Tx, host: str, person: Actor) -> list[int]:
    rows = await tx.all(
        site_bans_of, person=person.id, person_uri=person.uri, host=host, limit=MOST_LIFTED
    )
    return [row[0] for row in rows]
