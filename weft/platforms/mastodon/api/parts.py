"""What the Mastodon API needs of the server; ``weft/app.py`` puts it together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.storage.database import Database

if TYPE_CHECKING:
    from weft.config.settings import Settings

__all__ = ["MediaUrl", "Parts", "StoreUpload"]

MediaUrl = Callable[[str], str]
"""Where a stored file is served, from its key."""

StoreUpload = Callable[..., Awaitable[Any]]
"""``await store(owner_id, path_or_bytes, filename, content_type, description, focus)``: the id of
the new media row. See ``weft/media``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Made once."""

    db: Database
    server: Server
    settings: "Settings"
    resolve: Resolve
    media_url: MediaUrl
