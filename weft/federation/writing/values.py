"""Small writings that all documents have in common: times, pictures, emoji."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from weft.domain.server import Server

JsonObject = dict[str, Any]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AS = "https://www.w3.org/ns/activitystreams"


def timestamp(at_ms: int) -> str:
    """RFC 3339 with milliseconds, UTC."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def known(document: JsonObject) -> JsonObject:
    """The document without what is not known: to some readers a null is a value that does not fit."""
    return {name: value for name, value in document.items() if value is not None}


def uuid_of(uri: str) -> str:
    """The UUID of what is known by its address: the same each time."""
    return str(uuid5(NAMESPACE_URL, uri))


def duration(length_ms: int) -> str:
    """ISO 8601, in seconds: ``PT1.5S``."""
    return f"PT{length_ms / 1000:.3f}".rstrip("0").rstrip(".") + "S"


_PICTURES = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}


def media_type_of(url: str) -> JsonObject:
    """Our files say by their names what they are."""
    kind = _PICTURES.get(url.rpartition(".")[2])
    return {"mediaType": kind} if kind is not None else {}


def write_emoji(server: Server, emoji: Any) -> JsonObject:
    return {
        "id": emoji.uri or f"{server.origin}/emojis/{emoji.shortcode}",
        "type": "Emoji",
        "name": f":{emoji.shortcode}:",
        "icon": {"type": "Image", **media_type_of(emoji.url), "url": emoji.url},
    }
