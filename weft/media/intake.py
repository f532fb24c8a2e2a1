"""Intake: from the bytes that somebody sent to a file that can be posted.

An upload is copied while it is counted and hashed, held against what may not be kept (``gate``), told by
its first bytes, decoded in a process of its own (``sandbox``), moved into the store (``store``) and
written down. If any of this fails, nothing stays. Video and sound are written down as they came, and
worked on afterwards (``worker``).
"""

import asyncio
import hashlib
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct, structs

from weft.domain.media.facets import MediaFacets, facets_text, media_facets
from weft.domain.media.records import (
    Allowance,
    MediaKind,
    MediaState,
    NewUpload,
    StoredKeys,
    Used,
)
from weft.domain.media.uploads import (
    QuotaPassed,
    TooManyUploads,
    add_upload,
    remove_unposted,
    unposted_before,
    used_by,
)
from weft.domain.media.work import choose_poster, waiting_by_id
from weft.domain.server import now_ms
from weft.media import kinds, limits
from weft.media.errors import NoRoom, Rejected
from weft.media.gate import Candidate, Gate
from weft.media.sandbox import Purpose, Sandbox, Worked
from weft.media.store import LocalStore, kind_of_key
from weft.storage.database import Database
from weft.storage.ids import id_at

_CHUNK = 256 * 1024
_SWEPT_AT_ONCE = 100
_TAKEN = (
    "JPEG, PNG, GIF, WebP, AVIF and HEIC pictures, MP4, MOV, WebM and 3GP video, and MP3, M4A, AAC,"
    " Ogg, Opus, FLAC and WAV sound"
)
_LOOKS_EVERY_S = 0.2


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


class Poster(Struct, frozen=True):
    """A picture that somebody chose to be seen of a video or a sound; in the store."""

    key: str
    blurhash: str
    width: int
    height: int


class Bounds(Struct, frozen=True):
    """What the operator allows."""

    allowed: Allowance | None = None
    """To each person; None: as much as they like."""
    free_bytes: int = 0
    """How much of the disk stays free."""


