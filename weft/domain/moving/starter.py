"""A starter list: accounts worth following, which somebody brings to a server that knows nobody yet.

It is a file or a pasted text in one of the forms in which lists of people go around: Mastodon's CSV
of follows, a handle or a profile's address on each line, or an ActivityStreams collection (what
another person's export of follows holds). The rows are worked off like those of any import.
"""

from typing import Any
from urllib.parse import urlsplit

from weft.domain.moving import imports
from weft.domain.moving.sheets import MOST_ROWS, Kind, Row, SheetRefused, read_sheet
from weft.domain.server import Server
from weft.protocol.activitystreams import MalformedDocument, first_id
from weft.protocol.json_input import decode
from weft.storage.database import Database

MOST_BYTES = 1024 * 1024
_LONGEST = 2048


async def follow_starters(
    db: Database, server: Server, account_id: int, body: bytes
) -> tuple[int, int]:
    """Have an account follow everybody on a list; the import's id, and how many there are.

    Raises:
        SheetRefused, ImportRefused: with a sentence; nothing was begun.
    """
    rows = read_starters(body, server.domain)
    job_id = await db.write(imports.start_import, server, account_id, Kind.FOLLOWING, rows, False)
    return job_id, len(rows)


def read_starters(body: bytes, domain: str) -> list[Row]:
    """The rows of a list, each account once.

    Raises:
        SheetRefused: with the line that is wrong.
    """
    if len(body) > MOST_BYTES:
        raise SheetRefused(f"The list is larger than {MOST_BYTES // 1024**2} MB.")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        rows = [_named(each, number) for number, each in enumerate(_items(body), start=1)]
    else:
        rows = _lines(body, domain)
    found = {row.name: row for row in rows}
    if not found:
        raise SheetRefused("There is nobody on the list.")
    if len(found) > MOST_ROWS:
        raise SheetRefused(f"The list has more than {MOST_ROWS} accounts: divide it.")
    return list(found.values())


def _lines(body: bytes, domain: str) -> list[Row]:
    """Addresses of profiles are taken out; the rest is a sheet of follows."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetRefused("The list is not a text in UTF-8.") from None
    addresses, others = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        word = line.strip()
        if word.startswith(("https://", "http://")):
            addresses.append(_named(word, number))
            others.append("")
        else:
            # A line that begins with # is a remark, unless it is a header.
            others.append("" if word.startswith("#") and "," not in word else word)
    sheet = "\n".join(others)
    if not sheet.strip():
        return addresses
    return [*read_sheet(Kind.FOLLOWING, sheet.encode(), domain), *addresses]


def _items(body: bytes) -> list[str]:
    """The ids in a collection, or in a list of them."""
    try:
        document: Any = decode(body)
    except MalformedDocument as error:
        raise SheetRefused(f"The list is no JSON that can be read: {error}.") from None
    listed = document
    if isinstance(document, dict):
        for name in ("first", "following"):
            inner = document.get(name)
            if isinstance(inner, dict) and "orderedItems" not in document:
                document = inner
        listed = document.get("orderedItems", document.get("items"))
    if not isinstance(listed, list):
        raise SheetRefused("The JSON is no collection: it has no orderedItems and no items.")
    return [first_id(each) or "" for each in listed]


def _named(address: str, number: int) -> Row:
    """``https://host/@user`` becomes the handle, another address stays one."""
    parts = _split(address)
    if parts is None:
        raise SheetRefused(f"Line {number} of the list is no profile's address: {address[:100]!r}.")
    host, path = parts
    if path.startswith("/@") and path.strip("/").count("/") == 0:
        name, _, domain = path[2:].rstrip("/").partition("@")
        if name:
            return Row(f"{name}@{(domain or host).casefold()}")
    return Row(address)


def _split(address: str) -> tuple[str, str] | None:
    if (
        len(address) > _LONGEST
        or not address.isprintable()
        or any(map(str.isspace, address))
        or not address.startswith(("https://", "http://"))
    ):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return (parts.netloc, parts.path) if parts.netloc and "@" not in parts.netloc else None
