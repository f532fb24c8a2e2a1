"""Which servers are limited or suspended here, as the public may read it."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, select

from weft.storage.schema.federation import host
from weft.storage.schema.operations import domain_block
from weft.storage.statements import query

MOST = 20_000
MOST_PEERS = 100_000


class BlockedDomain(Struct, frozen=True):
    """``severity``: 1 limited, 2 suspended."""

    domain: str
    severity: int
    obfuscated: bool
    public_comment: str | None

    @property
    def shown(self) -> str:
        """The domain; of one that is not to be advertised only its ends can be read."""
        if not self.obfuscated:
            return self.domain
        seen, size = len(self.domain) // 4, len(self.domain)
        return "".join(
            each if each == "." or at <= seen or at >= size - seen else "*"
            for at, each in enumerate(self.domain)
        )


@query(row=BlockedDomain)
def blocked_domains() -> Select:
    """The suspended first."""
    return (
        select(*[domain_block.c[name] for name in BlockedDomain.__struct_fields__])
        .where(domain_block.c.severity >= literal_column("1"))
        .order_by(domain_block.c.severity.desc(), domain_block.c.domain)
        .limit(bindparam("limit"))
    )


@query()
def known_hosts() -> Select:
    """Other servers that are not suspended."""
    return (
        select(host.c.name)
        .where(host.c.suspended.is_(False))
        .order_by(host.c.name)
        .limit(bindparam("limit"))
    )
