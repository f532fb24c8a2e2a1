"""Does a post that another server delivers concern anybody here? (A5 of the interop notes.)

What concerns nobody is not kept: a server would else fill with what it was sent by mistake or on
purpose. What somebody looks up is fetched, and kept without this question.
"""

from sqlalchemy import Select, select

from weft.domain.actors.queries import object_by_uri
from weft.domain.actors.records import Actor
from weft.domain.posts.records import NewQuote, ObjectKind
from weft.domain.posts.store import Ahead, ahead_of
from weft.domain.relations.queries import followed_here
from weft.federation.dialects import RemotePost
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.statements import any_of, query

MOST_NAMED = 1000


@query(bounded=True)
def any_local() -> Select:
    """One row if one of ``:uris`` is an actor of this server."""
    return select(actor.c.id).where(any_of(actor.c.uri, "uris"), actor.c.local).limit(1)


async def concerns_us(
    tx: Tx | Database,
    described: RemotePost,
    author: Actor,
    recipient_id: int | None,
    quote: NewQuote | None,
    announcer: Actor | None = None,
    ahead: Ahead | None = None,
) -> bool:
    """Its author, or the group that passes it on, is followed here, it is sent to or names somebody
    here, it answers or quotes a post that is here, or is what such a post answers. ``ahead``: what
    was read of it."""
    if recipient_id is not None:
        return True
    if ahead is None:
        ahead = await tx.one(ahead_of, uri=described.uri, author=author.id)
    if ahead is not None and (ahead.followed or ahead.replies):
        return True
    if announcer is not None and await tx.one(followed_here, target=announcer.id) is not None:
        return True
    if quote is not None and quote.target_id is not None:
        return True
    if described.in_reply_to is not None:
        parent = await tx.one(object_by_uri, uri=described.in_reply_to)
        if parent is not None and parent.kind == ObjectKind.POST and parent.id is not None:
            return True
    named = [*described.mentions, *described.to][:MOST_NAMED]
    return bool(named) and await tx.one(any_local, uris=named) is not None
