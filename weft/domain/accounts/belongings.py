"""What a closed account leaves behind: taken away at once where it is little, else in steps.

Posts and boosts go by ``domain/actors/remove``, and what hangs on the account by its row. Here is the
rest, which hangs on the actor. The actor's row stays, without what it said of itself: other servers ask
for it, and the name must not be given away again. Votes stay as numbers that belong to nobody.
"""

from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import Delete, Select, Update, bindparam, delete, select, update

from weft.domain.moderation.holds import not_held
from weft.domain.reactions.react import ReactionKind, unreact
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection
from weft.storage.schema.messages import draft
from weft.storage.schema.posts import bookmark, featured_tag, reaction
from weft.storage.schema.relations import (
    actor_note,
    block,
    host_block,
    mute,
    suggestion_dismissal,
    tag_follow,
    thread_mute,
)
from weft.storage.schema.timelines import (
    content_filter,
    conversation,
    home_entry,
    marker,
    notification,
    notification_permission,
    notification_request,
)
from weft.storage.statements import query

STEP = 200
RECENT_MS = 7 * 24 * 3_600_000
"""How long after its end an account's rest is looked for."""

Small: TypeAlias = Literal[
    "actor_note", "block", "bookmark", "collection", "content_filter", "conversation", "draft",
    "featured_tag", "home_entry", "host_block", "marker", "mute", "notification_permission",
    "notification_request", "suggestion_dismissal", "tag_follow", "thread_mute",
]  # fmt: skip
_OWNERS: dict[Small, Any] = {
    "actor_note": actor_note.c.actor_id,
    "block": block.c.actor_id,
    "bookmark": bookmark.c.actor_id,
    "collection": collection.c.owner_id,
    "content_filter": content_filter.c.owner_id,
    "conversation": conversation.c.owner_id,
    "draft": draft.c.author_id,
    "featured_tag": featured_tag.c.actor_id,
    "home_entry": home_entry.c.owner_id,
    "host_block": host_block.c.actor_id,
    "marker": marker.c.owner_id,
    "mute": mute.c.actor_id,
    "notification_permission": notification_permission.c.owner_id,
    "notification_request": notification_request.c.owner_id,
    "suggestion_dismissal": suggestion_dismissal.c.actor_id,
    "tag_follow": tag_follow.c.actor_id,
    "thread_mute": thread_mute.c.actor_id,
}


class GivenReaction(Struct, frozen=True):
    post_id: int
    kind: int
    value: str


@query()
def drop_owned(*, table: Small) -> Delete:
    """All rows of one person in one table."""
    owner = _OWNERS[table]
    return delete(owner.table).where(owner == bindparam("of_actor"))


@query()
def drop_some_notifications() -> Delete:
    some = (
        select(notification.c.id)
        .where(notification.c.owner_id == bindparam("of_actor"))
        .order_by(notification.c.id)
        .limit(bindparam("limit"))
    )
    return delete(notification).where(notification.c.id.in_(some.scalar_subquery()))


@query(row=GivenReaction, bounded=True)
def some_reactions() -> Select:
    return (
        select(reaction.c.post_id, reaction.c.kind, reaction.c.value)
        .where(reaction.c.actor_id == bindparam("actor_id"))
        .order_by(reaction.c.actor_id, reaction.c.kind, reaction.c.id)
        .limit(bindparam("limit"))
    )


@query()
def empty_actor() -> Update:
    """Takes away what it said of itself; its name, id and keys stay."""
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"), actor.c.local)
        .values(
            name="", summary="", summary_source=None, icon_url=None, header_url=None, facets=None,
            discoverable=False, indexable=False,
        )
    )  # fmt: skip


@query()
def closed_lately() -> Select:
    """Actors of ours that were deleted after ``:since``, and of whom nothing must be kept."""
    return (
        select(actor.c.id)
        .where(
            actor.c.local,
            actor.c.deleted_at > bindparam("since"),
            not_held(actor.c.id),
        )
        .order_by(actor.c.id)
    )


async def take_belongings(tx: Tx, server: Server, actor_id: int) -> None:
    """What is little, and the first of what may be much; ``sweep_belongings`` takes the rest."""
    await tx.run(empty_actor, of_actor=actor_id)
    for table in _OWNERS:
        await tx.run(drop_owned, table=table, of_actor=actor_id)
    await take_some(tx, server, actor_id)


async def take_some(tx: Tx, server: Server, actor_id: int) -> bool:
    """Some notifications and reactions. True if there are more."""
    told = await tx.run(drop_some_notifications, of_actor=actor_id, limit=STEP)
    given: list[GivenReaction] = await tx.all(some_reactions, actor_id=actor_id, limit=STEP)
    for each in given:
        # Nobody need be told: that the actor is gone says it all.
        await unreact(
            tx, server, actor_id=actor_id, post_id=each.post_id, kind=ReactionKind(each.kind),
            value=each.value, local=False,
        )  # fmt: skip
    return told == STEP or len(given) == STEP


async def sweep_belongings(db: Database, server: Server) -> int:
    """Take away what closed accounts have left; the number of steps that were needed."""
    steps = 0
    for row in await db.all(closed_lately, since=server.now_ms() - RECENT_MS):
        while await db.write(take_some, server, row[0]):
            steps += 1
    return steps
