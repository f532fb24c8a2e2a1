"""What stands on a shelf of another server, read from its pages within bounds."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from weft.domain.actors.records import Actor
from weft.domain.server import Server
from weft.domain.shelves.keep import fill, keep_shelf
from weft.domain.shelves.queries import shelf_by_uri
from weft.domain.shelves.records import DescribedPlace, DescribedShelf, shelf_facets
from weft.federation.cataloguing import Catalogue, Turn, at_once
from weft.federation.dialects import JsonObject
from weft.federation.reading.shelves import read_place
from weft.federation.resolve import Resolver
from weft.federation.threads.collections import Item, pages, total_of
from weft.federation.unresolved import Unresolved
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

MOST_READ = 300


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a shelf is read."""

    pages: int
    elements: int
    """Places that a page only names, and that are asked for one by one."""


WHEN_TOLD = Bounds(pages=3, elements=10)
"""For an activity, which has few fetches. PeerTube names ten places on a page."""
WHEN_OPENED = Bounds(pages=30, elements=200)


@dataclass(slots=True)
class Listing:
    """One reading of a shelf; made anew for each."""

    resolver: Resolver
    catalogue: Catalogue
    document: JsonObject
    uri: str
    turn: Turn = at_once
    bounds: Bounds = WHEN_TOLD
    _asked: int = field(default=0, init=False)
    _found: int = field(default=0, init=False)
    _missed: bool = field(default=False, init=False)

    @property
    def is_all(self) -> bool:
        """Was everything read that its server counts? Known at the end."""
        total = total_of(self.document)
        return not self._missed and total is not None and self._found >= total

    async def places(self) -> AsyncIterator[list[DescribedPlace]]:
        """What stands there, a page at a time, as far as it can be had."""
        try:
            async for page in pages(self.document, self.uri, self._read, self.bounds.pages):
                found = []
                for each in page:
                    place = await self._place(each)
                    if place is None or self._found == MOST_READ:
                        self._missed = True
                        continue
                    self._found += 1
                    at = place.position if place.position is not None else self._found
                    found.append(replace(place, position=at))
                yield await self.catalogue.look_up_places(found)
        except Unresolved:
            self._missed = True

    async def _place(self, each: Item) -> DescribedPlace | None:
        inner = each.document
        if inner is None and self._asked < self.bounds.elements and same_origin(each.uri, self.uri):
            self._asked += 1
            with contextlib.suppress(Unresolved):
                async with self.turn(each.uri):
                    inner = await self.resolver.document(each.uri)
        return read_place(inner, self.uri) if inner is not None else None

    async def _read(self, page_uri: str) -> JsonObject:
        async with self.turn(page_uri):
            return await self.resolver.collection(page_uri)


async def listed(
    resolver: Resolver, catalogue: Catalogue, document: JsonObject, uri: str, turn: Turn = at_once
) -> tuple[list[DescribedPlace], bool]:
    """What stands on a shelf that was told of, and whether that is all."""
    listing = Listing(resolver, catalogue, document, uri, turn)
    found = [each async for page in listing.places() for each in page]
    return found, listing.is_all


async def keep_read(
    tx: Tx,
    server: Server,
    owner: Actor,
    described: DescribedShelf,
    places: list[DescribedPlace],
    *,
    is_all: bool,
    is_new: bool = True,
    sender_uri: str | None = None,
) -> None:
    """Keep a shelf that was read, as its own server shows it. Who may take it away again is who told of
    it, or else ``sender_uri``. Unless it may be new, one that is gone meanwhile stays away."""
    known = await tx.one(shelf_by_uri, uri=described.uri)
    if known is None and not is_new:
        return
    sender = shelf_facets(known.facets).sender_uri if known is not None else None
    facets = replace(described.facets, sender_uri=sender or sender_uri)
    shelf = await keep_shelf(tx, server, owner, replace(described, facets=facets))
    if shelf is not None:
        await fill(tx, server, shelf, places, is_all=is_all)
