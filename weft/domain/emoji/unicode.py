"""Emoji of Unicode, told by their characters (UTS 51, section 1.4.9): no table that grows old."""

import re

MOST_CHARS = 32
_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)
_ELEMENT = (
    f"[{_PICTURE}][\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?\ufe0f?[\U000e0020-\U000e007f]{{0,16}}"
)
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_ONE = re.compile(f"{_KEYCAP}|{_FLAG}|{_ELEMENT}(?:\u200d{_ELEMENT})*")


def is_emoji(text: str) -> bool:
    """Exactly one: a picture with what modifies it or is joined to it, a flag, or a key."""
    return 0 < len(text) <= MOST_CHARS and _ONE.fullmatch(text) is not None
