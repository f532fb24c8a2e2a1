"""What moderators of this server do in a community, ours or another server's.

The same that ``moderate`` does when others tell of it; here it is decided who may, noted in the
community's log, and told. Everything that is so already is told to nobody.
"""

from typing import Any

from weft.domain.actors.queries import actor_by_id, object_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.keep import MOST_MODERATORS, is_in, moderates
from weft.domain.communities.moderate import (
    ban,
    dig_up,
    last_of_object,
    note,
    put_back,
    remove,
    set_moderator,
    set_thread,
    unban,
)
from weft.domain.communities.queries import moderators_of
from weft.domain.communities.records import Action
from weft.domain.events import Moderated
from weft.domain.pins.pin import put_on_top, remove_pin
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post
from weft.domain.server import Server
from weft.storage.database import Tx


class NotAllowed(Exception):
    """The sentence is for who wanted to do it."""


async def remove_post(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, post_id: int, reason: str = ""
) -> None:
    """Take a post out of a community.

    Raises:
        NotAllowed: with a sentence; as for everything here.
    """
    await _checked(tx, community_id, moderator_id)
    post = await _post_in(tx, community_id, post_id)
    # Told first: what is removed may be gone afterwards.
    await _done(
        tx, server, community_id, moderator_id, Action.REMOVE, post.uri, post.author_id, reason
    )
    await _pinned(tx, server, community_id, post, pinned=False)
    await remove(tx, server, community_id, post)


async def restore_post(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, uri: str
) -> bool:
    """Put a post back that a moderator removed. False if the copy of another server's post is gone
    here: it may be fetched again."""
    await _checked(tx, community_id, moderator_id)
    last = await tx.one(last_of_object, object_uri=uri)
    if last is None or last.action != Action.REMOVE or last.community_id != community_id:
        raise NotAllowed("No moderator of this community has removed this post.")
    known = await tx.one(object_by_uri, uri=uri)
    post = await tx.one(post_by_id, id=known.id) if known is not None and known.id else None
    await _done(
        tx, server, community_id, moderator_id, Action.RESTORE, uri,
        post.author_id if post is not None else community_id,
    )  # fmt: skip
    if post is None:
        await tx.run(dig_up, of_uri=uri)
        return False
    await put_back(tx, server, community_id, post)
    return True


async def lock_thread(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, post_id: int, locked: bool,
    reason: str = "",
) -> bool:  # fmt: skip
    """Nobody but moderators answers a locked thread. False if it is so already."""
    await _checked(tx, community_id, moderator_id)
    post = await _post_in(tx, community_id, post_id)
    if not await set_thread(tx, post, locked=locked):
        return False
    action = Action.LOCK if locked else Action.UNLOCK
    await _done(tx, server, community_id, moderator_id, action, post.uri, post.author_id, reason)
    return True


async def pin_thread(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, post_id: int, pinned: bool
) -> bool:
    """Show a thread above the others. False if it is so already."""
    await _checked(tx, community_id, moderator_id)
    post = await _post_in(tx, community_id, post_id)
    if pinned and post.in_reply_to_uri is not None:
        raise NotAllowed("Only threads can be pinned, no comments.")
    if not await _pinned(tx, server, community_id, post, pinned=pinned):
        return False
    action = Action.PIN if pinned else Action.UNPIN
    await _done(tx, server, community_id, moderator_id, action, post.uri, post.author_id)
    return True


async def ban_person(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, person_id: int,
    reason: str = "", expires_at: int | None = None, removes: bool = False,
) -> None:  # fmt: skip
    """Let a person write in a community no more, until a time or for good."""
    await _checked(tx, community_id, moderator_id)
    person = await _person(tx, person_id)
    if await tx.one(moderates, community_id=community_id, actor_id=person.id) is not None:
        raise NotAllowed("A moderator cannot be banned: take them off the moderators first.")
    if expires_at is not None and expires_at <= server.now_ms():
        raise NotAllowed("A ban ends in the future, or never.")
    await ban(
        tx, server, community_id=community_id, actor_id=person.id, reason=reason,
        expires_at=expires_at, removes=removes,
    )  # fmt: skip
    await _done(
        tx, server, community_id, moderator_id, Action.BAN, person.uri, person.id, reason,
        expires_at=expires_at, removes=removes,
    )  # fmt: skip


