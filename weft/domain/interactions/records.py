"""What was asked of authors of other servers, and what they answered."""

from enum import IntEnum
from typing import Literal, TypeAlias

from msgspec import Struct

What: TypeAlias = Literal["like", "reply", "boost"]


class LeaveKind(IntEnum):
    """The numbers are stored."""

    LIKE = 0
    REPLY = 1
    BOOST = 2


class LeaveState(IntEnum):
    """The numbers are stored."""

    PENDING = 0
    ACCEPTED = 1
    REJECTED = 2


class InteractionLeave(Struct, frozen=True):
    """A like, an answer or a boost that needs its target's author's leave. ``post_id`` is that of the
    answer or boost."""

    id: int
    kind: int
    state: int
    target_id: int
    post_id: int | None
    reaction_id: int | None
    visibility: int
    """How far an answer or a boost will reach once it may."""
    request_uri: str | None
    """Our question; None of what others did."""
    stamp_uri: str | None
    """The author's ``…Authorization``."""
    accept_uri: str | None
    """The author's Accept, which older servers ask for."""
    created_at: int


class InteractionRefused(Exception):
    """The sentence is for the person who likes, answers or boosts."""


FORBIDDEN = {
    "like": "The author of this post does not want it to be liked by you.",
    "reply": "The author of this post does not want it to be answered by you.",
    "boost": "The author of this post does not want it to be boosted by you.",
}
ONLY_LIKES = "The author of this post wants to be asked first: only a like can be asked for."
