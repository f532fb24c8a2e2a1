"""Which other servers this one has heard of, as everybody may read it."""

from sqlalchemy import Select, bindparam, select

from weft.storage.schema.federation import host
from weft.storage.statements import query

MOST_PEERS = 100_000


@query()
def known_hosts() -> Select:
    """Other servers that are not suspended."""
    return (
        select(host.c.name)
        .where(host.c.suspended.is_(False))
        .order_by(host.c.name)
        .limit(bindparam("limit"))
    )
