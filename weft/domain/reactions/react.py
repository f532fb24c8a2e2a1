"""Liking, disliking, reacting with an emoji, and taking it back."""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, insert, literal_column, select

from weft.domain.events import Reacted, ReactionUndone
from weft.domain.interactions.ask import ask, must_ask
from weft.domain.interactions.records import ONLY_LIKES, InteractionRefused, LeaveKind
from weft.domain.notifications.notify import NotificationKind, notify, withdraw
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.store import add_to_stats, stats_delta
from weft.domain.search.index import index_kept
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.posts import reaction
from weft.storage.statements import any_of, query


class ReactionKind(IntEnum):
    """The numbers are stored."""

    LIKE = 0
    DISLIKE = 1
    EMOJI = 2
    RATING = 3


class Reaction(Struct, frozen=True):
    id: int
    post_id: int
    actor_id: int
    kind: int
    value: str
    """Of an emoji: itself, or ``name@host`` of a custom one."""
    uri: str | None
    created_at: int
    icon_url: str | None = None
    """What a custom emoji looks like, at its server."""


_COLUMNS = [reaction.c[name] for name in Reaction.__struct_fields__]

_COUNTED = {
    ReactionKind.LIKE: "likes",
    ReactionKind.DISLIKE: "dislikes",
    ReactionKind.EMOJI: "reactions",
    ReactionKind.RATING: "reactions",
}
_NOTIFIED = {
    ReactionKind.LIKE: NotificationKind.LIKE,
    ReactionKind.EMOJI: NotificationKind.REACTION,
}


@query(row=Reaction, bounded=True)
def reaction_by() -> Select:
    return select(*_COLUMNS).where(
        reaction.c.post_id == bindparam("post_id"),
        reaction.c.actor_id == bindparam("actor_id"),
        reaction.c.kind == bindparam("kind"),
        reaction.c.value == bindparam("value"),
    )


@query(row=Reaction, bounded=True)
def reaction_by_id() -> Select:
    return select(*_COLUMNS).where(reaction.c.id == bindparam("id"))


@query(row=Reaction, bounded=True)
def reaction_by_uri() -> Select:
    return select(*_COLUMNS).where(reaction.c.uri == bindparam("uri"))


@query(row=Reaction, bounded=True)
def emoji_reaction_by() -> Select:
    """An emoji that ``:actor_id`` gave to ``:post_id``."""
    return (
        select(*_COLUMNS)
        .where(
            reaction.c.post_id == bindparam("post_id"),
            reaction.c.actor_id == bindparam("actor_id"),
            reaction.c.kind == literal_column(str(int(ReactionKind.EMOJI))),
        )
        .limit(1)
    )


@query(row=Reaction, bounded=True)
def reactions_by_actor() -> Select:
    """One actor's reactions to ``:post_ids``, for the buttons of a page."""
    return select(*_COLUMNS).where(
        any_of(reaction.c.post_id, "post_ids"), reaction.c.actor_id == bindparam("actor_id")
    )


@query()
def insert_reaction() -> Insert:
    return insert(reaction).values({name: bindparam(name) for name in Reaction.__struct_fields__})


@query()
def delete_reaction() -> Delete:
    return delete(reaction).where(reaction.c.id == bindparam("id"))


async def react(
    tx: Tx,
    server: Server,
    *,
    actor_id: int,
    post_id: int,
    kind: ReactionKind,
    value: str = "",
    uri: str | None = None,
    icon_url: str | None = None,
    local: bool,
) -> Reaction | None:
    """React to a post; doing so twice is doing it once. None if the post is gone.

    A like and a dislike replace each other, as every platform that has both treats them.

    Raises:
        InteractionRefused: one of ours may not, because the author does not want it.
    """
    post = await tx.one(post_by_id, id=post_id)
    if post is None:
        return None
    known = await tx.one(reaction_by, post_id=post_id, actor_id=actor_id, kind=kind, value=value)
    if known is not None:
        return known
    asks = local and await must_ask(tx, "like", post, actor_id)
    if asks and kind is not ReactionKind.LIKE:
        raise InteractionRefused(ONLY_LIKES)
    opposite = {
        ReactionKind.LIKE: ReactionKind.DISLIKE,
        ReactionKind.DISLIKE: ReactionKind.LIKE,
    }.get(kind)
    if opposite is not None:
        await unreact(tx, server, actor_id=actor_id, post_id=post_id, kind=opposite, local=local)
    now = server.now_ms()
    reaction_id = tx.new_id()
    row = Reaction(
        id=reaction_id,
        post_id=post_id,
        actor_id=actor_id,
        kind=kind,
        value=value,
        uri=uri or (f"{server.origin}/ap/reactions/{reaction_id}" if local else None),
        created_at=now,
        icon_url=icon_url,
    )
    await tx.run(
        insert_reaction, **{name: getattr(row, name) for name in Reaction.__struct_fields__}
    )
    await tx.run(add_to_stats, of_post=post_id, **stats_delta(**{_COUNTED[kind]: 1}))
    if kind in _NOTIFIED:
        await notify(tx, post.author_id, _NOTIFIED[kind], actor_id, post_id, now)
    if local:
        await index_kept(tx, post_id)
    if asks:
        await ask(tx, server, LeaveKind.LIKE, post, actor_id=actor_id, reaction_id=reaction_id)
    elif local:
        await server.tell(tx, Reacted(reaction_id=reaction_id, actor_id=actor_id, post_id=post_id))
    return row


async def unreact(
    tx: Tx,
    server: Server,
    *,
    actor_id: int,
    post_id: int,
    kind: ReactionKind,
    value: str = "",
    local: bool,
) -> bool:
    """Take a reaction back. False if there was none."""
    known = await tx.one(reaction_by, post_id=post_id, actor_id=actor_id, kind=kind, value=value)
    if known is None:
        return False
    if local and known.uri is not None:
        await server.tell(
            tx,
            ReactionUndone(
                reaction_id=known.id,
                uri=known.uri,
                kind=kind,
                value=value,
                actor_id=actor_id,
                post_id=post_id,
            ),
        )
    await tx.run(delete_reaction, id=known.id)
    await tx.run(add_to_stats, of_post=post_id, **stats_delta(**{_COUNTED[kind]: -1}))
    post = await tx.one(post_by_id, id=post_id)
    if post is not None and kind in _NOTIFIED:
        await withdraw(tx, post.author_id, _NOTIFIED[kind], actor_id, post_id)
    return True
