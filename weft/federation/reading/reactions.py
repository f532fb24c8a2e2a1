"""Reactions: a like, a dislike, or an emoji, in the spellings of Misskey, Pleroma and FEP-c0e0.

Sources: section 1.4 of the interop notes of Misskey, section 1.6 of those of Pleroma.
"""

import re

from msgspec import Struct

from weft.domain.emoji.unicode import is_emoji
from weft.domain.reactions.react import ReactionKind
from weft.federation.dialects import JsonObject
from weft.federation.reading.values import emojis
from weft.protocol.activitystreams import text_of

_OLD_NAMES = {
    "like": "👍", "love": "❤", "laugh": "😆", "hmm": "🤔", "surprise": "😮", "congrats": "🎉",
    "angry": "💢", "confused": "😥", "rip": "😇", "pudding": "🍮", "star": "⭐",
}  # fmt: skip
"""What Misskey called its reactions before they were emoji."""
_CODE = re.compile(r":([\w+-]{1,128})(?:@[\w.:-]{0,253})?:|([a-z0-9_+-]{1,128})", re.IGNORECASE)
_LONGEST = 400


class ReactionRead(Struct, frozen=True):
    """What somebody says of a post without words."""

    kind: ReactionKind
    value: str = ""
    """An emoji, or ``name@host`` of a custom one."""
    icon_url: str | None = None


def read_reaction(type_: str, document: JsonObject, host: str) -> ReactionRead | None:
    """A ``Like``, ``Dislike`` or ``EmojiReact`` of somebody on ``host``; None if it is an emoji that is
    none. A Like whose emoji is not known is still a like."""
    if type_ == "Dislike":
        return ReactionRead(ReactionKind.DISLIKE)
    said = text_of(document.get("content")) or text_of(document.get("_misskey_reaction")) or ""
    found = _emoji(said.strip(), document, host) if len(said) <= _LONGEST else None
    if found is None and type_ == "Like":
        return ReactionRead(ReactionKind.LIKE)
    return found


def _emoji(said: str, document: JsonObject, host: str) -> ReactionRead | None:
    if is_emoji(said):
        return ReactionRead(ReactionKind.EMOJI, said)
    code = _CODE.fullmatch(said)
    if code is None:
        return None
    name = code[1] or code[2]
    # Two names that differ in their letters' size only are two emoji.
    shown = next((each for each in emojis(document) if each.shortcode == name), None)
    if shown is not None:
        return ReactionRead(ReactionKind.EMOJI, f"{name}@{host}", shown.url)
    old = _OLD_NAMES.get(said)
    return ReactionRead(ReactionKind.EMOJI, old) if old is not None else None
