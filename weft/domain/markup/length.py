"""How long a post is, as its author counts.

A link counts 23 characters whatever its length, a mention without its domain, and what looks like
one character is one, be it made of seven code points (interop: mastodon.md A6).
"""

import re
import unicodedata

from weft.domain.markup.extract import extract

LINK_CHARS = 23


def post_length(text: str) -> int:
    """The number of characters that count against the limit."""
    found = extract(text)
    shortened: list[str] = []
    position = 0
    cuts = [(link.start, link.end, "x" * LINK_CHARS) for link in found.links]
    cuts += [(m.start, m.end, f"@{m.name}") for m in found.mentions]
    for start, end, instead in sorted(cuts):
        shortened += [text[position:start], instead]
        position = end
    return visible_length("".join([*shortened, text[position:]]))


def visible_length(text: str) -> int:
    """The number of grapheme clusters, near enough to Unicode's rules (UAX 29).

    Marks, joiners, skin tones and tags belong to what is before them; two regional indicators
    are one flag; Hangul letters make one syllable.
    """
    text = text.replace("\r\n", "\n")
    if text.isascii():
        return len(text)
    count = 0
    joined = False
    flag_half = False
    for char in text:
        code = ord(char)
        if 0x1F1E6 <= code <= 0x1F1FF:
            count += not flag_half
            flag_half = not flag_half
            joined = False
            continue
        flag_half = False
        if code == 0x200D:
            joined = True
            continue
        if not _continues(char, code) and not joined:
            count += 1
        joined = False
    return count


_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAG_CHARS = range(0xE0020, 0xE0080)
_HANGUL_MEDIALS_AND_FINALS = range(0x1160, 0x1200)


def _continues(char: str, code: int) -> bool:
    if code < 0x300:
        return False
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc")
        or code in _SKIN_TONES
        or code in _TAG_CHARS
        or code in _HANGUL_MEDIALS_AND_FINALS
        or code == 0x200C
    )


_WHITESPACE = re.compile(r"\s*")


def is_blank(text: str) -> bool:
    """Whether there is nothing to read in *text*, zero-width characters included."""
    return not _WHITESPACE.sub("", re.sub("[\u200b-\u200f\u2060\ufeff]", "", text))
