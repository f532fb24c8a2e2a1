"""A post as its author typed it, before anything is made of it."""

from msgspec import Struct

from weft.domain.visibility.viewer import Visibility

REMEMBERED_MS = 3_600_000
"""A request that is repeated with its key within this time gets what it got."""


class PostRefused(Exception):
    """The sentence is for the author."""


class DraftPoll(Struct, frozen=True):
    options: tuple[str, ...]
    expires_in_s: int
    multiple: bool = False
    hide_totals: bool = False


class Draft(Struct, frozen=True, kw_only=True):
    """A post as its author typed it."""

    text: str = ""
    summary: str = ""
    sensitive: bool = False
    language: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    local_only: bool = False
    reply_to_id: int | None = None
    quoted_id: int | None = None
    quote_policy: str | None = None
    """``public``, ``followers`` or ``nobody``."""
    media_ids: tuple[int, ...] = ()
    poll: DraftPoll | None = None
    app_id: int | None = None
    source_format: str = "text/plain"
    allowed_ids: tuple[int, ...] | None = None
    """Actors whom the author means to mention; None: whomever the text names."""
