"""Following hashtags: public posts that carry one come into the home timeline."""

from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.posts.records import Tag
from weft.domain.posts.store import insert_tag
from weft.domain.server import Server
from weft.domain.tags.queries import (
    TagRow,
    count_followed_tags,
    delete_tag_follow,
    fill_home_with_tag,
    insert_tag_follow,
    tag_by_name,
)
from weft.storage.database import Tx

MOST_FOLLOWED = 1000
NAME_LENGTH = 100
BACKFILLED = 20
"""Posts with a newly followed tag that appear in the home timeline."""


class TagRefused(Exception):
    """The sentence is for the person who asked."""


def read_tag(typed: str) -> Tag:
    """A hashtag as somebody typed it, with or without ``#``.

    Raises:
        TagRefused: it is none.
    """
    display = typed.strip().removeprefix("#")
    if not is_hashtag(display) or len(display) > NAME_LENGTH:
        raise TagRefused("This is no hashtag: letters, digits and _ make one, at most 100.")
    return Tag(tag_name(display), display)


async def known_tag(tx: Tx, server: Server, typed: Tag) -> TagRow:
    """The tag's row, made if it is new."""
    found = await tx.one(tag_by_name, name=typed.name)
    if found is not None:
        return found
    await tx.run(
        insert_tag,
        id=tx.new_id(),
        name=typed.name,
        display=typed.display,
        created_at=server.now_ms(),
    )
    made = await tx.one(tag_by_name, name=typed.name)
    if made is None:
        raise LookupError(f"the tag {typed.name} was not kept")
    return made


async def follow_tag(tx: Tx, server: Server, actor_id: int, typed: Tag) -> TagRow:
    """Follow a tag; its newest posts come into the home timeline.

    Raises:
        TagRefused: one too many.
    """
    row = await known_tag(tx, server, typed)
    count = await tx.one(count_followed_tags, actor_id=actor_id)
    if count is not None and count[0] >= MOST_FOLLOWED:
        raise TagRefused(f"At most {MOST_FOLLOWED} hashtags can be followed.")
    now = server.now_ms()
    added = await tx.run(
        insert_tag_follow, id=tx.new_id(), actor_id=actor_id, tag_id=row.id, created_at=now
    )
    if added:
        await tx.run(fill_home_with_tag, owner=actor_id, of_tag=row.id, limit=BACKFILLED)
    return row


async def unfollow_tag(tx: Tx, actor_id: int, name: str) -> TagRow | None:
    """No longer follow a tag: what it brought is not shown any more. None if it is unknown."""
    row = await tx.one(tag_by_name, name=name)
    if row is not None:
        await tx.run(delete_tag_follow, of_actor=actor_id, of_tag=row.id)
    return row
