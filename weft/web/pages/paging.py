"""Pages of a list: by the id of the last one seen."""

from urllib.parse import urlencode

from msgspec import Struct

from weft.storage.ids import MAX_ID
from weft.web.visits import Visit

LIMIT = 20


class Span(Struct, frozen=True):
    """What comes before ``max_id``."""

    max_id: int

    @property
    def bounds(self) -> dict[str, int | bool]:
        return {"max_id": self.max_id, "min_id": 0, "newer": False, "limit": LIMIT}


def span(visit: Visit) -> Span:
    given = visit.query.get("max_id", "")
    known = given.isascii() and given.isdigit() and len(given) < 17
    return Span(min(int(given), MAX_ID + 1) if known else MAX_ID + 1)


def older(visit: Visit, ids: list[int], **kept: str) -> str | None:
    """The address of the next page, if this one was full."""
    if len(ids) < LIMIT:
        return None
    path: str = visit.request.scope["path"]
    return f"{path}?{urlencode({**kept, 'max_id': str(ids[-1])})}"
