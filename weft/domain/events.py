"""What happened here that other servers must hear of.

A use case calls ``await server.tell(tx, event)`` inside its own write; whoever ``app.py`` put behind
it records what must be sent, in the same transaction. Events carry ids, and whatever will be gone
by the time they are sent.
"""

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from weft.storage.database import Tx


class PostPublished(Struct, frozen=True, tag="post_published"):
    """A local post, boosts excluded."""

    post_id: int


class PostEdited(Struct, frozen=True, tag="post_edited"):
    post_id: int


class PostDeleted(Struct, frozen=True, tag="post_deleted"):
    """Told before the rows go, because they say who must hear of it."""

    post_id: int
    uri: str
    author_id: int
    visibility: int


class Boosted(Struct, frozen=True, tag="boosted"):
    """``post_id`` is the boost itself, ``target_id`` the boosted post."""

    post_id: int
    target_id: int


class BoostUndone(Struct, frozen=True, tag="boost_undone"):
    """Told before the boost's row goes."""

    post_id: int
    uri: str
    author_id: int
    target_id: int
    target_uri: str
    visibility: int


class QuoteRequested(Struct, frozen=True, tag="quote_requested"):
    """A local post quotes one of another server, whose author is asked."""

    post_id: int
    uri: str
    actor_id: int
    target_uri: str
    target_author_id: int


class QuoteAnswered(Struct, frozen=True, tag="quote_answered"):
    """The answer to another server's question; ``stamp_uri`` is None for a refusal."""

    post_id: int
    uri: str
    actor_id: int
    target_uri: str
    quoter_id: int
    quoting_uri: str
    stamp_uri: str | None


class InteractionAllowed(Struct, frozen=True, tag="interaction_allowed"):
    """Another server asked whether its like, answer or boost of a post of ours may be: it may."""

    post_id: int
    uri: str
    """The request's."""
    kind: Literal["Like", "Reply", "Announce"]
    actor_id: int
    target_uri: str
    requester_id: int
    interaction_uri: str
    approval_uri: str


class LeaveAsked(Struct, frozen=True, tag="leave_asked"):
    """A local actor likes, answers or boosts what its author wants to be asked for."""

    uri: str
    """The question's."""
    kind: int
    """See ``interactions.records.LeaveKind``."""
    actor_id: int
    subject_id: int
    """The reaction, or the post that answers or boosts."""
    target_id: int
    """Who is asked."""
    target_author_uri: str
    target_uri: str
    visibility: int
    """How far the answer or boost will reach."""
    polite: bool
    """As a request; else as the thing itself, as older servers know it."""


class QuoteRevoked(Struct, frozen=True, tag="quote_revoked"):
    """A local author takes back the leave to quote a post."""

    post_id: int
    actor_id: int
    stamp_uri: str
    quoter_id: int
    quoting_uri: str
    target_uri: str


class Pinned(Struct, frozen=True, tag="pinned"):
    """A local actor pins one of its posts to its profile, or takes it down."""

    actor_id: int
    post_id: int
    post_uri: str
    down: bool


class TagFeatured(Struct, frozen=True, tag="tag_featured"):
    """A local actor shows a hashtag on its profile, or takes it down."""

    actor_id: int
    name: str
    display: str
    down: bool


class CollectionMade(Struct, frozen=True, tag="collection_made"):
    """A local actor recommends people in a collection."""

    actor_id: int
    collection_id: int


class CollectionChanged(Struct, frozen=True, tag="collection_changed"):
    actor_id: int
    collection_id: int


class CollectionRemoved(Struct, frozen=True, tag="collection_removed"):
    """Told before the rows go, because they say who must hear of it."""

    actor_id: int
    collection_id: int
    uri: str


class PersonFeatured(Struct, frozen=True, tag="person_featured"):
    """Somebody is now in a local actor's collection."""

    actor_id: int
    collection_id: int
    entry_id: int


class PersonUnfeatured(Struct, frozen=True, tag="person_unfeatured"):
    """Somebody is no longer in a local actor's collection."""

    actor_id: int
    collection_uri: str
    item_uri: str
    target_id: int


class FeatureRequested(Struct, frozen=True, tag="feature_requested"):
    """A local actor asks somebody of another server to be in a collection."""

    uri: str
    actor_id: int
    collection_uri: str
    target_id: int
    target_uri: str


class FeatureAnswered(Struct, frozen=True, tag="feature_answered"):
    """The answer to such a question; ``stamp_uri`` is None for a refusal."""

    uri: str
    actor_id: int
    collection_uri: str
    owner_id: int
    stamp_uri: str | None


class FeatureRevoked(Struct, frozen=True, tag="feature_revoked"):
    """A local actor no longer wants to be in a collection of another server."""

    actor_id: int
    stamp_uri: str
    collection_uri: str
    owner_id: int


class VoteCast(Struct, frozen=True, tag="vote_cast"):
    """A local actor chose an option of a poll on another server."""

    post_id: int
    actor_id: int
    uri: str
    title: str


class JoinAsked(Struct, frozen=True, tag="join_asked"):
    """Somebody of ours wants to come to an event of another server."""

    post_id: int
    uri: str
    actor_id: int
    post_uri: str
    target_id: int
    """Who organises it."""
    target_uri: str


