"""Shelves and playlists of other servers that somebody opens, and of which not all is here.

Whoever tells of one is asked for its first pages alone, and PeerTube's playlists name each place by its
id: one fetch for it and one for the video. So the rest is read when somebody wants to see it.
"""

from contextlib import AbstractAsyncContextManager

from weft.domain.actors.queries import actor_by_id
from weft.domain.shelves.records import MOST_PLACES, DescribedPlace, Shelf, shelf_facets
from weft.federation.cataloguing import Catalogue
from weft.federation.dialects import Unreadable
from weft.federation.reading.shelves import read_shelf
from weft.federation.shelving import WHEN_OPENED, Listing, keep_read
from weft.federation.spending import limited
from weft.federation.threads.readings import Readings
from weft.federation.threads.shelf_store import claim_shelf, set_shelf_walked_at, shelf_walked_at
from weft.federation.threads.walk import Progress
from weft.federation.unresolved import Unresolved

FETCHES = 500
"""For one shelf: its pages, its places, and what stands there."""


class Shelves(Readings[Shelf]):
    """What this process reads of shelves."""

    kind = "shelf"
    read_s = 600.0
    walked_at = shelf_walked_at
    claim = claim_shelf
    set_walked_at = set_shelf_walked_at

    def may_be_read(self, row: Shelf) -> bool:
        """Does its server count more than are here?"""
        total = shelf_facets(row.facets).total or 0
        return not row.local and row.uri is not None and row.size < min(total, MOST_PLACES)

    async def read(self, row: Shelf, progress: Progress) -> None:
        owner = await self._db.one(actor_by_id, id=row.owner_id)
        if owner is None or not owner.stands or row.uri is None:
            return
        with limited(FETCHES):
            async with self._turn(row.uri):
                document = await self._resolver.document(row.uri)
            try:
                described = read_shelf(document, owner.followers_uri)
            except Unreadable as error:
                raise Unresolved(f"{row.uri}: {error}") from None
            if (described.uri, described.owner_uri) != (row.uri, owner.uri):
                raise Unresolved(f"{row.uri} is not what it was")
            progress.known = described.facets.total or 0
            catalogue = Catalogue(self._db, self._resolver, self._turn)
            listing = Listing(self._resolver, catalogue, document, row.uri, self._turn, WHEN_OPENED)
            found: list[DescribedPlace] = []
            async for page in listing.places():
                found += page
                await self._db.write(
                    keep_read, self._server, owner, described, page, is_new=False, is_all=False
                )
                progress.fetched = len(found)
            if listing.is_all:
                await self._db.write(
                    keep_read, self._server, owner, described, found, is_new=False, is_all=True
                )

    def _turn(self, uri: str) -> AbstractAsyncContextManager[None]:
        return self._courtesy.turn(self._peers.host_of(uri) or "")
