"""An author changes who may quote a post. What was allowed before stays allowed."""

from msgspec import structs
from sqlalchemy import Update, bindparam, update

from weft.domain.actors.records import stored_facets
from weft.domain.events import PostEdited
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import QuotePolicy, post_facets
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.posts import post
from weft.storage.statements import query


@query()
def set_facets() -> Update:
    """Facets alone: no edit of the text, but what is rendered changes."""
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"))
        .values(facets=bindparam("facets"), revision=post.c.revision + 1)
    )


async def set_policy(tx: Tx, server: Server, post_id: int, policy: QuotePolicy) -> bool:
    """False if the post is gone."""
    known = await tx.one(post_by_id, id=post_id)
    if known is None:
        return False
    facets = structs.replace(post_facets(known.facets), quote_policy=policy)
    await tx.run(set_facets, of_post=post_id, facets=stored_facets(facets))
    if known.local and not known.local_only:
        await server.tell(tx, PostEdited(post_id=post_id))
    return True
