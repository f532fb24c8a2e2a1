"""How much one host may cost us, and how long a host that fails is left alone.

Per host and minute: a number of requests and of bytes. After a failure to connect (or 429, 503)
nothing is asked for a while: two seconds at first, doubled each time, ten minutes at most, with
the peer's own ``Retry-After`` respected up to an hour. One answer ends the back-off.
"""

import random
import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from weft.federation.http.errors import Budget, Unreachable

_WINDOW_S = 60.0
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 600.0
_LONGEST_RETRY_AFTER_S = 3600.0
_HOSTS = 10_000


class Shares(msgspec.Struct, frozen=True):
    """What one host gets in a minute."""

    requests: int = 300
    size_bytes: int = 64 * 1024 * 1024


class _Host(msgspec.Struct):
    window_start: float
    requests: int = 0
    size_bytes: int = 0
    failures: int = 0
    paused_until: float = 0.0


class HostBudgets:
    """Counts per host; the hosts used longest ago are forgotten first."""

    def __init__(
        self, shares: Shares | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._shares = shares or Shares()
        self._clock = clock
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def spend(self, host: str, url: str) -> None:
        """Count one request, or raise Budget, or Unreachable during a back-off."""
        record = self._record(host)
        now = self._clock()
        if record.paused_until > now:
            wait_s = record.paused_until - now
            raise Unreachable(
                url, f"is not asked for {wait_s:.0f} s, after failures.", retry_after_s=wait_s
            )
        over = record.requests >= self._shares.requests
        if over or record.size_bytes >= self._shares.size_bytes:
            wait_s = record.window_start + _WINDOW_S - now
            raise Budget(url, "is not asked: too much from there.", retry_after_s=wait_s)
        record.requests += 1

    def spent(self, host: str, size_bytes: int) -> None:
        """Count what came."""
        self._record(host).size_bytes += size_bytes

    def answered(self, host: str) -> None:
        """The host works: end its back-off."""
        self._record(host).failures = 0

    def failed(self, host: str, retry_after_s: float | None = None) -> None:
        """The host does not work: leave it alone for a while."""
        record = self._record(host)
        record.failures += 1
        pause_s = min(_FIRST_PAUSE_S * 2 ** min(record.failures - 1, 20), _LONGEST_PAUSE_S)
        pause_s *= random.uniform(0.8, 1.2)  # noqa: S311 (spreads load, guards nothing)
        if retry_after_s is not None:
            pause_s = max(pause_s, min(retry_after_s, _LONGEST_RETRY_AFTER_S))
        record.paused_until = self._clock() + pause_s

    def _record(self, host: str) -> _Host:
        now = self._clock()
        record = self._hosts.get(host)
        if record is None:
            record = self._hosts[host] = _Host(now)
            if len(self._hosts) > _HOSTS:
                self._hosts.popitem(last=False)
        self._hosts.move_to_end(host)
        if now - record.window_start >= _WINDOW_S:
            record.window_start, record.requests, record.size_bytes = now, 0, 0
        return record
