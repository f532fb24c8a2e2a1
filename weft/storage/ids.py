"""Ids: 53 bits, ordered by time, minted by each process alone.

Milliseconds since 2000-01-01 in 41 bits, a leased node number in 6, a sequence in 6. When a
millisecond's 64 are used up, the next millisecond is borrowed; a clock that steps back is ignored
until it has caught up. Ids are exact in JavaScript and positive in SQLite and PostgreSQL.
"""

import random
import threading
import time
from collections.abc import Callable

EPOCH_MS = 946_684_800_000
NODES = 64
_SEQUENCE = 64
_SHIFT = 12
MAX_ID = 2**53 - 1


def id_at(at_ms: int) -> int:
    """The smallest id of a millisecond: a cursor for paging by time."""
    return max(at_ms - EPOCH_MS, 0) << _SHIFT


def ms_of(id_: int) -> int:
    """When an id was minted, in milliseconds UTC."""
    return (id_ >> _SHIFT) + EPOCH_MS


class IdMinter:
    """Mints ids for one leased node; safe to use from several threads."""

    def __init__(
        self, node: int, clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"a node number is 0 to {NODES - 1}, not {node}")
        self.node = node
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._last = -1  # milliseconds and sequence together, without the node

    def mint(self) -> int:
        """A new id, greater than all that this minter gave before."""
        with self._lock:
            now = (self._clock_ms() - EPOCH_MS) * _SEQUENCE
            self._last = max(now, self._last + 1)
            ms, sequence = divmod(self._last, _SEQUENCE)
            return (ms << _SHIFT) | (self.node << 6) | sequence

    def move_to(self, node: int) -> None:
        """Mint for another node from now on, because the lease of this one was lost."""
        with self._lock:
            self.node = node

    def mint_at(self, at_ms: int, attempt: int = 0) -> int:
        """An id for something of the past, which may be taken: each further attempt looks in an
        eight times longer stretch of time after ``at_ms``."""
        return id_at(at_ms) + random.randrange(8**attempt << _SHIFT)  # noqa: S311
