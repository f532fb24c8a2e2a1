"""Rules about mail providers and single mailboxes (as hashes, so that no address is kept)."""

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from weft.config.values import Wrong, domain_name
from weft.domain.mail.addresses import BadAddress, canonical_hash, checked_address
from weft.domain.moderation.addresses import AddressRefused
from weft.domain.moderation.audit import record
from weft.domain.server import Server
from weft.domain.tags.uses import day_of
from weft.storage.database import Database, Tx
from weft.storage.schema.moderation import email_domain_attempt
from weft.storage.schema.operations import email_block, email_domain_block
from weft.storage.statements import any_of, query, upsert_rows

SHOWN_DAYS = 7
MOST_OTHERS = 20
_HASH_LENGTH = 64


class MailDomain(Struct, frozen=True):
    """One row of ``email_domain_block``."""

    id: int
    domain: str
    allows_with_approval: bool
    created_at: int


class MailBlock(Struct, frozen=True):
    """One row of ``email_block``; ``actor_id``: who was shut out with it."""

    id: int
    hash: str
    actor_id: int | None
    created_at: int


class Attempts(Struct, frozen=True):
    """On a day, in days since 1970: how many tried, from how many addresses."""

    block_id: int
    day: int
    uses: int
    addresses: int


_DOMAIN = [email_domain_block.c[name] for name in MailDomain.__struct_fields__]
_BLOCK = [email_block.c[name] for name in MailBlock.__struct_fields__]


@query(row=MailDomain, bounded=True)
def mail_domain_by_id() -> Select:
    return select(*_DOMAIN).where(email_domain_block.c.id == bindparam("id"))


@query(row=MailDomain, bounded=True)
def mail_domain_by_name() -> Select:
    return select(*_DOMAIN).where(email_domain_block.c.domain == bindparam("domain"))


@query(row=MailDomain, bounded=True)
def mail_domain_page(*, newer: bool = False) -> Select:
    cursor = email_domain_block.c.id
    return (
        select(*_DOMAIN)
        .where(cursor < bindparam("max_id"), cursor > bindparam("min_id"))
        .order_by(cursor if newer else cursor.desc())
        .limit(bindparam("limit"))
    )


@query(row=MailBlock, bounded=True)
def mail_block_by_id() -> Select:
    return select(*_BLOCK).where(email_block.c.id == bindparam("id"))


@query(row=MailBlock, bounded=True)
def mail_block_by_hash() -> Select:
    return select(*_BLOCK).where(email_block.c.hash == bindparam("hash"))


@query(row=MailBlock, bounded=True)
def mail_block_page(*, newer: bool = False) -> Select:
    cursor = email_block.c.id
    return (
        select(*_BLOCK)
        .where(cursor < bindparam("max_id"), cursor > bindparam("min_id"))
        .order_by(cursor if newer else cursor.desc())
        .limit(bindparam("limit"))
    )


@query(row=Attempts)
def attempts_of() -> Select:
    """Tries against the rules ``:ids``, by day, from ``:since`` (a day) on."""
    return (
        select(
            email_domain_attempt.c.block_id,
            email_domain_attempt.c.day,
            func.sum(email_domain_attempt.c.uses),
            func.count(),
        )
        .where(
            any_of(email_domain_attempt.c.block_id, "ids"),
            email_domain_attempt.c.day >= bindparam("since"),
        )
        .group_by(email_domain_attempt.c.block_id, email_domain_attempt.c.day)
    )


@query()
def insert_mail_domain() -> Insert:
    names = MailDomain.__struct_fields__
    return insert(email_domain_block).values({name: bindparam(name) for name in names})


@query()
def delete_mail_domain() -> Delete:
    return delete(email_domain_block).where(email_domain_block.c.id == bindparam("of_rule"))


@query()
def insert_mail_block() -> Insert:
    return insert(email_block).values(
        {name: bindparam(name) for name in MailBlock.__struct_fields__}
    )


@query()
def delete_mail_block() -> Delete:
    return delete(email_block).where(email_block.c.id == bindparam("of_rule"))


