"""Links in letters: whoever opens one has read the mail of that address.

The link carries a random token, of which only the hash is kept; it is good once. Opening the page
uses nothing up, because mail programs look at links before people do: the button on it does.
"""

import secrets
from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, insert, select

from weft.domain.accounts.secrets import hash_secret
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import mail_token
from weft.storage.statements import query

MOST_AT_ONCE = 5
"""For one account and purpose; a further one makes the oldest worthless."""


class Purpose(IntEnum):
    """What the link is for. The numbers are stored."""

    CONFIRM = 0
    RESET = 1
    NEW_ADDRESS = 2
    APPEAL = 10
    """To appeal against a strike without signing in, which who is suspended cannot."""


class Proof(Struct, frozen=True):
    token_hash: str
    account_id: int
    purpose: int
    email: str
    created_at: int
    expires_at: int


@query()
def insert_proof() -> Insert:
    return insert(mail_token).values({name: bindparam(name) for name in Proof.__struct_fields__})


@query(row=Proof, bounded=True)
def proof_by_hash() -> Select:
    return select(*[mail_token.c[name] for name in Proof.__struct_fields__]).where(
        mail_token.c.token_hash == bindparam("token_hash")
    )


@query(row=Proof)
def proofs_of_account() -> Select:
    """Newest first."""
    return (
        select(*[mail_token.c[name] for name in Proof.__struct_fields__])
        .where(
            mail_token.c.account_id == bindparam("account_id"),
            mail_token.c.purpose == bindparam("purpose"),
        )
        .order_by(mail_token.c.created_at.desc())
    )


@query()
def delete_proof() -> Delete:
    return delete(mail_token).where(mail_token.c.token_hash == bindparam("of_token"))


@query()
def delete_proofs() -> Delete:
    return delete(mail_token).where(
        mail_token.c.account_id == bindparam("of_account"),
        mail_token.c.purpose == bindparam("of_purpose"),
    )


@query()
def forget_proofs() -> Delete:
    return delete(mail_token).where(mail_token.c.expires_at < bindparam("before"))


def new_proof_token() -> str:
    """Made before the write, which may run twice."""
    return secrets.token_urlsafe(32)


async def insert_mail_proof(
    tx: Tx,
    server: Server,
    *,
    token: str,
    account_id: int,
    purpose: Purpose,
    email: str,
    life_ms: int,
) -> None:
    """Remember that whoever shows ``token`` has read the mail of ``email``."""
    earlier: list[Proof] = await tx.all(proofs_of_account, account_id=account_id, purpose=purpose)
    for each in earlier[MOST_AT_ONCE - 1 :]:
        await tx.run(delete_proof, of_token=each.token_hash)
    now = server.now_ms()
    await tx.run(
        insert_proof,
        token_hash=hash_secret(token),
        account_id=account_id,
        purpose=purpose,
        email=email,
        created_at=now,
        expires_at=now + life_ms,
    )


async def find_proof(db: Database, server: Server, token: str, purpose: Purpose) -> Proof | None:
    """What a link proves, if it is still good. Uses nothing up."""
    found = await db.one(proof_by_hash, token_hash=hash_secret(token))
    return found if found is not None and _good(found, server, purpose) else None


async def use_proof(tx: Tx, server: Server, token: str, purpose: Purpose) -> Proof | None:
    """As :func:`find_proof`, and all links of this account for this purpose are used up."""
    found = await tx.one(proof_by_hash, token_hash=hash_secret(token))
    if found is None or not _good(found, server, purpose):
        return None
    await tx.run(delete_proofs, of_account=found.account_id, of_purpose=purpose)
    return found


def _good(proof: Proof, server: Server, purpose: Purpose) -> bool:
    return proof.purpose == purpose and proof.expires_at > server.now_ms()
