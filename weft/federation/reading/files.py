"""The files of a video or a piece of music, where a document's ``url`` lists them.

Sources: section 2 of the interop notes of PeerTube, section 1 of those of Funkwhale.
"""

from collections.abc import Sequence
from typing import Any

from weft.domain.posts.kinds import MediaFile
from weft.federation.dialects import JsonObject
from weft.federation.reading.values import web_address
from weft.protocol.activitystreams import integer, number, objects, text_of

_FILES = 64
WANTED_HEIGHT = 1080
"""Of the files that one can play, the largest up to this height is played first."""


def media_type(link: JsonObject) -> str:
    """``mediaType`` without its parameters; ``mimeType`` is what old servers called it."""
    named = text_of(link.get("mediaType")) or text_of(link.get("mimeType")) or ""
    return named.partition(";")[0].strip().lower()[:100]


def media_files(value: Any, kind: str) -> tuple[MediaFile, ...]:
    """The links to files of a kind (``video``, ``audio``) in a list of links."""
    found: dict[str, MediaFile] = {}
    for each in objects(value):
        made = media_type(each)
        url = web_address(each.get("href"))
        if url is None or not made.startswith(f"{kind}/"):
            continue
        width, height = integer(each.get("width")), integer(each.get("height"))
        if height is None and "mimeType" in each:
            # In 2018, what was called the width was the resolution: 480 for 480p.
            width, height = None, width
        fps = number(each.get("fps"))
        found[url] = MediaFile(
            url=url,
            content_type=made,
            width=_size(width),
            height=_size(height),
            size_bytes=integer(each.get("size")) or None,
            bitrate=integer(each.get("bitrate")) or None,
            fps=round(fps) if fps is not None and 0 < fps < 1000 else None,
            is_silent=_is_silent(each),
        )
    return tuple(found.values())[:_FILES]


def _size(value: int | None) -> int | None:
    return value if value is not None and 0 < value < 100_000 else None


def _is_silent(link: JsonObject) -> bool:
    streams = {
        text_of(each.get("value"))
        for each in objects(link.get("attachment"))
        if text_of(each.get("name")) == "ffprobe_codec_type"
    }
    return streams == {"video"}


def best_file(files: Sequence[MediaFile]) -> MediaFile | None:
    """The one to play where only one can be: whole files before others, then by height."""
    playable = [each for each in files if not each.is_silent]
    fitting = [each for each in playable if (each.height or 0) <= WANTED_HEIGHT]
    if fitting:
        return max(fitting, key=lambda each: each.height or 0)
    return min(playable, key=lambda each: each.height or 0, default=None)


def page_among(value: Any) -> str | None:
    """The first link to a web page in a list of links."""
    pages = (
        web_address(each.get("href")) for each in objects(value) if media_type(each) == "text/html"
    )
    return next((each for each in pages if each is not None), None)
