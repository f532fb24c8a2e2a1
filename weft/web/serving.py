"""The HTTP server: uvicorn, which carries WebSockets too, ended without waiting for streams."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import uvicorn

from weft.federation.asgi import AsgiApp
from weft.realtime.hub import Hub

PING_S = 30.0
PONG_S = 60.0
FRAME_BYTES = 16 * 1024
"""The longest frame that an app may send; those that it has reason to send have a hundred."""


class Serving(uvicorn.Server):
    """Ends the open streams before it waits for what is in hand."""

    def __init__(
        self,
        app: AsgiApp,
        host: str,
        port: int,
        hub: Hub,
        once_open: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """``once_open``: work that need not be done before the first request is answered."""
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=FRAME_BYTES,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PONG_S,
            # A compressor for each connection costs more memory than all the rest of a stream.
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=20,
            backlog=2048,
        )
        super().__init__(config)
        self._hub = hub
        hub.cut = self.cut
        self._once_open, self._later = once_open, set[asyncio.Task[None]]()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._later.add(asyncio.create_task(self._once_open(), name="once open"))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.end_all("stopping")
        await super().shutdown(sockets)

    def cut(self, client: object) -> None:
        """Break the connections of a client, an address and a port, off: who does not read holds
        what was sent until then, and no good-bye reaches them."""
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if client is not None and getattr(connection, "client", None) == client and transport:
                transport.abort()


def allow_many_files() -> None:
    """As many open connections as the system lets this process have, not the few of its default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
