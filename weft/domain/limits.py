"""Counting what one caller does, in this process's memory: some within a span of time, then wait.

A restart forgives, and several processes allow a multiple. Each count moves its key to the end of the
table, so flooding it with others does not make it forget who is at work.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

KEPT = 50_000


class Limit(Struct, frozen=True):
    """So many within so many seconds, from the first of them."""

    most: int
    seconds: int


class Counted(Struct, frozen=True):
    """Where a caller stands after a try."""

    allowed: bool
    left: int
    reset_s: float
    """Seconds until the count begins anew."""


class Limiter:
    """Windows that begin with the first try."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, kept: int = KEPT) -> None:
        self._clock = clock
        self._kept = kept
        self._windows: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def take(self, kind: str, who: str, limit: Limit) -> Counted:
        """Count a try of ``who``; one that is refused is not counted."""
        now, key = self._clock(), (kind, who)
        ends, count = self._windows.get(key, (now + limit.seconds, 0))
        if now >= ends:
            ends, count = now + limit.seconds, 0
        if count >= limit.most:
            return Counted(False, 0, ends - now)
        self._windows[key] = (ends, count + 1)
        self._windows.move_to_end(key)
        if len(self._windows) > self._kept:
            self._windows.popitem(last=False)
        return Counted(True, limit.most - count - 1, ends - now)
