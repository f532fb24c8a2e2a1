"""Searching texts for words and patterns that operators write, in a time that the text's length bounds.

Python's own ``re`` tries alternatives one after the other: ``(a+)+$``, or even ``.*a.*b.*c``, on a text that
a stranger wrote holds the whole server up. RE2 runs all alternatives at once, in time linear in the text,
and refuses what it cannot (look-around, back references); what a pattern may cost in memory is bounded too.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from weft.domain.policy.records import SettingsRefused, Swap

LONGEST_PATTERN = 500
MOST_SWAPPED = 1000
MOST_NESTED = 5
_MAX_MEM = 1024 * 1024

Finder: TypeAlias = Callable[[str], str | None]
"""What of a text was found, or None."""


def folded(text: str) -> str:
    """What words are compared by: no case, one width, no invisible characters between letters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return plain
    return "".join(char for char in plain if unicodedata.category(char) != "Cf")


def words_finder(words: Iterable[str], *, whole: bool) -> Finder:
    """Finds the first of some words; ``whole``: only where no letter or digit adjoins."""
    wanted = _wanted(words)

    def find(text: str) -> str | None:
        plain = folded(text)
        return next((each for each in wanted if _is_in(each, plain, whole=whole)), None)

    return find


def words_swapper(words: Iterable[str], by: str, *, whole: bool) -> Swap:
    """Writes ``by`` where :func:`words_finder` finds something. After ``MOST_SWAPPED`` places words are
    only left out, so that no text becomes a hundred times as long.

    Raises:
        SettingsRefused: ``by`` has one of the words in it, so that there would be no end to it.
    """
    wanted = _wanted(words)
    if words_finder(wanted, whole=whole)(by) is not None:
        raise SettingsRefused("What is written in the place of the words has one of them in it.")

    def once(text: str) -> str | None:
        plain, origin = _aligned(text)
        spans = [each for word in wanted for each in _places(word, plain, whole=whole)]
        if not spans:
            return None
        if origin is not None:
            spans = [(origin[start][0], origin[end - 1][1]) for start, end in spans]
        elif not text.isascii():
            text = (
                plain  # Letters that only fold together: better in small letters than not at all.
            )
        written, done, count = [], 0, 0
        for start, end in sorted(spans):
            if start >= done:
                written += [text[done:start], by if count < MOST_SWAPPED else ""]
                count += 1
            done = max(done, end)
        return "".join(written) + text[done:]

    def swap(text: str) -> str:
        for _ in range(MOST_NESTED):
            left = once(text)
            if left is None:
                return text
            text = left  # What is left can make the word again: cascasinoino.
        return by

    return swap


def _aligned(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """The folded text, and from where in the text each of its characters comes; None if from the same
    place, or (never mind the text then) if that cannot be said."""
    plain = folded(text)
    if text.isascii():
        return plain, None
    parts: list[str] = []
    origin: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and unicodedata.combining(text[end]):
            continue  # An accent belongs to what is before it.
        part = folded(text[start:end])
        parts.append(part)
        origin += [(start, end)] * len(part)
        start = end
    return plain, origin if "".join(parts) == plain else None


def _wanted(words: Iterable[str]) -> list[str]:
    return [each for each in (folded(word).strip() for word in words) if each]


def _is_in(word: str, text: str, *, whole: bool) -> bool:
    return next(_places(word, text, whole=whole), None) is not None


def _places(word: str, text: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """Where a word begins and ends, from the left, without overlaps."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        before = at > 0 and word[0].isalnum() and text[at - 1].isalnum()
        after = end < len(text) and word[-1].isalnum() and text[end].isalnum()
        if not whole or not (before or after):
            yield at, end
        at = text.find(word, end)


def pattern_finder(pattern: str, *, ignores_case: bool) -> Finder:
    """Finds the first match of a regular expression (RE2's syntax).

    Raises:
        SettingsRefused: it is too long, or none.
    """
    import re2  # Some megabytes, which only servers with such a rule need.

    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise SettingsRefused(f"A pattern has 1 to {LONGEST_PATTERN} characters.")
    options = re2.Options()
    options.case_sensitive = not ignores_case
    options.max_mem = _MAX_MEM
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else "it cannot be read"
        told = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise SettingsRefused(f"{pattern[:60]} is no pattern of RE2: {told}.") from None
    if compiled.search("") is not None:
        raise SettingsRefused(f"{pattern[:60]} fits an empty text, and so all texts.")

    def find(text: str) -> str | None:
        found = compiled.search(text)
        return str(found[0]) if found is not None else None

    return find
