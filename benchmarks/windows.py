"""A measurement that can be taken again and again: a server with what it needs, and windows of load."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.figures import Figure
from benchmarks.server import Running

Run: TypeAlias = Callable[[], Awaitable[None]]
"""What is measured, with everything made ready before it."""


@dataclass(frozen=True)
class Bench:
    """A warm server. ``window(count)`` makes so much load ready; a check that fails raises
    RuntimeError while it runs."""

    server: Running
    window: Callable[[int], Awaitable[Run]]

    async def take(self, count: int) -> tuple[float, float]:
        """One window; seconds, and seconds of the server's CPU."""
        run = await self.window(count)
        before, started = self.server.cpu_s(), time.perf_counter()
        await run()
        return time.perf_counter() - started, self.server.cpu_s() - before

    async def figure(self, name: str, count: int, target: float) -> Figure:
        seconds, cpu_s = await self.take(count)
        return Figure(name, count, seconds, cpu_s, target)
