"""Closing polls that have ended: who asked and who voted hear of it."""

from sqlalchemy import Select, Update, bindparam, select, update

from weft.domain.events import PostEdited
from weft.domain.notifications.notify import NotificationKind, notify
from weft.domain.posts.queries import post_by_id
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.posts import poll, poll_vote
from weft.storage.statements import query

STEP = 50


@query(bounded=True)
def ended_polls() -> Select:
    return (
        select(poll.c.post_id)
        .where(poll.c.ends_at <= bindparam("now"), poll.c.closed_at.is_(None))
        .order_by(poll.c.ends_at)
        .limit(bindparam("limit"))
    )


@query()
def close_poll() -> Update:
    return (
        update(poll)
        .where(poll.c.post_id == bindparam("of_post"), poll.c.closed_at.is_(None))
        .values(closed_at=bindparam("now"))
    )


@query()
def local_voters() -> Select:
    """People of this server who voted, each once."""
    return (
        select(poll_vote.c.actor_id)
        .join(account, account.c.actor_id == poll_vote.c.actor_id)
        .where(poll_vote.c.post_id == bindparam("post_id"))
        .distinct()
    )


async def close_polls(db: Database, server: Server) -> int:
    """Close what has ended; the number of polls closed."""
    closed = 0
    while ended := await db.all(ended_polls, now=server.now_ms(), limit=STEP):
        for row in ended:
            closed += await db.write(_close, server, row[0])
    return closed


async def _close(tx: Tx, server: Server, post_id: int) -> bool:
    now = server.now_ms()
    if not await tx.run(close_poll, of_post=post_id, now=now):
        return False
    post = await tx.one(post_by_id, id=post_id)
    if post is None:
        return False
    voters = {row[0] for row in await tx.all(local_voters, post_id=post_id)}
    for each in sorted(voters | {post.author_id}):
        await notify(tx, each, NotificationKind.POLL, post.author_id, post_id, now)
    if post.local and not post.local_only:
        await server.tell(tx, PostEdited(post_id=post_id))
    return True
