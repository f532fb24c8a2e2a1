"""What can be on a shelf or in a playlist."""

from enum import IntEnum

import msgspec
from msgspec import Struct

from weft.domain.posts.kinds import Credit

TITLE_LENGTH, TEXT_LENGTH = 500, 5000
MOST_EXTERNALS = 20
MOST_CREDITED = 10


class ItemKind(IntEnum):
    """The numbers are stored."""

    WORK = 0
    """A book, whichever edition."""
    EDITION = 1
    PERSON = 2
    """An author or artist."""
    SERIES = 3
    ALBUM = 4
    TRACK = 5
    FILM = 6
    SHOW = 7
    """On television: a show, a season or an episode."""
    GAME = 8
    PODCAST = 9
    PERFORMANCE = 10
    VIDEO = 11
    OTHER = 12


class ItemFacets(Struct, frozen=True, omit_defaults=True):
    """What is shown but never queried; texts are plain."""

    description: str = ""
    creators: tuple[Credit, ...] = ()
    cover_url: str | None = None
    url: str | None = None
    """The page for people."""
    owner_uri: str | None = None
    """Who answers for it on its own server."""
    languages: tuple[str, ...] = ()
    released: str | None = None
    """A date, as precise as it was given."""
    pages: int | None = None
    duration_ms: int | None = None
    position: str | None = None
    """On its album, or in its series."""
    rating: float | None = None
    """Of ten."""
    other_titles: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """Of a series: the ids of its books' places."""


class DescribedItem(Struct, frozen=True, kw_only=True):
    """An item as its own server describes it, cut to size."""

    uri: str
    kind: ItemKind
    title: str = ""
    sort_title: str | None = None
    parent_uri: str | None = None
    """Of an edition the work, of a track the album, of a book in a series that."""
    facets: ItemFacets = ItemFacets()
    externals: tuple[tuple[str, str], ...] = ()
    """What other catalogues call it: ``("isbn13", "9781526622426")``."""
    credited: tuple[str, ...] = ()
    """The ids of who made it."""


class Item(Struct, frozen=True):
    """One row of the catalogue."""

    id: int
    kind: int
    uri: str | None
    title: str
    parent_id: int | None
    merged_into_id: int | None
    """What was here first with the same ISBN."""
    facets: str | None
    revision: int


_facets = msgspec.json.Decoder(ItemFacets)
_NO_FACETS = ItemFacets()


def item_facets(stored: str | None) -> ItemFacets:
    """The facets of an item's row."""
    return _facets.decode(stored) if stored else _NO_FACETS
