"""What software a host runs, by its NodeInfo: asked when it is first heard of or spoken to, and weekly.

It decides in which dialect the host is spoken to, and breaks ties in reading. It is never trusted for
more than that: a host may say what it likes.
"""

import asyncio
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Select, Update, bindparam, or_, select, update

from weft.config.values import is_loopback_peer
from weft.domain.moderation.domains_hosts import ensure_host
from weft.domain.server import Server
from weft.federation.http.errors import Budget, FetchError, Unreachable
from weft.federation.http.fetcher import Fetcher
from weft.federation.http.kinds import NODEINFO
from weft.federation.peers import Peers, host_by_name
from weft.protocol.nodeinfo import BadNodeInfo, Software, best_link, read_software
from weft.storage.database import Database, Tx
from weft.storage.schema.federation import host
from weft.storage.statements import query

AT_ONCE = 4
WAITING = 1000
LEARN_S = 10.0
"""How long the first delivery to a host waits for its answer."""
WEEK_MS = 7 * 24 * 3_600_000
SPOKE_MS = 30 * 24 * 3_600_000
STEP = 200

log = structlog.get_logger("weft.software")


@query()
def stale_hosts() -> Select:
    """Hosts that spoke lately and were not asked for a week."""
    return (
        select(host.c.name)
        .where(
            host.c.last_seen_at > bindparam("spoke_after"),
            or_(host.c.nodeinfo_at.is_(None), host.c.nodeinfo_at < bindparam("before")),
        )
        .limit(bindparam("limit"))
    )


@query()
def set_software() -> Update:
    return (
        update(host)
        .where(host.c.name == bindparam("of_host"))
        .values(
            software=bindparam("software"),
            version=bindparam("version"),
            nodeinfo_at=bindparam("now"),
        )
    )


@query()
def note_asked(*, again: bool) -> Update:
    """It did not say; what it said before stays. ``again``: only if it was asked before."""
    statement = update(host).where(host.c.name == bindparam("of_host"))
    if again:
        statement = statement.where(host.c.nodeinfo_at.is_not(None))
    return statement.values(nodeinfo_at=bindparam("now"))


class SoftwareReader:
    """Asks hosts what they run, a few at a time."""

    def __init__(self, db: Database, server: Server, fetcher: Fetcher, peers: Peers) -> None:
        self._db = db
        self._server = server
        self._fetcher = fetcher
        self._peers = peers
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def ask(self, name: str) -> None:
        """Ask soon; who is not asked now, because too many wait, is asked by the chore."""
        if name in self._tasks or len(self._tasks) >= WAITING:
            return
        task = asyncio.create_task(self._read(name), name=f"nodeinfo {name}")
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def learn(self, name: str) -> str | None:
        """What a host runs, asked now if it was not; None if it does not say, or not soon."""
        self.ask(name)
        task = self._tasks.get(name)
        if task is not None:
            await asyncio.wait({task}, timeout=LEARN_S)
        row = await self._db.one(host_by_name, name=name)
        return row.software if row is not None else None

    async def refresh(self) -> int:
        """As a chore: how many were asked again."""
        now = self._server.now_ms()
        rows = await self._db.all(
            stale_hosts, spoke_after=now - SPOKE_MS, before=now - WEEK_MS, limit=STEP
        )
        for row in rows:
            self.ask(row[0])
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        return len(rows)

    async def _read(self, name: str) -> None:
        async with self._places:
            found, answered = None, True
            try:
                found = await self._software(name)
            except (FetchError, BadNodeInfo) as error:
                log.info("software not known", host=name, reason=str(error))
                answered = not isinstance(error, Unreachable | Budget)
            await self._db.write(self._note, name, found, answered)

    async def _software(self, name: str) -> Software | None:
        if await self._peers.is_suspended(name):
            return None
        plain = self._server.origin.startswith("http://") and is_loopback_peer(name)
        origin = f"{'http' if plain else 'https'}://{name}"
        index = await self._fetcher.fetch(f"{origin}/.well-known/nodeinfo", NODEINFO)
        link = best_link(index.body)
        # Only on the same host: another one would be asked in our name.
        if link is None or urlsplit(link).netloc.casefold() != name:
            return None
        return read_software((await self._fetcher.fetch(link, NODEINFO)).body)

    async def _note(self, tx: Tx, name: str, found: Software | None, answered: bool) -> None:
        """Who is down and was never asked is asked at the next occasion, not in a week."""
        now = self._server.now_ms()
        await ensure_host(tx, self._server, name)
        if found is None or not found.name:
            await tx.run(note_asked, again=not answered, of_host=name, now=now)
            return
        await tx.run(
            set_software, of_host=name, software=found.name, version=found.version, now=now
        )
