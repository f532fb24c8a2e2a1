"""The set-up link: who can read the server's terminal may make its first admin.

The link carries a random token, of which the database keeps the hash until an admin exists. A new
link makes the one before it worthless.
"""

import secrets
from hmac import compare_digest

from weft.config.settings import Settings
from weft.domain.accounts.queries import count_accounts
from weft.domain.accounts.secrets import hash_secret
from weft.domain.identity.queries import (
    Remembered,
    forget_value,
    remember,
    remembered_value,
)
from weft.domain.server import now_ms
from weft.storage.database import Database, Tx

SETUP_PATH = "/setup"


class LinkUsed(Exception):
    """The set-up link is good no more."""


async def has_admin(db: Database) -> bool:
    counted = await db.one(count_accounts, admins=True)
    return counted is not None and counted[0] > 0


async def make_setup_link(db: Database, settings: Settings) -> str | None:
    """A fresh link ``ORIGIN/setup?token=…`` for the first admin; None when there is one."""
    if await has_admin(db):
        return None
    token = secrets.token_urlsafe(24)
    await db.write(_remember_token, hash_secret(token), now_ms())
    return f"{settings.origin}{SETUP_PATH}?token={token}"


async def setup_token_is_right(db: Database, token: str) -> bool:
    """Does the token open the set-up page? Never once there is an admin."""
    if await has_admin(db):
        return False
    row = await db.one(remembered_value, key=Remembered.SETUP_TOKEN.value)
    return row is not None and compare_digest(str(row[0]), hash_secret(token))


async def use_setup_token(tx: Tx, token: str) -> None:
    """Use the link up, in the write that makes the first admin: of two at once, one is the first.

    Raises:
        LinkUsed: it is good no more.
    """
    counted = await tx.one(count_accounts, admins=True)
    used = await tx.run(
        forget_value, of_key=Remembered.SETUP_TOKEN.value, of_value=hash_secret(token)
    )
    if not used or counted is None or counted[0] > 0:
        raise LinkUsed


async def _remember_token(tx: Tx, token_hash: str, now: int) -> None:
    await tx.run(remember, key=Remembered.SETUP_TOKEN.value, value=token_hash, updated_at=now)
