"""What was typed into the search field, read: words, quotes, exclusions and operators.

``tide "low water" -storm from:alice has:image before:2026-04``. An operator is a known name, a colon
and a value; what looks like one and is not known is text. Everything can be excluded with ``-``.
Operators are those of Mastodon 4.2 and later; ``QUALIFIERS`` is what pages explain.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from weft.domain.markup.extract import tag_name
from weft.domain.search.texts import languages
from weft.domain.search.words import LONGEST_TOKEN, fact, fact_of_tag, phrase_of
from weft.storage.fulltext import Phrase

Reach: TypeAlias = Literal["all", "library", "public"]

LONGEST = 500
MOST_PARTS = 20

HAS = ("media", "image", "video", "audio", "poll", "link", "embed", "quote")
IS = ("reply", "sensitive")
REACHES: tuple[Reach, ...] = ("all", "library", "public")

QUALIFIERS = (
    ('"low water"', "these words in this order"),
    ("-storm", "not with this word; works with everything below as well"),
    ("from:me, from:name@example.org", "by this person"),
    ("@name@example.org", "naming this person"),
    ("#tea", "with this hashtag"),
    ("before:2026-04, after:2026-04-30, during:2026", "by day, month or year (UTC)"),
    (" ".join(f"has:{each}" for each in HAS), "with something"),
    (" ".join(f"is:{each}" for each in IS), "of this kind"),
    ("language:en", "in this language"),
    ("in:library", "only what you wrote, liked, boosted, bookmarked, or are named in"),
    ("in:public", "only public posts by people who agreed to be found"),
)


class QueryRefused(Exception):
    """The sentence is for the person who typed it."""


class Period(Struct, frozen=True):
    """Milliseconds; ``until`` is not part of it."""

    since: int
    until: int


class Part(Struct, frozen=True):
    """A phrase that must be in the post, or must not."""

    phrase: Phrase
    excluded: bool = False


class Person(Struct, frozen=True):
    """By, or naming, somebody. ``name`` is ``me``, ``name`` or ``name@domain``, case-folded."""

    name: str
    named: bool = False
    excluded: bool = False
    text: str = ""
    """For who is not known here: what was typed, for its words."""


class Typed(Struct, frozen=True):
    """A search, read; whose names stand for whom is not known yet."""

    parts: tuple[Part, ...] = ()
    people: tuple[Person, ...] = ()
    period: Period | None = None
    reach: Reach = "all"

    @property
    def is_empty(self) -> bool:
        """Is there nothing that a post could be found by? One's library may be looked through."""
        is_all = not self.parts and not self.people and self.period is None
        return is_all and self.reach != "library"


_PARTS = re.compile(r'([-+]?)(?:([a-zA-Z]{2,10}):)?(?:"([^"]*)"?|(\S+))')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_HANDLE = re.compile(r"[\w.-]+(?:@[\w.:-]+)?")
_FOREVER = 2**53


def read(text: str) -> Typed:
    """Read what was typed.

    Raises:
        QueryRefused: an operator's value makes no sense, or there is too much of everything.
    """
    if len(text) > LONGEST:
        raise QueryRefused(f"A search may have at most {LONGEST} characters.")
    reader = _Reader()
    found = list(_PARTS.finditer(text))
    if len(found) > MOST_PARTS:
        raise QueryRefused(f"A search may have at most {MOST_PARTS} words and operators.")
    for match in found:
        sign, name, quoted, word = match[1], match[2], match[3], match[4]
        value = quoted if quoted is not None else word
        known = getattr(reader, f"of_{name.lower()}", None) if name else None
        if known is not None:
            known(value, sign == "-")
        else:
            whole = f"{name}:{value}" if name else value
            reader.text(whole, sign == "-", quoted=quoted is not None)
    return reader.done()


class _Reader:
    """Collects; its methods ``of_NAME`` are the operators."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.people: list[Person] = []
        self.since, self.until = 0, _FOREVER
        self.reach: Reach = "all"

    def done(self) -> Typed:
        has_period = (self.since, self.until) != (0, _FOREVER)
        period = Period(self.since, self.until) if has_period else None
        return Typed(tuple(self.parts), tuple(self.people), period, self.reach)

    def text(self, typed: str, excluded: bool, *, quoted: bool) -> None:
        if not quoted and typed[0] == "#" and (name := fact_of_tag(tag_name(typed[1:]))):
            self._fact(name, excluded)
        elif not quoted and typed[0] == "@" and _HANDLE.fullmatch(typed[1:]):
            name = typed[1:].casefold()
            self.people.append(Person(name, named=True, excluded=excluded, text=typed))
        elif (phrase := phrase_of(typed)) is not None:
            self.parts.append(Part(phrase, excluded))

    def of_from(self, value: str, excluded: bool) -> None:
        name = value.removeprefix("@").casefold()
        if not _HANDLE.fullmatch(name):
            raise QueryRefused("from: takes a name, such as from:me or from:name@example.org.")
        self.people.append(Person(name, excluded=excluded))

    def of_has(self, value: str, excluded: bool) -> None:
        self._fact(fact("has", _one_of("has", value, HAS)), excluded)

    def of_is(self, value: str, excluded: bool) -> None:
        self._fact(fact("is", _one_of("is", value, IS)), excluded)

    def of_language(self, value: str, excluded: bool) -> None:
        found = languages(value)
        if not found:
            raise QueryRefused("language: takes a language, such as language:en or language:pt-BR.")
        self._fact(found[-1][:LONGEST_TOKEN], excluded)

    def of_in(self, value: str, excluded: bool) -> None:
        reach = value.lower()
        if reach not in REACHES or (excluded and reach == "all"):
            raise QueryRefused("in: takes library, public or all.")
        if excluded:
            reach = "public" if reach == "library" else "library"
        self.reach = "all" if reach == "all" else "public" if reach == "public" else "library"

    def of_before(self, value: str, excluded: bool) -> None:
        period = _period("before", value)
        if excluded:
            self.since = max(self.since, period.since)
        else:
            self.until = min(self.until, period.since)

    def of_after(self, value: str, excluded: bool) -> None:
        period = _period("after", value)
        if excluded:
            self.until = min(self.until, period.until)
        else:
            self.since = max(self.since, period.until)

    def of_during(self, value: str, excluded: bool) -> None:
        if excluded:
            raise QueryRefused("during: cannot be excluded: use before: or after:.")
        period = _period("during", value)
        self.since, self.until = max(self.since, period.since), min(self.until, period.until)

    def _fact(self, token: str, excluded: bool) -> None:
        self.parts.append(Part(Phrase((token,)), excluded))


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    found = value.lower()
    if found not in known:
        raise QueryRefused(f"{name}: takes one of {', '.join(known)}.")
    return found


def _period(name: str, value: str) -> Period:
    """A day, month or year in UTC."""
    match = _DATE.fullmatch(value)
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(each) if each else None for each in match.groups())
        first = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    except ValueError:
        raise QueryRefused(f"{name}: takes a date, such as {name}:2026-03-31.") from None
    days = 1 if day else monthrange(first.year, first.month)[1] if month else _days(first.year)
    since = int(first.timestamp()) * 1000
    return Period(max(since, 0), max(since + days * 86_400_000, 0))


def _days(year: int) -> int:
    return 366 if monthrange(year, 2)[1] == 29 else 365
