"""Who a document is for: how far it reaches when it comes in, ``to`` and ``cc`` when it goes out.

Both tables as Mastodon has them (interop notes of Mastodon, A4), because its reading decides what
most of the network shows to whom.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any

from weft.protocol.activitystreams import PUBLIC, boolean, ids, is_public

MAX_ADDRESSEES = 1000
"""How many addressees of a document are looked at; the rest is ignored."""


class Reach(Enum):
    """How far a document reaches."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"
    LIMITED = "limited"


def audience_of(
    document: dict[str, Any], activity: dict[str, Any] | None = None
) -> tuple[list[str], list[str]]:
    """``to`` and ``cc`` of an object, or of its activity if the object has neither."""
    source = document
    if activity is not None and "to" not in document and "cc" not in document:
        source = activity
    return ids(source.get("to"))[:MAX_ADDRESSEES], ids(source.get("cc"))[:MAX_ADDRESSEES]


def visibility_of(
    document: dict[str, Any], followers_uri: str | None, activity: dict[str, Any] | None = None
) -> Reach:
    """How far a document reaches; *followers_uri* is its author's collection, if known.

    The first that fits: Public in ``to``, Public in ``cc`` or ``audience``, the followers in ``to``
    (or, seen from others than Mastodon, in ``cc``), ``directMessage: false``, else direct.
    """
    to, cc = audience_of(document, activity)
    if any(map(is_public, to)):
        return Reach.PUBLIC
    if any(map(is_public, cc)) or any(map(is_public, ids(document.get("audience")))):
        return Reach.UNLISTED
    if followers_uri is not None and (followers_uri in to or followers_uri in cc):
        return Reach.FOLLOWERS
    if boolean(document.get("directMessage")) is False:
        return Reach.LIMITED
    return Reach.DIRECT


def address(
    reach: Reach, followers_uri: str | None, named: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """``to`` and ``cc`` of an outgoing document; *named* are mentioned or listed actors."""
    followers = [followers_uri] if followers_uri else []
    match reach:
        case Reach.PUBLIC:
            return [PUBLIC], [*followers, *named]
        case Reach.UNLISTED:
            return followers, [PUBLIC, *named]
        case Reach.FOLLOWERS:
            return followers, list(named)
        case Reach.DIRECT | Reach.LIMITED:
            return list(named), []


def without_blind_copies(document: dict[str, Any]) -> dict[str, Any]:
    """The document and what is embedded in it without ``bto`` and ``bcc``, which nobody may see."""
    return {
        name: _without_blind_copies(value)
        for name, value in document.items()
        if name not in {"bto", "bcc"}
    }


def _without_blind_copies(value: Any) -> Any:
    if isinstance(value, dict):
        return without_blind_copies(value)
    if isinstance(value, list):
        return [_without_blind_copies(each) for each in value]
    return value
