"""Paging by ids, as Mastodon does it, and the Link header that clients follow.

``max_id``: older than it. ``since_id``: newer than it, the newest first page of them. ``min_id``:
the page that follows it immediately. What is answered is always newest first.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.routing import Call
from weft.storage.ids import MAX_ID

R = TypeVar("R")
_CURSORS = frozenset({"max_id", "min_id", "since_id", "access_token"})
_PLAIN = re.compile("[A-Za-z0-9_.=&-]*")
"""Needs no encoding, and is its own decoding."""


class Page(NamedTuple):
    """Both bounds are exclusive; with ``newer`` the rows come oldest first, to be turned round."""

    max_id: int
    min_id: int
    newer: bool
    limit: int

    @property
    def bounds(self) -> dict[str, int | bool]:
        """The parameters and the flag of a paged statement."""
        return {
            "max_id": self.max_id,
            "min_id": self.min_id,
            "newer": self.newer,
            "limit": self.limit,
        }

    def ordered(self, rows: list[R]) -> list[R]:
        """Newest first, however they were read."""
        return rows[::-1] if self.newer else rows


def read_page(params: Params, *, default: int = 20, most: int = 40) -> Page:
    min_id = params.id("min_id")
    since_id = params.id("since_id")
    return Page(
        max_id=min(params.id("max_id") or MAX_ID + 1, MAX_ID + 1),
        min_id=min_id if min_id is not None else since_id or 0,
        newer=min_id is not None,
        limit=params.limit(default, most),
    )


def link_header(
    call: Call, page: Page, rows: Sequence[R], cursor: Callable[[R], int]
) -> dict[str, str]:
    """``Link`` to the pages before and after these rows."""
    if not rows:
        return {}
    scope = call.request.scope
    base = f"{call.api.parts.server.origin}{scope['path']}?"
    kept = _without_cursors(scope["query_string"].decode("latin-1"))
    if kept:
        base += kept + "&"
    links = []
    if len(rows) >= page.limit:
        links.append(f'<{base}max_id={cursor(rows[-1])}>; rel="next"')
    links.append(f'<{base}min_id={cursor(rows[0])}>; rel="prev"')
    return {"link": ", ".join(links)}


def _without_cursors(query: str) -> str:
    """A query string that leads to other pages of the same answer."""
    if _PLAIN.fullmatch(query):
        return "&".join(each for each in query.split("&") if each.partition("=")[0] not in _CURSORS)
    return urlencode([pair for pair in parse_qsl(query) if pair[0] not in _CURSORS])
