"""A text as the tokens that it is found by, and what was typed as the phrases that find it.

Both are made here, so that both engines find the same. A token is a run of letters, marks and digits,
folded: compatible forms made one (NFKC), case-folded, accents taken off where a language that has
none would not type them (Latin, Greek, Cyrillic; the vowel points of Hebrew and Arabic), but not
where they make another letter (Indic signs, Thai tones, the voicing marks of Kana).

Scripts that are written without blanks, and Korean, whose particles cling to the word, are cut into
pairs: 東京都 becomes 東京 京都 都. A typed run is looked for as the phrase of its pairs, and a single
character as the beginning of a token, so that every part of such a run is found, and nothing else.
Pairs cost one token per character; a dictionary would need the language, and miss what is not in it.

What is known of a post beside its words (author, hashtags, pictures ...) goes into the same index as
tokens that begin with ``_``, which no word does: ``from:alice tide`` is then one look into the index.
"""

import re
import unicodedata

from weft.storage.fulltext import Phrase

LONGEST_TOKEN = 64
MOST_TOKENS = 4_000
"""Of one text; what comes after them is not found. A long article has a thousand words."""
LONGEST_TEXT = 60_000
APART = "_"
"""Between two texts of one post, so that no phrase reaches from one into the next."""

_OTHER = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul jamo
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # marks that stand for ideographs
    (0x3040, 0x30FF),  # Kana
    (0x3100, 0x31BF),  # Bopomofo
    (0x3400, 0x9FFF),  # ideographs
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),  # Hangul
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_UNSPACED_CLASS = "".join(f"{chr(low)}-{chr(high)}" for low, high in _UNSPACED)
_IS_UNSPACED = re.compile(f"[{_UNSPACED_CLASS}]")
_RUNS = re.compile(f"([{_UNSPACED_CLASS}]+)")
_ASCII = re.compile(r"[a-z0-9]+")


def folded(text: str) -> str:
    """As it is compared."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold().translate(_OTHER)
    kept = [each for each in unicodedata.normalize("NFKD", text) if not _is_accent(each)]
    return unicodedata.normalize("NFC", "".join(kept))


def _is_accent(char: str) -> bool:
    """By the canonical combining class: below 10 are signs that belong to Indic and Japanese
    letters, 10 to 36 points of Hebrew and Arabic, 84 to 132 signs of other scripts of Asia, from
    200 on what stands above or below a letter."""
    kind = unicodedata.combining(char)
    return 10 <= kind <= 36 or kind >= 200


def tokens_of(text: str) -> list[str]:
    """The tokens of a text, in order."""
    text = folded(text[:LONGEST_TEXT])
    if text.isascii():
        found = _ASCII.findall(text)
    else:
        found = []
        for word in _words(text):
            found += _cut(word) if _IS_UNSPACED.search(word) else (word,)
    if len(text) > LONGEST_TOKEN:
        found = [each[:LONGEST_TOKEN] for each in found[:MOST_TOKENS]]
    return found


def _words(text: str) -> list[str]:
    return "".join(each if _holds(each) else " " for each in text).split()


def _holds(char: str) -> bool:
    """Is it part of a word? Letters, digits and marks that follow them; ``_`` is between words."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def _cut(word: str) -> list[str]:
    found: list[str] = []
    for part in _RUNS.split(word):
        if part and _IS_UNSPACED.match(part):
            found += [part[at : at + 2] for at in range(len(part))]
        elif part:
            found.append(part)
    return found


def phrase_of(typed: str, *, prefix: bool = False) -> Phrase | None:
    """What finds this word, or these words in this order. None if there is no word in it.

    ``prefix``: of the last word the beginning will do.
    """
    found = tokens_of(typed)
    if not found:
        return None
    if len(found[-1]) == 1 and _IS_UNSPACED.match(found[-1]):
        # The last character of a run is a token only where the run ends in the text as well.
        if len(found) > 1 and found[-2][-1] == found[-1] and _IS_UNSPACED.match(found[-2]):
            return Phrase(tuple(found[:-1]))
        return Phrase(tuple(found), prefix=True)
    return Phrase(tuple(found), prefix=prefix)


def fact(name: str, value: str | int = "") -> str:
    """A token for something that is known of a post."""
    return f"_{name}{value}"


def fact_of_tag(name: str) -> str | None:
    """``name`` as hashtags are compared by. None for a name that has other signs in it."""
    if name and len(name) <= LONGEST_TOKEN and all(_holds(each) or each in "_·・" for each in name):
        return fact("tag", name.replace("·", "").replace("・", ""))
    return None
