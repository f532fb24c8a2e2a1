"""MediaAttachment."""

from collections.abc import Callable
from typing import Any

from weft.domain.media.facets import MediaFacets, media_facets
from weft.domain.media.records import MediaKind
from weft.domain.posts.lists import MediaRow
from weft.domain.posts.queries import AttachmentRow
from weft.media.limits import SMALL_PIXELS, fitted
from weft.platforms.mastodon.api.parts import MediaUrl

# By the stored kind: picture, animation, video, audio, file.
TYPES = ("image", "gifv", "video", "audio", "unknown")
_CHANNELS = {1: "mono", 2: "stereo"}


def media_entity(
    media_url: MediaUrl, row: AttachmentRow | MediaRow, shown_at: Callable[[str], str] = str
) -> dict[str, Any]:
    """``shown_at`` says where a picture of another server is shown from. ``url`` is null while an
    upload is worked on."""
    facets = media_facets(row.facets)
    url = media_url(row.store_key) if row.store_key else None
    preview = media_url(row.small_key) if row.small_key else None
    if row.remote_url is not None and url is None:
        # Video and sound are too large to pass through here.
        url = shown_at(row.remote_url) if row.kind == MediaKind.PICTURE else row.remote_url
        preview = shown_at(facets.icon_url) if facets.icon_url else None
    if preview is None and row.kind in (MediaKind.PICTURE, MediaKind.ANIMATION):
        preview = url
    kind = TYPES[row.kind] if 0 <= row.kind < len(TYPES) else "unknown"
    if kind == "gifv" and (row.content_type or "").startswith("image/"):
        kind = "image"  # Clients play a gifv as a silent video, which a GIF is not.
    return {
        "id": str(row.id),
        "type": kind,
        "url": url,
        "preview_url": preview,
        "remote_url": row.remote_url,
        "preview_remote_url": facets.icon_url,
        "text_url": None,
        "meta": _meta(row, facets, kind),
        "description": row.description,
        "blurhash": row.blurhash,
    }


def _meta(row: AttachmentRow | MediaRow, facets: MediaFacets, kind: str) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    original: dict[str, Any] = {}
    if row.width and row.height:
        original |= _size(row.width, row.height)
        small = fitted(row.width, row.height, SMALL_PIXELS)
        if facets.icon_url is None:
            meta["small"] = _size(*small)
    if facets.small_width and facets.small_height:
        meta["small"] = _size(facets.small_width, facets.small_height)
    if kind in ("gifv", "video", "audio"):
        meta |= _played(row, facets, original)
        if "width" in original:
            meta |= _size(original["width"], original["height"])
    if original:
        meta["original"] = original
    if row.focus_x is not None and row.focus_y is not None:
        meta["focus"] = {"x": row.focus_x, "y": row.focus_y}
    return meta


def _played(
    row: AttachmentRow | MediaRow, facets: MediaFacets, original: dict[str, Any]
) -> dict[str, Any]:
    """What is known of what plays; its part of ``original`` too."""
    meta: dict[str, Any] = {}
    if row.duration_ms is not None:
        original["duration"] = row.duration_ms / 1000
        meta |= {"length": _length(row.duration_ms), "duration": row.duration_ms / 1000}
    if facets.bitrate is not None:
        original["bitrate"] = facets.bitrate
    if facets.frame_rate is not None:
        original["frame_rate"] = facets.frame_rate
        pictures, _, seconds = facets.frame_rate.partition("/")
        meta["fps"] = round(int(pictures) / int(seconds)) if int(seconds or 0) else 0
    if facets.audio_codec is not None:
        channels = facets.channels or 0
        meta |= {
            "audio_encode": facets.audio_codec,
            "audio_bitrate": f"{facets.sample_rate or 0} Hz",
            "audio_channels": _CHANNELS.get(channels, f"{channels} channels"),
        }
    if facets.peaks:
        meta["waveform"] = list(facets.peaks)
    return meta


def _length(duration_ms: int) -> str:
    """``0:01:02.50``"""
    minutes, rest = divmod(duration_ms // 10, 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest // 100:02d}.{rest % 100:02d}"


def _size(width: int, height: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "aspect": width / height,
    }
