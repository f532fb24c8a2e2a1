"""Giving and taking roles."""

from sqlalchemy import Update, bindparam, update

from weft.domain.accounts.queries import Role, account_by_actor
from weft.domain.accounts.revocations import end_access
from weft.domain.accounts.roles import Moderator, NotPermitted, Permission
from weft.domain.moderation.audit import record
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.statements import query


@query()
def set_role() -> Update:
    return (
        update(account)
        .where(account.c.actor_id == bindparam("of_actor"))
        .values(role=bindparam("role"))
    )


async def give_role(
    tx: Tx, server: Server, by: Moderator, actor_id: int, handle: str, role: Role
) -> bool:
    """Only who stands above may, and no higher than below themselves. False for no such account.

    Raises:
        NotPermitted
    """
    by.must(Permission.MANAGE_ROLES)
    known = await tx.one(account_by_actor, actor_id=actor_id)
    if known is None:
        return False
    by.must_outrank(actor_id, known.role)
    if by.account_id is not None and role >= by.role:
        raise NotPermitted("One can only give roles below one's own.")
    await tx.run(set_role, of_actor=actor_id, role=role)
    await record(
        tx, by.account_id, "account.role", actor_id, handle, None,
        {"from": Role(known.role).name.lower(), "to": role.name.lower()}, server.now_ms(),
    )  # fmt: skip
    end_access(tx)
    return True
