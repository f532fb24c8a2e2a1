"""Files: uploads of our people, and what is known of others'."""

from enum import IntEnum

from msgspec import Struct

from weft.domain.media.facets import media_facets


class MediaKind(IntEnum):
    """What a file is. The numbers are stored."""

    PICTURE = 0
    ANIMATION = 1
    VIDEO = 2
    AUDIO = 3
    FILE = 4


class MediaState(IntEnum):
    """How far an upload is. The numbers are stored."""

    READY = 0
    WORKED_ON = 1
    FAILED = 2


class NewUpload(Struct, frozen=True, kw_only=True):
    """An upload that is in the store, about to be written down."""

    owner_id: int
    kind: MediaKind
    content_type: str
    store_key: str | None
    small_key: str | None
    description: str | None
    blurhash: str | None
    width: int | None
    height: int | None
    duration_ms: int | None
    size_bytes: int
    focus_x: float | None
    focus_y: float | None
    hash: str
    """SHA-256 of the file as it came, in hex: tells the same upload again."""
    facets: str | None = None
    state: MediaState = MediaState.READY


class StoredKeys(Struct, frozen=True):
    """What a removed file leaves in the store."""

    store_key: str | None
    small_key: str | None
    facets: str | None = None

    @property
    def all(self) -> tuple[str, ...]:
        keys = (self.store_key, self.small_key, media_facets(self.facets).waiting_key)
        return tuple(key for key in keys if key is not None)


class Allowance(Struct, frozen=True):
    """What one person may keep here."""

    most_bytes: int
    most_files: int


class Used(Struct, frozen=True):
    """What one person keeps here."""

    size_bytes: int
    files: int
