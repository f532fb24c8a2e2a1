"""Shelves, and what stands on them."""

from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from weft.domain.items.records import DescribedItem
from weft.domain.pins.queries import CollectionKind
from weft.domain.visibility.viewer import Visibility

NAME_LENGTH, SUMMARY_LENGTH, NOTE_LENGTH = 256, 2048, 2000
MOST_SHELVES = 100
"""Of one actor."""
MOST_PLACES = 1000
"""On one shelf."""

Curation: TypeAlias = Literal["closed", "curated", "open", "group"]
"""Who adds to a list of books: its owner; whoever asks the owner; anybody; a group."""


class PlaceState(IntEnum):
    """Whether something is on a shelf. The numbers are stored."""

    ASKED = 0
    """Somebody would like it to be; its owner decides."""
    THERE = 1


class ShelfFacets(Struct, frozen=True, omit_defaults=True):
    """What is shown but never queried."""

    url: str | None = None
    cover_url: str | None = None
    curation: Curation = "closed"
    sender_uri: str | None = None
    """Who told of it, if that is not its owner: PeerTube's accounts speak for their channels."""
    total: int | None = None
    """How many its server says are on it; here may be fewer."""


class DescribedShelf(Struct, frozen=True, kw_only=True):
    """A shelf as its own server describes it: texts are plain and cut to size."""

    uri: str
    owner_uri: str
    kind: CollectionKind
    name: str
    summary: str = ""
    visibility: Visibility = Visibility.PUBLIC
    facets: ShelfFacets = ShelfFacets()
    published_at: int | None = None
    updated_at: int | None = None


class PlaceFacets(Struct, frozen=True, omit_defaults=True):
    """What is said of an item where it stands."""

    note: str = ""
    start_ms: int | None = None
    stop_ms: int | None = None
    adder_uri: str | None = None
    """Who added it, if that is not the owner."""
    post_uri: str | None = None
    """The post that says the same: an upload, or what somebody wrote of it."""


class DescribedPlace(Struct, frozen=True, kw_only=True):
    """One thing on a shelf, as told."""

    item: DescribedItem
    uri: str | None = None
    position: int | None = None
    facets: PlaceFacets = PlaceFacets()
    state: PlaceState = PlaceState.THERE


class Shelf(Struct, frozen=True):
    """One shelf; ``local`` and ``owner_uri`` are its owner's."""

    id: int
    owner_id: int
    kind: int
    uri: str | None
    """None of somebody's favourites, which their server does not show as a shelf."""
    name: str
    summary: str | None
    visibility: int
    facets: str | None
    size: int
    created_at: int
    updated_at: int
    local: bool
    owner_uri: str


class Place(Struct, frozen=True):
    """One item on a shelf."""

    id: int
    collection_id: int
    position: int
    target_id: int
    uri: str | None
    state: int
    facets: str | None
    created_at: int
    item_kind: int
    item_uri: str | None
    title: str
    item_facets: str | None


_shelf_facets = msgspec.json.Decoder(ShelfFacets)
_place_facets = msgspec.json.Decoder(PlaceFacets)
_NO_SHELF_FACETS, _NO_PLACE_FACETS = ShelfFacets(), PlaceFacets()


def shelf_facets(stored: str | None) -> ShelfFacets:
    return _shelf_facets.decode(stored) if stored else _NO_SHELF_FACETS


def place_facets(stored: str | None) -> PlaceFacets:
    return _place_facets.decode(stored) if stored else _NO_PLACE_FACETS
