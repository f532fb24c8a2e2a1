"""Where a keyword is found."""

import pytest

from weft.domain.filters.words import folded, found_in, make_word


@pytest.mark.parametrize(
    ("keyword", "text", "whole", "loose"),
    [
        ("cat", "A cat sat", True, True),
        ("cat", "concatenate", False, True),
        ("cat", "cats, cat", True, True),
        ("CAT", "a cat", True, True),
        ("straße", "STRASSE", True, True),
        ("cafe\u0301", "ein Café, bitte", True, True),
        ("#tea", "I like #tea", True, True),
        ("#tea", "I like #teapots", False, True),
        ("tea", "I like #tea", True, True),
        ("two words", "these two\n  words", True, True),
        ("猫", "黒猫がいる", True, True),
        ("кот", "котик", False, True),
        ("кот", "Кот!", True, True),
        (":)", "fine:)", True, True),
        ("न", "ना", False, True),
        ("x", "", False, False),
    ],
)
def test_where_a_keyword_is_found(keyword: str, text: str, whole: bool, loose: bool) -> None:
    assert found_in(make_word(keyword, whole_word=True), folded(text)) is whole
    assert found_in(make_word(keyword, whole_word=False), folded(text)) is loose


def test_nothing_but_blanks_is_never_found() -> None:
    assert not found_in(make_word("  ", whole_word=False), folded("a b"))
