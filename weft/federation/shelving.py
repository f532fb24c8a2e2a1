"""What stands on a shelf of another server, read from its pages within bounds."""

import contextlib

from msgspec.structs import replace

from weft.domain.shelves.records import DescribedPlace
from weft.federation.cataloguing import Catalogue, Turn, at_once
from weft.federation.dialects import JsonObject
from weft.federation.reading.shelves import read_place
from weft.federation.resolve import Resolver
from weft.federation.threads.collections import pages, total_of
from weft.federation.unresolved import Unresolved
from weft.protocol.origins import same_origin

MOST_PAGES = 3
MOST_READ = 300
MOST_ELEMENTS = 10
"""Places that a page only names, and that are asked for one by one."""


async def listed(
    resolver: Resolver, catalogue: Catalogue, document: JsonObject, uri: str, turn: Turn = at_once
) -> tuple[list[DescribedPlace], bool]:
    """What stands on a shelf, and whether that is all."""

    async def read(page_uri: str) -> JsonObject:
        async with turn(page_uri):
            return await resolver.collection(page_uri)

    found: list[DescribedPlace] = []
    asked, is_all = 0, True
    try:
        async for page in pages(document, uri, read, MOST_PAGES):
            for each in page:
                inner = each.document
                if inner is None and asked < MOST_ELEMENTS and same_origin(each.uri, uri):
                    asked += 1
                    with contextlib.suppress(Unresolved):
                        async with turn(each.uri):
                            inner = await resolver.document(each.uri)
                place = read_place(inner, uri) if inner is not None else None
                if place is not None and len(found) < MOST_READ:
                    found.append(place)
                else:
                    is_all = False
    except Unresolved:
        is_all = False
    total = total_of(document)
    is_all = is_all and total is not None and len(found) >= total
    places = [
        place if place.position is not None else replace(place, position=index)
        for index, place in enumerate(found, 1)
    ]
    return await catalogue.look_up_places(places), is_all
