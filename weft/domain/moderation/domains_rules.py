"""Rules about domains, and what they make of a server's name.

A rule holds for a domain and for all names under it; the most specific one decides alone. A rule
without a port holds for every port. Where the server keeps an allow list (limited federation), a name
that neither is on it nor lies under one that is counts as suspended too.
"""

from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Select, bindparam, func, select

from weft.domain.server import Server
from weft.protocol.origins import authority_of
from weft.storage.schema.moderation import domain_allow
from weft.storage.schema.operations import domain_block
from weft.storage.statements import any_of, query

COMMENT_LENGTH = 2000


class Severity(IntEnum):
    """The numbers are stored, and grow with what they do."""

    NOOP = 0
    SILENCE = 1
    SUSPEND = 2


class DomainRefused(Exception):
    """The sentence is for who makes the rule."""


class Decision(Struct, frozen=True, kw_only=True):
    """What somebody decides about a domain."""

    severity: Severity
    rejects_media: bool = False
    rejects_reports: bool = False
    obfuscated: bool = False
    public_comment: str | None = None
    private_comment: str | None = None


class DomainRule(Struct, frozen=True):
    """One row of ``domain_block``. ``source`` names the lists it was taken from or made stricter
    by; ``own`` is then what was decided here (a Decision as JSON), None if nothing was."""

    id: int
    domain: str
    severity: int
    rejects_media: bool
    rejects_reports: bool
    obfuscated: bool
    public_comment: str | None
    private_comment: str | None
    source: str | None
    created_at: int
    updated_at: int
    own: str | None

    @property
    def decision(self) -> Decision:
        return Decision(
            severity=Severity(self.severity),
            rejects_media=self.rejects_media,
            rejects_reports=self.rejects_reports,
            obfuscated=self.obfuscated,
            public_comment=self.public_comment,
            private_comment=self.private_comment,
        )


class DomainAllow(Struct, frozen=True):
    id: int
    domain: str
    created_at: int


class HostStanding(Struct, frozen=True):
    """What the rules make of one server."""

    suspended: bool = False
    silenced: bool = False
    rejects_media: bool = False
    rejects_reports: bool = False
    blocked: bool = False
    """Suspended by a rule, and not only because it is not on the allow list."""


GOOD = HostStanding()
RULE_COLUMNS = [domain_block.c[name] for name in DomainRule.__struct_fields__]
_ALLOW = [domain_allow.c[name] for name in DomainAllow.__struct_fields__]


@query(row=DomainRule, bounded=True)
def rules_for() -> Select:
    return select(*RULE_COLUMNS).where(any_of(domain_block.c.domain, "domains"))


@query(row=DomainRule, bounded=True)
def rule_by_id() -> Select:
    return select(*RULE_COLUMNS).where(domain_block.c.id == bindparam("id"))


@query(row=DomainRule, bounded=True)
def rule_by_domain() -> Select:
    return select(*RULE_COLUMNS).where(domain_block.c.domain == bindparam("domain"))


@query(row=DomainRule, bounded=True)
def rule_page(*, newer: bool = False) -> Select:
    """The newest first, or the oldest after ``:min_id``."""
    return (
        select(*RULE_COLUMNS)
        .where(domain_block.c.id < bindparam("max_id"), domain_block.c.id > bindparam("min_id"))
        .order_by(domain_block.c.id if newer else domain_block.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=DomainRule, bounded=True)
def rules_by_name() -> Select:
    """After ``:after``, in the order of their names."""
    return (
        select(*RULE_COLUMNS)
        .where(domain_block.c.domain > bindparam("after"))
        .order_by(domain_block.c.domain)
        .limit(bindparam("limit"))
    )


@query()
def count_rules() -> Select:
    return select(func.count()).select_from(domain_block)


@query(row=DomainAllow, bounded=True)
def allows_for() -> Select:
    return select(*_ALLOW).where(any_of(domain_allow.c.domain, "domains"))


@query(row=DomainAllow, bounded=True)
def allow_by_id() -> Select:
    return select(*_ALLOW).where(domain_allow.c.id == bindparam("id"))


@query(row=DomainAllow, bounded=True)
def allow_page(*, newer: bool = False) -> Select:
    return (
        select(*_ALLOW)
        .where(domain_allow.c.id < bindparam("max_id"), domain_allow.c.id > bindparam("min_id"))
        .order_by(domain_allow.c.id if newer else domain_allow.c.id.desc())
        .limit(bindparam("limit"))
    )


def covering(name: str) -> list[str]:
    """The domains whose rules hold for a server's name, the most specific first."""
    bare, _, port = name.partition(":")
    labels = bare.split(".")
    found = []
    for start in range(len(labels)):
        domain = ".".join(labels[start:])
        found += [f"{domain}:{port}", domain] if port else [domain]
    return found


def checked_domain(server: Server, typed: str) -> str:
    """A domain as it is kept: lower case, A-labels, without scheme, path or ``*.``.

    Raises:
        DomainRefused: it is none, or we lie under it ourselves.
    """
    name = typed.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    name = name.removeprefix("@").removeprefix("*.")
    domain = authority_of(f"https://{name}") if name and "/" not in name else None
    if domain is None or len(domain) > 255 or "." not in domain:
        raise DomainRefused(f"{typed.strip()[:100] or 'Nothing'} is not a domain.")
    if domain in {*covering(server.host), *covering(server.domain)}:
        raise DomainRefused("This server itself is at that domain.")
    return domain


def checked_decision(decision: Decision) -> Decision:
    """Raises DomainRefused for comments that are too long."""
    for comment in (decision.public_comment, decision.private_comment):
        if comment is not None and len(comment) > COMMENT_LENGTH:
            raise DomainRefused(f"A comment may have at most {COMMENT_LENGTH} characters.")
    return decision


def standing_of(
    name: str, rules: Iterable[DomainRule], allowed: Iterable[str] | None
) -> HostStanding:
    """What rules make of a name; ``allowed`` is the allow list, None where there is none. Both may
    hold more than what is about this name."""
    domains = covering(name)
    by_domain = {each.domain: each for each in rules}
    rule = next((by_domain[each] for each in domains if each in by_domain), None)
    unlisted = allowed is not None and set(allowed).isdisjoint(domains)
    if rule is None:
        return HostStanding(suspended=True) if unlisted else GOOD
    blocked = rule.severity == Severity.SUSPEND
    return HostStanding(
        suspended=blocked or unlisted,
        silenced=rule.severity == Severity.SILENCE,
        rejects_media=rule.rejects_media or blocked,
        rejects_reports=rule.rejects_reports or blocked,
        blocked=blocked,
    )


def obfuscated(domain: str) -> str:
    """A domain as the public sees it where its name is not to be spread: the middle is stars."""
    keep = max(len(domain) // 4, 1)
    return "".join(
        char if char == "." or not keep <= at < len(domain) - keep else "*"
        for at, char in enumerate(domain)
    )
