"""Video and sound: the parent's side of ``weft/media/moving_child.py``."""

import asyncio
import re
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import structlog

from weft.media import blurhash, kinds, limits
from weft.media.errors import Rejected
from weft.media.kinds import Kind
from weft.media.sandbox import checked_likeness, kind_of_file, program, reported, run_child

TIMEOUT_S = 3600.0
"""Twice what the child may compute: other work has its turn too."""
THREADS = 2
_RATE = re.compile(r"[0-9]{1,9}/[0-9]{1,9}")
_SENTENCES = {
    "too many pixels": (
        f"The video's picture is too large: at most {limits.VIDEO_PIXELS} pixels are taken, such as"
        " 3840 by 2160."
    ),
    "too fast": f"The video has more than {limits.VIDEO_RATE} pictures a second.",
    "too long": f"At most {limits.MOVING_MS // 3_600_000} hours are taken.",
    "too many tracks": f"At most {limits.MOVING_STREAMS} tracks in one file are taken.",
    "too much to encode": (
        "The video is too long to be encoded anew here. As MP4 with H.264 and AAC it is taken as it"
        " is."
    ),
    "unknown codec": (
        "The video is encoded in a way that is not known here. As MP4 with H.264 and AAC it is taken."
    ),
    "nothing in it": "There is neither picture nor sound in the file.",
    "too much memory": "The file takes more memory than this server gives to one.",
    "too slow": "The file takes longer to work on than this server gives to one.",
    "broken": "The file is damaged or incomplete, and cannot be played.",
}

log = structlog.get_logger("weft.media")


class MadeMoving(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the child says it made."""

    kind: Literal["mp4", "m4a", "mp3"]
    duration_ms: int
    bitrate: int | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    peaks: tuple[int, ...] = ()
    small: Literal["webp"] | None = None
    small_width: int | None = None
    small_height: int | None = None
    blurhash: str | None = None
    likeness: str = ""


class WorkedMoving(msgspec.Struct, frozen=True):
    """Files in the folder that are fit to be kept; ``small`` is the poster, or a cover."""

    made: MadeMoving
    full: Path
    kind: Kind
    small: Path | None


def _command(kind: Kind, threads: int) -> tuple[str, ...]:
    return (*program("weft.media.moving_child"), kind.reader, str(threads))


async def work_moving(
    source: BinaryIO, kind: Kind, folder: Path, threads: int = THREADS
) -> WorkedMoving:
    """Make ``source`` (a real file) fit to be kept, in ``folder``, which must be empty.

    Raises:
        Rejected: with a sentence for who uploaded it.
    """
    command = _command(kind, threads)
    await run_child(command, source, folder, timeout_s=TIMEOUT_S, sentences=_SENTENCES)
    return await asyncio.to_thread(_checked, folder)


def _checked(folder: Path) -> WorkedMoving:
    made = reported(folder, MadeMoving, _SENTENCES)
    kind = kind_of_file(folder / "full")
    small = folder / "small" if made.small is not None else None
    film = made.kind == "mp4"
    if (
        kind is None
        or kind.name != made.kind
        or not 0 < made.duration_ms <= limits.MOVING_MS
        or (film and not 0 < (made.width or 0) * (made.height or 0) <= limits.VIDEO_PIXELS)
        or (film and not _RATE.fullmatch(made.frame_rate or ""))
        or len(made.peaks) > limits.PEAKS
        or any(not 0 <= each <= 100 for each in made.peaks)
        or (made.blurhash is not None and not blurhash.FORM.fullmatch(made.blurhash))
        or (made.audio_codec is not None and not re.fullmatch(r"[a-z0-9_]{1,20}", made.audio_codec))
        or (small is not None and kind_of_file(small) is not kinds.WEBP)
    ):
        log.warning("moving child made something else", said=made.kind)
        raise Rejected(_SENTENCES["broken"])
    checked_likeness(made.likeness, _SENTENCES)
    return WorkedMoving(made, folder / "full", kind, small)
