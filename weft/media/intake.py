"""Intake: from the bytes that somebody sent to a picture that can be posted.

An upload is copied while it is counted and hashed, told by its first bytes, decoded in a process of
its own (``sandbox``), moved into the store (``store``) and written down. If any of this fails,
nothing stays.
"""

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from weft.domain.media.records import MediaKind, NewUpload, StoredKeys
from weft.domain.media.uploads import (
    TooManyUploads,
    add_upload,
    remove_unposted,
    unposted_before,
)
from weft.domain.server import now_ms
from weft.media import kinds, limits
from weft.media.errors import Rejected
from weft.media.sandbox import Purpose, Sandbox, Worked
from weft.media.store import LocalStore, kind_of_key
from weft.storage.database import Database
from weft.storage.ids import id_at

_CHUNK = 256 * 1024
_SWEPT_AT_ONCE = 100
_TAKEN = "JPEG, PNG, GIF, WebP, AVIF and HEIC pictures"


class Portrait(Struct, frozen=True):
    """A person's picture, in the store."""

    key: str
    content_type: str
    width: int
    height: int


class EmojiPicture(Struct, frozen=True):
    """A custom emoji's picture, in the store; ``static_key`` is its first frame, if it moves."""

    store_key: str
    static_key: str | None
    content_type: str


class MediaIntake:
    """Takes uploads in, and removes those that nobody used."""

    def __init__(
        self,
        db: Database,
        store: LocalStore,
        sandbox: Sandbox | None = None,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._db = db
        self._store = store
        self._sandbox = sandbox or Sandbox()
        self._clock_ms = clock_ms
        self._forgetting: set[asyncio.Task[None]] = set()

    async def accept(
        self,
        owner_id: int,
        source: BinaryIO,
        *,
        description: str | None = None,
        focus: tuple[float, float] | None = None,
    ) -> int:
        """Take an attachment in; the id of its row.

        ``source`` is read from its present place in a thread. ``focus`` is (x, y) from -1 to 1.

        Raises:
            Rejected: with a sentence for who uploads.
            TooBusy: later it may work.
        """
        description = checked_description(description)
        focus = None if focus is None else checked_focus(focus)
        async with self._worked(source, "attachment", limits.PICTURE_BYTES) as (worked, digest):
            size_bytes = (await asyncio.to_thread(worked.full.stat)).st_size
            keys = await self._put(worked)
            made = worked.made
            new = NewUpload(
                owner_id=owner_id,
                kind=MediaKind.ANIMATION if made.animated else MediaKind.PICTURE,
                content_type=worked.kind.content_type,
                store_key=keys.store_key or "",
                small_key=keys.small_key,
                description=description,
                blurhash=made.blurhash,
                width=made.width,
                height=made.height,
                duration_ms=made.duration_ms,
                size_bytes=size_bytes,
                focus_x=focus[0] if focus else None,
                focus_y=focus[1] if focus else None,
                hash=digest,
            )
            try:
                return await self._db.write(
                    add_upload,
                    new,
                    self._clock_ms(),
                    most_unposted=limits.UNPOSTED_UPLOADS,
                    unposted_ms=limits.UNPOSTED_MS,
                )
            except BaseException as error:
                await self._remove(keys)
                if isinstance(error, TooManyUploads):
                    raise Rejected(str(error)) from None
                raise

    async def accept_portrait(self, source: BinaryIO, purpose: Purpose) -> Portrait:
        """Take in a person's ``icon`` or ``header``: cut to shape and put into the store, with no
        row. The caller keeps its URL (``server.media_url(key)``) in the actor's ``icon_url`` or
        ``header_url``, and gives the one before to ``forget_portrait``.

        Raises:
            Rejected, TooBusy: as ``accept`` does.
        """
        async with self._worked(source, purpose, limits.PORTRAIT_BYTES) as (worked, _):
            key = await self._store.put(worked.full, worked.kind)
            return Portrait(key, worked.kind.content_type, worked.made.width, worked.made.height)

    async def accept_emoji(self, source: BinaryIO) -> EmojiPicture:
        """Take in a custom emoji's picture, with no row.

        Raises:
            Rejected, TooBusy: as ``accept`` does.
        """
        async with self._worked(source, "attachment", limits.EMOJI_BYTES) as (worked, _):
            if worked.kind not in (kinds.PNG, kinds.GIF, kinds.WEBP):
                raise Rejected("An emoji is a PNG, GIF or WebP picture.")
            if max(worked.made.width, worked.made.height) > limits.EMOJI_SIDE:
                raise Rejected(
                    f"An emoji may have at most {limits.EMOJI_SIDE} by {limits.EMOJI_SIDE} pixels."
                )
            keys = await self._put(worked)
            return EmojiPicture(keys.store_key or "", keys.small_key, worked.kind.content_type)

    async def forget_emoji(self, picture: EmojiPicture) -> None:
        """Remove the files of an emoji that was not kept."""
        await self._remove(StoredKeys(picture.store_key, picture.static_key))

    async def forget_portrait(self, url: str | None, media_base: str) -> None:
        """Remove the file behind a URL of ours (``media_base`` is ``server.media_url("")``)."""
        if url is not None and url.startswith(media_base):
            key = url.removeprefix(media_base)
            if kind_of_key(key) is not None:
                await self._store.delete(key)

    async def remove(self, media_id: int) -> bool:
        """Remove one upload; False where a post uses it or it is not there. Whose it is, the
        caller has checked."""
        return await self._db.write(remove_unposted, [media_id], self._forget) > 0

    async def sweep(self) -> int:
        """Remove what waited for a post for more than a day, and what killed processes left; how
        many uploads went."""
        long_ago = self._clock_ms() - limits.UNPOSTED_MS
        before = id_at(long_ago)
        removed, after = 0, 0
        while ids := [
            int(row[0])
            for row in await self._db.all(
                unposted_before,
                after_id=after,
                before_id=before,
                before=long_ago,
                limit=_SWEPT_AT_ONCE,
            )
        ]:
            removed += await self._db.write(remove_unposted, ids, self._forget)
            after = ids[-1]
        await self._store.clear_incoming(limits.UNPOSTED_MS / 1000)
        return removed

    async def close(self) -> None:
        """Wait for files that are being removed."""
        await asyncio.gather(*self._forgetting, return_exceptions=True)

    @asynccontextmanager
    async def _worked(
        self, source: BinaryIO, purpose: Purpose, most_bytes: int
    ) -> AsyncIterator[tuple[Worked, str]]:
        """What the decoder made of an upload, and the upload's hash."""
        async with self._store.workspace() as folder:
            upload, made = folder / "upload", folder / "made"
            digest, head = await asyncio.to_thread(_copied, source, upload, most_bytes)
            kind = kinds.kind_of(head)
            if isinstance(kind, kinds.Moving):
                raise Rejected(f"Video and sound are not taken yet; {_TAKEN} are.")
            if kind is None:
                raise Rejected(f"The file is none of those that are taken: {_TAKEN}.")
            await asyncio.to_thread(made.mkdir)
            opened = await asyncio.to_thread(upload.open, "rb")
            try:
                worked = await self._sandbox.work(opened, kind, purpose, made)
            finally:
                opened.close()
            yield worked, digest

    async def _put(self, worked: Worked) -> StoredKeys:
        key = await self._store.put(worked.full, worked.kind)
        if worked.small is None:
            return StoredKeys(key, None)
        try:
            return StoredKeys(key, await self._store.put(worked.small, kinds.WEBP))
        except BaseException:
            await self._store.delete(key)
            raise

    def _forget(self, gone: list[StoredKeys]) -> None:
        async def remove() -> None:
            for keys in gone:
                await self._remove(keys)

        task = asyncio.get_running_loop().create_task(remove())
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)

    async def _remove(self, keys: StoredKeys) -> None:
        for key in (keys.store_key, keys.small_key):
            if key is not None:
                await self._store.delete(key)


