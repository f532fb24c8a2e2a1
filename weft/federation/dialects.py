"""Dialects: how a platform writes and reads ActivityPub. Each platform's folder brings one;
``app.py`` registers them, and the machinery asks here.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from msgspec import Struct

from weft.domain.actors.queries import KeyRow
from weft.domain.actors.records import Actor, Emoji
from weft.domain.actors.store import RemoteActor
from weft.domain.collections.records import Collection, Entry
from weft.domain.posts.records import NewPoll, PostFacets, PostKind, QuotePolicy, Tag
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.protocol.activitystreams import types

JsonObject = dict[str, Any]


class RemoteMedia(Struct, frozen=True, kw_only=True):
    """An attachment as its origin describes it; nothing of it was fetched."""

    url: str
    content_type: str | None = None
    description: str | None = None
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    focus: tuple[float, float] | None = None
    icon_url: str | None = None
    """What a video or a sound is seen by before it plays."""


class RemoteQuote(Struct, frozen=True):
    """What a post says that it quotes; whether it may is another question."""

    uri: str
    stamp_uri: str | None = None
    legacy: bool = False
    """In one of the spellings that ask nobody."""
    gone: bool = False


class RemotePost(Struct, frozen=True, kw_only=True):
    """A post as its origin describes it: sanitised, its names not yet looked up."""

    uri: str
    author_uri: str
    kind: PostKind
    visibility: Visibility
    to: frozenset[str]
    url: str | None = None
    content: str = ""
    title: str | None = None
    summary: str | None = None
    sensitive: bool = False
    language: str | None = None
    link_url: str | None = None
    in_reply_to: str | None = None
    context_uri: str | None = None
    replies_uri: str | None = None
    """Its collection of replies, on its own server."""
    mentions: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    media: tuple[RemoteMedia, ...] = ()
    poll: NewPoll | None = None
    tally: tuple[int, ...] = ()
    """Votes for each option of the poll, as the origin counts."""
    voters: int = 0
    closed_at: int | None = None
    vote: str | None = None
    """The name of an answer, when this may be a vote and no post."""
    quote: RemoteQuote | None = None
    quote_policy: QuotePolicy | None = None
    published_at: int | None = None
    edited_at: int | None = None
    origin_likes: int = 0
    origin_boosts: int = 0
    origin_replies: int = 0
    facets: PostFacets = PostFacets()
    """What its kind has beyond text; emojis, quote policy and replies are not in here."""
    groups: tuple[str, ...] = ()
    """The communities or channels that it was sent to, by id."""
    approvals: tuple[str, ...] = ()
    """Where the author of what it answers says that it may; the first that holds is enough."""
    is_direct: bool = False
    """It says of itself that it is a direct message, whomever else it is addressed to."""
    at_most: Visibility | None = None
    """A rule of this server lets it reach no further."""
    quiet: bool = False
    """A rule of this server lets it notify only people who follow its author."""


class Unreadable(Exception):
    """A document that is not what it should be; the sentence goes into the inspector."""


class Dialect(Protocol):
    """Pure functions between wire and domain; no I/O."""

    name: str
    post_context: Any
    """The ``@context`` of a post's document."""

    def timestamp(self, at_ms: int) -> str:
        """A time as documents write it."""

    def type_of_actor(self, actor: Actor) -> str:
        """``Person`` and the like."""

    def write_actor(self, server: Server, actor: Actor, keys: Sequence[KeyRow]) -> JsonObject:
        """A local actor's document."""

    def write_post(self, server: Server, facts: PostFacts) -> JsonObject:
        """A local post's document, or the Announce of a boost."""

    def write_activity(self, server: Server, uri: str, event: Any, about: Any) -> JsonObject | None:
        """The activity that tells of an event, or None when what it tells of is gone; ``about`` is
        what ``federation.rendering`` read."""

    def write_stamp(
        self, uri: str, author_uri: str, quoting_uri: str, quoted_uri: str
    ) -> JsonObject:
        """The leave to quote a post."""

    def write_collection(self, server: Server, facts: Any) -> JsonObject:
        """A collection of people; ``facts`` is what ``federation.collection_facts`` read."""

    def write_item(self, server: Server, collection: Collection, entry: Entry) -> JsonObject:
        """Somebody's place in one."""

    def write_feature_stamp(self, uri: str, collection_uri: str, person_uri: str) -> JsonObject:
        """Somebody's leave to be in one."""

    def write_approval(
        self, kind: str, uri: str, author_uri: str, interaction_uri: str, target_uri: str
    ) -> JsonObject:
        """The leave to ``Like``, ``Reply`` to or ``Announce`` a post of ours."""

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """Raises Unreadable."""

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """Raises Unreadable. ``followers_uri`` is the author's, to tell who it is for."""


class Reader(Protocol):
    """How a platform's documents are read, where the generic reading would lose something.

    Pure functions; asked in the order of registration, by shape and namespace. What nobody claims, the
    generic dialect reads.
    """

    name: str
    types: frozenset[str]
    """Types of posts that it may claim."""
    members: frozenset[str]
    """Of posts of other types it may claim those that have one of these."""

    def claims_post(self, document: JsonObject) -> bool:
        """Is this post's document in this platform's form? Asked only as ``types`` and ``members`` say."""

    def claims_actor(self, document: JsonObject) -> bool:
        """Is this profile in this platform's form?"""

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """Raises Unreadable."""

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """Raises Unreadable. ``followers_uri`` is the author's, to tell who it is for."""


class Dialects:
    """Who reads what, and which dialect speaks to whom."""

    def __init__(
        self,
        generic: Dialect,
        by_software: Mapping[str, Dialect] | None = None,
        readers: Sequence[Reader] = (),
    ) -> None:
        self.generic = generic
        self._by_software = by_software or {}
        self._readers = tuple(readers)
        self._members = frozenset[str]().union(*(each.members for each in readers))
        self._asked = lru_cache(maxsize=1024)(self._who_may)

    def for_software(self, software: str | None) -> Dialect:
        """How to speak to a host that runs this (a name out of its NodeInfo, lower case); the generic
        way if it is not known."""
        return self._by_software.get(software or "", self.generic)

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """A profile, in whichever form it is. Raises Unreadable."""
        for each in self._readers:
            if each.claims_actor(document):
                return each.read_actor(document)
        return self.generic.read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A post, in whichever form it is. Raises Unreadable."""
        telling = self._members.intersection(document)
        # What is kept is small, whatever comes.
        named = tuple([each[:100] for each in types(document)[:5]])
        for each in self._asked(named, telling):
            if each.claims_post(document):
                return each.read_post(document, followers_uri)
        return self.generic.read_post(document, followers_uri)

    def _who_may(self, named: tuple[str, ...], telling: frozenset[str]) -> tuple[Reader, ...]:
        """The readers that may claim a post of these types with these telling members."""
        return tuple(
            each
            for each in self._readers
            if not each.types.isdisjoint(named) or not each.members.isdisjoint(telling)
        )
