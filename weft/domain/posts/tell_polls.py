"""Telling other servers how many voted: for each poll of ours at most once in a few minutes."""

from sqlalchemy import Select, Update, bindparam, select, update

from weft.domain.events import PostEdited
from weft.domain.posts.queries import polls_of, post_by_id
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.posts import poll
from weft.storage.statements import query

STEP = 50


@query(bounded=True)
def untold_polls() -> Select:
    """Polls whose count changed since it was told."""
    return (
        select(poll.c.post_id)
        .where(poll.c.voters != poll.c.told_voters, poll.c.post_id > bindparam("after_id"))
        .order_by(poll.c.post_id)
        .limit(bindparam("limit"))
    )


@query()
def mark_told() -> Update:
    return (
        update(poll).where(poll.c.post_id == bindparam("of_post")).values(told_voters=poll.c.voters)
    )


async def tell_polls(db: Database, server: Server) -> int:
    """The number of polls that were told of."""
    told, after = 0, 0
    while rows := await db.all(untold_polls, after_id=after, limit=STEP):
        for row in rows:
            told += await db.write(_tell, server, row[0])
            after = row[0]
    return told


async def _tell(tx: Tx, server: Server, post_id: int) -> bool:
    await tx.run(mark_told, of_post=post_id)
    post = await tx.one(post_by_id, id=post_id)
    row = await tx.one(polls_of, ids=[post_id])
    if post is None or row is None or not post.local or post.local_only:
        return False
    if row.hide_totals and row.closed_at is None:
        return False
    await server.tell(tx, PostEdited(post_id=post_id))
    return True
