"""The archive: a gzip-compressed tar, written and read as a stream.

Members, in this order: ``database/…``, ``media/…``, ``manifest.json``, ``secret.key.wrapped``. The
manifest comes after what it describes because its checksums are counted while that is written, so
an archive is read twice: once to verify all of it, once to restore. The archive may come from
anywhere: names are checked, and only what the manifest lists is ever written.
"""

import contextlib
import gzip
import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Protocol, TypeAlias, cast

import msgspec
from msgspec import Struct

from weft.admin.failure import CommandFailed

FORMAT = 1
MANIFEST = "manifest.json"
WRAPPED_KEY = "secret.key.wrapped"
_CHUNK_BYTES = 1024 * 1024
_MAX_SMALL_BYTES = 64 * 1024 * 1024
_NAME = re.compile(r"(database|media)/[^\x00-\x1f\x7f\\]+")


class BadArchive(CommandFailed):
    """The archive is cut off, was changed, or is not a backup of Weft."""


class Member(Struct, frozen=True):
    """One file of the archive; ``sha256`` in hexadecimal."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What the archive holds and where it comes from."""

    format: int
    weft_version: str
    made_at: int
    engine: Literal["sqlite", "postgresql"]
    schema_revision: str
    domain: str
    host: str
    key_fingerprint: str
    rows: dict[str, int]
    """Rows by table."""
    columns: dict[str, tuple[str, ...]]
    """PostgreSQL: the columns of each table, as its rows are written."""
    sequences: dict[str, int]
    """PostgreSQL: the value each ``num_*`` sequence gives next."""
    settings: dict[str, str]
    """What the operator had set, without secrets: a new machine may need the same."""
    members: tuple[Member, ...]


Moved: TypeAlias = Callable[[int], None]
"""Told of each piece of bytes that was read, for the progress."""


def untold(_size_bytes: int) -> None:
    """A ``Moved`` that nobody watches."""


class Readable(Protocol):
    """A stream that can be read in pieces."""

    def read(self, size: int = ..., /) -> bytes: ...


class ArchiveWriter:
    """Writes the file ``path``, readable by its owner only; on failure nothing of it stays."""

    def __init__(self, path: Path, moved: Moved) -> None:
        self._path = path
        self._moved = moved
        self.members: list[Member] = []

    def __enter__(self) -> "ArchiveWriter":
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        # Level 1: most of the bytes are pictures, which no level makes smaller.
        self._gzip = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._file)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._tar.close()
                self._gzip.close()
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError:
            kind = OSError
            raise
        finally:
            if kind is not None:
                self._path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # what it still holds has no place to go
                    self._file.close()
            else:
                self._file.close()

    def add(self, name: str, stream: IO[bytes], size_bytes: int) -> None:
        """Add ``size_bytes`` of a stream and note their checksum.

        Raises:
            CommandFailed: the stream ended early.
        """
        counted = _Counted(stream, self._moved)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size_bytes, 0o600
        try:
            self._tar.addfile(info, cast(IO[bytes], counted))  # it only reads
        except OSError as error:
            if counted.size_bytes < size_bytes:
                raise CommandFailed(
                    f"{name} became shorter while it was read: try again"
                ) from error
            raise
        self.members.append(Member(name, size_bytes, counted.digest.hexdigest()))

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add one of the two members that the manifest does not list."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))


class _Counted:
    """Reads through and counts the checksum."""

    def __init__(self, stream: Readable, moved: Moved) -> None:
        self._stream = stream
        self._moved = moved
        self.size_bytes = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        self.size_bytes += len(chunk)
        self.digest.update(chunk)
        self._moved(len(chunk))
        return chunk


class Verified(Struct, frozen=True):
    """An archive of which every byte was compared with the manifest."""

    path: Path
    manifest: Manifest
    manifest_bytes: bytes
    wrapped_key: bytes


