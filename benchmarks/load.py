"""Requests at a server from this process: kept connections, prepared bytes, bounded in number."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What came of it."""

    answers: dict[int, int]
    """Answers by status."""
    seconds: float


def get(path: str, port: int, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def send_all(port: int, requests: Iterable[bytes], connections: int = 32) -> Load:
    """Send every request over a few connections, each waiting for its answer."""
    waiting = iter(requests)
    answers: dict[int, int] = {}
    started = time.perf_counter()
    await asyncio.gather(*(_one(port, waiting, answers) for _ in range(connections)))
    return Load(answers, time.perf_counter() - started)


async def _one(port: int, waiting: Iterator[bytes], answers: dict[int, int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        answers[status] = answers.get(status, 0) + 1
        length = _length(head)
        if length:
            await reader.readexactly(length)
    writer.close()


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
