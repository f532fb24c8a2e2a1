"""What people type into the search field."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.search.typed import (
    LONGEST,
    QUALIFIERS,
    Part,
    Period,
    Person,
    QueryRefused,
    Typed,
    read,
)
from weft.storage.fulltext import Phrase


def words(*tokens: str, excluded: bool = False) -> Part:
    return Part(Phrase(tokens), excluded)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("tide  rock", Typed((words("tide"), words("rock")))),
        ('"Low Water" -storm', Typed((words("low", "water"), words("storm", excluded=True)))),
        ('-"a b', Typed((words("a", "b", excluded=True),))),
        ("from:me", Typed(people=(Person("me"),))),
        ("-from:@Ann@Far.example", Typed(people=(Person("ann@far.example", excluded=True),))),
        ("@ann x", Typed((words("x"),), (Person("ann", named=True, text="@ann"),))),
        ("has:IMAGE -is:reply", Typed((words("_hasimage"), words("_isreply", excluded=True)))),
        ("#Téa language:pt-BR", Typed((words("_tagtea"), words("_langptbr")))),
        ("tide in:library", Typed((words("tide"),), reach="library")),
        ("-in:library", Typed(reach="public")),
        ("nota:bene 12:30", Typed((words("nota", "bene"), words("12", "30")))),
        ("+tide", Typed((words("tide"),))),
        ("!!! ''", Typed()),
    ],
)
def test_words_quotes_and_operators(text: str, typed: Typed) -> None:
    assert read(text) == typed


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("during:2026-03-31", "2026-03-31", "2026-04-01"),
        ("during:2024-02", "2024-02-01", "2024-03-01"),
        ("during:2024", "2024-01-01", "2025-01-01"),
        ("after:2026-03-30 before:2026-04", "2026-03-31", "2026-04-01"),
        ("-before:2026-03-31 -after:2026-03", "2026-03-31", "2026-04-01"),
    ],
)
def test_dates(text: str, first: str, end: str) -> None:
    def at(day: str) -> int:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000

    assert read(text).period == Period(at(first), at(end))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("before:soon", "before: takes a date, such as before:2026-03-31."),
        ("during:2026-13", "during: takes a date"),
        ("after:0000", "after: takes a date"),
        ("-during:2026", "during: cannot be excluded"),
        ("has:cheese", "has: takes one of media, image"),
        ("is:", "is"),
        ("in:here", "in: takes library, public or all."),
        ("from:'x", "from: takes a name"),
        ("language:**", "language: takes a language"),
        ("x" * (LONGEST + 1), "at most 500 characters"),
        ("a " * 21, "at most 20 words"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    if text == "is:":  # without a value it is a word
        assert read(text) == Typed((words("is"),))
        return
    with pytest.raises(QueryRefused, match=sentence.replace(".", r"\.")):
        read(text)


@given(st.text(max_size=LONGEST))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    with suppress(QueryRefused):
        assert isinstance(read(text), Typed)


def test_every_operator_that_is_explained_is_known() -> None:
    for text, _ in QUALIFIERS:
        for each in text.split(", "):
            typed = read(each)
            assert not typed.is_empty or typed.reach == "public", each