def checked_description(description: str | None) -> str | None:
    """The description without blanks around it; None when nothing is left.

    Raises:
        Rejected: it is too long.
    """
    text = (description or "").strip()
    if len(text) > limits.DESCRIPTION_LENGTH:
        raise Rejected(f"A description may have at most {limits.DESCRIPTION_LENGTH} characters.")
    return text or None


def checked_focus(focus: tuple[float, float]) -> tuple[float, float]:
    """The focal point.

    Raises:
        Rejected: it is not in the picture.
    """
    if not all(math.isfinite(each) and -1 <= each <= 1 for each in focus):
        raise Rejected("The focal point is two numbers from -1 to 1, such as 0.0,0.5.")
    return focus


def _copied(source: BinaryIO, upload: Path, most_bytes: int) -> tuple[str, bytes]:
    """Copy what comes to a file of ours; its SHA-256 and its beginning.

    Raises:
        Rejected: it is empty or too long.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    with upload.open("xb") as target:
        while part := source.read(_CHUNK):
            size += len(part)
            if size > most_bytes:
                most = (
                    f"{most_bytes // 1024**2} MB"
                    if most_bytes >= 1024**2
                    else f"{most_bytes // 1024} kB"
                )
                raise Rejected(f"The file is too large: at most {most} are taken.")
            digest.update(part)
            if len(head) < kinds.HEAD_BYTES:
                head += part[: kinds.HEAD_BYTES]
            target.write(part)
    if size == 0:
        raise Rejected("The file is empty.")
    return digest.hexdigest(), head
