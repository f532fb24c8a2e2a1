"""Listening to Server-sent events of an ASGI application in this process."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from weft.federation.asgi import AsgiApp
from weft.realtime.hub import Hub

WAIT_S = 10.0


class Heard:
    """One open stream; ``status`` is 0 until the answer begins."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.over = False
        self.may_send = asyncio.Event()
        """Cleared, the other side does not read any more."""
        self.may_send.set()
        self.gone = asyncio.Event()
        self._changed = asyncio.Event()
        self._read = 0

    async def receive(self) -> MutableMapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self.may_send.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.text += message.get("body", b"").decode()
            self.over = not message.get("more_body", False)
        self._changed.set()

    @property
    def events(self) -> list[tuple[str, Any]]:
        """All that came, as name and payload."""
        found = []
        for block in self.text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in lines:
                data = lines["data"]
                found.append((lines["event"], None if data == "undefined" else json.loads(data)))
        return found

    def ids(self, event: str) -> list[str]:
        """Ids of the statuses that came with this event."""
        return [str(each["id"]) for name, each in self.events if name == event]

    async def next(self, event: str) -> Any:
        """The payload of the next event of this name; those before it are passed over."""
        async with asyncio.timeout(WAIT_S):
            while True:
                while self._read < len(self.events):
                    name, payload = self.events[self._read]
                    self._read += 1
                    if name == event:
                        return payload
                await self.change()

    async def change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def began(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while ":)" not in self.text and not self.over:
                await self.change()

    async def ended(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while not self.over:
                await self.change()


async def all_told(hub: Hub) -> None:
    """Until everything that was said has reached those who listen, and read."""
    async with asyncio.timeout(WAIT_S):
        await hub.settled()
        while any(each.waiting for each in hub.listeners):  # noqa: ASYNC110  others have no event
            await asyncio.sleep(0)


@asynccontextmanager
async def listening(
    app: AsgiApp, host: str, token: str | None, path: str, port: int = 50_000
) -> AsyncIterator[Heard]:
    """A stream that is open for this long, and has been let in (or refused) when this begins."""
    path, _, query = path.partition("?")
    heard = Heard()
    headers = [(b"host", host.encode())]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/api/v1/streaming/{path}".rstrip("/"),
        "raw_path": f"/api/v1/streaming/{path}".encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", port),
        "server": ("127.0.0.1", 80),
    }
    task: asyncio.Task[None] = asyncio.create_task(app(scope, heard.receive, heard.send))  # type: ignore[arg-type]
    try:
        await heard.began()
        yield heard
    finally:
        heard.gone.set()
        heard.may_send.set()
        async with asyncio.timeout(WAIT_S):
            await task
