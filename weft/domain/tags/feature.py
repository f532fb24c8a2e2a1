"""Featuring hashtags: shown on the profile of a person of this server, here and elsewhere."""

from weft.domain.events import TagFeatured
from weft.domain.pins.pin import feature_tag, unfeature_tag
from weft.domain.posts.records import Tag
from weft.domain.server import Server
from weft.domain.tags.follow import TagRefused, known_tag
from weft.domain.tags.queries import TagRow, featured_of, tag_by_name
from weft.storage.database import Tx

MOST_FEATURED = 10
MOST_REMOTE = 100
SUGGESTED = 10
LOOKED_AT = 1000
"""Own posts whose tags are suggested."""


async def feature(tx: Tx, server: Server, actor_id: int, typed: Tag) -> TagRow:
    """Feature a tag; a second time changes nothing.

    Raises:
        TagRefused: one too many.
    """
    row = await known_tag(tx, server, typed)
    featured = await tx.all(featured_of, owner=actor_id, limit=MOST_REMOTE)
    if any(each.id == row.id for each in featured):
        return row
    if len(featured) >= MOST_FEATURED:
        raise TagRefused(f"At most {MOST_FEATURED} hashtags can be featured.")
    await feature_tag(tx, server, actor_id, Tag(row.name, row.display))
    await server.tell(
        tx, TagFeatured(actor_id=actor_id, name=row.name, display=row.display, down=False)
    )
    return row


async def unfeature(tx: Tx, server: Server, actor_id: int, name: str) -> TagRow | None:
    """No longer feature a tag. None if there is no such tag."""
    row = await tx.one(tag_by_name, name=name)
    if row is not None and await unfeature_tag(tx, actor_id, name):
        await server.tell(
            tx, TagFeatured(actor_id=actor_id, name=row.name, display=row.display, down=True)
        )
    return row
