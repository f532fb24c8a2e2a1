"""The functions of MFM: what of them can be said without moving, colouring or sizing anything."""

import re
from datetime import UTC, datetime
from html import escape

from weft.domain.markup.walking import Frame

KNOWN = frozenset(
    [
        "tada",
        "jelly",
        "twitch",
        "shake",
        "spin",
        "jump",
        "bounce",
        "flip",
        "x2",
        "x3",
        "x4",
        "scale",
        "position",
        "fg",
        "bg",
        "border",
        "font",
        "blur",
        "rainbow",
        "sparkle",
        "fade",
        "rotate",
        "ruby",
        "unixtime",
        "clickable",
        "crop",
        "followmouse",
        "group",
    ]
)
"""Misskey's and those of its forks. Of another, everything is shown as it was typed."""
_LAST_WORD = re.compile(r"^(.*)[ \u3000\n]+([^ \u3000\n]+)$", re.DOTALL)
_LATEST_S = 253_402_300_799
"""The end of the year 9999."""


def function_html(frame: Frame) -> str:
    """The HTML of a function with content; ``frame.name`` is in lower case."""
    inner = frame.inner()
    if frame.name == "ruby":
        return _ruby(frame) or inner
    if frame.name == "unixtime":
        return _moment(inner) or inner
    if frame.name in KNOWN:
        return inner
    return f"{escape(frame.marks, quote=False)}{inner}]"


def _ruby(frame: Frame) -> str | None:
    """The last word is how the others are read; with elements in it, the last of them."""
    words = "".join(
        piece for piece, is_text in zip(frame.pieces, frame.is_text, strict=True) if is_text
    )
    before = ""
    if all(frame.is_text):
        found = _LAST_WORD.match(words.strip())
        if found is None:
            return None
        before, reading = found[1].strip(), found[2]
    else:
        *others, last = [piece for piece in frame.pieces if piece.strip()]
        found = _LAST_WORD.match(last.rstrip()) if frame.is_text[-1] else None
        before = "".join(others) + (found[1] if found else "")
        reading = found[2] if found else last.strip()
    if not before or not reading:
        return None
    return f"<ruby>{before}<rp>(</rp><rt>{reading}</rt><rp>)</rp></ruby>"


def _moment(inner: str) -> str | None:
    """Seconds since 1970, as a time that can be read."""
    number = inner.strip()
    if not re.fullmatch(r"-?\d{1,12}", number) or not -_LATEST_S // 10 < int(number) <= _LATEST_S:
        return None
    return datetime.fromtimestamp(int(number), UTC).strftime("%Y-%m-%d %H:%M (UTC)")
