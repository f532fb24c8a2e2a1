"""How texts become tokens, and how what is typed becomes phrases that find them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.search.people_index import pieces_of
from weft.domain.search.texts import PostText, languages, plain, tokens_of_post
from weft.domain.search.words import (
    LONGEST_TOKEN,
    MOST_TOKENS,
    fact_of_tag,
    folded,
    phrase_of,
    tokens_of,
)
from weft.storage.fulltext import Phrase, Sought, rendered


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Tide's in, again!", ["the", "tide", "s", "in", "again"]),
        ("naïve Café ÅNGSTRÖM straße Łódź", ["naive", "cafe", "angstrom", "strasse", "lodz"]),
        (
            "snake_case https://a.example/b?c=1",
            ["snake", "case", "https", "a", "example", "b", "c", "1"],
        ),
        ("Ёлка ΆΛΦΑ", ["елка", "αλφα"]),
        ("שָׁלוֹם", ["שלום"]),
        ("ﬁn ＡＢＣ", ["fin", "abc"]),
        ("東京都", ["東京", "京都", "都"]),
        ("Pythonで書く", ["python", "で書", "書く", "く"]),
        ("ガ ｶﾞ", ["ガ", "ガ"]),
        ("हिन्दी", ["हिन्दी"]),
        ("\0\x01\ud800 \u202e 🎉 _ ' \" \\ :*", []),
    ],
)
def test_words_are_folded_and_unspaced_scripts_cut_into_pairs(text: str, found: list[str]) -> None:
    assert tokens_of(text) == found


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("Tide", Phrase(("tide",))),
        ("low-water", Phrase(("low", "water"))),
        ("京都", Phrase(("京都",))),
        ("都", Phrase(("都",), prefix=True)),
        ("東京都", Phrase(("東京", "京都"))),
        ("a都", Phrase(("a", "都"), prefix=True)),
        ("!?", None),
    ],
)
def test_what_is_typed_becomes_a_phrase(typed: str, phrase: Phrase | None) -> None:
    assert phrase_of(typed) == phrase


@given(st.text(st.sampled_from("東京都は雨カ서울ไทย"), min_size=1, max_size=12), st.data())
def test_each_part_of_an_unspaced_run_finds_it(run: str, data: st.DataObject) -> None:
    text = folded(run)
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    phrase = phrase_of(part)
    assert phrase is not None
    assert fits(phrase, tokens_of(text))


def fits(phrase: Phrase, tokens: list[str]) -> bool:
    """As the engines do it."""
    size = len(phrase.tokens)
    return any(
        tokens[at : at + size - 1] == list(phrase.tokens[:-1])
        and (
            tokens[at + size - 1].startswith(phrase.tokens[-1])
            if phrase.prefix
            else tokens[at + size - 1] == phrase.tokens[-1]
        )
        for at in range(len(tokens) - size + 1)
    )


@given(st.text(max_size=200))
def test_no_text_makes_a_token_that_an_engine_could_read_otherwise(text: str) -> None:
    for token in tokens_of(text):
        assert token.split() == [token]
        assert not set(token) & set("_'\"\\:*()")
        assert len(token) <= LONGEST_TOKEN


@given(st.text(max_size=80))
def test_what_is_rendered_holds_nothing_but_tokens_in_quotes(text: str) -> None:
    sought = Sought(((Phrase((text, "a")),),), (Phrase((text,)),))
    assert rendered(sought, "sqlite").count('"') == 4
    assert rendered(sought, "postgresql").count("'") == 6


def test_a_text_is_cut_to_its_first_tokens() -> None:
    made = tokens_of_post(PostText(author_id=1, visibility=0, content="a " * 50_000)).split()
    assert len(made) < MOST_TOKENS + 10
    assert {len(each) for each in tokens_of("x" * 500)} == {LONGEST_TOKEN}


def test_html_is_read_as_it_is_seen() -> None:
    html = '<p>An <b>un</b>usual&amp;odd</p><p>day<br>off <a href="https://q.example">a</a></p>'
    assert plain(html).split() == ["An", "unusual&odd", "day", "off", "a"]


def test_facts_are_tokens_that_no_word_is() -> None:
    made = tokens_of_post(
        PostText(
            author_id=7,
            visibility=0,
            content="<p>pub</p>",
            summary="warned",
            language="pt-BR",
            is_reply=True,
            mentioned=(8, 9),
            tags=("big_tea",),
            media=((0, "A red kite"), (2, None)),
            options=("Yes", "No"),
            has_poll=True,
            card=("video", "A film"),
        )
    )
    facts, _, texts = made.partition(" _ ")
    assert facts.split() == [
        "_by7",
        "_to8",
        "_to9",
        "_pub",
        "_tagbig_tea",
        "_langpt",
        "_langptbr",
        "_hasimage",
        "_hasvideo",
        "_hasmedia",
        "_haspoll",
        "_hasembed",
        "_isreply",
    ]
    assert texts == "pub _ warned _ yes _ no _ a red kite _ a film _ big tea"


def test_languages_and_hashtags_with_strange_signs() -> None:
    assert languages("EN") == ["_langen"]
    assert languages("' OR 1") == ["_langor", "_langor1"]
    assert languages("*") == languages(None) == []
    assert fact_of_tag("a'b") is None
    assert fact_of_tag("東京") == "_tag東京"


def test_names_have_pieces() -> None:
    assert pieces_of(["al"]) == ["_g_al", "_gal_"]
