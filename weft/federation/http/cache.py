"""What the fetcher remembers: answers with their validators, and failures.

Both are in memory and bounded, the answers in bytes, the failures in number; what was used longest
ago goes first.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from weft.federation.http.errors import FetchError
from weft.federation.http.records import Response, Validators

Key = tuple[str, str, str]
"""URL, kind, name of the signer: an answer to one signer is not shown to another."""

_ENTRY_OVERHEAD_BYTES = 2048
_MAX_FAILURES = 20_000


class Entry(msgspec.Struct):
    """One remembered answer."""

    response: Response
    checked_at: float
    """When the origin last said that this is the current answer."""

    @property
    def validators(self) -> Validators | None:
        """What to ask with whether it has changed; None if the origin gave nothing for that."""
        etag = self.response.headers.get("etag", "")
        last_modified = self.response.headers.get("last-modified", "")
        if not etag and not last_modified:
            return None
        return Validators(self.response.url, etag, last_modified)


class FetchCache:
    """Answers up to *max_bytes* together, none larger than a sixteenth of it; and failures."""

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._answers: OrderedDict[Key, Entry] = OrderedDict()
        self._failures: OrderedDict[Key, tuple[float, FetchError]] = OrderedDict()
        self.size_bytes = 0

    def answer(self, key: Key) -> Entry | None:
        entry = self._answers.get(key)
        if entry is not None:
            self._answers.move_to_end(key)
        return entry

    def remember(self, key: Key, response: Response) -> None:
        """Keep an answer; a failure that was remembered is over."""
        self.forget(key)
        cost = _cost(response)
        if cost > self._max_bytes // 16:
            return
        self._answers[key] = Entry(response, self._clock())
        self.size_bytes += cost
        while self.size_bytes > self._max_bytes:
            _, oldest = self._answers.popitem(last=False)
            self.size_bytes -= _cost(oldest.response)

    def forget(self, key: Key) -> None:
        self._failures.pop(key, None)
        entry = self._answers.pop(key, None)
        if entry is not None:
            self.size_bytes -= _cost(entry.response)

    def failure(self, key: Key) -> FetchError | None:
        """The failure that is still believed, if there is one."""
        found = self._failures.get(key)
        if found is None:
            return None
        until, error = found
        if until <= self._clock():
            del self._failures[key]
            return None
        return error

    def remember_failure(self, key: Key, error: FetchError, for_s: float) -> None:
        self.forget(key)
        self._failures[key] = (self._clock() + for_s, error)
        if len(self._failures) > _MAX_FAILURES:
            self._failures.popitem(last=False)


def _cost(response: Response) -> int:
    fields = sum(len(name) + len(value) for name, value in response.headers.items())
    return len(response.body) + fields + _ENTRY_OVERHEAD_BYTES
