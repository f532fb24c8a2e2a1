"""Files: uploads of our people, and what is known of others'."""

from enum import IntEnum

from msgspec import Struct


class MediaKind(IntEnum):
    """What a file is. The numbers are stored."""

    PICTURE = 0
    ANIMATION = 1
    VIDEO = 2
    AUDIO = 3
    FILE = 4


class NewUpload(Struct, frozen=True, kw_only=True):
    """An upload that is in the store, about to be written down."""

    owner_id: int
    kind: MediaKind
    content_type: str
    store_key: str
    small_key: str | None
    description: str | None
    blurhash: str
    width: int
    height: int
    duration_ms: int | None
    size_bytes: int
    focus_x: float | None
    focus_y: float | None
    hash: str
    """SHA-256 of the file as it came, in hex: tells the same upload again."""


class StoredKeys(Struct, frozen=True):
    """What a removed file leaves in the store."""

    store_key: str | None
    small_key: str | None
