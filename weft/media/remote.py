"""Copies of other servers' pictures: fetched when somebody looks, kept within a budget of bytes.

An app never asks another server for a picture: it asks us, at ``/media/remote…`` of the files' host,
so that other servers do not learn who reads what, and a picture that a thousand people see is fetched
once. The address carries a signature (HMAC over the origin's address), because a proxy that fetches
what anybody names is a weapon. What was kept and not looked at for longest goes first when the
budget is passed, and is fetched again when somebody looks; when the disk is nearly full nothing is
kept at all, and apps are sent to the origin.

Pictures only: sound and video are too large to pass through here; their addresses stay the origin's.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, func, select, update

from weft.domain.server import Server
from weft.media.errors import Rejected, TooBusy
from weft.media.gate import Candidate, Gate, Matched
from weft.media.kinds import SERVED, Kind, kind_of
from weft.media.sandbox import Sandbox
from weft.media.store import LocalStore
from weft.storage.database import Database, Tx
from weft.storage.errors import StorageFull
from weft.storage.schema.federation import remote_file
from weft.storage.statements import any_of, query, upsert

PATH = "/media/~"
PICTURE_BYTES = 16 * 1024 * 1024
AT_ONCE = 6
"""Fetches at once: each may hold a whole picture in memory."""
SEEN_EVERY_MS = 3_600_000
FIRST_PAUSE_MS = 10 * 60_000
MATCHED_PAUSE_MS = 365 * 24 * 3_600_000
"""What may not be kept is not asked for again."""
EVICTED_AT_ONCE = 50
_SIGNATURE_BYTES = 12
_KINDS = frozenset(kind for kind in SERVED.values() if not kind.is_moving)

log = structlog.get_logger("weft.media")


class RemoteFile(Struct, frozen=True):
    """One row of ``remote_file``."""

    id: int
    url: str
    store_key: str | None
    content_type: str | None
    size_bytes: int | None
    seen_at: int
    fetched_at: int | None
    failed_at: int | None
    error: str | None


class Fetched(Struct, frozen=True):
    """What an origin answered with success."""

    body: bytes


class NotHad(Exception):
    """The picture cannot be had from its origin; the sentence says why."""


class MayNotBeKept(NotHad):
    """It is on the operator's list, or a check refuses it."""

    def __init__(self) -> None:
        super().__init__("This picture is not shown here.")


Fetch = Callable[[str, int], Awaitable[Fetched]]
"""An address and the most bytes to take. Raises NotHad."""
Welcome = Callable[[str], Awaitable[bool]]
"""May pictures of this host be shown here?"""

_COLUMNS = [remote_file.c[name] for name in RemoteFile.__struct_fields__]


@query(row=RemoteFile, bounded=True)
def remote_file_by_url() -> Select:
    return select(*_COLUMNS).where(remote_file.c.url == bindparam("url"))


@query(row=RemoteFile, bounded=True)
def least_seen() -> Select:
    """Kept copies, the longest unseen first."""
    return (
        select(*_COLUMNS)
        .where(remote_file.c.store_key.is_not(None), remote_file.c.seen_at > bindparam("after"))
        .order_by(remote_file.c.seen_at)
        .limit(bindparam("limit"))
    )


@query(row=RemoteFile, bounded=True)
def kept_files() -> Select:
    return (
        select(*_COLUMNS)
        .where(remote_file.c.id > bindparam("after"), remote_file.c.store_key.is_not(None))
        .order_by(remote_file.c.id)
        .limit(bindparam("limit"))
    )


@query(row=RemoteFile, bounded=True)
def files_by_urls() -> Select:
    return select(*_COLUMNS).where(any_of(remote_file.c.url, "urls"))


@query()
def kept_bytes() -> Select:
    return select(func.coalesce(func.sum(remote_file.c.size_bytes), 0)).where(
        remote_file.c.store_key.is_not(None)
    )


@query()
def save_remote_file() -> Insert:
    return upsert(
        remote_file,
        key=["url"],
        values=list(RemoteFile.__struct_fields__),
        update=[n for n in RemoteFile.__struct_fields__ if n not in {"id", "url"}],
    )


@query()
def saw_remote_file() -> Update:
    return (
        update(remote_file)
        .where(remote_file.c.id == bindparam("of_file"))
        .values(seen_at=bindparam("now"))
    )


