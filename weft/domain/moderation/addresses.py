"""Rules about networks: who may not sign up from where, or not even look.

A rule is looked up in two ways. Sign-ups ask the database (``signup/blocks``). No access holds for
every request, before anything else is done for it: the closed networks are kept compiled, as sets of
numbers by length of prefix, and compiled anew when a rule changed here or in another process.
"""

import time
from collections import defaultdict
from ipaddress import IPv4Network, IPv6Network, ip_network

import msgspec
from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, insert, select, update

from weft.config.addresses import parse_address
from weft.domain.moderation.audit import record
from weft.domain.moderation.policies import PolicyWatch, policies_changed
from weft.domain.server import Server
from weft.domain.signup.blocks import NetworkRule, closed_networks
from weft.storage.database import Database, Tx
from weft.storage.schema.operations import ip_block
from weft.storage.statements import query

COMMENT_LENGTH = 500
MOST_CLOSED = 100_000
COMPILED_S = 60.0
"""How long a compiled set is good for: rules expire."""
LONGEST_S = 10 * 365 * 86_400
SEVERITIES = {
    "sign_up_requires_approval": NetworkRule.APPROVAL,
    "sign_up_block": NetworkRule.NO_SIGN_UP,
    "no_access": NetworkRule.NO_ACCESS,
}
NAMES = {rule: name for name, rule in SEVERITIES.items()}
# Wider than any one provider has: such a rule is a slip.
_WIDEST = {4: 8, 6: 16}


class AddressRefused(Exception):
    """The sentence is for who makes the rule."""


class AddressRule(Struct, frozen=True):
    """One row of ``ip_block``."""

    id: int
    network: str
    severity: int
    comment: str
    created_at: int
    expires_at: int | None


_COLUMNS = [ip_block.c[name] for name in AddressRule.__struct_fields__]


@query(row=AddressRule, bounded=True)
def address_rule_by_id() -> Select:
    return select(*_COLUMNS).where(ip_block.c.id == bindparam("id"))


@query(row=AddressRule, bounded=True)
def address_rule_by_network() -> Select:
    return select(*_COLUMNS).where(ip_block.c.network == bindparam("network"))


