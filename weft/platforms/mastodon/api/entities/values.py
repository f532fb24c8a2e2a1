"""Values as Mastodon writes them: times, names of visibilities, custom emoji."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from weft.domain.actors.records import Emoji
from weft.domain.visibility.viewer import Visibility

VISIBILITY_NAMES = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.DIRECT: "direct",
    # Mastodon has no name for posts to some people who are not all mentioned.
    Visibility.LIMITED: "private",
}
VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}


def iso(ms: int) -> str:
    """``2019-11-26T23:27:31.000Z``"""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def iso_or_none(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)


def day(ms: int) -> str:
    """``2019-11-26``"""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d}"


def emojis(found: Iterable[Emoji], shown_at: Callable[[str], str] = str) -> list[dict[str, Any]]:
    """``shown_at`` says where a picture of another server is shown from."""
    return [
        {
            "shortcode": each.shortcode,
            "url": shown_at(each.url),
            "static_url": shown_at(each.static_url or each.url),
            "visible_in_picker": True,
        }
        for each in found
    ]
