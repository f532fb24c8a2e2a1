"""That the operator's rules about servers or networks changed: who remembers some looks again.

In this process a counter says so at once. Other processes see the row ``policies`` of
``server_setting`` within ``LOOK_EVERY_S``.
"""

import time

from weft.domain.identity.queries import Remembered, remember, remembered_value
from weft.storage.database import Database, Tx

LOOK_EVERY_S = 3.0

_changes = 0


def policy_changes() -> int:
    """How many there were; a number that has changed is all that one needs to know."""
    return _changes


def note_policy_change() -> None:
    global _changes
    _changes += 1


async def policies_changed(tx: Tx, now: int) -> None:
    """Called in the write that changes a rule."""
    await tx.run(remember, key=Remembered.POLICIES, value=str(tx.new_id()), updated_at=now)
    tx.after_commit(note_policy_change)


class PolicyWatch:
    """Sees what other processes changed, at most once in ``LOOK_EVERY_S``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen: str | None = None
        self._next = 0.0

    async def changes(self) -> int:
        """As ``policy_changes``, with those of other processes counted in."""
        if time.monotonic() >= self._next:
            await self._look()
        return _changes

    def seen(self) -> int | None:
        """The same without a look at the database; None when it is time for one."""
        return _changes if time.monotonic() < self._next else None

    async def _look(self) -> None:
        self._next = time.monotonic() + LOOK_EVERY_S
        row = await self._db.one(remembered_value, key=Remembered.POLICIES)
        value = str(row[0]) if row is not None else None
        if value != self._seen:
            self._seen = value
            note_policy_change()
