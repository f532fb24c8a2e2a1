"""The leave to quote a post of ours, as a document at its own address (FEP-044f)."""

from weft.domain.actors.queries import actor_by_id
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import QuoteState
from weft.domain.quotes.quote import stamp_uri
from weft.domain.server import Server
from weft.federation.dialects import Dialect, JsonObject
from weft.storage.database import Database


async def stamp_document(
    db: Database, server: Server, dialect: Dialect, quoting_id: int
) -> JsonObject | None:
    """None if the post has no leave of ours, or no longer.

    It names two posts by their ids and says nothing of what is in them: whoever has the address
    may read it, also when the posts are not for everybody.
    """
    quoting = await db.one(post_by_id, id=quoting_id)
    if quoting is None or quoting.quote_state != QuoteState.ACCEPTED:
        return None
    quoted = await db.one(post_by_id, id=quoting.quote_of_id)
    if quoted is None or not quoted.local:
        return None
    author = await db.one(actor_by_id, id=quoted.author_id)
    if author is None or not author.stands:
        return None
    return dialect.write_stamp(stamp_uri(server, quoting_id), author.uri, quoting.uri, quoted.uri)
