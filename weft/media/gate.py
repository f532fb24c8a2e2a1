"""What may not be kept: files on the operator's list, and what the checks of others refuse.

Asked before anything is stored, for uploads and for copies of other servers' files alike. A third party
adds a check as an entry point of the group ``weft.media_check``: a function of a :class:`Candidate` that
returns None, or the reason why the file must not be kept (for the audit log; who uploads it is told
no more than that). It runs in a thread and has ``CHECK_S`` seconds; while a check fails, nothing
is taken that it did not see.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import structlog
from msgspec import Struct

from weft.domain.media.hashes import (
    LIKENESS,
    SHA256,
    ListedHash,
    Refusal,
    hash_by_value,
    hashes_after,
    note_refusal,
)
from weft.domain.server import now_ms
from weft.media.errors import NotChecked, Rejected
from weft.media.likeness import NEAR, differing
from weft.storage.database import Database

GROUP = "weft.media_check"
CHECK_S = 20.0
READ_AGAIN_S = 60.0
"""How long a change of the list may take to be seen by the other processes."""
_PAGE = 5000

log = structlog.get_logger("weft.media")


class Candidate(Struct, frozen=True, kw_only=True):
    """A file that is about to be kept."""

    path: Path
    sha256: str
    content_type: str
    likeness: str | None = None
    """Where it is a picture with something in it, or a poster."""
    owner_id: int | None = None
    url: str | None = None
    """Where it came from, if it is another server's."""


class Matched(Rejected):
    """The file must not be kept."""

    def __init__(self) -> None:
        super().__init__(
            "This file may not be shared here. If you think that this is a mistake, write to the"
            " people who run this server."
        )


Check = Callable[[Candidate], str | None]


class NamedCheck(Struct, frozen=True):
    name: str
    check: Check


def installed_checks() -> tuple[NamedCheck, ...]:
    """The checks that are installed beside Weft."""
    return tuple(
        NamedCheck(each.name, each.load())
        for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)
    )


class Gate:
    """Asked about each file; one for each process."""

    def __init__(
        self,
        db: Database,
        checks: Sequence[NamedCheck] = (),
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._db, self._checks, self._clock_ms = db, tuple(checks), clock_ms
        self._listed: list[tuple[int, ListedHash]] = []
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def admit_bytes(self, sha256: str, owner_id: int | None, url: str | None = None) -> None:
        """Before anything is made of a file.

        Raises:
            Matched: it is on the list, to the byte.
        """
        found = await self._db.one(hash_by_value, algorithm=SHA256, value=sha256)
        if found is not None:
            await self._refuse(
                Refusal(
                    target=f"{SHA256}:{sha256}", reason=found.comment, owner_id=owner_id, url=url
                )
            )

    async def admit(self, candidate: Candidate) -> None:
        """Before it is stored.

        Raises:
            Matched: it looks like a picture on the list, or a check refuses it.
            NotChecked: a check does not work.
        """
        if candidate.likeness:
            await self._admit_likeness(candidate, int(candidate.likeness, 16))
        for each in self._checks:
            reason = await self._asked(each, candidate)
            if reason is not None:
                await self._refuse(
                    Refusal(
                        target=f"check:{each.name}",
                        reason=reason,
                        owner_id=candidate.owner_id,
                        url=candidate.url,
                        sha256=candidate.sha256,
                    )
                )

    async def looks(self) -> bool:
        """Must a file's likeness be found out at all?"""
        return bool(self._checks) or bool(await self._likenesses())

    async def _admit_likeness(self, candidate: Candidate, looks: int) -> None:
        listed = await self._likenesses()
        near = await asyncio.to_thread(_nearest, listed, looks) if listed else None
        if near is not None:
            bits, entry = near
            await self._refuse(
                Refusal(
                    target=f"{LIKENESS}:{entry.value}",
                    reason=entry.comment,
                    owner_id=candidate.owner_id,
                    url=candidate.url,
                    sha256=candidate.sha256,
                    differing_bits=bits,
                )
            )

    async def _likenesses(self) -> list[tuple[int, ListedHash]]:
        async with self._reading:
            if self._read_at is None or time.monotonic() - self._read_at > READ_AGAIN_S:
                found: list[tuple[int, ListedHash]] = []
                after = ""
                while rows := await self._db.all(
                    hashes_after, algorithm=LIKENESS, after=after, limit=_PAGE
                ):
                    found += [(int(row.value, 16), row) for row in rows]
                    after = rows[-1].value
                self._listed, self._read_at = found, time.monotonic()
            return self._listed

    async def _asked(self, named: NamedCheck, candidate: Candidate) -> str | None:
        try:
            async with asyncio.timeout(CHECK_S):
                return await asyncio.to_thread(named.check, candidate)
        except Exception as error:
            log.exception("a media check failed", check=named.name)
            raise NotChecked from error

    async def _refuse(self, refusal: Refusal) -> None:
        log.warning("file refused", target=refusal.target, owner=refusal.owner_id, url=refusal.url)
        await self._db.write(note_refusal, refusal, self._clock_ms())
        raise Matched


def _nearest(listed: list[tuple[int, ListedHash]], looks: int) -> tuple[int, ListedHash] | None:
    found = min(((differing(value, looks), row) for value, row in listed), key=lambda each: each[0])
    return found if found[0] <= NEAR else None