@query()
def forget_copy() -> Update:
    """Only if it is still the copy that was chosen."""
    return (
        update(remote_file)
        .where(
            remote_file.c.id == bindparam("of_file"), remote_file.c.store_key == bindparam("key")
        )
        .values(store_key=None, size_bytes=None)
    )


class RemoteAddresses:
    """Our addresses of other servers' pictures, signed."""

    def __init__(self, secret: bytes, origin: str, media_origin: str) -> None:
        self._secret = secret
        self._base = media_origin or origin
        self._own = (f"{origin}/", f"{self._base}/")

    def address(self, url: str) -> str:
        """Where we show a picture of another server; ours and what is no web address stay."""
        if not url.startswith(("https://", "http://")) or url.startswith(self._own):
            return url
        token = base64.urlsafe_b64encode(self._signed(url) + url.encode()).decode().rstrip("=")
        return f"{self._base}{PATH}{token}"

    def url_of(self, token: str) -> str | None:
        """The origin's address, if we made this token."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            url = raw[_SIGNATURE_BYTES:].decode()
        except (binascii.Error, ValueError):
            return None
        return url if hmac.compare_digest(raw[:_SIGNATURE_BYTES], self._signed(url)) else None

    def _signed(self, url: str) -> bytes:
        return hmac.new(self._secret, url.encode(), hashlib.sha256).digest()[:_SIGNATURE_BYTES]


class RemoteFiles:
    """Finds, fetches and forgets copies."""

    def __init__(
        self,
        db: Database,
        server: Server,
        store: LocalStore,
        addresses: RemoteAddresses,
        fetch: Fetch,
        welcome: Welcome,
        *,
        budget_bytes: int,
        free_bytes: int,
        folder: Path,
        gate: Gate | None = None,
    ) -> None:
        """``folder`` is looked at for free space, of which ``free_bytes`` stay."""
        self._gate = gate or Gate(db, clock_ms=server.now_ms)
        self._sandbox = Sandbox()
        self._db = db
        self._server = server
        self._store = store
        self.addresses = addresses
        self._fetch = fetch
        self._welcome = welcome
        self._budget_bytes = budget_bytes
        self._free_bytes = free_bytes
        self._folder = folder
        self._places = asyncio.Semaphore(AT_ONCE)
        self._flights: dict[str, asyncio.Task[str | None]] = {}
        self._kept_bytes: int | None = None

    async def key_of(self, url: str) -> str | None:
        """The stored copy's key, fetched if it must be. None: the origin itself is to be asked,
        because nothing may be kept now.

        Raises:
            NotHad: there is no such picture, or not for us.
        """
        host = urlsplit(url).netloc.casefold()
        if not await self._welcome(host):
            raise NotHad("Pictures of this server are not shown here.")
        known = await self._db.one(remote_file_by_url, url=url)
        now = self._server.now_ms()
        if known is not None and known.store_key is not None:
            if now - known.seen_at > SEEN_EVERY_MS:
                await self._db.write(_run_saw, known.id, now)
            return known.store_key
        if known is not None and known.failed_at is not None:
            pause = FIRST_PAUSE_MS * (1 if known.fetched_at is None else 2)
            if now - known.failed_at < pause:
                raise NotHad(known.error or "The picture could not be had.")
        if await asyncio.to_thread(self._disk_is_low):
            return None
        flight = self._flights.get(url)
        if flight is None:
            flight = asyncio.create_task(self._fly(url, known))
            self._flights[url] = flight
            flight.add_done_callback(lambda _: self._flights.pop(url, None))
        # Shielded: who leaves does not end it for the others.
        return await asyncio.shield(flight)

    def _disk_is_low(self) -> bool:
        return shutil.disk_usage(self._folder).free < self._free_bytes

    async def _fly(self, url: str, known: RemoteFile | None) -> str | None:
        async with self._places:
            try:
                got = await self._fetch(url, PICTURE_BYTES)
                kind = kind_of(got.body[:4096])
                if kind is None or kind not in _KINDS:
                    raise NotHad("The address does not lead to a picture that is shown here.")
                key = await self._stored(url, got.body, kind)
            except NotHad as error:
                await self._db.write(self._failed, url, known, error)
                raise
            except (OSError, StorageFull) as error:
                log.warning("picture not kept", url=url, reason=str(error))
                return None
            await self._db.write(self._had, url, known, key, kind, len(got.body))
        if self._kept_bytes is not None:
            self._kept_bytes += len(got.body)
        await self.shrink()
        return key

    async def _stored(self, url: str, body: bytes, kind: Kind) -> str:
        """Keep it, if it may be kept."""
        async with self._store.workspace() as folder:
            path = folder / "picture"
            await asyncio.to_thread(path.write_bytes, body)
            try:
                await self._admit(url, path, hashlib.sha256(body).hexdigest(), kind)
            except Matched:
                raise MayNotBeKept from None
            except (Rejected, TooBusy) as error:
                raise NotHad(str(error)) from None
            return await self._store.put(path, kind)

    async def _admit(self, url: str, path: Path, sha256: str, kind: Kind) -> None:
        await self._gate.admit_bytes(sha256, None, url)
        if not await self._gate.looks():
            return
        made = path.parent / "made"
        await asyncio.to_thread(made.mkdir)
        opened = await asyncio.to_thread(path.open, "rb")
        try:
            likeness = await self._sandbox.likeness(opened, kind, made)
        finally:
            opened.close()
        await self._gate.admit(
            Candidate(
                path=path,
                sha256=sha256,
                content_type=kind.content_type,
                likeness=likeness or None,
                url=url,
            )
        )

    async def _had(
        self, tx: Tx, url: str, known: RemoteFile | None, key: str, kind: Kind, size: int
    ) -> None:
        now = self._server.now_ms()
        await tx.run(
            save_remote_file,
            id=known.id if known is not None else tx.new_id(),
            url=url,
            store_key=key,
            content_type=kind.content_type,
            size_bytes=size,
            seen_at=now,
            fetched_at=now,
            failed_at=None,
            error=None,
        )

    async def _failed(self, tx: Tx, url: str, known: RemoteFile | None, why: NotHad) -> None:
        now = self._server.now_ms()
        failed_at = now + MATCHED_PAUSE_MS if isinstance(why, MayNotBeKept) else now
        await tx.run(
            save_remote_file,
            id=known.id if known is not None else tx.new_id(),
            url=url,
            store_key=None,
            content_type=None,
            size_bytes=None,
            seen_at=now,
            # A second failure in a row waits twice as long.
            fetched_at=now if known is not None and known.failed_at is not None else None,
            failed_at=failed_at,
            error=str(why)[:500],
        )

    async def shrink(self) -> int:
        """Forget what was not seen for longest until the budget holds; the number of files."""
        if self._kept_bytes is None:
            self._kept_bytes = int((await self._db.all(kept_bytes))[0][0])
        gone = 0
        while self._kept_bytes > self._budget_bytes:
            rows = await self._db.all(least_seen, after=0, limit=EVICTED_AT_ONCE)
            if not rows:
                break
            for row in rows:
                if self._kept_bytes <= self._budget_bytes:
                    break
                key = row.store_key or ""
                if await self._db.write(_forget, row.id, key):
                    await self._store.delete(key)
                    gone += 1
                self._kept_bytes -= row.size_bytes or 0
        return gone

    async def kept_after(self, after: int, limit: int) -> list[RemoteFile]:
        """Copies by id, in order."""
        return await self._db.all(kept_files, after=after, limit=limit)

    async def kept_of(self, urls: list[str]) -> list[RemoteFile]:
        """Copies of these addresses, as far as there are any."""
        return [row for row in await self._db.all(files_by_urls, urls=urls) if row.store_key]

    async def drop(self, files: list[RemoteFile]) -> None:
        """Remove copies, because nobody is to see them."""
        for each in files:
            key = each.store_key or ""
            if await self._db.write(_forget, each.id, key):
                await self._store.delete(key)
                if self._kept_bytes is not None:
                    self._kept_bytes -= each.size_bytes or 0

    async def sweep(self) -> int:
        """As a chore: count anew, because other processes keep files too, and shrink."""
        self._kept_bytes = None
        return await self.shrink()


async def _run_saw(tx: Tx, file_id: int, now: int) -> None:
    await tx.run(saw_remote_file, of_file=file_id, now=now)


async def _forget(tx: Tx, file_id: int, key: str) -> bool:
    """First the row, then the file: a crash in between costs space, never a row without a file."""
    return await tx.run(forget_copy, of_file=file_id, key=key) > 0
