"""Suspended for thirty days: the data go. Or earlier, on the word of who may do that.

Of ours the account goes and other servers are told; of others the posts that are here, while the name
stays suspended, so that nobody comes back by it. Nothing of who is under a legal hold goes.
"""

from msgspec import Struct
from sqlalchemy import Select, and_, bindparam, exists, or_, select

from weft.domain.accounts.close import close_account
from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.actors.records import Actor
from weft.domain.actors.remove import sweep_removed
from weft.domain.moderation.actors import ActionRefused, find_target
from weft.domain.moderation.audit import record
from weft.domain.moderation.holds import Held, is_held, not_held
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post
from weft.storage.statements import query

KEPT_MS = 30 * 24 * 3_600_000
STEP = 20


class Erasable(Struct, frozen=True):
    id: int
    handle: str
    local: bool


@query(row=Erasable)
def erasable() -> Select:
    """Who has been suspended since ``:before`` by a moderator, is in (an applicant is not), and of
    whom something is left."""
    is_in = exists().where(
        account.c.actor_id == actor.c.id,
        account.c.approved_at.is_not(None),
        account.c.confirmed_at.is_not(None),
    )
    posted = exists().where(post.c.author_id == actor.c.id, post.c.withheld_at.is_(None))
    return (
        select(actor.c.id, actor.c.handle, actor.c.local)
        .where(
            actor.c.suspended_at <= bindparam("before"),
            ~actor.c.suspended_by_origin,
            actor.c.deleted_at.is_(None),
            or_(and_(actor.c.local, is_in), and_(~actor.c.local, posted)),
            not_held(actor.c.id),
        )
        .order_by(actor.c.suspended_at)
        .limit(bindparam("limit"))
    )


async def erase_suspended(db: Database, server: Server) -> int:
    """As a chore: the data of who was suspended thirty days ago; how many people that were."""
    before, done = server.now_ms() - KEPT_MS, 0
    while rows := await db.all(erasable, before=before, limit=STEP):
        for row in rows:
            await db.write(_erase, server, None, row.id, row.handle, row.local)
            while not row.local and await db.write(sweep_removed, server, row.id):
                pass
            done += 1
    return done


async def erase_now(tx: Tx, server: Server, by: Moderator, actor_id: int) -> Actor:
    """The data of somebody suspended, without the thirty days. The posts of another server's go in
    steps: the caller runs ``sweep_removed`` until nothing is left.

    Raises:
        ActionRefused: not suspended.
        Held, NotPermitted
    """
    by.must(Permission.DELETE_USER_DATA)
    target, _ = await find_target(tx, by, actor_id)
    if target.suspended_at is None or target.is_applicant:
        raise ActionRefused("Only who is suspended can be deleted: suspend the account first.")
    if await is_held(tx, target.id):
        raise Held(target.handle)
    await _erase(tx, server, by.account_id, target.id, target.handle, target.local)
    return target


async def _erase(
    tx: Tx, server: Server, account_id: int | None, actor_id: int, handle: str, local: bool
) -> None:
    if await is_held(tx, actor_id):
        return
    if local:
        await close_account(tx, server, actor_id)
    await record(tx, account_id, "account.erase", actor_id, handle, None, None, server.now_ms())
