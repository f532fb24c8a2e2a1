"""The CSV files in which people carry their follows, blocks, lists and collections from server to server.

The forms are those that Mastodon writes and reads (interop/mastodon.md, D1): UTF-8, commas, a header
that may be missing, handles without a leading ``@``. A row is read into a :class:`Row`, whatever
columns are there; what cannot be a handle, a domain or an address is refused with its line.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
_MOST_FIELD = 2_048


class Kind(StrEnum):
    """What a file carries. The values are stored."""

    FOLLOWING = "following"
    BLOCKS = "blocks"
    MUTES = "mutes"
    LISTS = "lists"
    BOOKMARKS = "bookmarks"
    DOMAIN_BLOCKS = "domain_blocks"
    COLLECTIONS = "collections"
    """Of people, who are recommended in them."""


FILES = {
    Kind.FOLLOWING: "following_accounts.csv",
    Kind.BLOCKS: "blocked_accounts.csv",
    Kind.MUTES: "muted_accounts.csv",
    Kind.LISTS: "lists.csv",
    Kind.BOOKMARKS: "bookmarks.csv",
    Kind.DOMAIN_BLOCKS: "blocked_domains.csv",
    Kind.COLLECTIONS: "collections.csv",
}
HEADERS = {
    Kind.FOLLOWING: ("Account address", "Show boosts", "Notify on new posts", "Languages"),
    Kind.BLOCKS: None,
    Kind.MUTES: ("Account address", "Hide notifications"),
    Kind.LISTS: None,
    Kind.BOOKMARKS: None,
    Kind.DOMAIN_BLOCKS: None,
    Kind.COLLECTIONS: (
        "Collection name",
        "Account address",
        "Description",
        "Language",
        "Sensitive",
        "Listed",
        "Hashtag",
    ),
}
_FIRST = {
    Kind.LISTS: ("list name", "account address"),
    Kind.BOOKMARKS: ("#uri",),
    Kind.DOMAIN_BLOCKS: ("#domain",),
}


class SheetRefused(Exception):
    """The sentence is for who brought the file."""


class About(Struct, frozen=True, omit_defaults=True):
    """What a collection says of itself."""

    summary: str = ""
    language: str | None = None
    sensitive: bool = False
    listed: bool = True
    tag: str = ""


class Row(Struct, frozen=True, omit_defaults=True):
    """One line: what it names, and what is wished of it."""

    name: str
    """``user@domain``, an address, or a domain; of a collection by itself nothing."""
    list_title: str | None = None
    shows_boosts: bool = True
    notifies: bool = False
    languages: tuple[str, ...] = ()
    hides_notifications: bool = True
    about: About | None = None
    undo: bool = False
    """It is here and not in the file that replaces what is here."""


def read_sheet(kind: Kind, body: bytes, domain: str) -> list[Row]:
    """The rows of a file, each name once. ``domain`` completes handles that have none.

    Raises:
        SheetRefused: with the line that is wrong.
    """
    if len(body) > MOST_BYTES:
        raise SheetRefused(f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetRefused("The file is not a text in UTF-8: save it as CSV (UTF-8).") from None
    if "\0" in text:
        raise SheetRefused("The file is not a text: it contains zero bytes.")
    found: dict[tuple[str, str | None], Row] = {}
    columns: dict[str, int] | None = None
    try:
        for line, cells in enumerate(_lines(text), start=1):
            if columns is None:
                columns = _header(kind, cells)
                if columns:
                    continue
                columns = {}
            row = _row(kind, cells, columns, domain, line)
            if row is not None:
                found[row.name, row.list_title] = row
            if len(found) > MOST_ROWS:
                raise SheetRefused(f"The file has more than {MOST_ROWS} rows: divide it.")
    except csv.Error as error:
        raise SheetRefused(f"The file is not CSV: {error}.") from None
    if not found:
        raise SheetRefused("There is no row in the file.")
    return list(found.values())


def guess_kind(file_name: str, body: bytes) -> Kind | None:
    """What a file is, by its header and its name."""
    first = body[:4096].decode("utf-8-sig", "replace").partition("\n")[0].casefold()
    if "hide notifications" in first:
        return Kind.MUTES
    if "show boosts" in first or "notify on new posts" in first:
        return Kind.FOLLOWING
    if "collection name" in first or (first[:1] == "{" and b"FeaturedCollection" in body):
        return Kind.COLLECTIONS
    if "list name" in first:
        return Kind.LISTS
    if first.startswith("#uri"):
        return Kind.BOOKMARKS
    if first.startswith("#domain"):
        return Kind.DOMAIN_BLOCKS
    name = file_name.casefold()
    for kind, words in (
        (Kind.DOMAIN_BLOCKS, ("blocked_domains", "domain_blocks")),
        (Kind.FOLLOWING, ("following",)),
        (Kind.BLOCKS, ("blocked_accounts", "blocks")),
        (Kind.MUTES, ("muted_accounts", "mutes")),
        (Kind.BOOKMARKS, ("bookmarks",)),
        (Kind.COLLECTIONS, ("collections",)),
        (Kind.LISTS, ("lists",)),
    ):
        if any(word in name for word in words):
            return kind
    return None


def write_sheet(kind: Kind, rows: Iterable[Row], *, header: bool) -> bytes:
    """Rows as lines of a file; the header too, where this kind has one."""
    into = io.StringIO()
    writer = csv.writer(into, lineterminator="\n")
    names = HEADERS[kind]
    if header and names is not None:
        writer.writerow(names)
    writer.writerows(_cells(kind, row) for row in rows)
    return into.getvalue().encode()


def stored_row(row: Row) -> str:
    return msgspec.json.encode(row).decode()


_rows = msgspec.json.Decoder(Row)


def row_of(stored: str) -> Row:
    return _rows.decode(stored)


def _lines(text: str) -> Iterable[list[str]]:
    for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
        if any(cell.strip() for cell in cells):
            yield [cell.strip() for cell in cells]


def _header(kind: Kind, cells: Sequence[str]) -> dict[str, int]:
    """Column numbers by lower-cased name; empty for a line that is no header."""
    names = {cell.casefold(): number for number, cell in enumerate(cells)}
    if "account address" in names or cells[0].casefold() in _FIRST.get(kind, ()):
        return names
    return {}


def _row(
    kind: Kind, cells: Sequence[str], columns: dict[str, int], domain: str, line: int
) -> Row | None:
    def cell(name: str, place: int | None) -> str:
        number = columns.get(name, place if not columns else None)
        return cells[number] if number is not None and number < len(cells) else ""

    if any(len(each) > _MOST_FIELD for each in cells):
        raise SheetRefused(f"Line {line} of the file is too long.")
    match kind:
        case Kind.BOOKMARKS:
            return Row(_address(cells[0], line))
        case Kind.DOMAIN_BLOCKS:
            return Row(_domain(cells[0], line))
        case Kind.LISTS:
            title = " ".join(cell("list name", 0).split())
            if not title:
                raise SheetRefused(f"Line {line} of the file names no list.")
            return Row(_handle(cell("account address", 1), domain, line), list_title=title)
        case Kind.COLLECTIONS:
            title = " ".join(cell("collection name", 0).split())
            if not title:
                raise SheetRefused(f"Line {line} of the file names no collection.")
            typed = cell("account address", 1)
            name = typed if not typed or is_address(typed) else _handle(typed, domain, line)
            about = About(
                summary=cell("description", 2),
                language=cell("language", 3) or None,
                sensitive=_flag(cell("sensitive", 4), default=False),
                listed=_flag(cell("listed", 5), default=True),
                tag=cell("hashtag", 6),
            )
            return Row(name, list_title=title, about=about)
        case Kind.FOLLOWING:
            return Row(
                _handle(cell("account address", 0), domain, line),
                shows_boosts=_flag(cell("show boosts", 1), default=True),
                notifies=_flag(cell("notify on new posts", 2), default=False),
                languages=tuple(
                    each.strip() for each in cell("languages", 3).split(",") if each.strip()
                ),
            )
        case Kind.MUTES:
            return Row(
                _handle(cell("account address", 0), domain, line),
                hides_notifications=_flag(cell("hide notifications", 1), default=True),
            )
        case Kind.BLOCKS:
            return Row(_handle(cell("account address", 0), domain, line))


def _flag(word: str, *, default: bool) -> bool:
    return default if not word else word.casefold() in ("true", "1", "yes", "t")


def _handle(typed: str, domain: str, line: int) -> str:
    name, _, host = typed.removeprefix("@").partition("@")
    host = host or domain
    if not name or not _is_word(name) or not _is_word(host) or "@" in host or "/" in typed:
        raise SheetRefused(
            f"Line {line} of the file is no account such as name@example.org: {typed[:100]!r}."
        )
    return f"{name}@{host.casefold()}"


def _domain(typed: str, line: int) -> str:
    domain = typed.casefold().removeprefix("@").rstrip(".")
    if not _is_word(domain) or any(each in domain for each in "/@,") or len(domain) > 253:
        raise SheetRefused(
            f"Line {line} of the file is no domain such as example.org: {typed[:100]!r}."
        )
    return domain


def _address(typed: str, line: int) -> str:
    if not is_address(typed):
        raise SheetRefused(f"Line {line} of the file is no post's address: {typed[:100]!r}.")
    return typed


def is_address(typed: str) -> bool:
    """Something on the web."""
    return typed.startswith(("https://", "http://")) and _is_word(typed)


def _is_word(text: str) -> bool:
    return bool(text) and text.isprintable() and not any(each.isspace() for each in text)


def _cells(kind: Kind, row: Row) -> tuple[str, ...]:
    match kind:
        case Kind.FOLLOWING:
            shows, tells = _word(row.shows_boosts), _word(row.notifies)
            return (row.name, shows, tells, ", ".join(row.languages))
        case Kind.MUTES:
            return (row.name, _word(row.hides_notifications))
        case Kind.LISTS:
            return (row.list_title or "", row.name)
        case Kind.COLLECTIONS:
            about = row.about or About()
            return (
                row.list_title or "",
                row.name,
                about.summary,
                about.language or "",
                _word(about.sensitive),
                _word(about.listed),
                about.tag,
            )
        case _:
            return (row.name,)


def _word(flag: bool) -> str:
    return "true" if flag else "false"
