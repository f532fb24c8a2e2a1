"""How politely walks ask other servers: two requests at once to a host, and not its whole budget.

The fetcher gives a host 300 requests a minute for everything; keys and profiles of what arrives
must find room in it. So walks take turns: ``PER_MINUTE`` of a host in a minute, and each turn is
one document with the few requests that it may bring along (its author, a handle).
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PER_HOST = 2
AT_ONCE = 16
PER_MINUTE = 100
_WINDOW_S = 60.0
_HOSTS = 4096


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_HOST))
    began: float = 0.0
    turns: int = 0
    inside: int = 0


class Courtesy:
    """Shared by all walks of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._places = asyncio.Semaphore(AT_ONCE)
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a place, then ask the host for one thing."""
        host = self._host(name)
        host.inside += 1
        try:
            async with host.places:
                wait_s = self._wait_s(host)
                while wait_s > 0:
                    await asyncio.sleep(wait_s)
                    wait_s = self._wait_s(host)
                host.turns += 1
                async with self._places:
                    yield
        finally:
            host.inside -= 1

    def _wait_s(self, host: _Host) -> float:
        """How long until the host may be asked again."""
        now = self._clock()
        if now - host.began >= _WINDOW_S:
            host.began, host.turns = now, 0
        return 0.0 if host.turns < PER_MINUTE else host.began + _WINDOW_S - now

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host()
            if len(self._hosts) > _HOSTS:
                self._forget()
        self._hosts.move_to_end(name)
        return host

    def _forget(self) -> None:
        """The longest unused, unless somebody is at it."""
        name, oldest = next(iter(self._hosts.items()))
        if oldest.inside == 0:
            del self._hosts[name]