class MediaIntake:
    """Takes uploads in, and removes those that nobody used."""

    def __init__(
        self,
        db: Database,
        store: LocalStore,
        sandbox: Sandbox | None = None,
        clock_ms: Callable[[], int] = now_ms,
        *,
        bounds: Bounds = Bounds(),  # noqa: B008  frozen
        gate: Gate | None = None,
    ) -> None:
        self._db = db
        self._store = store
        self._sandbox = sandbox or Sandbox()
        self._clock_ms = clock_ms
        self._bounds = bounds
        self._gate = gate or Gate(db, clock_ms=clock_ms)
        self._forgetting: set[asyncio.Task[None]] = set()
        self.wake: Callable[[], object] = lambda: None
        """Called when there is something for the worker; ``weft/app.py`` says whom to wake."""

    async def accept(
        self,
        owner_id: int,
        source: BinaryIO,
        *,
        description: str | None = None,
        focus: tuple[float, float] | None = None,
        poster: Poster | None = None,
    ) -> int:
        """Take an attachment in; the id of its row. Pictures are ready then; video and sound are
        ready some time later (``ready``).

        ``source`` is read from its present place in a thread. ``focus`` is (x, y) from -1 to 1.
        ``poster`` is the caller's to forget if this fails.

        Raises:
            Rejected: with a sentence for who uploads.
            TooBusy, NoRoom: later it may work.
        """
        description = checked_description(description)
        focus = None if focus is None else checked_focus(focus)
        async with self._received(source, limits.MOVING_BYTES, owner_id) as upload:
            if upload.kind.is_moving:
                new = await self._as_it_came(upload)
            else:
                check_size(upload.size_bytes, limits.PICTURE_BYTES)
                worked = await self._worked(upload, "attachment")
                new = await self._picture(upload, worked)
            facets = media_facets(new.facets)
            small_key, blurhash, left = new.small_key, new.blurhash, None
            if poster is not None:
                facets = structs.replace(
                    facets, own_poster=True, small_width=poster.width, small_height=poster.height
                )
                small_key, blurhash, left = poster.key, poster.blurhash, new.small_key
            new = structs.replace(
                new,
                description=description,
                focus_x=focus[0] if focus else None,
                focus_y=focus[1] if focus else None,
                small_key=small_key,
                blurhash=blurhash,
                facets=facets_text(facets),
            )
            made = StoredKeys(new.store_key, left, facets_text(facets))
            try:
                media_id = await self._db.write(
                    add_upload,
                    new,
                    self._clock_ms(),
                    most_unposted=limits.UNPOSTED_UPLOADS,
                    unposted_ms=limits.UNPOSTED_MS,
                    allowed=self._bounds.allowed,
                    wake=self.wake,
                )
            except BaseException as error:
                if poster is None and new.small_key is not None:
                    made = structs.replace(made, small_key=new.small_key)
                await self._remove(made)
                if isinstance(error, TooManyUploads | QuotaPassed):
                    raise Rejected(str(error)) from None
                raise
            if left is not None:
                await self._store.delete(left)
            return media_id

    async def accept_poster(self, source: BinaryIO, owner_id: int) -> Poster:
        """Take in a picture that is to be seen of a video or a sound, with no row.

        Raises:
            Rejected, TooBusy, NoRoom: as ``accept`` does.
        """
        async with self._received(source, limits.PORTRAIT_BYTES, owner_id) as upload:
            worked = await self._worked(upload, "poster")
            key = await self._store.put(worked.full, worked.kind)
            made = worked.made
            return Poster(key, made.blurhash, made.width, made.height)

    async def choose_poster(self, media_id: int, owner_id: int, source: BinaryIO) -> None:
        """Show an upload by another picture.

        Raises:
            Rejected, TooBusy, NoRoom: as ``accept`` does.
        """
        poster = await self.accept_poster(source, owner_id)
        chosen = False
        try:
            chosen = await self._db.write(
                choose_poster,
                media_id,
                owner_id,
                key=poster.key,
                blurhash=poster.blurhash,
                size=(poster.width, poster.height),
                forget=self.forget,
            )
        finally:
            if not chosen:
                await self.forget_poster(poster)

    async def forget_poster(self, poster: Poster) -> None:
        """Remove one that was not used."""
        await self._store.delete(poster.key)

    async def ready(self, media_id: int, wait_s: float) -> bool:
        """Wait until an upload is worked on no more; False if that takes too long."""
        end = time.monotonic() + wait_s
        while True:
            row = await self._db.one(waiting_by_id, id=media_id)
            if row is None or row.state != MediaState.WORKED_ON:
                return True
            if time.monotonic() > end:
                return False
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def used(self, owner_id: int) -> Used:
        """What somebody keeps here."""
        return await self._db.one(used_by, owner_id=owner_id) or Used(0, 0)

    @property
    def allowed(self) -> Allowance | None:
        """What each person may keep here."""
        return self._bounds.allowed

    async def accept_portrait(self, source: BinaryIO, purpose: Purpose) -> Portrait:
        """Take in a person's ``icon`` or ``header``: cut to shape and put into the store, with no
        row. The caller keeps its URL (``server.media_url(key)``) in the actor's ``icon_url`` or
        ``header_url``, and gives the one before to ``forget_portrait``.

        Raises:
            Rejected, TooBusy: as ``accept`` does.
        """
        async with self._received(source, limits.PORTRAIT_BYTES, None) as upload:
            worked = await self._worked(upload, purpose)
            key = await self._store.put(worked.full, worked.kind)
            return Portrait(key, worked.kind.content_type, worked.made.width, worked.made.height)

    async def accept_emoji(self, source: BinaryIO) -> EmojiPicture:
        """Take in a custom emoji's picture, with no row.

        Raises:
            Rejected, TooBusy: as ``accept`` does.
        """
        async with self._received(source, limits.EMOJI_BYTES, None) as upload:
            worked = await self._worked(upload, "emoji")
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
        return await self._db.write(remove_unposted, [media_id], self.forget_all) > 0

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
            removed += await self._db.write(remove_unposted, ids, self.forget_all)
            after = ids[-1]
        await self._store.clear_incoming(limits.UNPOSTED_MS / 1000)
        return removed

    async def close(self) -> None:
        """Wait for files that are being removed."""
        await asyncio.gather(*self._forgetting, return_exceptions=True)

    @asynccontextmanager
    async def _received(
        self, source: BinaryIO, most_bytes: int, owner_id: int | None
    ) -> AsyncIterator["_Upload"]:
        """An upload in a workspace of its own: counted, hashed, told, and not on the list."""
        if await asyncio.to_thread(self._store.free_bytes) < self._bounds.free_bytes:
            raise NoRoom
        async with self._store.workspace() as folder:
            path = folder / "upload"
            digest, size, head = await asyncio.to_thread(_copied, source, path, most_bytes)
            kind = kinds.kind_of(head)
            if kind is None:
                raise Rejected(f"The file is none of those that are taken: {_TAKEN}.")
            await self._gate.admit_bytes(digest, owner_id)
            yield _Upload(folder, path, kind, digest, size, owner_id)

    async def _worked(self, upload: "_Upload", purpose: Purpose) -> Worked:
        """What the decoder made of a picture that may be kept."""
        if upload.kind.is_moving:
            raise Rejected("Only a picture can be used for this.")
        made = upload.folder / "made"
        await asyncio.to_thread(made.mkdir)
        opened = await asyncio.to_thread(upload.path.open, "rb")
        try:
            worked = await self._sandbox.work(opened, upload.kind, purpose, made)
        finally:
            opened.close()
        await self._gate.admit(upload.candidate(worked.made.likeness or None))
        return worked

    async def _picture(self, upload: "_Upload", worked: Worked) -> NewUpload:
        size_bytes = (await asyncio.to_thread(worked.full.stat)).st_size
        keys, made = await self._put(worked), worked.made
        return NewUpload(
            owner_id=upload.owner_id or 0,
            kind=MediaKind.ANIMATION if made.animated else MediaKind.PICTURE,
            content_type=worked.kind.content_type,
            store_key=keys.store_key,
            small_key=keys.small_key,
            description=None,
            blurhash=made.blurhash,
            width=made.width,
            height=made.height,
            duration_ms=made.duration_ms,
            size_bytes=size_bytes,
            focus_x=None,
            focus_y=None,
            hash=upload.sha256,
            facets=facets_text(
                MediaFacets(
                    frame_rate=made.frame_rate,
                    bitrate=(
                        size_bytes * 8000 // made.duration_ms
                        if made.frame_rate and made.duration_ms
                        else None
                    ),
                    small_width=made.small_width,
                    small_height=made.small_height,
                    likeness=made.likeness or None,
                )
            ),
        )

    async def _as_it_came(self, upload: "_Upload") -> NewUpload:
        """Kept for the worker, who finds out what it is; nobody is shown this."""
        await self._gate.admit(upload.candidate(None))
        key = await self._store.put(upload.path, kinds.RAW)
        sounds = upload.kind.content_type.startswith("audio/")
        return NewUpload(
            owner_id=upload.owner_id or 0,
            kind=MediaKind.AUDIO if sounds else MediaKind.VIDEO,
            content_type=upload.kind.content_type,
            store_key=None,
            small_key=None,
            description=None,
            blurhash=None,
            width=None,
            height=None,
            duration_ms=None,
            size_bytes=upload.size_bytes,
            focus_x=None,
            focus_y=None,
            hash=upload.sha256,
            facets=facets_text(MediaFacets(waiting_key=key)),
            state=MediaState.WORKED_ON,
        )

    async def _put(self, worked: Worked) -> StoredKeys:
        key = await self._store.put(worked.full, worked.kind)
        if worked.small is None:
            return StoredKeys(key, None)
        try:
            return StoredKeys(key, await self._store.put(worked.small, kinds.WEBP))
        except BaseException:
            await self._store.delete(key)
            raise

    def forget(self, gone: StoredKeys) -> None:
        """Remove files, after the commit that made them nobody's."""
        self.forget_all([gone])

    def forget_all(self, gone: list[StoredKeys]) -> None:
        async def remove() -> None:
            for keys in gone:
                await self._remove(keys)

        task = asyncio.get_running_loop().create_task(remove())
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)

    async def _remove(self, keys: StoredKeys) -> None:
        for key in keys.all:
            await self._store.delete(key)


