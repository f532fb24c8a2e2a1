"""A new password: changed by who knows the old one, or set by who reads the account's mail.

Whether an address has an account is not told: the page says the same, a letter goes out either way, and
what is done before the answer is the same work. A reset ends every session and token of the account; it
does not take the second factor off.
"""

from msgspec import Struct
from sqlalchemy import Update, bindparam, update

from weft.config.settings import Settings
from weft.domain.accounts.secrets import hash_password
from weft.domain.limits import Limit, Limiter
from weft.domain.mail.addresses import checked_address
from weft.domain.mail.letters import send_letter
from weft.domain.mail.proofs import (
    Purpose,
    delete_proofs,
    insert_mail_proof,
    new_proof_token,
    use_proof,
)
from weft.domain.security import letters
from weft.domain.security.access import close_all_apps, close_sessions
from weft.domain.security.owners import Owner, owner_by_email, owner_by_id, tell_owner
from weft.domain.server import Server
from weft.domain.signup.blocks import MailRule, mail_rule
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account
from weft.storage.statements import query

RESET_LIFE_MS = 3_600_000
PER_CLIENT = Limit(10, 30 * 60)
"""Requests for a new password from one network address."""
PER_MAILBOX = Limit(3, 3600)
"""Letters to one mailbox about it."""
PER_STRANGER = Limit(1, 24 * 3600)
"""Letters to an address that has no account here."""
STRANGERS = Limit(30, 3600)
"""The same, to all of them together: nobody writes to the world through this form."""


class ResetRefused(Exception):
    """The sentence is for the person at the form."""


class TooManyResets(Exception):
    """``wait_s`` seconds are to be waited."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("Too many letters were asked for from where you are: try again later.")
        self.wait_s = wait_s


class Change(Struct, frozen=True):
    """What a new password takes with it."""

    password_hash: str
    keep_session: int | None
    closes_apps: bool


@query()
def set_password() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"))
        .values(password_hash=bindparam("password_hash"))
    )


async def ask_reset(
    db: Database, server: Server, settings: Settings, limiter: Limiter, typed: str, limit_key: str
) -> None:
    """Write to an address with a link, or that it has no account here.

    Raises:
        BadAddress: it is no e-mail address.
        TooManyResets: from this network address; told before anything is looked at.
    """
    address = checked_address(typed)
    counted = limiter.take("reset", limit_key, PER_CLIENT)
    if not counted.allowed:
        raise TooManyResets(int(counted.reset_s) + 1)
    rule = await mail_rule(db, address)
    writes = limiter.take("reset letter", address, PER_MAILBOX).allowed
    stranger = (
        writes
        and rule is MailRule.NONE
        and limiter.take("reset letter to a stranger", address, PER_STRANGER).allowed
        and limiter.take("reset letters to strangers", "", STRANGERS).allowed
    )
    await db.write(_ask, server, settings, address, new_proof_token(), writes, stranger)


async def _ask(
    tx: Tx,
    server: Server,
    settings: Settings,
    address: str,
    token: str,
    writes: bool,
    stranger: bool,
) -> None:
    owner = await tx.one(owner_by_email, email=address)
    if owner is not None and owner.why_not_in is None:
        if not writes:
            return
        await put_reset_token(tx, server, owner, token)
        await tell_owner(tx, server, owner, letters.reset(settings, owner.username, token))
    elif stranger:
        text = letters.nobody_here(settings)
        await send_letter(tx, server, to=address, subject=text.subject, body=text.body)


async def put_reset_token(tx: Tx, server: Server, owner: Owner, token: str) -> None:
    """Let a link with this token set a new password, as the one in the letter does."""
    await insert_mail_proof(
        tx, server, token=token, account_id=owner.id, purpose=Purpose.RESET,
        email=owner.email or "", life_ms=RESET_LIFE_MS,
    )  # fmt: skip


async def reset_password(
    db: Database, server: Server, settings: Settings, token: str, password: str
) -> Owner:
    """Set a password with the link of the letter; whose it is now.

    Raises:
        WeakPassword, PasswordsBusy: the link stays good.
        ResetRefused: the link is not good.
    """
    password_hash = await hash_password(password)
    return await db.write(_reset, server, settings, token, password_hash)


async def _reset(
    tx: Tx, server: Server, settings: Settings, token: str, password_hash: str
) -> Owner:
    proof = await use_proof(tx, server, token, Purpose.RESET)
    owner = await tx.one(owner_by_id, id=proof.account_id) if proof is not None else None
    # A link that went to an address which is not the account's any more opens nothing.
    if proof is None or owner is None or proof.email != (owner.email or ""):
        raise ResetRefused("This link is not good any more: ask for another letter.")
    if owner.why_not_in is not None:
        raise ResetRefused(owner.why_not_in)
    await put_password(tx, server, settings, owner, Change(password_hash, None, True))
    return owner


async def put_password(
    tx: Tx, server: Server, settings: Settings, owner: Owner, change: Change
) -> None:
    """Store a new password, close what is to be closed, make links of letters worthless, tell."""
    await tx.run(set_password, of_account=owner.id, password_hash=change.password_hash)
    await close_sessions(tx, owner.id, change.keep_session)
    if change.closes_apps:
        await close_all_apps(tx, owner.id, server.now_ms())
    for purpose in (Purpose.RESET, Purpose.NEW_ADDRESS):
        await tx.run(delete_proofs, of_account=owner.id, of_purpose=purpose)
    await tell_owner(tx, server, owner, letters.password_changed(settings, owner.username))
