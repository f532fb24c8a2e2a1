"""The leave to quote, like, answer or boost a post of ours, as a document at its own address (FEP-044f, and
section 3 of the interop notes of GoToSocial)."""

from weft.domain.actors.queries import actor_by_id
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import QuoteState
from weft.domain.quotes.quote import stamp_uri
from weft.domain.reactions.react import ReactionKind, reaction_by_id
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


async def approval_document(
    db: Database, server: Server, dialect: Dialect, interaction_id: int
) -> JsonObject | None:
    """What everybody may do with our posts, as a proof for servers that ask for one; None if there is
    no such like, answer or boost here."""
    made = await db.one(post_by_id, id=interaction_id)
    if made is not None:
        kind = "Announce" if made.boost_of_id is not None else "Reply"
        uri, target_id = made.uri, made.boost_of_id or made.in_reply_to_id
    else:
        liked = await db.one(reaction_by_id, id=interaction_id)
        if liked is None or liked.kind != ReactionKind.LIKE or liked.uri is None:
            return None
        kind, uri, target_id = "Like", liked.uri, liked.post_id
    target = await db.one(post_by_id, id=target_id)
    if target is None or not target.local:
        return None
    author = await db.one(actor_by_id, id=target.author_id)
    if author is None or not author.stands:
        return None
    return dialect.write_approval(
        kind, server.approval_uri(interaction_id), author.uri, uri, target.uri
    )
