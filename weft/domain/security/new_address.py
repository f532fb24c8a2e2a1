"""Another e-mail address for an account: it holds once the new one is proven, and the old one is told.

Whether the new address has an account here already is not told to who asks, only to who reads its mail.
"""

from sqlalchemy import Update, bindparam, update

from weft.config.settings import Settings
from weft.domain.limits import Limit, Limiter
from weft.domain.mail.addresses import BadAddress, checked_address
from weft.domain.mail.letters import send_letter
from weft.domain.mail.proofs import (
    Purpose,
    delete_proofs,
    insert_mail_proof,
    new_proof_token,
    use_proof,
)
from weft.domain.security import letters
from weft.domain.security.owners import Owner, owner_by_email, owner_by_id, tell_owner
from weft.domain.server import Server
from weft.domain.signup.blocks import MailRule, mail_rule
from weft.storage.database import Database, Tx
from weft.storage.errors import Conflict
from weft.storage.schema.accounts import account
from weft.storage.statements import query

LIFE_MS = 24 * 3_600_000
PER_ACCOUNT = Limit(5, 3600)
PER_MAILBOX = Limit(3, 24 * 3600)


class AddressRefused(Exception):
    """The sentence is for the person at the form; nothing has changed."""


@query()
def set_address() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"))
        .values(email=bindparam("email"))
    )


async def check_new_address(db: Database, limiter: Limiter, owner: Owner, typed: str) -> str:
    """The address as it would be kept.

    Raises:
        AddressRefused: with a sentence.
    """
    try:
        address = checked_address(typed)
    except BadAddress as error:
        raise AddressRefused(str(error)) from None
    if address == owner.email:
        raise AddressRefused("This is the address that the account has.")
    if await mail_rule(db, address) is MailRule.REFUSED:
        raise AddressRefused("Addresses of this mail provider are not taken here.")
    if not limiter.take("new address", str(owner.id), PER_ACCOUNT).allowed:
        raise AddressRefused("Several letters have gone out: wait an hour for more.")
    return address


async def ask_for_address(
    db: Database, server: Server, settings: Settings, limiter: Limiter, owner: Owner, address: str
) -> None:
    """Write to the new address, and to the one that the account has."""
    rule = await mail_rule(db, address)
    writes = (
        limiter.take("new address letter", address, PER_MAILBOX).allowed
        and rule is not MailRule.SHUT_OUT
    )
    await db.write(_ask, server, settings, owner, address, new_proof_token(), writes)


async def _ask(
    tx: Tx,
    server: Server,
    settings: Settings,
    owner: Owner,
    address: str,
    token: str,
    writes: bool,
) -> None:
    await insert_mail_proof(
        tx, server, token=token, account_id=owner.id, purpose=Purpose.NEW_ADDRESS, email=address,
        life_ms=LIFE_MS,
    )  # fmt: skip
    taken = await tx.one(owner_by_email, email=address) is not None
    text = (
        letters.address_taken(settings)
        if taken
        else letters.confirm_new_address(settings, owner.username, token)
    )
    if writes:
        await send_letter(tx, server, to=address, subject=text.subject, body=text.body)
    await tell_owner(tx, server, owner, letters.address_asked(settings, owner.username, address))


async def confirm_new_address(
    db: Database, server: Server, settings: Settings, token: str
) -> Owner:
    """The new address holds; whose it is, as they were before.

    Raises:
        AddressRefused: the link is not good, or somebody else's account has the address.
    """
    try:
        return await db.write(_confirm, server, settings, token)
    except Conflict:
        raise AddressRefused("This e-mail address belongs to another account here.") from None


async def _confirm(tx: Tx, server: Server, settings: Settings, token: str) -> Owner:
    proof = await use_proof(tx, server, token, Purpose.NEW_ADDRESS)
    owner = await tx.one(owner_by_id, id=proof.account_id) if proof is not None else None
    if proof is None or owner is None or owner.why_not_in is not None:
        raise AddressRefused("This link is not good any more: ask for the change once more.")
    await tx.run(set_address, of_account=owner.id, email=proof.email)
    # Links that the old address got must not open the account any more.
    await tx.run(delete_proofs, of_account=owner.id, of_purpose=Purpose.RESET)
    text = letters.address_changed(settings, owner.username, proof.email)
    await tell_owner(tx, server, owner, text)
    return owner