@query(row=AddressRule, bounded=True)
def address_rule_page(*, newer: bool = False) -> Select:
    return (
        select(*_COLUMNS)
        .where(ip_block.c.id < bindparam("max_id"), ip_block.c.id > bindparam("min_id"))
        .order_by(ip_block.c.id if newer else ip_block.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def insert_address_rule() -> Insert:
    names = AddressRule.__struct_fields__
    return insert(ip_block).values({name: bindparam(name) for name in names})


@query()
def update_address_rule() -> Update:
    return (
        update(ip_block)
        .where(ip_block.c.id == bindparam("of_rule"))
        .values(
            severity=bindparam("severity"),
            comment=bindparam("comment"),
            expires_at=bindparam("expires_at"),
        )
    )


@query()
def delete_address_rule() -> Delete:
    return delete(ip_block).where(ip_block.c.id == bindparam("of_rule"))


@query()
def delete_expired_rules() -> Delete:
    return delete(ip_block).where(ip_block.c.expires_at <= bindparam("now"))


def checked_network(typed: str, severity: NetworkRule, own: str | None = None) -> str:
    """A network as it is kept: CIDR, without host bits. ``own``: where the one who decides is.

    Raises:
        AddressRefused: it is none, wider than any provider's, or shuts its maker out.
    """
    try:
        network = ip_network(typed.strip(), strict=False)
    except ValueError:
        raise AddressRefused(
            f"{typed.strip()[:60] or 'Nothing'} is no network: write 203.0.113.0/24 or 2001:db8::/32."
        ) from None
    if isinstance(network, IPv6Network) and (mapped := network.network_address.ipv4_mapped):
        # Clients are known by their IPv4 address, however it is written.
        network = IPv4Network((int(mapped), max(network.prefixlen - 96, 0)), strict=False)
    if network.prefixlen < _WIDEST[network.version]:
        raise AddressRefused(
            f"{network} is too wide: at most a /{_WIDEST[network.version]} can be meant."
        )
    if severity is NetworkRule.NO_ACCESS:
        if network.is_loopback or network.is_link_local:
            raise AddressRefused("This is the server's own machine: its proxy is there.")
        mine = parse_address(own) if own else None
        if mine is not None and mine in network:
            raise AddressRefused("You are in this network yourself: you would shut yourself out.")
    return str(network)


async def add_address_rule(
    tx: Tx,
    server: Server,
    who: int | None,
    network: str,
    severity: NetworkRule,
    *,
    comment: str = "",
    expires_in_s: int | None = None,
) -> AddressRule:
    """Make a rule for a checked network.

    Raises:
        AddressRefused: there is one for it, or the comment or the time is too long.
    """
    if await tx.one(address_rule_by_network, network=network) is not None:
        raise AddressRefused(f"There is a rule for {network} already: change that one.")
    now = server.now_ms()
    row = AddressRule(
        tx.new_id(), network, severity, _comment(comment), now, _until(now, expires_in_s)
    )
    await tx.run(insert_address_rule, **msgspec.structs.asdict(row))
    await _changed(tx, server, who, "address.block", row)
    return row


async def change_address_rule(
    tx: Tx,
    server: Server,
    who: int | None,
    rule_id: int,
    severity: NetworkRule,
    *,
    comment: str,
    expires_in_s: int | None = None,
    keeps_end: bool = False,
) -> AddressRule | None:
    """Change a rule. None if there is none.

    Raises:
        AddressRefused: the comment or the time is too long.
    """
    known = await tx.one(address_rule_by_id, id=rule_id)
    if known is None:
        return None
    until = known.expires_at if keeps_end else _until(server.now_ms(), expires_in_s)
    row = msgspec.structs.replace(
        known, severity=int(severity), comment=_comment(comment), expires_at=until
    )
    await tx.run(
        update_address_rule,
        of_rule=row.id,
        severity=row.severity,
        comment=row.comment,
        expires_at=row.expires_at,
    )
    await _changed(tx, server, who, "address.change", row)
    return row


async def remove_address_rule(
    tx: Tx, server: Server, who: int | None, rule_id: int
) -> AddressRule | None:
    """None if there is none."""
    known = await tx.one(address_rule_by_id, id=rule_id)
    if known is None:
        return None
    await tx.run(delete_address_rule, of_rule=rule_id)
    await _changed(tx, server, who, "address.unblock", known)
    return known


async def forget_expired_rules(db: Database, server: Server) -> int:
    """As a chore: how many went."""
    return await db.write(_forget, server.now_ms())


async def _forget(tx: Tx, now: int) -> int:
    return await tx.run(delete_expired_rules, now=now)


async def _changed(tx: Tx, server: Server, who: int | None, action: str, row: AddressRule) -> None:
    now = server.now_ms()
    details = {"severity": NAMES[NetworkRule(row.severity)], "expires_at": row.expires_at}
    await record(tx, who, action, row.id, row.network, row.comment or None, details, now)
    await policies_changed(tx, now)


def _comment(text: str) -> str:
    if len(text) > COMMENT_LENGTH:
        raise AddressRefused(f"A comment may have at most {COMMENT_LENGTH} characters.")
    return text


def _until(now: int, expires_in_s: int | None) -> int | None:
    if not expires_in_s:
        return None
    if not 0 < expires_in_s <= LONGEST_S:
        raise AddressRefused("A rule lasts at least a second and at most ten years.")
    return now + expires_in_s * 1000


class ClosedNetworks:
    """Answers for every request: is its address in a network that has no access?"""

    def __init__(self, db: Database, server: Server) -> None:
        self._db, self._server = db, server
        self._policies = PolicyWatch(db)
        self._changes = -1
        self._until = 0.0
        self._numbers: dict[int, dict[int, frozenset[int]]] = {}
        """By IP version, by bits that are cut off: the networks' numbers without them."""

    def is_empty(self) -> bool:
        """True if no network is closed, as far as that is known without a look at the database."""
        return (
            not self._numbers
            and self._policies.seen() == self._changes
            and time.monotonic() <= self._until
        )

    async def holds(self, address: str) -> bool:
        """``address`` is a client's, as ``config.addresses`` gives it."""
        changes = await self._policies.changes()
        if changes != self._changes or time.monotonic() > self._until:
            self._until = time.monotonic() + COMPILED_S
            self._changes = changes
            await self._compile()
        if not self._numbers:
            return False
        parsed = parse_address(address)
        if parsed is None:
            return False
        number = int(parsed)
        lengths = self._numbers.get(parsed.version, {})
        return any(number >> cut in numbers for cut, numbers in lengths.items())

    async def _compile(self) -> None:
        rows = await self._db.all(
            closed_networks,
            severity=int(NetworkRule.NO_ACCESS),
            now=self._server.now_ms(),
            limit=MOST_CLOSED,
        )
        found: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        for row in rows:
            network = ip_network(row[0])
            cut = network.max_prefixlen - network.prefixlen
            found[network.version][cut].add(int(network.network_address) >> cut)
        self._numbers = {
            version: {cut: frozenset(numbers) for cut, numbers in lengths.items()}
            for version, lengths in found.items()
        }
