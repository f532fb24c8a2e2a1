"""What is known of other servers: who is suspended, what software they run, when they last spoke."""

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, select, update

from weft.domain.server import Server
from weft.federation.lane_store import wake_lane
from weft.protocol.origins import authority_of
from weft.storage.database import Database, Tx
from weft.storage.schema.federation import host
from weft.storage.statements import insert_or_ignore, query

POLICY_KEPT_S = 5.0
SEEN_EVERY_MS = 10 * 60_000


class HostRow(Struct, frozen=True):
    name: str
    software: str | None
    version: str | None
    capabilities: str | None
    suspended: bool
    silenced: bool
    rejects_media: bool
    last_seen_at: int | None
    nodeinfo_at: int | None


@query(row=HostRow, bounded=True)
def host_by_name() -> Select:
    return select(*[host.c[name] for name in HostRow.__struct_fields__]).where(
        host.c.name == bindparam("name")
    )


@query()
def insert_host() -> Insert:
    return insert_or_ignore(host, "name", "num", "first_seen_at")


@query()
def saw_host() -> Update:
    return (
        update(host)
        .where(host.c.name == bindparam("of_host"))
        .values(last_seen_at=bindparam("now"))
    )


class Peers:
    """The hosts we deal with. Policies are remembered for a few seconds; a change made here drops
    them at once."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db = db
        self._server = server
        self._suspended: dict[str, tuple[bool, int]] = {}
        self._seen: dict[str, int] = {}
        self.asks: Callable[[str], None] | None = None
        """Is told of each host whose software is not known."""

    @staticmethod
    @lru_cache(maxsize=4096)
    def host_of(uri: str) -> str | None:
        """The authority of an IRI in the one form that hosts are known by, or None if it has none:
        lower case, A-labels, no default port, no root's dot. A policy must fit every spelling."""
        return authority_of(uri)

    async def is_suspended(self, name: str) -> bool:
        now = self._server.now_ms()
        known = self._suspended.get(name)
        if known is not None and now - known[1] < POLICY_KEPT_S * 1000:
            return known[0]
        row = await self._db.one(host_by_name, name=name)
        suspended = row is not None and row.suspended
        if len(self._suspended) > 10_000:
            self._suspended.clear()
        self._suspended[name] = (suspended, now)
        return suspended

    async def shows_media(self, name: str) -> bool:
        """May pictures of this host be shown here?"""
        row = await self._db.one(host_by_name, name=name)
        return row is None or not (row.suspended or row.rejects_media)

    def policies_changed(self) -> None:
        self._suspended.clear()

    async def saw(self, tx: Tx, name: str) -> None:
        """A host spoke, and said the truth about itself: remember, and wake its lane."""
        now = self._server.now_ms()
        if now - self._seen.get(name, 0) < SEEN_EVERY_MS:
            return
        known = await tx.one(host_by_name, name=name)
        if self.asks is not None and (known is None or known.nodeinfo_at is None):
            tx.after_commit(self.asks, name)
        if known is None:
            await tx.run(insert_host, name=name, num=await tx.next_num("host"), first_seen_at=now)
        await tx.run(saw_host, of_host=name, now=now)
        await tx.run(wake_lane, of_host=name, now=now)
        if len(self._seen) > 50_000:
            self._seen.clear()
        tx.after_commit(self._seen.__setitem__, name, now)
