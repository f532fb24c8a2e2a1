"""Removing an actor: at once out of sight, its posts taken away in steps by a job."""

from sqlalchemy import Delete, Select, Update, bindparam, delete, exists, or_, select, update

from weft.domain.actors.queries import actor_by_id
from weft.domain.attendance.queries import drop_attendance
from weft.domain.collections.found import forget_collections_of
from weft.domain.collections.queries import drop_collections
from weft.domain.endorsements.queries import delete_all_endorsements
from weft.domain.events import ActorDeleted
from weft.domain.listens.keep import forget_listens
from weft.domain.lists.queries import leave_all_lists
from weft.domain.posts.delete import delete as delete_one
from weft.domain.search.people_index import forget_person
from weft.domain.server import Server
from weft.domain.shelves.queries import drop_shelves
from weft.domain.stories.keep import drop_stories
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import object_
from weft.storage.schema.posts import post
from weft.storage.schema.relations import follow
from weft.storage.statements import query

STEP = 200


@query()
def mark_deleted() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"), actor.c.deleted_at.is_(None))
        .values(deleted_at=bindparam("now"), revision=actor.c.revision + 1)
    )


@query()
def bury_actor() -> Update:
    return (
        update(object_)
        .where(object_.c.id == bindparam("of_actor"), object_.c.kind == bindparam("kind"))
        .values(deleted_at=bindparam("now"))
    )


@query()
def drop_follows() -> Delete:
    return delete(follow).where(
        or_(
            follow.c.follower_id == bindparam("of_actor"),
            follow.c.target_id == bindparam("of_actor"),
        )
    )


@query(bounded=True)
def some_posts() -> Select:
    return (
        select(post.c.id)
        .where(post.c.author_id == bindparam("author"), post.c.withheld_at.is_(None))
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
    )


async def remove_actor(tx: Tx, server: Server, actor_id: int) -> None:
    """Mark an actor deleted: the visibility rule hides all of it from this moment on. Its newest
    posts go now; ``sweep_removed`` takes the rest. Of one of ours other servers hear."""
    now = server.now_ms()
    gone = await tx.one(actor_by_id, id=actor_id)
    if gone is not None and gone.local and gone.deleted_at is None:
        await server.tell(tx, ActorDeleted(actor_id=actor_id, uri=gone.uri))
    await tx.run(mark_deleted, of_actor=actor_id, now=now)
    await tx.run(bury_actor, of_actor=actor_id, kind=0, now=now)
    await tx.run(drop_follows, of_actor=actor_id)
    await tx.run(delete_all_endorsements, of_actor=actor_id)
    await tx.run(leave_all_lists, member=actor_id)
    await forget_collections_of(tx, actor_id)
    await tx.run(drop_attendance, of_actor=actor_id)
    await forget_listens(tx, actor_id)
    await tx.run(drop_stories, of_author=actor_id)
    if gone is not None and not gone.local:
        await tx.run(drop_collections, of_owner=actor_id)
        await tx.run(drop_shelves, of_owner=actor_id)
    await forget_person(tx, actor_id)
    await sweep_removed(tx, server, actor_id)


async def sweep_removed(tx: Tx, server: Server, actor_id: int) -> bool:
    """Delete some posts of a removed actor. True if there are more."""
    rows = await tx.all(some_posts, author=actor_id, limit=STEP)
    for row in rows:
        await delete_one(tx, server, row[0], silently=True)
    return len(rows) == STEP


@query()
def unswept_actors() -> Select:
    """Removed actors of whom posts are left."""
    return (
        select(actor.c.id)
        .where(
            actor.c.deleted_at.is_not(None),
            exists().where(post.c.author_id == actor.c.id, post.c.withheld_at.is_(None)),
        )
        .limit(bindparam("limit"))
    )


async def sweep_all_removed(db: Database, server: Server) -> int:
    """Take away what is left of removed actors; the number of steps that were needed."""
    steps = 0
    while left := await db.all(unswept_actors, limit=20):
        for row in left:
            while await db.write(sweep_removed, server, row[0]):
                steps += 1
            steps += 1
    return steps
