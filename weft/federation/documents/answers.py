"""How a question for a document can end, and the forms of collections that answers share."""

from typing import Any

from weft.federation.dialects import JsonObject
from weft.storage.ids import MAX_ID

AS = "https://www.w3.org/ns/activitystreams"
PAGE = 20
NETWORK_PAGE = 100
"""Followers on one page: only ids."""


class Missing(Exception):
    """Nothing there, or nothing for this reader."""


class Suspended(Exception):
    """A moderator took somebody out of sight; that may be lifted."""


class Gone(Exception):
    """Something was there."""

    def __init__(self, uri: str, former: str | None = None, deleted: str | None = None) -> None:
        super().__init__(uri)
        self.tombstone: JsonObject = {"@context": AS, "id": uri, "type": "Tombstone"}
        if former is not None:
            self.tombstone["formerType"] = former
        if deleted is not None:
            self.tombstone["deleted"] = deleted


def collection(uri: str, total: int, **more: Any) -> JsonObject:
    """An OrderedCollection without its members."""
    return {"@context": AS, "id": uri, "type": "OrderedCollection", "totalItems": total} | more


def small_collection(uri: str, items: list[Any]) -> JsonObject:
    """One that holds its members itself."""
    return collection(uri, len(items), orderedItems=items)


def page_of(uri: str, address: str, items: list[Any], **more: Any) -> JsonObject:
    """One page; ``address`` is its own."""
    return {
        "@context": AS,
        "id": address,
        "type": "OrderedCollectionPage",
        "partOf": uri,
        "orderedItems": items,
    } | more


def number(text: str | None, otherwise: int | None) -> int | None:
    """An id from a query, or something else."""
    given = int(text) if text is not None and text.isdigit() and len(text) < 17 else None
    return min(given, MAX_ID) if given is not None else otherwise
