"""Many hosts in one process: every address of 127/8 answers on one port, each a host of its own."""

import asyncio
import multiprocessing
import multiprocessing.connection
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvloop

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def host(number: int, port: int) -> str:
    """The authority of one of 65,000 hosts."""
    return f"127.9.{number // 250}.{number % 250 + 1}:{port}"


class _Peer(asyncio.Protocol):
    """Answers 202 to each POST and counts it; everything else is not there."""

    def __init__(self, counter: Any) -> None:
        self._counter = counter
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._received[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._received) < end + 4 + length:
                return
            self._received = self._received[end + 4 + length :]
            if head.startswith(b"post"):
                self._counter.value += 1
                self._transport.write(ACCEPTED)
            else:
                self._transport.write(MISSING)


def _serve(ready: multiprocessing.connection.Connection, counter: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Peer(counter), "0.0.0.0", 0, backlog=4096)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(main())


class Peers:
    """The hosts' port, and how many POSTs came."""

    def __init__(self, port: int, counter: Any) -> None:
        self.port = port
        self._counter = counter

    @property
    def received(self) -> int:
        return int(self._counter.value)

    def host(self, number: int) -> str:
        return host(number, self.port)


@contextmanager
def peers() -> Iterator[Peers]:
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0, lock=False)
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, counter), daemon=True)
    process.start()
    try:
        yield Peers(ours.recv(), counter)
    finally:
        process.terminate()
        process.join()
