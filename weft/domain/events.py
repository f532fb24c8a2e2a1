"""What happened here that other servers must hear of.

A use case calls ``await server.tell(tx, event)`` inside its own write; whoever ``app.py`` put behind
it records what must be sent, in the same transaction. Events carry ids, and whatever will be gone
by the time they are sent.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

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
    | Reacted
    | ReactionUndone
    | FollowRequested
    | FollowUndone
    | FollowAnswered
    | Blocked
    | BlockUndone
    | ProfileChanged
    | ActorDeleted
)

Tell: TypeAlias = Callable[[Tx, Event], Awaitable[None]]
"""Records what other servers must hear; awaits only ``tx``."""
