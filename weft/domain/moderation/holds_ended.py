"""What becomes of things that a legal hold kept, once it has ended: they are removed at last."""

from sqlalchemy import Select, bindparam, exists, select

from weft.domain.accounts.belongings import take_belongings, take_some
from weft.domain.accounts.close import delete_account
from weft.domain.moderation.holds import not_held
from weft.domain.posts.delete import remove_withheld
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post
from weft.storage.statements import query

STEP = 100


@query()
def withheld_no_more() -> Select:
    """Withheld posts of authors who are not held any more."""
    return (
        select(post.c.id)
        .where(post.c.withheld_at.is_not(None), not_held(post.c.author_id))
        .limit(bindparam("limit"))
    )


@query()
def closed_accounts() -> Select:
    """Actors that were removed while they were held: their account is left."""
    return (
        select(actor.c.id)
        .where(
            actor.c.local,
            actor.c.deleted_at.is_not(None),
            not_held(actor.c.id),
            exists().where(account.c.actor_id == actor.c.id),
        )
        .limit(bindparam("limit"))
    )


async def remove_what_was_kept(db: Database, server: Server) -> int:
    """As a chore; how many posts and accounts went."""
    gone = 0
    while rows := await db.all(withheld_no_more, limit=STEP):
        gone += await db.write(_remove_posts, [row[0] for row in rows])
        if len(rows) < STEP:
            break
    while rows := await db.all(closed_accounts, limit=STEP):
        for row in rows:
            while await db.write(take_some, server, row[0]):
                pass
        gone += await db.write(_remove_accounts, server, [row[0] for row in rows])
        if len(rows) < STEP:
            break
    return gone


async def _remove_posts(tx: Tx, ids: list[int]) -> int:
    return sum([await tx.run(remove_withheld, of_post=each) for each in ids])


async def _remove_accounts(tx: Tx, server: Server, ids: list[int]) -> int:
    for each in ids:
        await take_belongings(tx, server, each)
        await tx.run(delete_account, of_actor=each)
    return len(ids)
