"""Closing an account: its person goes, with everything that was said."""

from sqlalchemy import Delete, bindparam, delete

from weft.domain.accounts.belongings import take_belongings
from weft.domain.accounts.revocations import end_access
from weft.domain.actors.remove import remove_actor
from weft.domain.moderation.holds import is_held
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.statements import query


@query()
def delete_account() -> Delete:
    """E-mail, password, tokens and sessions go with it."""
    return delete(account).where(account.c.actor_id == bindparam("of_actor"))


async def close_account(tx: Tx, server: Server, actor_id: int) -> None:
    """Delete a person's account. Other servers are told; the name stays taken, so that nobody can
    come back as them, and so does the key, to sign that word with."""
    await remove_actor(tx, server, actor_id)
    if not await is_held(tx, actor_id):  # else nobody gets in, and it goes when the hold ends
        await take_belongings(tx, server, actor_id)
        await tx.run(delete_account, of_actor=actor_id)
    end_access(tx)
