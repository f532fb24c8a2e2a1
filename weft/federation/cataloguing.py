"""Looking items up at their own servers: what a document embeds of another's is not believed."""

import contextlib
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from msgspec.structs import replace

from weft.domain.actors.queries import object_by_uri
from weft.domain.items.queries import items_by_uris
from weft.domain.items.records import DescribedItem, ItemKind
from weft.domain.posts.kinds import Credit
from weft.domain.shelves.records import DescribedPlace
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.reading.items import read_item
from weft.federation.resolve import Resolver
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database

MOST_AUTHORS = 3
"""Of one book, that are looked up."""

Turn: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]
"""Waits until an address may be asked for: walks take turns, what an activity names does not wait."""


def at_once(uri: str) -> AbstractAsyncContextManager[None]:
    return contextlib.nullcontext()


class Catalogue:
    """Finds out what an id of an item means; never waits for a server twice for one activity."""

    def __init__(self, db: Database, resolver: Resolver, turn: Turn = at_once) -> None:
        self._db, self._resolver, self._turn = db, resolver, turn

    async def look_up(self, item: DescribedItem) -> list[DescribedItem]:
        """The item as its own server describes it, and those whom it names, who come first. One
        that cannot be had now only holds the place, until it is named again."""
        if item.title or await self._is_known(item.uri):
            return [item]
        if item.kind is ItemKind.VIDEO:
            return [await self._video(item)]
        try:
            found = read_item(await self._document(item.uri))
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
                read = read_item(await self._document(uri))
                if read.kind is ItemKind.PERSON:
                    found.append(read)
        return found

    async def _video(self, item: DescribedItem) -> DescribedItem:
        """A video is a post of its own, whose title is shown as long as it is here."""
        if await self._db.one(object_by_uri, uri=item.uri) is None:
            with contextlib.suppress(Unresolved):
                async with self._turn(item.uri):
                    await self._resolver.post(item.uri)
        return item

    async def _document(self, uri: str) -> JsonObject:
        async with self._turn(uri):
            return await self._resolver.document(uri)
