"""Files that are refused before they are stored: the list, and what is written down of a match.

``sha256`` entries mean one file to the byte. ``likeness`` entries mean a picture however it was scaled or
compressed (``weft/media/likeness.py``); they are held in memory, because what is near cannot be
looked up, so there is a bound to them.
"""

import re
from collections.abc import Iterable

import msgspec
from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, func, insert, select

from weft.storage.database import Tx
from weft.storage.schema.operations import audit_log, media_hash
from weft.storage.statements import any_of, insert_or_ignore, query

SHA256, LIKENESS = "sha256", "likeness"
ALGORITHMS = (SHA256, LIKENESS)
MOST_LIKENESSES = 100_000
"""Measured: 6 ms to hold a picture against as many, and 12 MB of memory."""
COMMENT_LENGTH = 500
REFUSED = "media.refused"
_FORM = re.compile(r"[0-9a-f]{64}")


class HashRefused(Exception):
    """The sentence is for the operator."""


class ListedHash(Struct, frozen=True):
    id: int
    algorithm: str
    value: str
    comment: str
    created_at: int


class Refusal(Struct, frozen=True, kw_only=True):
    """A file that was refused, for the audit log."""

    target: str
    """``sha256:…``, ``likeness:…`` or ``check:NAME``."""
    reason: str
    owner_id: int | None = None
    url: str | None = None
    sha256: str | None = None
    differing_bits: int | None = None


_COLUMNS = [media_hash.c[name] for name in ListedHash.__struct_fields__]


@query(row=ListedHash, bounded=True)
def listed_hashes() -> Select:
    """A page of the list, in the order in which it grew."""
    return (
        select(*_COLUMNS)
        .where(media_hash.c.id > bindparam("after"))
        .order_by(media_hash.c.id)
        .limit(bindparam("limit"))
    )


@query(row=ListedHash, bounded=True)
def hash_by_value() -> Select:
    return select(*_COLUMNS).where(
        media_hash.c.algorithm == bindparam("algorithm"), media_hash.c.value == bindparam("value")
    )


@query(row=ListedHash, bounded=True)
def hashes_after() -> Select:
    """The next of one kind, in the order of their values."""
    return (
        select(*_COLUMNS)
        .where(
            media_hash.c.algorithm == bindparam("algorithm"),
            media_hash.c.value > bindparam("after"),
        )
        .order_by(media_hash.c.value)
        .limit(bindparam("limit"))
    )


@query()
def count_hashes() -> Select:
    return (
        select(func.count())
        .select_from(media_hash)
        .where(media_hash.c.algorithm == bindparam("algorithm"))
    )


@query()
def insert_hash() -> Insert:
    return insert_or_ignore(media_hash, *ListedHash.__struct_fields__)


@query()
def delete_hashes() -> Delete:
    return delete(media_hash).where(
        media_hash.c.algorithm == bindparam("of_algorithm"), any_of(media_hash.c.value, "values")
    )


@query()
def insert_audit() -> Insert:
    names = ("id", "action", "target_id", "target", "reason", "details", "created_at")
    return insert(audit_log).values({name: bindparam(name) for name in names})


def read_hash(text: str) -> tuple[str, str]:
    """``sha256:HEX``, ``likeness:HEX`` or a bare SHA-256: the algorithm and the value.

    Raises:
        HashRefused: it is neither.
    """
    name, colon, value = text.strip().lower().partition(":")
    if not colon:
        name, value = SHA256, name
    if name not in ALGORITHMS or not _FORM.fullmatch(value):
        raise HashRefused(
            f"{text.strip()[:80]!r} is no hash: write 64 hexadecimal digits, with sha256: or likeness:"
            " before them."
        )
    return name, value


async def add_hashes(tx: Tx, hashes: Iterable[tuple[str, str]], comment: str, now: int) -> int:
    """Put hashes on the list; how many were not there yet.

    Raises:
        HashRefused: there would be too many likenesses.
    """
    added = 0
    counted = await tx.one(count_hashes, algorithm=LIKENESS)
    likenesses = int(counted[0]) if counted is not None else 0
    for algorithm, value in hashes:
        new = await tx.run(
            insert_hash,
            id=tx.new_id(),
            algorithm=algorithm,
            value=value,
            comment=comment[:COMMENT_LENGTH],
            created_at=now,
        )
        added += new
        likenesses += new if algorithm == LIKENESS else 0
        if likenesses > MOST_LIKENESSES:
            raise HashRefused(f"The list can have at most {MOST_LIKENESSES} likenesses.")
    return added


async def remove_hashes(tx: Tx, hashes: Iterable[tuple[str, str]]) -> int:
    """Take hashes off the list; how many were on it."""
    by_algorithm: dict[str, list[str]] = {}
    for algorithm, value in hashes:
        by_algorithm.setdefault(algorithm, []).append(value)
    gone = 0
    for algorithm, values in by_algorithm.items():
        gone += await tx.run(delete_hashes, of_algorithm=algorithm, values=values)
    return gone


async def note_refusal(tx: Tx, refusal: Refusal, now: int) -> None:
    """Write into the audit log that a file was refused."""
    details = {
        name: value
        for name in ("url", "sha256", "differing_bits")
        if (value := getattr(refusal, name)) is not None
    }
    await tx.run(
        insert_audit,
        id=tx.new_id(),
        action=REFUSED,
        target_id=refusal.owner_id,
        target=refusal.target,
        reason=refusal.reason[:COMMENT_LENGTH],
        details=msgspec.json.encode(details).decode(),
        created_at=now,
    )
