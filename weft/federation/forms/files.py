"""Which files go with a post: what can be played or seen of it, and what a platform takes of that."""

from typing import Any

from weft.domain.posts.kinds import MediaFile
from weft.domain.posts.records import PostFacets
from weft.federation.dialects import JsonObject

_TALL = 1080
"""Pixels: the largest file of a video that is attached."""
_PIXELFED = frozenset(
    (
        "image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif", "image/avif",
        "image/heic", "video/mp4", "video/mov",
    )
)  # fmt: skip
_PICTURES = frozenset(("png", "gif", "webp", "avif"))
_WIDEST = 5000
"""Pixelfed's limit of both sides, in pixels; it drops a post with a larger picture."""


def playable(facets: PostFacets, duration: str | None, name: str | None) -> list[JsonObject]:
    """A video or a track as a file that plays, if its post names any. ``duration`` as ISO 8601."""
    if facets.video is not None:
        file = _best(facets.video.files)
        still = facets.video.preview_url
    elif facets.track is not None:
        file = facets.track.files[0] if facets.track.files else None
        still = facets.track.cover_url
    else:
        return []
    if file is None or file.content_type is None:
        return []
    document: JsonObject = {
        "type": "Document",
        "mediaType": file.content_type,
        "url": file.url,
        "name": name,
    }
    if file.width and file.height:
        document |= {"width": file.width, "height": file.height}
    if duration is not None:
        document["duration"] = duration
    if still is not None:
        document["icon"] = {"type": "Image", "url": still}
    return [document]


def _best(files: tuple[MediaFile, ...]) -> MediaFile | None:
    """The tallest that has sound and is no taller than most screens; else the smallest."""
    heard = [each for each in files if not each.is_silent] or list(files)
    fitting = [each for each in heard if (each.height or 0) <= _TALL]
    if fitting:
        return max(fitting, key=lambda each: each.height or 0)
    return min(heard, key=lambda each: each.height or 0, default=None)


def lead_picture(facets: PostFacets) -> JsonObject | None:
    """The picture of an article."""
    article = facets.article
    if article is None or article.image_url is None:
        return None
    return {"type": "Image", "url": article.image_url, "name": article.image_alt}


def lead_file(facets: PostFacets) -> JsonObject | None:
    """The same as a file that is attached."""
    picture = lead_picture(facets)
    if picture is None:
        return None
    ending = picture["url"].partition("?")[0].rpartition(".")[2].lower()
    kind = ending if ending in _PICTURES else "jpeg"
    return picture | {"type": "Document", "mediaType": f"image/{kind}"}


def is_taken_by_pixelfed(attachment: Any) -> bool:
    """One file that it does not take costs the whole post."""
    if attachment.get("type") not in ("Document", "Image", "Video"):
        return False
    if attachment.get("mediaType") not in _PIXELFED:
        return False
    return all((attachment.get(side) or 1) <= _WIDEST for side in ("width", "height"))
