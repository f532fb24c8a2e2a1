"""Answers name a question of ours by its address; what strangers write there may be anything."""

import pytest

from weft.federation.handlers.received import number_after


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("https://a.example/quote_requests/12", 12),
        ("https://a.example/quote_requests/", None),
        ("https://a.example/quote_requests/²", None),
        ("https://a.example/quote_requests/" + "9" * 17, None),
        ("https://a.example/12", None),
        ("12", None),
    ],
)
def test_the_number_of_a_question(address: str, number: int | None) -> None:
    assert number_after(address, "/quote_requests/") == number
