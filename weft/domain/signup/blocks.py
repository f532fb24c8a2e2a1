"""Whom the operator's rules keep out: networks, mail providers, single addresses.

A rule for a network or a domain holds for all inside it. Instead of looking at every rule we ask for
the few that could hold: an address lies in 33 networks (129 for IPv6), a domain in as many as it has
labels.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Select, bindparam, or_, select

from weft.domain.mail.addresses import canonical_hash, domain_of
from weft.storage.database import Database
from weft.storage.schema.operations import email_block, email_domain_block, ip_block
from weft.storage.statements import any_of, query


class NetworkRule(IntEnum):
    """What may be done from a network; the numbers are stored (Mastodon's)."""

    APPROVAL = 5000
    NO_SIGN_UP = 5500
    NO_ACCESS = 9999


@query(bounded=True)
def network_rules() -> Select:
    return select(ip_block.c.severity).where(
        any_of(ip_block.c.network, "networks"),
        or_(ip_block.c.expires_at.is_(None), ip_block.c.expires_at > bindparam("now")),
    )


@query()
def closed_networks() -> Select:
    """Those that nothing may be done from."""
    return (
        select(ip_block.c.network)
        .where(
            ip_block.c.severity == bindparam("severity"),
            or_(ip_block.c.expires_at.is_(None), ip_block.c.expires_at > bindparam("now")),
        )
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def mail_domain_rules() -> Select:
    return select(email_domain_block.c.id, email_domain_block.c.allows_with_approval).where(
        any_of(email_domain_block.c.domain, "domains")
    )


@query(bounded=True)
def blocked_address() -> Select:
    return select(email_block.c.id).where(email_block.c.hash == bindparam("hash"))


async def network_rule(db: Database, address: str | None, now: int) -> NetworkRule | None:
    """The strictest rule for an address."""
    if address is None:
        return None
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    networks = [
        str(ip_network(f"{parsed}/{length}", strict=False))
        for length in range(parsed.max_prefixlen + 1)
    ]
    rows = await db.all(network_rules, networks=networks, now=now)
    return max((NetworkRule(row[0]) for row in rows), default=None)


class MailRule(IntEnum):
    NONE = 0
    APPROVAL = 1
    REFUSED = 2
    """The provider is refused, which may be said."""
    SHUT_OUT = 3
    """This one address is: who asks must not learn that it is known here."""


class MailVerdict(NamedTuple):
    """What holds for an e-mail address, and by which rows of ``email_domain_block``."""

    rule: MailRule
    by: list[int]


async def mail_rule(db: Database, address: str) -> MailRule:
    """What holds for an e-mail address."""
    return (await mail_verdict(db, address)).rule


async def mail_verdict(db: Database, address: str, exchangers: Sequence[str] = ()) -> MailVerdict:
    """What holds for an address whose provider's mail is taken in by ``exchangers`` (MX): spammers
    have thousands of domains, but few machines that take their mail."""
    own = _domains(domain_of(address))
    if await db.one(blocked_address, hash=canonical_hash(address)) is not None:
        return MailVerdict(MailRule.SHUT_OUT, [])
    domains = list({*own, *(each for host in exchangers for each in _domains(host))})
    rows = await db.all(mail_domain_rules, domains=domains)
    by = [int(row[0]) for row in rows]
    if any(not row[1] for row in rows):
        return MailVerdict(MailRule.REFUSED, by)
    if rows:
        return MailVerdict(MailRule.APPROVAL, by)
    thrown_away = not disposable().isdisjoint(own)
    return MailVerdict(MailRule.REFUSED if thrown_away else MailRule.NONE, [])


def _domains(name: str) -> list[str]:
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


@cache
def disposable() -> frozenset[str]:
    """Domains of mailboxes that anybody may read and that are gone tomorrow."""
    lines = Path(__file__).with_name("disposable.txt").read_text("utf-8").split("\n")
    return frozenset(line.strip() for line in lines if line.strip() and line[0] != "#")
