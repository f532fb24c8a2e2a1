"""MediaAttachment."""

from collections.abc import Callable
from typing import Any

from weft.domain.posts.lists import MediaRow
from weft.domain.posts.queries import AttachmentRow
from weft.media.limits import SMALL_PIXELS, fitted
from weft.platforms.mastodon.api.parts import MediaUrl

# By the stored kind: picture, animation, video, audio, file.
TYPES = ("image", "gifv", "video", "audio", "unknown")


def media_entity(
    media_url: MediaUrl, row: AttachmentRow | MediaRow, shown_at: Callable[[str], str] = str
) -> dict[str, Any]:
    """``shown_at`` says where a picture of another server is shown from."""
    picture = row.kind == 0 and row.remote_url is not None
    url = media_url(row.store_key) if row.store_key else row.remote_url
    if picture and not row.store_key:
        url = shown_at(row.remote_url or "")
    preview = media_url(row.small_key) if row.small_key else url
    kind = TYPES[row.kind] if 0 <= row.kind < len(TYPES) else "unknown"
    if kind == "gifv" and (row.content_type or "").startswith("image/"):
        kind = "image"  # Clients play a gifv as a silent video, which a GIF is not.
    return {
        "id": str(row.id),
        "type": kind,
        "url": url,
        "preview_url": preview,
        "remote_url": row.remote_url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": _meta(row, kind),
        "description": row.description,
        "blurhash": row.blurhash,
    }


def _meta(row: AttachmentRow | MediaRow, kind: str) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if row.width and row.height:
        meta["original"] = _size(row.width, row.height)
        if row.small_key is not None:
            meta["small"] = _size(*fitted(row.width, row.height, SMALL_PIXELS))
    if row.duration_ms is not None:
        meta.setdefault("original", {})["duration"] = row.duration_ms / 1000
    if row.focus_x is not None and row.focus_y is not None:
        meta["focus"] = {"x": row.focus_x, "y": row.focus_y}
    return meta


def _size(width: int, height: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "aspect": width / height,
    }
