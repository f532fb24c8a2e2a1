"""Lists of servers to block, as others publish them: read into entries, written again.

Three forms are known. Mastodon's CSV (its header begins with ``#domain``; Oliphant's and most others'
are the same, some without the ``#``), a plain list (a domain on each line, ``#`` or ``//`` before a
remark), and what people paste: one column of a table, with ``@`` or ``*.`` before the domain.
"""

import csv
import io
from collections.abc import Iterable

from msgspec import Struct

from weft.domain.moderation.domains_rules import (
    COMMENT_LENGTH,
    DomainRefused,
    DomainRule,
    Severity,
    checked_domain,
)
from weft.domain.server import Server

MOST_BYTES = 4 * 1024 * 1024
MOST_ENTRIES = 20_000
MOST_FAULTS = 100
HEADER = (
    "#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate",
)  # fmt: skip
_SEVERITIES = {
    "noop": Severity.NOOP,
    "none": Severity.NOOP,
    "silence": Severity.SILENCE,
    "limit": Severity.SILENCE,
    "suspend": Severity.SUSPEND,
    "block": Severity.SUSPEND,
    "": Severity.SUSPEND,
}
_TRUE = frozenset({"true", "t", "1", "yes", "on"})
_COMMENT = "public_comment"
_CALLED = {"reason": _COMMENT, "comment": _COMMENT, "instance": "domain", "host": "domain"}


class ListRefused(Exception):
    """The whole list cannot be taken; the sentence is for who brought it."""


class Entry(Struct, frozen=True):
    """What a list says of a domain."""

    domain: str
    severity: Severity = Severity.SUSPEND
    rejects_media: bool = False
    rejects_reports: bool = False
    obfuscated: bool = False
    public_comment: str | None = None


class Sheet(Struct, frozen=True):
    """A list that was read; ``faults`` are sentences about lines that were left out."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()


def read_list(server: Server, body: bytes) -> Sheet:
    """Read a list in any of the forms.

    Raises:
        ListRefused: it is too long, no text, or there is no domain in it.
    """
    if len(body) > MOST_BYTES:
        raise ListRefused(f"A list may have at most {MOST_BYTES // 1024**2} MiB.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ListRefused("The list is not UTF-8 text.") from None
    if "\0" in text:
        raise ListRefused("The list is not a text: it has zero characters in it.")
    found: dict[str, Entry] = {}
    faults: list[str] = []
    for number, values in _rows(text):
        if len(found) >= MOST_ENTRIES:
            raise ListRefused(f"A list may have at most {MOST_ENTRIES} domains.")
        try:
            entry = _entry(server, values)
        except DomainRefused as error:
            faults.append(f"Line {number}: {error}")
            continue
        known = found.get(entry.domain)
        found[entry.domain] = entry if known is None else stricter(known, entry)
    if not found:
        raise ListRefused("There is no domain in this list." + _first(faults))
    return Sheet(tuple(found.values()), tuple(faults[:MOST_FAULTS]))


def _first(faults: list[str]) -> str:
    return f" {faults[0]}" if faults else ""


def _rows(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    """Numbers and columns by name of the lines that say something."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    names = [_column(each) for each in first.split(",")]
    with_header = "domain" in names
    reader = csv.reader(io.StringIO(text))
    if not with_header:
        names = ["domain", *HEADER[1:]] if first.count(",") else ["domain"]
        names = [_column(each) for each in names]
    seen_header = not with_header
    try:
        for values in reader:
            if not values or not values[0].strip():
                continue
            if not seen_header:
                seen_header = True
                continue
            if values[0].lstrip().startswith(("#", "//")):
                continue
            if len(names) == 1:
                values = [values[0].split("#")[0].split()[0]]
            yield reader.line_num, dict(zip(names, (each.strip() for each in values), strict=False))
    except csv.Error as error:
        raise ListRefused(f"Line {reader.line_num} cannot be read: {error}.") from None


def _column(title: str) -> str:
    name = title.strip().strip('"').lstrip("#").strip().lower()
    return _CALLED.get(name, name)


def _entry(server: Server, values: dict[str, str]) -> Entry:
    typed = values.get("domain", "")
    if "*" in typed.removeprefix("*."):
        raise DomainRefused(f"{typed[:100]} is obfuscated: which server is meant is not known.")
    word = values.get("severity", "").lower()
    if word not in _SEVERITIES:
        raise DomainRefused(f"{word[:30]} is no severity: noop, silence or suspend.")
    return Entry(
        domain=checked_domain(server, typed),
        severity=_SEVERITIES[word],
        rejects_media=values.get("reject_media", "").lower() in _TRUE,
        rejects_reports=values.get("reject_reports", "").lower() in _TRUE,
        obfuscated=values.get("obfuscate", "").lower() in _TRUE,
        public_comment=values.get(_COMMENT, "")[:COMMENT_LENGTH] or None,
    )


def stricter(one: Entry, other: Entry) -> Entry:
    """What both want; the comment is the first's, if it has one."""
    return Entry(
        domain=one.domain,
        severity=max(one.severity, other.severity),
        rejects_media=one.rejects_media or other.rejects_media,
        rejects_reports=one.rejects_reports or other.rejects_reports,
        obfuscated=one.obfuscated or other.obfuscated,
        public_comment=one.public_comment or other.public_comment,
    )


def write_list(rules: Iterable[DomainRule]) -> str:
    """Rules in Mastodon's form."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for rule in rules:
        writer.writerow(
            (
                rule.domain,
                Severity(rule.severity).name.lower(),
                str(rule.rejects_media).lower(),
                str(rule.rejects_reports).lower(),
                rule.public_comment or "",
                str(rule.obfuscated).lower(),
            )
        )
    return out.getvalue()
