"""Each try of a delivery, kept for a while so that "why did it not arrive?" has an answer."""

from collections.abc import Sequence
from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Insert, bindparam, insert

from weft.storage.database import Tx
from weft.storage.schema.federation import delivery_try
from weft.storage.statements import query

LONGEST_ERROR = 500


class TryOutcome(IntEnum):
    """The numbers are stored."""

    DELIVERED = 0
    PUT_OFF = 1
    GIVEN_UP = 2
    UNANSWERED = 3
    OMITTED = 4
    """Its software has no use for it in any form, or nothing was left to tell."""


class Try(Struct, frozen=True):
    """One request to one inbox. ``status`` and ``scheme`` are None if no answer came."""

    activity_id: int
    host: str
    inbox: str
    outcome: int
    status: int | None
    scheme: str | None
    error: str | None
    took_ms: int
    tried_at: int


_FIELDS = Try.__struct_fields__


@query()
def insert_try() -> Insert:
    return insert(delivery_try).values({name: bindparam(name) for name in ("id", *_FIELDS)})


async def log_tries(tx: Tx, tries: Sequence[Try]) -> None:
    """In the write that ends a lane's run."""
    if tries:
        await tx.many(
            insert_try,
            [
                {"id": tx.new_id()} | {name: getattr(each, name) for name in _FIELDS}
                for each in tries
            ],
        )
