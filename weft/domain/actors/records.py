"""People, groups, services: what every room knows of an actor."""

from enum import IntEnum

import msgspec
from msgspec import Struct

from weft.domain.posts.kinds import Flair


class ActorKind(IntEnum):
    """The numbers are stored."""

    PERSON = 0
    SERVICE = 1
    APPLICATION = 2
    GROUP = 3
    ORGANIZATION = 4


class Field(Struct, frozen=True):
    """One row of a profile's table; ``value`` is sanitised HTML."""

    name: str
    value: str
    verified_at: int | None = None


class Emoji(Struct, frozen=True):
    """A custom emoji as its origin names it, without colons."""

    shortcode: str
    url: str
    static_url: str | None = None
    uri: str | None = None


class FeaturePolicy(Struct, frozen=True):
    """Who may put an actor into a collection: names of circles (``public``, ``followers``,
    ``following``), at once or after the actor has looked."""

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


class ActorFacets(Struct, frozen=True, omit_defaults=True):
    """What is shown but never queried."""

    fields: tuple[Field, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    also_known_as: tuple[str, ...] = ()
    attribution_domains: tuple[str, ...] = ()
    icon_alt: str | None = None
    header_alt: str | None = None
    memorial: bool = False
    show_media: bool = True
    """Whether the profile has a tab of pictures, and whether those of answers are in it."""
    show_media_replies: bool = True
    show_featured: bool = True
    moved_to: str | None = None
    """Of ours: the id of the account that it has gone to."""
    moved_at: int | None = None
    """When it last moved away from here."""
    owners: tuple[str, ...] = ()
    """Of a channel or community of another server: the ids of whose it is."""
    support: str | None = None
    """How to support who makes it, as Markdown."""
    feed_url: str | None = None
    """RSS: where a podcast or a channel can also be followed."""
    language: str | None = None
    category: str | None = None
    collections_uri: str | None = None
    """Of another server's actor: where its collections of people are listed (FEP-7aa9)."""
    playlists_uri: str | None = None
    """Of an account or channel of PeerTube's: where its playlists are listed."""
    feature_policy: FeaturePolicy | None = None
    """What it says of being put into collections; None if nothing."""
    flairs: tuple[Flair, ...] = ()
    """Of a community: the labels that its threads can have."""
    languages: tuple[str, ...] = ()
    """Of a community: those that it is held in; all, if it names none."""
    about: str | None = None
    """Of a community: one line, in plain text."""
    is_cat: bool = False
    """Says of itself that it is one; the Misskey family shows ears."""
    birthday: str | None = None
    """A date, as precise as it was given."""
    location: str | None = None
    chats: bool | None = None
    """Whether it takes chat messages, where its server says so."""


class Actor(Struct, frozen=True):
    """One row of ``actor``, in the order of ``ACTOR_COLUMNS``."""

    id: int
    num: int
    kind: int
    local: bool
    uri: str
    handle: str
    username: str
    domain: str
    host: str
    url: str
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers_uri: str | None
    following_uri: str | None
    featured_uri: str | None
    name: str
    summary: str
    summary_source: str | None
    icon_url: str | None
    header_url: str | None
    locked: bool
    discoverable: bool
    indexable: bool
    sensitive: bool
    hides_network: bool
    facets: str | None
    moved_to_id: int | None
    revision: int
    published_at: int
    arrived_at: int
    refreshed_at: int | None
    silenced_at: int | None
    suspended_at: int | None
    deleted_at: int | None
    sensitized_at: int | None = None

    @property
    def stands(self) -> bool:
        """Neither suspended nor deleted."""
        return self.suspended_at is None and self.deleted_at is None

    @property
    def is_applicant(self) -> bool:
        """One of ours who is not in yet: out of sight since the moment that it was made."""
        return self.local and self.suspended_at == self.published_at


class ActorStats(Struct, frozen=True):
    """Counts to show: the larger of ours and the origin's."""

    followers: int = 0
    following: int = 0
    posts: int = 0
    last_post_at: int | None = None


_facets = msgspec.json.Decoder(ActorFacets)
NO_FACETS = ActorFacets()


def actor_facets(stored: str | None) -> ActorFacets:
    """The facets of an actor's row."""
    return _facets.decode(stored) if stored else NO_FACETS


def stored_facets(facets: Struct) -> str | None:
    """Facets as they are kept, or None when there is nothing to keep."""
    encoded = msgspec.json.encode(facets).decode()
    return None if encoded == "{}" else encoded
