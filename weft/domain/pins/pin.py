"""Pinning: by people of this server, and as other servers tell of theirs."""

from weft.domain.actors.queries import actor_by_id
from weft.domain.events import Pinned
from weft.domain.pins.queries import (
    CollectionKind,
    clear_entries,
    delete_entry,
    delete_featured_tag,
    featured_of,
    insert_collection,
    insert_entry,
    insert_featured_tag,
    pinned_ids,
)
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post, Tag
from weft.domain.posts.store import insert_tag
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

MOST = 5
"""Pins that a person of this server may have."""
MOST_REMOTE = 100
OF_POSTS = 0


class PinRefused(Exception):
    """The sentence is for the person who pins."""


async def pin(tx: Tx, server: Server, *, actor_id: int, post_id: int) -> None:
    """A person of this server pins a post of their own.

    Raises:
        PinRefused: not theirs, a boost, a direct post, or one too many.
    """
    post = await tx.one(post_by_id, id=post_id)
    if post is None or post.author_id != actor_id:
        raise PinRefused("Only one's own posts can be pinned.")
    if post.boost_of_id is not None:
        raise PinRefused("A boost cannot be pinned.")
    if post.visibility >= Visibility.DIRECT:
        raise PinRefused("A direct post cannot be pinned.")
    pinned = {row[0] for row in await tx.all(pinned_ids, owner=actor_id, limit=MOST_REMOTE)}
    if post_id in pinned:
        return
    if len(pinned) >= MOST:
        raise PinRefused(f"At most {MOST} posts can be pinned.")
    await add_pin(tx, server, actor_id, post_id)
    await _tell(tx, server, actor_id, post, down=False)


async def unpin(tx: Tx, server: Server, *, actor_id: int, post_id: int) -> None:
    """Take a pin down; nothing happens if there is none."""
    post = await tx.one(post_by_id, id=post_id)
    if await remove_pin(tx, actor_id, post_id) and post is not None:
        await _tell(tx, server, actor_id, post, down=True)


async def add_pin(tx: Tx, server: Server, actor_id: int, post_id: int) -> None:
    """Note a pin of any actor's own post; a pin that is there already moves nowhere."""
    post = await tx.one(post_by_id, id=post_id)
    if post is not None and post.author_id == actor_id:
        await put_on_top(tx, server, actor_id, post_id)


async def put_on_top(tx: Tx, server: Server, actor_id: int, post_id: int) -> None:
    """The same without asking whose the post is: communities pin what is in them."""
    now = server.now_ms()
    await tx.run(
        insert_entry,
        id=tx.new_id(),
        collection_id=await _featured(tx, server, actor_id),
        position=now,
        target_kind=OF_POSTS,
        target_id=post_id,
        created_at=now,
    )


async def remove_pin(tx: Tx, actor_id: int, post_id: int) -> bool:
    """False if the post was not pinned."""
    row = await tx.one(featured_of, owner=actor_id)
    if row is None:
        return False
    return await tx.run(delete_entry, of_collection=row[0], target_id=post_id) > 0


async def replace_pins(tx: Tx, server: Server, actor_id: int, post_ids: list[int]) -> None:
    """What another server says is pinned now, the first one on top. Only the actor's own posts
    are taken."""
    collection_id = await _featured(tx, server, actor_id)
    await tx.run(clear_entries, of_collection=collection_id)
    now = server.now_ms()
    for below, post_id in enumerate(post_ids[:MOST_REMOTE]):
        post = await tx.one(post_by_id, id=post_id)
        if post is not None and post.author_id == actor_id:
            await tx.run(
                insert_entry,
                id=tx.new_id(),
                collection_id=collection_id,
                position=now - below,
                target_kind=OF_POSTS,
                target_id=post_id,
                created_at=now,
            )


async def feature_tag(tx: Tx, server: Server, actor_id: int, tag: Tag) -> None:
    """Show a hashtag on an actor's profile."""
    now = server.now_ms()
    await tx.run(insert_tag, id=tx.new_id(), name=tag.name, display=tag.display, created_at=now)
    await tx.run(insert_featured_tag, of_actor=actor_id, name=tag.name, created_at=now)


async def unfeature_tag(tx: Tx, actor_id: int, name: str) -> bool:
    return await tx.run(delete_featured_tag, of_actor=actor_id, name=name) > 0


async def _featured(tx: Tx, server: Server, actor_id: int) -> int:
    """The actor's featured collection, made when it is first needed."""
    row = await tx.one(featured_of, owner=actor_id)
    if row is not None:
        return int(row[0])
    owner = await tx.one(actor_by_id, id=actor_id)
    now = server.now_ms()
    collection_id = tx.new_id()
    await tx.run(
        insert_collection,
        id=collection_id,
        num=await tx.next_num("collection"),
        owner_id=actor_id,
        kind=CollectionKind.FEATURED,
        uri=owner.featured_uri if owner is not None else None,
        name="",
        visibility=Visibility.PUBLIC,
        created_at=now,
        updated_at=now,
    )
    return collection_id


async def _tell(tx: Tx, server: Server, actor_id: int, post: Post, *, down: bool) -> None:
    if not post.local_only:
        await server.tell(
            tx, Pinned(actor_id=actor_id, post_id=post.id, post_uri=post.uri, down=down)
        )