def verify(path: Path, moved: Moved = untold) -> Verified:
    """Read the whole archive and compare it with its manifest; writes nothing.

    Raises:
        BadArchive: with a sentence that says what is wrong with it.
    """
    found: dict[str, Member] = {}
    small: dict[str, bytes] = {}

    def look(name: str, size_bytes: int, stream: Readable) -> None:
        if name in found or name in small:
            raise BadArchive(f"{path} holds {name} twice: it was changed, nothing was restored")
        if name in (MANIFEST, WRAPPED_KEY):
            if size_bytes > _MAX_SMALL_BYTES:
                raise BadArchive(f"{name} in {path} is too large: nothing was restored")
            small[name] = stream.read(size_bytes)
            return
        if MANIFEST in small:
            raise BadArchive(f"{path} goes on after its manifest: it was changed")
        counted = _Counted(stream, moved)
        while counted.read(_CHUNK_BYTES):
            pass
        found[name] = Member(name, counted.size_bytes, counted.digest.hexdigest())

    _each_member(path, look)
    if set(small) != {MANIFEST, WRAPPED_KEY}:
        raise BadArchive(
            f"{path} is cut off or is not a backup of Weft: it has no manifest and key"
        )
    manifest = _read_manifest(path, small[MANIFEST])
    _compare(path, manifest, found)
    return Verified(path, manifest, small[MANIFEST], small[WRAPPED_KEY])


def each_restored(
    verified: Verified, visit: Callable[[str, Readable], None], moved: Moved = untold
) -> None:
    """Read the archive again: ``visit(name, stream)`` for each member that the manifest lists, in
    the order of the archive. ``visit`` must read all of the stream.

    Raises:
        BadArchive: the archive is no longer what was verified.
    """
    expected = {member.name: member for member in verified.manifest.members}

    def check(name: str, _size_bytes: int, stream: Readable) -> None:
        if name in (MANIFEST, WRAPPED_KEY):
            return
        member = expected.get(name)
        counted = _Counted(stream, moved)
        if member is not None:
            visit(name, counted)
        if member is None or member.sha256 != counted.digest.hexdigest():
            raise BadArchive(f"{verified.path} changed while it was restored: try again")

    _each_member(verified.path, check)


def write_durably(target: Path, stream: Readable) -> None:
    """Write a stream to a new file, to the disk's platter."""
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    with target.open("xb") as file:
        while chunk := stream.read(_CHUNK_BYTES):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _each_member(path: Path, visit: Callable[[str, int, Readable], None]) -> None:
    with _reading(path) as tar:
        for info in tar:
            stream = tar.extractfile(info) if info.isreg() else None
            if stream is None or not is_ours(info.name):
                raise BadArchive(
                    f"{path} holds {info.name!r}, which no backup of Weft does: nothing was restored"
                )
            visit(info.name, info.size, stream)


@contextmanager
def _reading(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with gzip.open(path, "rb") as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
            yield tar
            # To the end of the compressed stream: its checksum is there.
            while unpacked.read(_CHUNK_BYTES):
                pass
    except FileNotFoundError:
        raise BadArchive(f"there is no file {path}") from None
    except (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile) as error:
        raise BadArchive(
            f"{path} is cut off, damaged or not a backup of Weft ({error}): nothing was restored"
        ) from None


def is_ours(name: str) -> bool:
    if name in (MANIFEST, WRAPPED_KEY):
        return True
    parts = name.split("/")
    return bool(_NAME.fullmatch(name)) and not {"", ".", ".."} & set(parts)


def _read_manifest(path: Path, content: bytes) -> Manifest:
    try:
        version = msgspec.json.decode(content, type=dict[str, msgspec.Raw]).get("format")
        number = msgspec.json.decode(version, type=int) if version is not None else None
        if number is not None and number > FORMAT:
            raise BadArchive(
                f"{path} was made by a newer Weft (format {number}): restore it with that version"
            )
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise BadArchive(f"the manifest in {path} cannot be read ({error})") from None


def _compare(path: Path, manifest: Manifest, found: dict[str, Member]) -> None:
    listed = {member.name: member for member in manifest.members}
    for name in sorted(set(listed) | set(found)):
        if name not in found:
            raise BadArchive(f"{path} lacks {name}: nothing was restored")
        if name not in listed or listed[name] != found[name]:
            raise BadArchive(f"{name} in {path} was changed or damaged: nothing was restored")