class JoinUndone(Struct, frozen=True, tag="join_undone"):
    """They do not come after all."""

    post_id: int
    actor_id: int
    post_uri: str
    target_id: int
    target_uri: str


class JoinAnswered(Struct, frozen=True, tag="join_answered"):
    """One of ours says whether somebody of another server may come to an event."""

    post_id: int
    uri: str
    """Of the Join."""
    actor_id: int
    post_uri: str
    joiner_id: int
    joiner_uri: str
    accepted: bool


class ActorMoved(Struct, frozen=True, tag="actor_moved"):
    """A local actor has gone to another account."""

    actor_id: int
    target_uri: str


class Reported(Struct, frozen=True, tag="reported"):
    """A report is passed on to the server of whom it is about, or to a community that a reported post is
    in, in the name of this server."""

    report_id: int
    actor_id: int
    """Of this server's own actor: who reported stays here."""
    target_id: int
    uris: tuple[str, ...]
    """The actor first, then its posts; for a community a post of it first."""
    comment: str
    community_uri: str | None = None
    """Whose moderators are told: then ``target_id`` is the community."""


class Passed(Struct, frozen=True, tag="passed"):
    """An activity of another server is passed on as it came, because it is about a post of ours
    (ActivityPub 7.1.2)."""

    actor_id: int
    """Whose followers hear of it."""
    from_host: str
    """Which has it already."""
    body: str


class Announced(Struct, frozen=True, tag="announced"):
    """A community of this server passes an activity on to those who follow it (FEP-1b12)."""

    actor_id: int
    """The community."""
    uri: str
    """Of the Announce."""
    activity_id: int | None
    """One of ours, which is written for each receiver as always; else ``body`` has it."""
    body: str
    """Another server's, as it came."""
    only_to: tuple[int, ...] = ()
    """A report is for the servers of who moderates."""


class Moderated(Struct, frozen=True, tag="moderated"):
    """A moderator of this server does something in a community, ours or another server's."""

    actor_id: int
    community_id: int
    action: int
    """See ``communities.records.Action``."""
    object_uri: str
    """The post or person."""
    about_id: int
    """The person, or the post's author."""
    reason: str | None = None
    expires_at: int | None = None
    removes: bool = False
    """A ban that takes away what the person wrote there."""


class Reacted(Struct, frozen=True, tag="reacted"):
    reaction_id: int
    actor_id: int
    post_id: int


class ReactionUndone(Struct, frozen=True, tag="reaction_undone"):
    """Told before the row goes."""

    reaction_id: int
    uri: str
    kind: int
    value: str
    actor_id: int
    post_id: int


class FollowRequested(Struct, frozen=True, tag="follow_requested"):
    """A local actor asks to follow a remote one."""

    follow_id: int
    uri: str
    follower_id: int
    target_id: int


class FollowUndone(Struct, frozen=True, tag="follow_undone"):
    """A local actor no longer follows a remote one."""

    uri: str
    follower_id: int
    target_id: int


class FollowAnswered(Struct, frozen=True, tag="follow_answered"):
    """A local actor accepts or rejects a remote follower."""

    uri: str
    follower_id: int
    target_id: int
    accepted: bool


class Blocked(Struct, frozen=True, tag="blocked"):
    uri: str
    actor_id: int
    target_id: int


class BlockUndone(Struct, frozen=True, tag="block_undone"):
    uri: str
    actor_id: int
    target_id: int


class RelayAsked(Struct, frozen=True, tag="relay_asked"):
    """A relay is asked for posts."""

    relay_id: int
    uri: str
    actor_id: int
    """Which of the server's own actors asks."""
    followed: str | None
    """The relay's actor; None asks for the public (Mastodon's kind)."""
    inbox: str
    host: str


class RelayLeft(RelayAsked, frozen=True, tag="relay_left"):
    """The same question is taken back."""


class Relayed(Struct, frozen=True, tag="relayed"):
    """A public post is announced to relays of LitePub's kind."""

    post_id: int
    actor_id: int
    post_uri: str


class ProfileChanged(Struct, frozen=True, tag="profile_changed"):
    actor_id: int


class ActorDeleted(Struct, frozen=True, tag="actor_deleted"):
    actor_id: int
    uri: str


Event: TypeAlias = (
    PostPublished
    | PostEdited
    | PostDeleted
    | Boosted
    | BoostUndone
    | QuoteRequested
    | QuoteAnswered
    | QuoteRevoked
    | InteractionAllowed
    | LeaveAsked
    | Pinned
    | TagFeatured
    | CollectionMade
    | CollectionChanged
    | CollectionRemoved
    | PersonFeatured
    | PersonUnfeatured
    | FeatureRequested
    | FeatureAnswered
    | FeatureRevoked
    | VoteCast
    | ActorMoved
    | Reported
    | Passed
    | Announced
    | Moderated
    | Reacted
    | ReactionUndone
    | FollowRequested
    | FollowUndone
    | FollowAnswered
    | JoinAsked
    | JoinUndone
    | JoinAnswered
    | Blocked
    | BlockUndone
    | RelayAsked
    | RelayLeft
    | Relayed
    | ProfileChanged
    | ActorDeleted
)

Tell: TypeAlias = Callable[[Tx, Event], Awaitable[None]]
"""Records what other servers must hear; awaits only ``tx``."""
