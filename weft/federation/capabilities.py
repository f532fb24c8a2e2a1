"""What a host is known to accept, so that nothing is knocked at twice without need."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Update, bindparam, update

from weft.domain.moderation.domains_hosts import ensure_host
from weft.domain.server import Server
from weft.federation.peers import host_by_name
from weft.storage.database import Tx
from weft.storage.schema.federation import host
from weft.storage.statements import query

Scheme: TypeAlias = Literal["cavage", "rfc9421"]
DAY_MS = 24 * 3_600_000
REMEMBERED_MS = 30 * DAY_MS


class Capabilities(Struct, frozen=True, omit_defaults=True):
    """``host.capabilities``, as JSON."""

    scheme: Scheme | None = None
    """The form of HTTP signature that was last accepted."""
    scheme_at: int = 0


_decode = msgspec.json.Decoder(Capabilities).decode


def read_capabilities(stored: str | None) -> Capabilities:
    return _decode(stored) if stored else Capabilities()


@query()
def set_capabilities() -> Update:
    return (
        update(host)
        .where(host.c.name == bindparam("of_host"))
        .values(capabilities=bindparam("capabilities"))
    )


async def remember_scheme(tx: Tx, server: Server, name: str, scheme: Scheme, now: int) -> None:
    """The host took a signature of this form."""
    row = await tx.one(host_by_name, name=name)
    if row is None:
        await ensure_host(tx, server, name)
    known = read_capabilities(row.capabilities if row is not None else None)
    changed = msgspec.structs.replace(known, scheme=scheme, scheme_at=now)
    await tx.run(set_capabilities, of_host=name, capabilities=msgspec.json.encode(changed).decode())
