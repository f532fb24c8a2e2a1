"""Reading a collection of another server, page by page, within bounds.

Servers differ in everything: items in the collection or in pages, the first page embedded or
linked, ``items`` or ``orderedItems``, ids or whole objects, pages without an id (A9, section 6 of
the interop notes). What ends the reading: no next page, a page of another origin, an address that
was read before, ``PAGES`` pages, ``EMPTY`` empty pages, ``ITEMS`` items. ``totalItems`` is only
believed when it says that there is nothing to ask for.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

from msgspec import Struct

from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import MAX_ID, first_id, first_object, first_type, integer
from weft.protocol.origins import same_origin

PAGES = 20
EMPTY = 3
ITEMS = 1000

Read: TypeAlias = Callable[[str], Awaitable[JsonObject]]
"""Fetches a collection or page of the address's own origin."""


class Item(Struct, frozen=True):
    """What a page lists: an id, and the object itself where it is embedded."""

    uri: str
    document: JsonObject | None = None


def items_of(page: JsonObject) -> list[Item]:
    """What a page or a collection lists itself, in its order; what has no id is left out."""
    found: list[Item] = []
    for name in ("orderedItems", "items"):
        value: Any = page.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and 0 < len(each) <= MAX_ID:
                found.append(Item(each))
            elif isinstance(each, dict) and (item := _embedded(each)) is not None:
                found.append(item)
    return found[:ITEMS]


def _embedded(each: JsonObject) -> Item | None:
    """Some give their activities no id (old Misskeys): then it is about what was made. NeoDB's places
    on shelves have none either, and are known by what stands there."""
    uri = first_id(each) or first_id(each.get("withRegardTo"))
    if uri is not None:
        return Item(uri, each if len(each) > 2 else None)
    made = the_post(Item("", each))
    return made if made.uri else None


def the_post(item: Item) -> Item:
    """The post inside of an activity that made it, or of a group that passed that on."""
    for _ in range(2):
        activity = item.document
        if activity is None or first_type(activity, ("Create", "Announce")) is None:
            break
        uri = first_id(activity.get("object"))
        if uri is None:
            break
        item = Item(uri, first_object(activity.get("object")))
    return item


def is_bare(collection: JsonObject) -> bool:
    """Does it only name a collection, without anything of it?"""
    return not any(name in collection for name in ("first", "items", "orderedItems"))


def total_of(collection: JsonObject) -> int | None:
    """How many items it claims to have; to be shown, not to be relied on."""
    return integer(collection.get("totalItems"))


def speaks_for_itself(document: JsonObject, uri: str, origin: str) -> bool:
    """Is what a page embeds the whole post, and of the page's own server?"""
    return (
        same_origin(uri, origin)
        and ("attributedTo" in document or "actor" in document)
        and ("to" in document or "cc" in document)
        and first_type(document) is not None
    )


async def pages(
    start: str | JsonObject, origin: str, read: Read, most: int = PAGES
) -> AsyncIterator[list[Item]]:
    """The items of a collection, a page at a time.

    ``start`` is its address, or what another document of ``origin`` (any URL of it) embeds of it.

    Raises:
        Whatever ``read`` raises; the pages that came before it have been given.
    """
    seen: set[str] = set()
    page: JsonObject | None
    if isinstance(start, str):
        page = await _next(start, origin, read, seen)
    else:
        page, uri = start, first_id(start)
        if is_bare(page):
            if uri is None or total_of(page) == 0:
                return
            page = await _next(uri, origin, read, seen)
        elif uri is not None:
            seen.add(uri)
    if page is None:
        return
    left, empty = ITEMS, 0
    first = page.get("first")
    if first is not None:
        if found := items_of(page)[:left]:
            left -= len(found)
            yield found
        page = first_object(first) or await _next(first_id(first), origin, read, seen)
    count = 0
    while page is not None:
        count += 1
        found = items_of(page)[:left]
        left -= len(found)
        empty = empty + 1 if not found else 0
        if found:
            yield found
        if count == most or empty == EMPTY or left == 0:
            return
        page = await _next(first_id(page.get("next")), origin, read, seen)


async def _next(uri: str | None, origin: str, read: Read, seen: set[str]) -> JsonObject | None:
    if uri is None or uri in seen or not same_origin(uri, origin):
        return None
    seen.add(uri)
    return await read(uri)