@query()
def count_attempt() -> Insert:
    """One more try against each of the rules ``:ids`` that there are."""
    rows = select(
        email_domain_block.c.id,
        bindparam("day", type_=email_domain_attempt.c.day.type),
        bindparam("address", type_=email_domain_attempt.c.address.type),
        literal_column("1"),
    ).where(any_of(email_domain_block.c.id, "ids"))
    return upsert_rows(
        email_domain_attempt,
        key=["block_id", "day", "address"],
        columns=["block_id", "day", "address", "uses"],
        rows=rows,
        set_=lambda new: {"uses": email_domain_attempt.c.uses + new.uses},
    )


@query()
def forget_attempts() -> Delete:
    return delete(email_domain_attempt).where(email_domain_attempt.c.day < bindparam("before"))


def checked_mail_domain(typed: str) -> str:
    """Raises AddressRefused."""
    try:
        return domain_name(typed.strip().removeprefix("@").lower())
    except Wrong:
        raise AddressRefused(f"{typed.strip()[:100] or 'Nothing'} is not a domain.") from None


async def add_mail_domain(
    tx: Tx,
    server: Server,
    who: int | None,
    domain: str,
    *,
    allows_with_approval: bool = False,
    again: bool = False,
) -> MailDomain:
    """Take no addresses of a checked domain and those under it, or ask a moderator about them.

    Raises:
        AddressRefused: there is a rule for it, and ``again`` does not say that this is no matter.
    """
    known = await tx.one(mail_domain_by_name, domain=domain)
    if known is not None:
        if again:
            return known
        raise AddressRefused(f"There is a rule for {domain} already.")
    now = server.now_ms()
    row = MailDomain(tx.new_id(), domain, allows_with_approval, now)
    await tx.run(insert_mail_domain, **msgspec.structs.asdict(row))
    details = {"allows_with_approval": True} if allows_with_approval else None
    await record(tx, who, "mail_domain.block", row.id, domain, None, details, now)
    return row


async def remove_mail_domain(
    tx: Tx, server: Server, who: int | None, rule_id: int
) -> MailDomain | None:
    """None if there is none."""
    known = await tx.one(mail_domain_by_id, id=rule_id)
    if known is None:
        return None
    await tx.run(delete_mail_domain, of_rule=rule_id)
    await record(
        tx, who, "mail_domain.unblock", known.id, known.domain, None, None, server.now_ms()
    )
    return known


def hash_of(address: str | None, digest: str | None) -> str:
    """The hash that somebody means, by an address or by itself.

    Raises:
        AddressRefused: it is neither.
    """
    if address:
        try:
            return canonical_hash(checked_address(address))
        except BadAddress as error:
            raise AddressRefused(str(error)) from None
    lowered = (digest or "").strip().lower()
    if len(lowered) != _HASH_LENGTH or set(lowered) - set("0123456789abcdef"):
        raise AddressRefused("Give an e-mail address, or the SHA-256 of its canonical form.")
    return lowered


async def add_mail_block(tx: Tx, server: Server, who: int | None, digest: str) -> MailBlock:
    """Shut a mailbox out.

    Raises:
        AddressRefused: it is already.
    """
    if await tx.one(mail_block_by_hash, hash=digest) is not None:
        raise AddressRefused("This address is shut out already.")
    row = MailBlock(tx.new_id(), digest, None, server.now_ms())
    await tx.run(insert_mail_block, **msgspec.structs.asdict(row))
    await record(tx, who, "mail.block", row.id, digest, None, None, row.created_at)
    return row


async def remove_mail_block(
    tx: Tx, server: Server, who: int | None, rule_id: int
) -> MailBlock | None:
    """None if there is none."""
    known = await tx.one(mail_block_by_id, id=rule_id)
    if known is None:
        return None
    await tx.run(delete_mail_block, of_rule=rule_id)
    await record(tx, who, "mail.unblock", known.id, known.hash, None, None, server.now_ms())
    return known


async def note_attempts(tx: Tx, server: Server, rule_ids: list[int], address: str) -> None:
    """Somebody at ``address`` tried to join with an address that these rules are about."""
    await tx.run(count_attempt, ids=rule_ids, day=day_of(server.now_ms()), address=address)


async def forget_old_attempts(db: Database, server: Server) -> int:
    """As a chore: how many went."""
    return await db.write(_forget, day_of(server.now_ms()) - SHOWN_DAYS)


async def _forget(tx: Tx, before: int) -> int:
    return await tx.run(forget_attempts, before=before)
