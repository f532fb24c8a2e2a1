"""Where files are kept: here a folder, later perhaps a bucket.

A key is 130 random bits and an extension (``k5…q.webp``): knowing one is what lets somebody see a
file, so that pictures of private posts stay private, and a deleted one is nobody else's, too. (A key
made from the content would tell whoever has a file whether somebody else posted it.) A file under a
key never changes; its extension is its type.

In the folder two levels of 1,024 directories each keep directories small: ``k5/qd/k5qd….webp``. A
file gets its name only when it is whole and on the disk. ``.incoming`` is for what is not.
"""

import asyncio
import errno
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from weft.media.kinds import KEPT, Kind

INCOMING = ".incoming"
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH = 26
_KEY = re.compile(rf"([a-z2-7]{{{_LENGTH}}})\.({'|'.join(KEPT)})")


class StoredFile(Protocol):
    """A kept file, opened for reading."""

    kind: Kind
    size_bytes: int

    async def read(self, offset: int, length: int) -> bytes: ...
    async def close(self) -> None: ...


class Store(Protocol):
    """What the rest of Weft asks of a place for files."""

    async def put(self, file: Path, kind: Kind) -> str:
        """Keep a file, durably; its key. The file is moved away."""
        ...

    async def open(self, key: str) -> StoredFile | None:
        """A kept file; None for what is no key or not here."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a file; one that is not here is fine."""
        ...

    async def bring(self, key: str, path: Path) -> bool:
        """Put a kept file at ``path`` in a workspace, for reading only; False if it is not here."""
        ...


def kind_of_key(key: str) -> Kind | None:
    """What is under a key; None for what cannot be one."""
    found = _KEY.fullmatch(key)
    return KEPT[found[2]] if found else None


def _new_key(kind: Kind) -> str:
    name = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{name}.{kind.extension}"


class LocalFile:
    """A file of :class:`LocalStore`."""

    def __init__(self, handle: int, kind: Kind, size_bytes: int) -> None:
        self._handle = handle
        self.kind = kind
        self.size_bytes = size_bytes

    async def read(self, offset: int, length: int) -> bytes:
        return await asyncio.to_thread(os.pread, self._handle, length, offset)

    async def close(self) -> None:
        os.close(self._handle)


class LocalStore:
    """A folder. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, file: Path, kind: Kind) -> str:
        return await asyncio.to_thread(self._put, file, kind)

    async def open(self, key: str) -> LocalFile | None:
        kind = kind_of_key(key)
        return None if kind is None else await asyncio.to_thread(self._open, key, kind)

    async def delete(self, key: str) -> None:
        if kind_of_key(key) is not None:
            await asyncio.to_thread(self._path(key).unlink, True)

    async def bring(self, key: str, path: Path) -> bool:
        if kind_of_key(key) is None:
            return False
        try:
            await asyncio.to_thread(os.link, self._path(key), path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def free_bytes(self) -> int:
        """How much of the disk is free."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free

    @asynccontextmanager
    async def workspace(self) -> AsyncIterator[Path]:
        """A folder on the same disk for making files in; gone afterwards."""
        folder = await asyncio.to_thread(self._make_workspace)
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, True)

    async def clear_incoming(self, older_than_s: float) -> None:
        """Remove what processes that were killed have left."""
        await asyncio.to_thread(self._clear_incoming, time.time() - older_than_s)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:4] / key

    def _put(self, file: Path, kind: Kind) -> str:
        key = _new_key(kind)
        path = self._path(key)
        _make_folder(path.parent)
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        finally:
            os.close(handle)
        file.replace(path)
        _sync(path.parent)
        return key

    def _open(self, key: str, kind: Kind) -> LocalFile | None:
        try:
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                return None
            raise
        return LocalFile(handle, kind, os.fstat(handle).st_size)

    def _make_workspace(self) -> Path:
        incoming = self._folder / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=incoming))

    def _clear_incoming(self, before_s: float) -> None:
        with suppress(FileNotFoundError):
            for each in (self._folder / INCOMING).iterdir():
                with suppress(FileNotFoundError):
                    if each.stat().st_mtime < before_s:
                        shutil.rmtree(each, ignore_errors=True)


def _make_folder(folder: Path) -> None:
    """The folder and those above it, each safely entered in the one above."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
