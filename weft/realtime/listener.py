"""One open stream: a bounded queue between what is told and a connection that may be slow."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal, TypeAlias

MOST_WAITING = 200
MOST_WAITING_BYTES = 1024 * 1024
"""Of what waits for one connection. Much of it is shared with others, but need not be."""

GRACE_S = 3.0
"""How long a closed stream may take to say good-bye."""

Transport: TypeAlias = Literal["sse", "websocket"]
Reason: TypeAlias = Literal["slow", "ended", "stopping", "gone"]
"""Why a stream was closed: it did not read, its token is good no more, the server stops, or it went
by itself."""


class Listener:
    """Who listens, and what waits for them. Not shared between loops."""

    __slots__ = (
        "_bytes", "_cut", "_items", "_last_call", "_woken", "account_id", "actor_id", "address",
        "closed", "token_id", "transport",
    )  # fmt: skip

    def __init__(
        self,
        actor_id: int,
        account_id: int,
        token_id: int,
        *,
        address: str,
        transport: Transport,
        cut: Callable[[], object] = lambda: None,
    ) -> None:
        """``address`` is what limits count by; ``cut`` breaks the connection, whatever the other
        side does not read."""
        self.actor_id, self.account_id, self.token_id = actor_id, account_id, token_id
        self.address, self.transport = address, transport
        self.closed: Reason | None = None
        self._cut = cut
        self._last_call: asyncio.TimerHandle | None = None
        self._items: deque[bytes | str] = deque()
        self._bytes = 0
        self._woken = asyncio.Event()

    def put(self, item: bytes | str) -> None:
        """What is to be sent next. A connection that does not keep up is closed."""
        if self.closed is not None:
            return
        self._items.append(item)
        self._bytes += len(item)
        if len(self._items) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES:
            self.close("slow")
        else:
            self._woken.set()

    def close(self, reason: Reason) -> None:
        """Nothing more is taken; the first reason stays. Who does not go in time is cut off."""
        if self.closed is not None:
            return
        self.closed = reason
        self._woken.set()
        if reason == "slow":
            self._items.clear()
            self._cut()
        elif reason != "gone":
            self._last_call = asyncio.get_running_loop().call_later(GRACE_S, self._cut)

    def has_left(self) -> None:
        """The connection is over."""
        self.close("gone")
        if self._last_call is not None:
            self._last_call.cancel()

    async def take(self) -> list[bytes | str]:
        """All that waits, once something does; nothing once it is closed and empty."""
        while not self._items and self.closed is None:
            self._woken.clear()
            await self._woken.wait()
        taken = list(self._items)
        self._items.clear()
        self._bytes = 0
        return taken

    @property
    def waiting(self) -> int:
        return len(self._items)
