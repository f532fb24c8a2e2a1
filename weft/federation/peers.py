"""What is known of other servers: what the operator decided about them, when they last spoke."""

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct
from sqlalchemy import Select, Update, bindparam, select, update

from weft.domain.moderation.domains_hosts import ensure_host, standings
from weft.domain.moderation.domains_rules import HostStanding
from weft.domain.moderation.policies import PolicyWatch
from weft.domain.relays.records import Relay, all_relays
from weft.domain.server import Server
from weft.federation.lane_store import hold_lane, wake_lane
from weft.protocol.origins import authority_of
from weft.storage.database import Database, Tx
from weft.storage.schema.federation import host
from weft.storage.statements import query

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
def saw_host() -> Update:
    return (
        update(host)
        .where(host.c.name == bindparam("of_host"))
        .values(last_seen_at=bindparam("now"))
    )


class Peers:
    """The hosts we deal with. What holds for them is remembered until a rule changes."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db = db
        self._server = server
        self._policies = PolicyWatch(db)
        self._standings: dict[str, HostStanding] = {}
        self._changes = -1
        self._relays: dict[str, Relay] = {}
        """Those that have a say, by their actors."""
        self._relay_hosts: frozenset[str | None] = frozenset()
        self._relays_at = -1
        self._seen: dict[str, int] = {}
        self.asks: Callable[[str], None] | None = None
        """Is told of each host whose software is not known."""

    @staticmethod
    @lru_cache(maxsize=4096)
    def host_of(uri: str) -> str | None:
        """The authority of an IRI in the one form that hosts are known by, or None if it has none:
        lower case, A-labels, no default port, no root's dot. A policy must fit every spelling."""
        return authority_of(uri)

    async def standing(self, name: str) -> HostStanding:
        """What the operator's rules make of a server, also of one that was never heard of."""
        changes = await self._policies.changes()
        if changes != self._changes or len(self._standings) > 10_000:
            self._standings.clear()
            self._changes = changes
        known = self._standings.get(name)
        if known is None:
            known = (await standings(self._db, self._server, [name]))[name]
            self._standings[name] = known
        return known

    async def is_suspended(self, name: str) -> bool:
        """No talking with it: by a rule, or because it is not on the allow list."""
        return (await self.standing(name)).suspended

    async def is_blocked(self, name: str) -> bool:
        """Suspended by a rule: nothing at all is asked of it, not even a page or a picture."""
        return (await self.standing(name)).blocked

    async def shows_media(self, name: str) -> bool:
        """May pictures of this host be shown here?"""
        return not (await self.standing(name)).rejects_media

    async def relay(self, actor_uri: str) -> Relay | None:
        """The relay that this actor is, if it was asked for posts and said yes."""
        return (await self._speaking()).get(actor_uri)

    async def has_relay(self, name: str) -> bool:
        """Does a relay of this host pass posts on to us?"""
        await self._speaking()
        return name in self._relay_hosts

    async def _speaking(self) -> dict[str, Relay]:
        changes = await self._policies.changes()
        if changes != self._relays_at:
            rows = await self._db.all(all_relays)
            self._relays = {row.actor_uri: row for row in rows if row.speaks and row.actor_uri}
            self._relay_hosts = frozenset(map(self.host_of, self._relays))
            self._relays_at = changes
        return self._relays

    async def saw(self, tx: Tx, name: str) -> None:
        """A host spoke, and said the truth about itself: remember, and wake its lane."""
        now = self._server.now_ms()
        if now - self._seen.get(name, 0) < SEEN_EVERY_MS:
            return
        known = await tx.one(host_by_name, name=name)
        if self.asks is not None and (known is None or known.nodeinfo_at is None):
            tx.after_commit(self.asks, name)
        if known is None:
            await ensure_host(tx, self._server, name)
        await tx.run(saw_host, of_host=name, now=now)
        await tx.one(hold_lane, of_host=name)
        await tx.run(wake_lane, of_host=name, now=now)
        if len(self._seen) > 50_000:
            self._seen.clear()
        tx.after_commit(self._seen.__setitem__, name, now)
