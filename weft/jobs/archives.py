"""Makes people's archives: a ZIP in the form of Mastodon's (interop/mastodon.md, D2), and the CSV files.

``actor.json``, ``outbox.json`` (with private and direct posts: it is the author's own), ``likes.json``,
``bookmarks.json``, ``collections.json`` (of people), the pictures and files under ``media_attachments``,
and one CSV of each kind that an import reads. Posts are rendered page by page into the ZIP, so that memory stays small.
"""

import asyncio
import os
import secrets
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

from weft.domain.accounts.queries import account_by_id
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.moving import archives
from weft.domain.moving.archives import Archive
from weft.domain.moving.carried import carried
from weft.domain.moving.sheets import FILES, Kind, write_sheet
from weft.domain.posts.queries import attachments_of
from weft.domain.server import Server
from weft.domain.visibility.viewer import Local
from weft.federation.documents.by_id import Documents
from weft.media.store import LocalStore
from weft.storage.database import Database

PAGE = 100
LOOK_EVERY_S = 30.0
_PIECE = 1024 * 1024
_CONTEXT = "https://www.w3.org/ns/activitystreams"
_encode = msgspec.json.Encoder().encode

log = structlog.get_logger("weft.jobs")


class Archives:
    """The worker."""

    def __init__(
        self, db: Database, server: Server, documents: Documents, store: LocalStore, folder: Path
    ) -> None:
        self._db, self._server = db, server
        self._documents, self._store = documents, store
        self._folder = folder
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Somebody asked for one."""
        self._woken.set()

    def path(self, made: Archive) -> Path | None:
        """Where an archive lies; None while there is none."""
        return None if made.file is None else self._folder / made.file

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._woken.clear()
            await self.run_waiting()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()

    async def run_waiting(self) -> int:
        """Make every archive that is asked for; how many."""
        count = 0
        while True:
            now = self._server.now_ms()
            waiting = await self._db.all(archives.free_archives, now=now, limit=1)
            if not waiting:
                return count
            if await self._db.write(archives.take_archive, waiting[0].id, now):
                await self._make(waiting[0])
                count += 1

    async def forget_old(self) -> int:
        """Remove archives that are older than a week; how many."""
        gone = 0
        before = self._server.now_ms() - archives.KEPT_MS
        while old := await self._db.all(archives.old_archives, before=before, limit=20):
            for each in old:
                path = self.path(each)
                if path is not None:
                    await asyncio.to_thread(path.unlink, True)
                await self._db.write(archives.drop_archive, each.id)
                gone += 1
        return gone

    async def _make(self, wanted: Archive) -> None:
        account = await self._db.one(account_by_id, id=wanted.account_id)
        me = await self._db.one(actor_by_id, id=account.actor_id) if account else None
        name = f"archive-{datetime.now(UTC):%Y%m%d%H%M%S}-{secrets.token_hex(16)}.zip"
        part = self._folder / f".{name}.part"
        file, size, error = None, None, None
        try:
            if me is None:
                raise OSError("the account is not here any more")
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            await self._write(wanted.id, me, part)
            size = (await asyncio.to_thread(part.stat)).st_size
            await asyncio.to_thread(os.replace, part, self._folder / name)
            file = name
        except Exception as problem:
            log.exception("archive failed", archive=wanted.id)
            error = str(problem)[:300]
            with suppress(OSError):
                await asyncio.to_thread(part.unlink, True)
        now = self._server.now_ms()
        await self._db.write(
            archives.finish_archive, wanted.id, now, file=file, size_bytes=size, error=error
        )

    async def _write(self, archive_id: int, me: Actor, part: Path) -> None:
        """The ZIP. Its pieces are written in threads, one after the other."""
        with await asyncio.to_thread(zipfile.ZipFile, part, "w", zipfile.ZIP_DEFLATED) as into:
            await self._actor(into, me)
            await self._list(into, "likes.json", self._uris(archives.liked_uris, {"viewer": me.id}))
            await self._list(into, "bookmarks.json", self._bookmarks(me.id))
            await self._collections(into, me)
            for kind in Kind:
                lines = [write_sheet(kind, [], header=True)]
                lines += [
                    write_sheet(kind, page, header=False)
                    async for page in carried(self._db, me.id, kind)
                ]
                sheet = b"".join(lines)
                await asyncio.to_thread(into.writestr, FILES[kind], sheet)
            keys = await self._outbox(into, archive_id, me)
            for key in keys:
                await self._file(into, f"media_attachments/files/{key}", key)

    async def _actor(self, into: zipfile.ZipFile, me: Actor) -> None:
        document = msgspec.json.decode(
            await self._documents.body("actors", me.id, "", {}, Local(me.id))
        )
        base = self._server.media_url("")
        for name, field, url in (
            ("avatar", "icon", me.icon_url),
            ("header", "image", me.header_url),
        ):
            if url is None or not url.startswith(base):
                continue
            key = url.removeprefix(base)
            kept = f"{name}.{key.rpartition('.')[2]}"
            if await self._file(into, kept, key) and isinstance(document.get(field), dict):
                document[field]["url"] = kept
        document |= {"outbox": "outbox.json", "likes": "likes.json", "bookmarks": "bookmarks.json"}
        await asyncio.to_thread(into.writestr, "actor.json", _encode(document))

    async def _collections(self, into: zipfile.ZipFile, me: Actor) -> None:
        """The collections of people that they made, with who agreed to be in them."""
        page = msgspec.json.decode(
            await self._documents.body(
                "actors", me.id, "featured_collections", {"page": "1"}, Local(me.id)
            )
        )
        await asyncio.to_thread(
            into.writestr, "collections.json", _list("collections.json", page["items"])
        )

    async def _outbox(self, into: zipfile.ZipFile, archive_id: int, me: Actor) -> list[str]:
        """Every post as the activity that made it; the keys of the files that hang on them."""
        keys: dict[str, None] = {}
        base = self._server.media_url("")
        total, after = 0, 0
        with into.open("outbox.json", "w", force_zip64=True) as file:
            head = {"@context": _CONTEXT, "id": "outbox.json", "type": "OrderedCollection"}
            await asyncio.to_thread(file.write, _encode(head)[:-1] + b',"orderedItems":[')
            while rows := await self._db.all(
                archives.own_posts, author=me.id, after=after, limit=PAGE
            ):
                ids = [row.id for row in rows]
                for row in await self._db.all(attachments_of, ids=ids):
                    keys |= dict.fromkeys(
                        key for key in (row.store_key, row.small_key) if key is not None
                    )
                pieces = []
                for post_id in ids:
                    document = await self._documents.created(post_id)
                    if document is None:
                        continue
                    whole = _encode(document)
                    pieces.append((b"," if total else b"") + _relative(whole, base))
                    total += 1
                await asyncio.to_thread(file.write, b"".join(pieces))
                after = ids[-1]
                await self._db.write(archives.keep_lease, archive_id, self._server.now_ms())
            await asyncio.to_thread(file.write, b'],"totalItems":%d}' % total)
        return list(keys)

    async def _list(
        self, into: zipfile.ZipFile, name: str, pages: AsyncIterator[list[str]]
    ) -> None:
        uris = [uri async for page in pages for uri in page]
        await asyncio.to_thread(into.writestr, name, _list(name, uris))

    async def _uris(self, statement: Any, params: dict[str, int]) -> AsyncIterator[list[str]]:
        after = 0
        while rows := await self._db.all(statement, after=after, limit=PAGE, **params):
            yield [row.uri for row in rows]
            after = rows[-1].cursor

    async def _bookmarks(self, me: int) -> AsyncIterator[list[str]]:
        async for page in carried(self._db, me, Kind.BOOKMARKS):
            yield [row.name for row in page]

    async def _file(self, into: zipfile.ZipFile, name: str, key: str) -> bool:
        """Copy a stored file; pictures and video are packed already. False if it is not here."""
        file = await self._store.open(key)
        if file is None:
            return False
        try:
            entry = zipfile.ZipInfo(name, date_time=datetime.now(UTC).timetuple()[:6])
            with into.open(entry, "w", force_zip64=True) as target:
                offset = 0
                while piece := await file.read(offset, _PIECE):
                    await asyncio.to_thread(target.write, piece)
                    offset += len(piece)
        finally:
            await file.close()
        return True


def _list(name: str, items: list[Any]) -> bytes:
    return _encode(
        {
            "@context": _CONTEXT,
            "id": name,
            "type": "OrderedCollection",
            "orderedItems": items,
            "totalItems": len(items),
        }
    )


def _relative(document: bytes, base: str) -> bytes:
    """Files of ours are found inside the archive."""
    return document.replace(base.encode(), b"media_attachments/files/")
