"""A starter list, in each form in which lists of people go around."""

import json

import pytest

from weft.domain.moving.sheets import MOST_ROWS, SheetRefused
from weft.domain.moving.starter import MOST_BYTES, read_starters

HERE = "here.example"


def names(body: str | bytes) -> list[str]:
    return [
        row.name for row in read_starters(body.encode() if isinstance(body, str) else body, HERE)
    ]


def test_handles_and_addresses_on_lines() -> None:
    pasted = """
    # People to begin with
    @mia@mastodon.example
    lea@lemmy.example

    https://mastodon.example/@tom
    https://mastodon.example/@rob@far.example
    https://far.example/users/eve
    mia@Mastodon.example
    """
    assert names(pasted) == [
        "mia@mastodon.example",
        "lea@lemmy.example",
        "tom@mastodon.example",
        "rob@far.example",
        "https://far.example/users/eve",
    ]


def test_the_follows_that_mastodon_exports() -> None:
    sheet = (
        "Account address,Show boosts,Notify on new posts,Languages\nmia@m.example,false,true,de\n"
    )
    (row,) = read_starters(sheet.encode("utf-8-sig"), HERE)
    assert (row.name, row.shows_boosts, row.notifies) == ("mia@m.example", False, True)


@pytest.mark.parametrize(
    "document",
    [
        ["https://a.example/u/1", "https://a.example/@mia"],
        {"type": "OrderedCollection", "orderedItems": ["https://a.example/u/1", {"id": "https://a.example/@mia"}]},
        {"type": "Collection", "first": {"items": ["https://a.example/u/1", "https://a.example/@mia"]}},
    ],
)  # fmt: skip
def test_a_collection(document: object) -> None:
    assert names(json.dumps(document)) == ["https://a.example/u/1", "mia@a.example"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"# nobody",
        b"[]",
        b"{}",
        b"{",
        b'{"items": [1, null]}',
        b'["javascript:alert(1)"]',
        b'["https://user@a.example/x"]',
        b"not a handle",
        b"https://[",
        b"\xff\xfe",
        b"a@b.example\0",
        b"x" * (MOST_BYTES + 1),
        b"[" * 100_000,
        "\n".join(f"u{n}@a.example" for n in range(MOST_ROWS + 1)).encode(),
        json.dumps([f"https://a.example/{n}" for n in range(MOST_ROWS + 1)]).encode(),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(SheetRefused) as refused:
        read_starters(body, HERE)
    assert str(refused.value).endswith(".")
