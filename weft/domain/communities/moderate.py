"""What moderators do in a community of another server, as that server or they tell it.

Of another server's post a removal removes our copy; one of ours only leaves the community. Everything is
noted with its reason, so that an author cannot undo what a moderator did.
"""

from msgspec.structs import replace
from sqlalchemy import Delete, Insert, Select, bindparam, delete, insert, select

from weft.domain.actors.records import stored_facets
from weft.domain.communities.create import add_moderator
from weft.domain.communities.hosted import hosted_by_id
from weft.domain.communities.keep import delete_moderator, delete_placement, put_into
from weft.domain.communities.queries import placed
from weft.domain.communities.records import Action, LogEntry
from weft.domain.news import PostChanged
from weft.domain.posts.delete import delete as delete_post
from weft.domain.posts.delete import unboost
from weft.domain.posts.kinds import ThreadFacets
from weft.domain.posts.publish import share
from weft.domain.posts.queries import POST_COLUMNS
from weft.domain.posts.records import AudienceRole, ObjectKind, Post, PostKind, post_facets
from weft.domain.quotes.change import set_facets
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import community_ban, community_log
from weft.storage.schema.federation import object_
from weft.storage.schema.posts import post
from weft.storage.statements import query, upsert

MOST_REMOVED = 1000
"""Posts that one ban takes away, the newest."""
OF_COMMUNITIES = frozenset({PostKind.LINK, PostKind.THREAD, PostKind.COMMENT})
_REASON = 2000


@query()
def insert_log() -> Insert:
    return insert(community_log).values(
        {name: bindparam(name) for name in LogEntry.__struct_fields__}
    )


@query(row=LogEntry, bounded=True)
def last_of_object() -> Select:
    """The newest of ``REMOVE`` and ``RESTORE`` that was done to ``:object_uri``."""
    return (
        select(*[community_log.c[name] for name in LogEntry.__struct_fields__])
        .where(
            community_log.c.object_uri == bindparam("object_uri"),
            community_log.c.action <= Action.RESTORE,
        )
        .order_by(community_log.c.id.desc())
        .limit(1)
    )


@query(row=LogEntry, bounded=True)
def log_of() -> Select:
    """What was done in ``:community_id``, newest first."""
    return (
        select(*[community_log.c[name] for name in LogEntry.__struct_fields__])
        .where(
            community_log.c.community_id == bindparam("community_id"),
            community_log.c.id < bindparam("before"),
        )
        .order_by(community_log.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def save_ban() -> Insert:
    told = ["reason", "created_at", "expires_at"]
    key = ["community_id", "actor_id"]
    return upsert(community_ban, key=key, values=[*key, *told], update=told)


@query()
def delete_ban() -> Delete:
    return delete(community_ban).where(
        community_ban.c.community_id == bindparam("of_community"),
        community_ban.c.actor_id == bindparam("of_actor"),
    )


@query()
def dig_up() -> Delete:
    """The tombstone of a post that may come back."""
    return delete(object_).where(
        object_.c.uri == bindparam("of_uri"),
        object_.c.kind == ObjectKind.POST,
        object_.c.deleted_at.is_not(None),
    )


@query(row=Post)
def posts_in_by() -> Select:
    """The newest posts of ``:author`` in ``:community``."""
    return (
        select(*POST_COLUMNS)
        .join(placed, placed.c.post_id == post.c.id)
        .where(
            placed.c.actor_id == bindparam("community"),
            placed.c.role == AudienceRole.COMMUNITY,
            post.c.author_id == bindparam("author"),
            post.c.withheld_at.is_(None),
        )
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
    )


async def note(
    tx: Tx,
    server: Server,
    community_id: int,
    moderator_id: int | None,
    action: Action,
    object_uri: str,
    reason: str | None = None,
) -> None:
    """An entry of the community's log."""
    await tx.run(
        insert_log,
        id=tx.new_id(),
        community_id=community_id,
        moderator_id=moderator_id,
        action=action,
        object_uri=object_uri,
        reason=(reason or "").strip()[:_REASON] or None,
        created_at=server.now_ms(),
    )


async def remove(tx: Tx, server: Server, community_id: int, removed: Post) -> None:
    """Take a post out of the community. What was written for it alone is gone here; ours, and what a
    microblog sent there, leaves it and is read elsewhere. The community takes its boost back."""
    await unboost(tx, server, community_id, removed.id)
    if removed.local or removed.kind not in OF_COMMUNITIES:
        await tx.run(delete_placement, of_post=removed.id, of_community=community_id)
        tx.say(PostChanged(removed.id))
        return
    await delete_post(tx, server, removed.id)


async def put_back(tx: Tx, server: Server, community_id: int, restored: Post) -> None:
    """A post that only left the community is in there again."""
    await put_into(tx, restored, community_id)
    places = await tx.all(hosted_by_id, id=restored.id)
    await share(tx, server, [each for each in places if each.community_id == community_id])
    tx.say(PostChanged(restored.id))


async def set_thread(
    tx: Tx, of: Post, *, locked: bool | None = None, pinned: bool | None = None
) -> bool:
    """Lock or pin; False if it is so already."""
    facets = post_facets(of.facets)
    before = facets.thread or ThreadFacets()
    after = replace(
        before,
        locked=before.locked if locked is None else locked,
        pinned=before.pinned if pinned is None else pinned,
    )
    if after == before:
        return False
    await tx.run(set_facets, of_post=of.id, facets=stored_facets(replace(facets, thread=after)))
    tx.say(PostChanged(of.id))
    return True


async def ban(
    tx: Tx,
    server: Server,
    *,
    community_id: int,
    actor_id: int,
    reason: str | None,
    expires_at: int | None,
    removes: bool,
) -> None:
    """Ban a person from a community, until ``expires_at`` or for good; ``removes`` what they wrote
    there, too."""
    await tx.run(
        save_ban,
        community_id=community_id,
        actor_id=actor_id,
        reason=(reason or "").strip()[:_REASON] or None,
        created_at=server.now_ms(),
        expires_at=expires_at,
    )
    if removes:
        await remove_written(tx, server, community_id, actor_id)


async def remove_written(tx: Tx, server: Server, community_id: int, author_id: int) -> None:
    """Take what somebody wrote lately out of a community."""
    rows = await tx.all(posts_in_by, community=community_id, author=author_id, limit=MOST_REMOVED)
    for each in rows:
        await remove(tx, server, community_id, each)


async def unban(tx: Tx, *, community_id: int, actor_id: int) -> bool:
    """False if there was no ban."""
    return await tx.run(delete_ban, of_community=community_id, of_actor=actor_id) > 0


async def set_moderator(
    tx: Tx, server: Server, *, community_id: int, actor_id: int, moderates: bool
) -> None:
    if moderates:
        await add_moderator(tx, server, community_id=community_id, actor_id=actor_id)
    else:
        await tx.run(delete_moderator, of_community=community_id, of_actor=actor_id)
