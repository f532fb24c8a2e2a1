"""What people who look at this very moment may want to hear: said inside the write that made it so.

A use case calls ``tx.say(word)``; after the commit ``weft/realtime`` carries the word to the streams of
this process and of all others. A word is ids and what will be gone by the time it is heard, never
content: who hears it looks again, and the rule of visibility decides anew.
"""

from typing import TypeAlias

import msgspec
from msgspec import Struct

MOST_TAGS = 50
MOST_NAMED = 100
"""A word fits into one notification of PostgreSQL (8,000 bytes)."""


class PostCame(Struct, frozen=True, array_like=True, tag="came"):
    """A post or a boost, of here or elsewhere, that is news."""

    post_id: int


class PostChanged(Struct, frozen=True, array_like=True, tag="changed"):
    post_id: int


class PostGone(Struct, frozen=True, array_like=True, tag="gone"):
    """With all that must be known to tell it to nobody who could not see the post."""

    post_id: int
    author_id: int
    visibility: int
    local: bool
    local_only: bool
    is_boost: bool
    answers_others: bool
    has_media: bool = False
    tags: tuple[str, ...] = ()
    """Names; of public posts only."""
    named: tuple[int, ...] = ()
    """People of this server whom the post named."""


class Notified(Struct, frozen=True, array_like=True, tag="notified"):
    owner_id: int
    notification_id: int


class NotificationsMerged(Struct, frozen=True, array_like=True, tag="merged"):
    """Notifications that waited for the owner's leave are among the others now."""

    owner_id: int


class ConversationChanged(Struct, frozen=True, array_like=True, tag="conversation"):
    owner_id: int
    conversation_id: int


class FiltersChanged(Struct, frozen=True, array_like=True, tag="filters"):
    owner_id: int


class AnnouncementReacted(Struct, frozen=True, array_like=True, tag="reacted"):
    announcement_id: int
    name: str


class AccessEnded(Struct, frozen=True, array_like=True, tag="ended"):
    """Some token, or somebody's account, is good no more: whoever holds one open looks again."""


Word: TypeAlias = (
    PostCame
    | PostChanged
    | PostGone
    | Notified
    | NotificationsMerged
    | ConversationChanged
    | FiltersChanged
    | AnnouncementReacted
    | AccessEnded
)

encode_word = msgspec.json.Encoder().encode
_words = msgspec.json.Decoder(list[Word])


def decode_words(carried: bytes | str) -> list[Word]:
    """Words as they were carried from another process.

    Raises:
        msgspec.DecodeError: another version of Weft says something that this one does not know.
    """
    return _words.decode(carried)
