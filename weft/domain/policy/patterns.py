"""Searching texts for words and patterns that operators write, in a time that the text's length bounds.

Python's own ``re`` tries alternatives one after the other: ``(a+)+$``, or even ``.*a.*b.*c``, on a text that
a stranger wrote holds the whole server up. RE2 runs all alternatives at once, in time linear in the text,
and refuses what it cannot (look-around, back references); what a pattern may cost in memory is bounded too.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeAlias

from weft.domain.policy.records import SettingsRefused

LONGEST_PATTERN = 500
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
    wanted = [each for each in (folded(word).strip() for word in words) if each]

    def find(text: str) -> str | None:
        plain = folded(text)
        return next((each for each in wanted if _is_in(each, plain, whole=whole)), None)

    return find


def _is_in(word: str, text: str, *, whole: bool) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        before = at > 0 and word[0].isalnum() and text[at - 1].isalnum()
        after = end < len(text) and word[-1].isalnum() and text[end].isalnum()
        if not whole or not (before or after):
            return True
        at = text.find(word, end)
    return False


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
