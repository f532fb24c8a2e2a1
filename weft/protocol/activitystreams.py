"""Reading ActivityStreams documents of any server, tolerantly and within limits.

``read_document`` turns received bytes into one plain shape (``weft.protocol.normalise``); the
accessors below read typed values out of it. Where one value, an array, an object or an id may
stand, each accessor takes them all; what is not of its kind is absent, never an error.
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from weft.protocol.json_input import (
    MalformedDocument,
    decode,
    refuse_duplicate_keys,
)
from weft.protocol.normalise import MAX_NODES, normalise_and_count
from weft.protocol.terms import PUBLIC

__all__ = [
    "MAX_BYTES",
    "MAX_ID",
    "PUBLIC",
    "Document",
    "MalformedDocument",
    "boolean",
    "duration_ms",
    "first_id",
    "first_object",
    "first_type",
    "ids",
    "integer",
    "is_public",
    "language_of",
    "number",
    "objects",
    "read_document",
    "text",
    "text_of",
    "types",
    "when_ms",
]

MAX_BYTES = 1024 * 1024
MAX_ID = 2048
MAX_INTEGER = 2**53 - 1

_PUBLIC_FORMS = frozenset(
    (PUBLIC, "as:Public", "Public", "http://www.w3.org/ns/activitystreams#Public")
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d)?([.,]\d+)?([Zz]|[+-]\d\d:?\d\d)?)?\Z", re.A
)
_DURATION = re.compile(
    r"P(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,15}(?:[.,]\d{1,9})?)S)?)?\Z",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?\Z", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}\Z")


class Document(dict[str, Any]):
    """A normalised document that remembers the bytes it came as, to be sent on unchanged."""

    __slots__ = ("body",)
    body: bytes

    def __init__(self, content: dict[str, Any], body: bytes) -> None:
        super().__init__(content)
        self.body = body


def read_document(body: bytes, *, max_nodes: int = MAX_NODES) -> Document:
    """Decode and normalise one document.

    Raises:
        MalformedDocument: it is no JSON object within the limits, or it could be read in two ways.
    """
    if len(body) > MAX_BYTES:
        raise MalformedDocument("The document is larger than 1 MiB.")
    decoded = decode(body)
    if type(decoded) is not dict:
        raise MalformedDocument("The document is not a JSON object.")
    content, keys = normalise_and_count(decoded, max_nodes)
    refuse_duplicate_keys(body, keys)
    return Document(content, body)


def is_public(uri: str) -> bool:
    """Whether an address means everybody, in any of its three spellings."""
    return uri in _PUBLIC_FORMS


def ids(value: Any) -> list[str]:
    """The ids in a value: a string, an object's ``id``, a Link's ``href``, or an array of these."""
    if type(value) is str:
        return [value] if 0 < len(value) <= MAX_ID else []
    if type(value) is list:
        return [found for each in value if (found := _id(each)) is not None]
    found = _id(value)
    return [] if found is None else [found]


def first_id(value: Any) -> str | None:
    """The first of ``ids(value)``, or None."""
    if type(value) is list:
        return next((found for each in value if (found := _id(each)) is not None), None)
    return _id(value)


def _id(value: Any) -> str | None:
    if isinstance(value, dict):
        found = value.get("id")
        value = value.get("href") if found is None else found
    return value if type(value) is str and 0 < len(value) <= MAX_ID else None


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a value that holds one or many; ids and other values are left out."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if type(value) is list else []


def first_object(value: Any) -> dict[str, Any] | None:
    """The first of ``objects(value)``, or None."""
    return next(iter(objects(value)), None)


def types(document: dict[str, Any]) -> list[str]:
    """All types of an object, in their order."""
    value = document.get("type")
    if type(value) is str:
        return [value]
    return [each for each in value if type(each) is str] if type(value) is list else []


def first_type(document: dict[str, Any], known: Collection[str] | None = None) -> str | None:
    """The first type, or the first that is in *known*; None if there is none."""
    value = document.get("type")
    if type(value) is str:
        return value if known is None or value in known else None
    return next((each for each in types(document) if known is None or each in known), None)


def text(document: dict[str, Any], name: str, prefer: Iterable[str] = ()) -> str | None:
    """A natural-language property: ``name`` itself, else the best of ``nameMap``."""
    found = text_of(document.get(name), prefer)
    return text_of(document.get(f"{name}Map"), prefer) if found is None else found


def text_of(value: Any, prefer: Iterable[str] = ()) -> str | None:
    """The text in a value: a string, the first string of an array, or one of a language map
    (a preferred language, else ``und``, else the first)."""
    if type(value) is str:
        return value
    if type(value) is list:
        return next((found for each in value if (found := _text_of_one(each, prefer))), None)
    return _text_of_one(value, prefer)


def _text_of_one(value: Any, prefer: Iterable[str]) -> str | None:
    if type(value) is str:
        return value
    if not isinstance(value, dict) or "type" in value:
        return None
    for language in (*prefer, "und"):
        found = value.get(language)
        if type(found) is str:
            return found
    return next(
        (each for tag, each in value.items() if type(each) is str and _LANGUAGE.match(tag)), None
    )


def language_of(document: dict[str, Any]) -> str | None:
    """The language of a post: the first key of its maps, else what its context declares.

    None when unknown: ``und`` and what is no BCP 47 tag are no languages.
    """
    for name in ("contentMap", "nameMap", "summaryMap"):
        languages = document.get(name)
        if isinstance(languages, dict):
            for tag in map(str, languages):
                if tag == "und":
                    break
                if _LANGUAGE.match(tag):
                    return tag
            return None
    declared = document.get("@language")
    if isinstance(declared, str) and declared != "und" and _LANGUAGE.match(declared):
        return declared
    return None


def when_ms(value: Any) -> int | None:
    """Milliseconds since 1970 UTC of an RFC 3339 date (a missing zone is UTC), or None."""
    if type(value) is not str or len(value) > 40 or _DATE.match(value) is None:
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None


def duration_ms(value: Any) -> int | None:
    """Milliseconds of an ISO 8601 duration (``PT1H2M``) or of seconds as a number or digits."""
    if type(value) is str:
        found = _DURATION.match(value)
        if found is not None and any(found.groups()):
            weeks, days, hours, minutes = (int(each or 0) for each in found.groups()[:4])
            seconds = float((found[5] or "0").replace(",", "."))
            whole = ((weeks * 7 + days) * 24 + hours) * 60 + minutes
            return min(whole * 60_000 + round(seconds * 1000), MAX_INTEGER)
    seconds_given = number(value)
    if seconds_given is None:
        return None
    return int(max(0, min(seconds_given * 1000, MAX_INTEGER)))


def integer(value: Any) -> int | None:
    """A count or size, clamped to 0 … 2**53-1; digits in a string count too. None if neither."""
    found = number(value)
    return None if found is None else int(max(0, min(found, MAX_INTEGER)))


def number(value: Any) -> float | None:
    """A number, or a string of digits; None if neither. Booleans are no numbers."""
    if type(value) is int or type(value) is float:
        return value
    if type(value) is str and len(value) < 40 and _NUMBER.match(value):
        return float(value) if "." in value else int(value)
    return None


def boolean(value: Any) -> bool | None:
    """True or False, also as the words ``"true"`` and ``"false"``; None for all else."""
    if type(value) is bool:
        return value
    return {"true": True, "false": False}.get(value) if type(value) is str else None