class _Upload(Struct, frozen=True):
    """What was sent, in its workspace."""

    folder: Path
    path: Path
    kind: kinds.Kind
    sha256: str
    size_bytes: int
    owner_id: int | None

    def candidate(self, likeness: str | None) -> Candidate:
        return Candidate(
            path=self.path,
            sha256=self.sha256,
            content_type=self.kind.content_type,
            likeness=likeness,
            owner_id=self.owner_id,
        )


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


def check_size(size_bytes: int, most_bytes: int) -> None:
    """Raises Rejected for what is too large."""
    if size_bytes > most_bytes:
        most = (
            f"{most_bytes // 1024**2} MB" if most_bytes >= 1024**2 else f"{most_bytes // 1024} kB"
        )
        raise Rejected(f"The file is too large: at most {most} are taken.")


def _copied(source: BinaryIO, upload: Path, most_bytes: int) -> tuple[str, int, bytes]:
    """Copy what comes to a file of ours; its SHA-256, its length and its beginning.

    Raises:
        Rejected: it is empty or too long.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    with upload.open("xb") as target:
        while part := source.read(_CHUNK):
            size += len(part)
            check_size(size, most_bytes)
            digest.update(part)
            if len(head) < kinds.HEAD_BYTES:
                head += part[: kinds.HEAD_BYTES]
            target.write(part)
    if size == 0:
        raise Rejected("The file is empty.")
    return digest.hexdigest(), size, head
