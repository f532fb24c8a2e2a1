"""Posts: every kind of speech act, and what hangs on it."""

from enum import IntEnum
from typing import Literal

import msgspec
from msgspec import Struct

from weft.domain.actors.records import Emoji
from weft.domain.posts.kinds import (
    ArticleFacets,
    EventFacets,
    Listen,
    Place,
    ReviewFacets,
    ThreadFacets,
    TrackFacets,
    VideoFacets,
)
from weft.domain.visibility.viewer import Visibility


class PostKind(IntEnum):
    """What a post is. The numbers are stored."""

    NOTE = 0
    ALBUM = 1
    ARTICLE = 2
    VIDEO = 3
    TRACK = 4
    LINK = 5
    THREAD = 6
    COMMENT = 7
    REVIEW = 8
    RATING = 9
    QUOTATION = 10
    QUESTION = 11
    EVENT = 12
    BOOST = 13


class AudienceRole(IntEnum):
    """Why a post names an actor. The numbers are stored."""

    MENTION = 0
    SILENT = 1
    COMMUNITY = 2
    CHANNEL = 3


class ObjectKind(IntEnum):
    """What an IRI in ``object`` stands for. The numbers are stored."""

    ACTOR = 0
    POST = 1
    ITEM = 2
    COLLECTION = 3
    MESSAGE = 4
    ACTIVITY = 5
    """Only that it was undone before it came."""


class QuoteState(IntEnum):
    """What became of a quote. The numbers are stored."""

    PENDING = 0
    ACCEPTED = 1
    REJECTED = 2
    REVOKED = 3
    GONE = 4
    """The quoted post was deleted."""
    LEGACY = 5
    """Quoted in the way that asks nobody (``quoteUrl`` alone): a link, not a quote."""


class QuotePolicy(Struct, frozen=True, omit_defaults=True):
    """Who may quote a post: any of ``public``, ``followers``, ``following``; nobody if empty.

    The author always may. ``automatic`` is granted at once, ``manual`` only by the author's hand.
    """

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


class Circle(Struct, frozen=True, omit_defaults=True):
    """Who may do something with a post of another server: ``public``, ``followers``, ``following`` of its
    author, or ids of actors; ``manual`` by the author's hand."""

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


class Interactions(Struct, frozen=True, omit_defaults=True):
    """What a post's author enforces (GoToSocial's interaction policy); None where nothing is."""

    like: Circle | None = None
    reply: Circle | None = None
    boost: Circle | None = None
    asks: bool = False
    """Its server takes requests (``LikeRequest`` and its like), not only what is done unasked."""


class PostFacets(Struct, frozen=True, omit_defaults=True):
    """What is shown but never queried."""

    emojis: tuple[Emoji, ...] = ()
    icon_url: str | None = None
    quote_policy: QuotePolicy | None = None
    """None where the origin says nothing of quotes."""
    replies_uri: str | None = None
    """Where another server lists what answers its post: asked when a thread is walked."""
    video: VideoFacets | None = None
    track: TrackFacets | None = None
    review: ReviewFacets | None = None
    event: EventFacets | None = None
    thread: ThreadFacets | None = None
    article: ArticleFacets | None = None
    listen: Listen | None = None
    place: Place | None = None
    """Where a picture or a note was made, as its author said."""
    comments: Literal["everybody", "approved", "nobody"] = "everybody"
    """Whose answers its author shows."""
    source: str | None = None
    source_format: str | None = None
    """What the author typed, where the origin tells it, and in which language: a media type."""
    chat: bool = False
    """A message of a chat between two: it came as one, and is shown as a direct post."""
    interactions: Interactions | None = None
    open_votes: bool = False
    """Of a poll: everybody sees who chose what."""


class Post(Struct, frozen=True):
    """One row of ``post``, in the order of ``POST_COLUMNS``."""

    id: int
    num: int
    kind: int
    local: bool
    uri: str
    url: str | None
    author_id: int
    visibility: int
    local_only: bool
    in_reply_to_id: int | None
    in_reply_to_uri: str | None
    in_reply_to_author_id: int | None
    root_id: int | None
    context_uri: str | None
    boost_of_id: int | None
    quote_of_id: int | None
    quote_state: int | None
    title: str | None
    summary: str | None
    sensitive: bool
    content: str
    source: str | None
    source_format: str | None
    language: str | None
    link_url: str | None
    facets: str | None
    app_id: int | None
    revision: int
    published_at: int
    arrived_at: int
    edited_at: int | None


class Tag(Struct, frozen=True):
    """A hashtag: ``name`` is what is compared, ``display`` what is shown; both without ``#``."""

    name: str
    display: str


class Mention(Struct, frozen=True):
    """A named actor; a silent one may see the post but is not shown in it."""

    actor_id: int
    role: AudienceRole = AudienceRole.MENTION


class NewPoll(Struct, frozen=True):
    options: tuple[str, ...]
    multiple: bool = False
    hide_totals: bool = False
    ends_at: int | None = None


class ReplyTo(Struct, frozen=True):
    """What a post answers. ``id`` and the rest are None while the parent is not known here."""

    uri: str
    id: int | None = None
    author_id: int | None = None
    root_id: int | None = None


class NewQuote(Struct, frozen=True):
    """What a post quotes. ``target_id`` is None while the quoted post is not known here."""

    target_uri: str
    state: QuoteState
    target_id: int | None = None
    stamp_uri: str | None = None
    """The leave of another server's author; ours is made when the post is stored."""


class NewPost(Struct, frozen=True, kw_only=True):
    """A post about to be stored; content is already sanitised."""

    author_id: int
    kind: PostKind = PostKind.NOTE
    visibility: Visibility = Visibility.PUBLIC
    local_only: bool = False
    content: str = ""
    source: str | None = None
    source_format: str | None = None
    sanitiser: int = 0
    title: str | None = None
    summary: str | None = None
    sensitive: bool = False
    language: str | None = None
    link_url: str | None = None
    reply_to: ReplyTo | None = None
    boost_of_id: int | None = None
    quote: NewQuote | None = None
    audience: tuple[Mention, ...] = ()
    tags: tuple[Tag, ...] = ()
    media_ids: tuple[int, ...] = ()
    poll: NewPoll | None = None
    facets: PostFacets = PostFacets()
    app_id: int | None = None
    # Remote posts bring these; for local ones they are made from the id.
    uri: str | None = None
    url: str | None = None
    context_uri: str | None = None
    published_at: int | None = None
    delivered: bool = True
    """Somebody sent it; what was only fetched tells nobody of itself once it is old."""
    indexable: bool = True
    """False: its author, of another server, did not agree to be found (FEP-5feb)."""
    quiet: bool = False
    """It notifies only people who follow its author."""


_facets = msgspec.json.Decoder(PostFacets)
NO_FACETS = PostFacets()


def post_facets(stored: str | None) -> PostFacets:
    """The facets of a post's row."""
    return _facets.decode(stored) if stored else NO_FACETS


def answers_others(post: Post) -> bool:
    """Is it a reply to somebody else than its author? Those stay out of public timelines."""
    return post.in_reply_to_uri is not None and post.in_reply_to_author_id != post.author_id
