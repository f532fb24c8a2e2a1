"""Looking items up at their own servers: what a document embeds of another's is not believed."""

import contextlib
from collections.abc import Iterable

from msgspec.structs import replace

from weft.domain.items.queries import items_by_uris
from weft.domain.items.records import DescribedItem, ItemKind
from weft.domain.posts.kinds import Credit
from weft.domain.shelves.records import DescribedPlace
from weft.federation.dialects import Unreadable
from weft.federation.reading.items import read_item
from weft.federation.resolve import Resolver
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database

MOST_AUTHORS = 3
"""Of one book, that are looked up."""


class Catalogue:
    """Finds out what an id of an item means; never waits for a server twice for one activity."""

    def __init__(self, db: Database, resolver: Resolver) -> None:
        self._db, self._resolver = db, resolver

    async def look_up(self, item: DescribedItem) -> list[DescribedItem]:
        """The item as its own server describes it, and those whom it names, who come first. One
        that cannot be had now only holds the place, until it is named again."""
        if item.title or await self._is_known(item.uri):
            return [item]
        if item.kind is ItemKind.VIDEO:
            return [await self._video(item)]
        try:
            found = read_item(await self._resolver.document(item.uri))
        except (Unresolved, Unreadable):
            return [item]
        authors = await self._people(found.credited)
        credited = tuple(Credit(each.title, each.uri) for each in authors)
        if credited and not found.facets.creators:
            found = replace(found, facets=replace(found.facets, creators=credited))
        return [*authors, found]

    async def look_up_places(self, places: Iterable[DescribedPlace]) -> list[DescribedPlace]:
        """The same of everything that stands on a shelf, as far as one activity may ask."""
        found = []
        for each in places:
            *_, item = await self.look_up(each.item)
            found.append(replace(each, item=item))
        return found

    async def _is_known(self, uri: str) -> bool:
        return any(row.title for row in await self._db.all(items_by_uris, uris=[uri]))

    async def _people(self, uris: tuple[str, ...]) -> list[DescribedItem]:
        found = []
        for uri in uris[:MOST_AUTHORS]:
            with contextlib.suppress(Unresolved, Unreadable):
                read = read_item(await self._resolver.document(uri))
                if read.kind is ItemKind.PERSON:
                    found.append(read)
        return found

    async def _video(self, item: DescribedItem) -> DescribedItem:
        """A video is a post of its own, whose title is shown as long as it is here."""
        with contextlib.suppress(Unresolved):
            await self._resolver.post(item.uri)
        return item
