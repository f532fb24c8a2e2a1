"""Collections of people and who is in them."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, Struct, UnsetType

from weft.domain.posts.records import Tag
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility

MOST_MEMBERS = 25
"""People in a collection of this server."""
MOST_REMOTE_MEMBERS = 150
MOST_REMOTE_COLLECTIONS = 100
"""Collections that are kept of one person of another server."""
NAME_LENGTH, SUMMARY_LENGTH = 40, 100
REMOTE_NAME_LENGTH, REMOTE_SUMMARY_LENGTH = 256, 2048
LIST_LENGTH = 80
"""Collections that are read at once."""


class EntryState(IntEnum):
    """Whether a person agreed to be in a collection. The numbers are stored."""

    PENDING = 0
    ACCEPTED = 1
    REJECTED = 2
    REVOKED = 3
    """They took it back: nobody asks them again for this collection."""


class CollectionFacets(Struct, frozen=True, omit_defaults=True):
    """What is shown but never queried."""

    language: str | None = None
    sensitive: bool = False
    tag: Tag | None = None


class Collection(Struct, frozen=True):
    """One collection; ``local`` and ``owner_uri`` are its owner's."""

    id: int
    owner_id: int
    uri: str
    url: str | None
    """The page for people, on its own server."""
    name: str
    summary: str | None
    visibility: int
    facets: str | None
    created_at: int
    updated_at: int
    local: bool
    owner_uri: str

    @property
    def discoverable(self) -> bool:
        """Is it listed on the owner's profile?"""
        return self.visibility == Visibility.PUBLIC


class Entry(Struct, frozen=True):
    """A person in a collection."""

    id: int
    collection_id: int
    position: int
    target_id: int
    uri: str | None
    """Of another server's."""
    state: int
    stamp_uri: str | None
    """Where the person's server says that they agreed, if that is not here."""
    created_at: int
    target_uri: str
    target_local: bool


class CollectionWishes(Struct, frozen=True, kw_only=True):
    """What a collection is to be; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    summary: str | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    sensitive: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    tag: str | UnsetType | None = UNSET


class RemoteItem(Struct, frozen=True):
    """A person in a collection of another server, as that says."""

    uri: str
    target_uri: str
    stamp_uri: str | None
    published_at: int | None = None


class RemoteCollection(Struct, frozen=True, kw_only=True):
    """A collection as its own server describes it: texts are plain and cut to size."""

    uri: str
    owner_uri: str
    name: str
    url: str | None = None
    summary: str = ""
    facets: CollectionFacets = CollectionFacets()
    discoverable: bool = True
    published_at: int | None = None
    updated_at: int | None = None
    items: tuple[RemoteItem, ...] = ()


def collection_page(server: Server, collection_id: int) -> str:
    """Where people read a collection of ours."""
    return f"{server.origin}/collections/{collection_id}"


_facets = msgspec.json.Decoder(CollectionFacets)
_NO_FACETS = CollectionFacets()


def collection_facets(stored: str | None) -> CollectionFacets:
    """The facets of a collection's row."""
    return _facets.decode(stored) if stored else _NO_FACETS
