"""Finding a filter's keyword in what a post says.

Both are folded (NFC, case-folded, blanks made one), so that what looks the same is the same. A whole
word begins and ends where a Unicode word does: between letters of scripts that write without blanks
(Chinese, Hiragana, Thai and their like) every place is such an end.
"""

import unicodedata

from msgspec import Struct

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x309F),  # Hiragana
    (0x3400, 0x9FFF),  # ideographs
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


def folded(text: str) -> str:
    """As it is compared."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


class Word(Struct, frozen=True):
    """A keyword that is ready to be looked for."""

    keyword: str
    """As it was typed."""
    sought: str
    starts: bool
    """Only where a word begins; ``ends`` likewise."""
    ends: bool


def make_word(keyword: str, whole_word: bool) -> Word:
    sought = folded(keyword)
    whole = whole_word and bool(sought)
    return Word(
        keyword, sought, starts=whole and _joins(sought[0]), ends=whole and _joins(sought[-1])
    )


def found_in(word: Word, text: str) -> bool:
    """Is it in a folded text?"""
    size, start = len(word.sought), 0
    if not size:
        return False
    while (start := text.find(word.sought, start)) >= 0:
        end = start + size
        before = start > 0 and word.starts and _joins(text[start - 1])
        after = end < len(text) and word.ends and _joins(text[end])
        if not before and not after:
            return True
        start += 1
    return False


def _joins(char: str) -> bool:
    """Does a letter beside it belong to the same word?"""
    if char.isascii():
        return char.isalnum() or char == "_"
    code = ord(char)
    if any(low <= code <= high for low, high in _UNSPACED):
        return False
    return char.isalnum() or unicodedata.category(char)[0] == "M"
