"""What costs much to find out and changes slowly: found again when it is some minutes old."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT_S = 300.0


class Kept(Generic[T]):
    """One value; several who ask while it is found out wait for the same one."""

    def __init__(self, find: Callable[[], Awaitable[T]], kept_s: float = KEPT_S) -> None:
        self._find, self._kept_s = find, kept_s
        self._known: tuple[float, T] | None = None
        self._finding = asyncio.Lock()

    async def now(self) -> T:
        known = self._fresh()
        if known is None:
            async with self._finding:
                known = self._fresh()
                if known is None:
                    known = (time.monotonic() + self._kept_s, await self._find())
                    self._known = known
        return known[1]

    def _fresh(self) -> tuple[float, T] | None:
        known = self._known
        return known if known is not None and time.monotonic() < known[0] else None
