"""CSV files in the forms that servers write them."""

import pytest

from weft.domain.moving.sheets import (
    About,
    Kind,
    Row,
    SheetRefused,
    guess_kind,
    read_sheet,
    write_sheet,
)

DOMAIN = "here.example"

READ = [
    pytest.param(
        Kind.FOLLOWING,
        "Account address,Show boosts,Notify on new posts,Languages\n"
        'bob@There.example,false,true,"de, en"\nann,,,\n',
        [
            Row("bob@there.example", shows_boosts=False, notifies=True, languages=("de", "en")),
            Row("ann@here.example"),
        ],
        id="follows with a header",
    ),
    pytest.param(
        Kind.FOLLOWING,
        "\ufeffbob@there.example\r\n\r\n@ann@there.example\r\nbob@there.example\r\n",
        [Row("bob@there.example"), Row("ann@there.example")],
        id="one column, a byte order mark, a name twice",
    ),
    pytest.param(
        Kind.FOLLOWING,
        "Notify on new posts,Account address\ntrue,bob@there.example\n",
        [Row("bob@there.example", notifies=True)],
        id="columns in another order",
    ),
    pytest.param(
        Kind.MUTES,
        "Account address,Hide notifications\nbob@there.example,false\n",
        [Row("bob@there.example", hides_notifications=False)],
        id="mutes",
    ),
    pytest.param(
        Kind.LISTS,
        '"Friends, old",bob@there.example\nWork,bob@there.example\n',
        [
            Row("bob@there.example", list_title="Friends, old"),
            Row("bob@there.example", list_title="Work"),
        ],
        id="one person on two lists",
    ),
    pytest.param(Kind.DOMAIN_BLOCKS, "#domain\nBAD.example.\n", [Row("bad.example")], id="domains"),
    pytest.param(
        Kind.BOOKMARKS,
        "https://there.example/@bob/1\n",
        [Row("https://there.example/@bob/1")],
        id="bookmarks",
    ),
]


@pytest.mark.parametrize(("kind", "text", "rows"), READ)
def test_what_is_read(kind: Kind, text: str, rows: list[Row]) -> None:
    assert read_sheet(kind, text.encode(), DOMAIN) == rows


REFUSED = [
    pytest.param(Kind.BLOCKS, b"", "no row", id="empty"),
    pytest.param(Kind.FOLLOWING, b"Account address\n", "no row", id="a header alone"),
    pytest.param(Kind.BLOCKS, b"a@b.example\nnot an account\n", "Line 2", id="no account"),
    pytest.param(Kind.BLOCKS, b"a@b@c.example\n", "Line 1", id="two ats"),
    pytest.param(Kind.BLOCKS, b"https://b.example/@a\n", "Line 1", id="an address"),
    pytest.param(Kind.BOOKMARKS, b"javascript:alert(1)\n", "Line 1", id="no web address"),
    pytest.param(Kind.DOMAIN_BLOCKS, b"a/b\n", "Line 1", id="no domain"),
    pytest.param(Kind.BLOCKS, b"\xff\xfe\x00", "UTF-8", id="another encoding"),
    pytest.param(Kind.BLOCKS, b"a@b.example\n\0", "zero", id="zero bytes"),
    pytest.param(Kind.BLOCKS, b'"a@b.example\n', "CSV", id="a quote that does not end"),
    pytest.param(
        Kind.BLOCKS,
        b"\n".join(b"u%d@b.example" % n for n in range(20_001)),
        "more than 20000",
        id="too many rows",
    ),
    pytest.param(Kind.BLOCKS, b"a" * 3000 + b"@b.example\n", "too long", id="a long cell"),
]


@pytest.mark.parametrize(("kind", "body", "word"), REFUSED)
def test_what_is_refused(kind: Kind, body: bytes, word: str) -> None:
    with pytest.raises(SheetRefused, match=word):
        read_sheet(kind, body, DOMAIN)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_written_is_read_again(kind: Kind) -> None:
    name = {
        Kind.BOOKMARKS: "https://there.example/@bob/1",
        Kind.DOMAIN_BLOCKS: "there.example",
    }.get(kind, "bob@there.example")
    row = Row(name, list_title='A "list", really' if kind is Kind.LISTS else None)
    if kind is Kind.COLLECTIONS:
        row = Row(name, list_title="Friends", about=About("of old", "en", True, False, "Tea"))
    if kind is Kind.FOLLOWING:
        row = Row(name, shows_boosts=False, notifies=True, languages=("de", "en"))
    assert read_sheet(kind, write_sheet(kind, [row], header=True), DOMAIN) == [row]


GUESSES = [
    ("following_accounts.csv", b"a@b.example", Kind.FOLLOWING),
    ("anything.csv", b"Account address,Hide notifications\n", Kind.MUTES),
    ("anything.csv", b"Account address,Show boosts\n", Kind.FOLLOWING),
    ("blocked_domains.csv", b"b.example", Kind.DOMAIN_BLOCKS),
    ("blocked_accounts (1).csv", b"a@b.example", Kind.BLOCKS),
    ("mutes.csv", b"a@b.example", Kind.MUTES),
    ("lists.csv", b"x,a@b.example", Kind.LISTS),
    ("bookmarks.csv", b"https://b.example/1", Kind.BOOKMARKS),
    ("collections.json", b'{"orderedItems": []}', Kind.COLLECTIONS),
    ("x", b'{"orderedItems": [{"type": "FeaturedCollection"}]}', Kind.COLLECTIONS),
    ("x.csv", b"Collection name,Account address\n", Kind.COLLECTIONS),
    ("data.csv", b"a@b.example", None),
]


@pytest.mark.parametrize(("name", "body", "kind"), GUESSES)
def test_a_file_tells_what_it_is(name: str, body: bytes, kind: Kind | None) -> None:
    assert guess_kind(name, body) == kind