async def unban_person(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, person_id: int
) -> bool:
    """False if there was no ban."""
    await _checked(tx, community_id, moderator_id)
    person = await _person(tx, person_id)
    if not await unban(tx, community_id=community_id, actor_id=person.id):
        return False
    await _done(tx, server, community_id, moderator_id, Action.UNBAN, person.uri, person.id)
    return True


async def name_moderator(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, person_id: int
) -> bool:
    """Let somebody moderate as well. False if they do already."""
    await _checked(tx, community_id, moderator_id)
    person = await _person(tx, person_id)
    ranks = await ranking(tx, community_id)
    if person.id in ranks:
        return False
    if len(ranks) >= MOST_MODERATORS:
        raise NotAllowed(f"A community has at most {MOST_MODERATORS} moderators.")
    await set_moderator(tx, server, community_id=community_id, actor_id=person.id, moderates=True)
    action = Action.ADD_MODERATOR
    await _done(tx, server, community_id, moderator_id, action, person.uri, person.id)
    return True


async def dismiss_moderator(
    tx: Tx, server: Server, *, community_id: int, moderator_id: int, person_id: int
) -> bool:
    """Take somebody off the moderators, who came after oneself; or oneself. False if they are none."""
    await _checked(tx, community_id, moderator_id)
    person = await _person(tx, person_id)
    ranks = await ranking(tx, community_id)
    if person.id not in ranks:
        return False
    if not outranks(ranks, moderator_id, person.id):
        raise NotAllowed("They moderate this community for longer than you.")
    await set_moderator(tx, server, community_id=community_id, actor_id=person.id, moderates=False)
    action = Action.REMOVE_MODERATOR
    await _done(tx, server, community_id, moderator_id, action, person.uri, person.id)
    return True


async def ranking(tx: Tx, community_id: int) -> list[int]:
    """Who moderates a community, the first first."""
    return [row.actor_id for row in await tx.all(moderators_of, ids=[community_id])]


def outranks(ranks: list[int], one: int, other: int) -> bool:
    """May ``one`` take ``other`` off the moderators? Everybody may go."""
    return one == other or (one in ranks and ranks.index(one) < ranks.index(other))


async def keep_pinned(
    tx: Tx, server: Server, community: Actor, post: Post, *, pinned: bool
) -> bool:
    """Note that a thread is pinned, or no more; in a community of this server also in its collection.
    False if it is so already."""
    changed = await set_thread(tx, post, pinned=pinned)
    if community.local and pinned:
        await put_on_top(tx, server, community.id, post.id)
    elif community.local:
        await remove_pin(tx, community.id, post.id)
    return changed


async def _pinned(tx: Tx, server: Server, community_id: int, post: Post, *, pinned: bool) -> bool:
    community = await _community(tx, community_id)
    return await keep_pinned(tx, server, community, post, pinned=pinned)


async def _checked(tx: Tx, community_id: int, moderator_id: int) -> None:
    await _community(tx, community_id)
    if await tx.one(moderates, community_id=community_id, actor_id=moderator_id) is None:
        raise NotAllowed("Only moderators of this community may do that.")


async def _community(tx: Tx, community_id: int) -> Actor:
    found = await tx.one(actor_by_id, id=community_id)
    if found is None or found.kind != ActorKind.GROUP or not found.stands:
        raise NotAllowed("There is no such community here.")
    return found


async def _post_in(tx: Tx, community_id: int, post_id: int) -> Post:
    post = await tx.one(post_by_id, id=post_id)
    if post is None or not await is_in(tx, post, community_id):
        raise NotAllowed("There is no such post in this community.")
    return post


async def _person(tx: Tx, person_id: int) -> Actor:
    person = await tx.one(actor_by_id, id=person_id)
    if person is None or person.kind == ActorKind.GROUP or person.deleted_at is not None:
        raise NotAllowed("There is no such person here.")
    return person


async def _done(
    tx: Tx, server: Server, community_id: int, moderator_id: int, action: Action, object_uri: str,
    about_id: int, reason: str = "", **more: Any,
) -> None:  # fmt: skip
    await note(tx, server, community_id, moderator_id, action, object_uri, reason)
    await server.tell(
        tx,
        Moderated(
            actor_id=moderator_id,
            community_id=community_id,
            action=action,
            object_uri=object_uri,
            about_id=about_id,
            reason=reason.strip()[:1000] or None,
            **more,
        ),
    )
