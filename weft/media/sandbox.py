"""Decoding in a process of its own: the parent's side.

A few children at a time (each may take 1.5 GB), a bounded queue before them, and a clock: whatever a
file does to its decoder ends with that process. What the child hands back is checked like
anything else that may come from a stranger. See ``weft/media/picture_child.py`` for the other side.
"""

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

import msgspec
import structlog

from weft.media import blurhash, kinds, likeness, limits
from weft.media.errors import Rejected, TooBusy
from weft.media.kinds import Kind

TIMEOUT_S = 45.0
CHILDREN = 2
WAITING = 40
_REPORT_BYTES = 4096
_SENTENCES = {
    "too many pixels": (
        f"The picture is too large: at most {limits.PICTURE_PIXELS // 1_000_000} million pixels are"
        " taken, such as 7680 by 4320."
    ),
    "too long": (
        f"The animation is too large: at most {limits.ANIMATION_PIXELS} pixels (such as 1280 by"
        f" 720) and {limits.ANIMATION_FRAMES} pictures are taken, and"
        f" {limits.ANIMATION_TOTAL_PIXELS // 1_000_000} million pixels in all of them together."
    ),
    "too much memory": "The picture takes more memory than this server gives to one.",
    "too slow": "The picture takes longer to read than this server gives to one.",
    "broken": "The picture is damaged or incomplete, and cannot be read.",
}
Purpose = Literal["attachment", "icon", "header", "emoji", "poster"]

log = structlog.get_logger("weft.media")


M = TypeVar("M", bound=msgspec.Struct)


class _Refused(msgspec.Struct, frozen=True):
    refused: str


class _Alike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    likeness: str


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the child says it made; an animation that was posted becomes an ``mp4``."""

    kind: Literal["jpeg", "png", "gif", "webp", "mp4"]
    animated: bool
    width: int
    height: int
    blurhash: str
    likeness: str = ""
    small: Literal["webp"] | None = None
    small_width: int | None = None
    small_height: int | None = None
    duration_ms: int | None = None
    frame_rate: str | None = None


class Worked(msgspec.Struct, frozen=True):
    """Files in the folder that are fit to be kept; ``small`` is None where ``full`` is small."""

    made: Made
    full: Path
    kind: Kind
    small: Path | None


class Sandbox:
    """Starts the children; one for each process of the server."""

    def __init__(self, children: int = CHILDREN, waiting: int = WAITING) -> None:
        self._free = asyncio.Semaphore(children)
        self._waiting = 0
        self._most = waiting

    async def work(self, source: BinaryIO, kind: Kind, purpose: Purpose, folder: Path) -> Worked:
        """Decode ``source`` (a real file) into ``folder``, which must be empty.

        Raises:
            Rejected: with a sentence for who uploaded it.
            TooBusy: too many are waiting.
        """
        async with self._place():
            await _run(source, kind, purpose, folder)
        return await asyncio.to_thread(_checked, folder)

    async def likeness(self, source: BinaryIO, kind: Kind, folder: Path) -> str:
        """What a picture looks like (``weft.media.likeness``), with nothing kept of it.

        Raises:
            Rejected, TooBusy: as ``work`` does.
        """
        async with self._place():
            await _run(source, kind, "likeness", folder)
        found = await asyncio.to_thread(reported, folder, _Alike, _SENTENCES)
        return checked_likeness(found.likeness, _SENTENCES)

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._waiting >= self._most:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._free:
                yield
        finally:
            self._waiting -= 1


def interpreter() -> tuple[str, ...]:
    """Python that looks neither at the environment nor at the folder it is started in."""
    return (sys.executable, "-I")


def same_code() -> str:
    """The beginning of a child's program: it is to run the code that we run, whatever else is
    installed; isolated as it is, it would not look where we were started."""
    root = os.fspath(Path(__file__).parents[2])
    return f"import sys\nif {root!r} not in sys.path: sys.path.insert(0, {root!r})\n"


def program(module: str) -> tuple[str, ...]:
    """Arguments of the interpreter that run the ``main`` of a module of ours."""
    return ("-c", f"{same_code()}from {module} import main\nmain()")


def _command(kind: Kind, purpose: str) -> tuple[str, ...]:
    return (*program("weft.media.picture_child"), kind.name, purpose)


async def _run(source: BinaryIO, kind: Kind, purpose: str, folder: Path) -> None:
    await run_child(
        _command(kind, purpose), source, folder, timeout_s=TIMEOUT_S, sentences=_SENTENCES
    )


async def run_child(
    command: Sequence[str],
    source: BinaryIO,
    folder: Path,
    *,
    timeout_s: float,
    sentences: Mapping[str, str],
) -> None:
    """Run a child to its end, whatever becomes of us; ``sentences`` has "too slow" and "broken".

    Raises:
        Rejected: it took too long, or ended badly.
    """
    await asyncio.to_thread(source.seek, 0)
    child = await asyncio.create_subprocess_exec(
        *interpreter(),
        *command,
        stdin=source,
        # No pipe: a child that fills one would keep asyncio waiting for its end, killed or not.
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        # One arena: each thread would reserve address space of its own.
        env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
    )
    try:
        async with asyncio.timeout(timeout_s):
            await child.wait()
    except TimeoutError:
        raise Rejected(sentences["too slow"]) from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0:
        log.warning("child ended badly", status=child.returncode, command=command)
        raise Rejected(sentences["too slow" if _ran_out(child.returncode) else "broken"])


def _ran_out(status: int | None) -> bool:
    """Ended by SIGXCPU, or by the SIGKILL that follows it."""
    return status in (-24, -9)


def reported(folder: Path, form: type[M], sentences: Mapping[str, str]) -> M:
    """What a child reports.

    Raises:
        Rejected: with the sentence of its code, or because it is no report.
    """
    report = _beginning(folder / "report", _REPORT_BYTES)
    try:
        with contextlib.suppress(msgspec.ValidationError):
            code = msgspec.json.decode(report, type=_Refused).refused
            raise Rejected(sentences.get(code, sentences["broken"]))
        return msgspec.json.decode(report, type=form)
    except msgspec.DecodeError:
        log.warning("child spoke out of turn", length=len(report))
        raise Rejected(sentences["broken"]) from None


def checked_likeness(value: str, sentences: Mapping[str, str]) -> str:
    """A hash, or nothing."""
    if value and not likeness.FORM.fullmatch(value):
        raise Rejected(sentences["broken"])
    return value


def _checked(folder: Path) -> Worked:
    made = reported(folder, Made, _SENTENCES)
    kind = kind_of_file(folder / "full")
    small = folder / "small" if made.small is not None else None
    if (
        kind is None
        or kind.name != made.kind
        or not 0 < made.width * made.height <= limits.PICTURE_PIXELS
        or not blurhash.FORM.fullmatch(made.blurhash)
        or (small is not None and kind_of_file(small) is not kinds.WEBP)
    ):
        log.warning("picture child made something else", said=made.kind)
        raise Rejected(_SENTENCES["broken"])
    checked_likeness(made.likeness, _SENTENCES)
    return Worked(made, folder / "full", kind, small)


def kind_of_file(path: Path) -> Kind | None:
    """What a file that a child wrote is."""
    return kinds.kind_of(_beginning(path, kinds.HEAD_BYTES))


def _beginning(path: Path, length: int) -> bytes:
    """The first bytes of a file that the child wrote; none of links, pipes and all else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        status = os.fstat(handle)
        is_plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        return os.read(handle, length) if is_plain else b""
    finally:
        os.close(handle)
