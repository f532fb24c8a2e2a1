"""Peers on loopback that answer exactly what a test says, byte by byte, and count who asked."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from weft.federation.http.client import HttpClient
from weft.federation.http.policy import Policy
from weft.federation.http.records import Limits

LOOPBACK = Policy(insecure_loopback=True)
QUICK = Limits(connect_s=1.0, gap_s=0.3, total_s=1.0, slot_s=2.0)
NEVER_S = 60.0
"""A limit that no test reaches."""
SHORT_GAP = Limits(connect_s=NEVER_S, gap_s=0.3, total_s=NEVER_S)
SHORT_ALL = Limits(connect_s=NEVER_S, gap_s=NEVER_S, total_s=1.0)
SOON_S = 20.0
"""Long enough for any machine, and far from ``NEVER_S``."""


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A server; ``url`` is its origin, ``requests`` what it was asked, ``connections`` how many."""

    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    at_once: int = 0
    most_at_once: int = 0


StartPeer = Callable[..., Awaitable[Peer]]
MakeClient = Callable[..., HttpClient]


def answer(
    body: bytes = b"{}",
    status: str = "200 OK",
    content_type: str = "application/activity+json",
    **fields: str,
) -> bytes:
    """A whole HTTP/1.1 answer; ``content_encoding="gzip"`` becomes a header field."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, location=location)


def always(*pieces: bytes) -> Answer:
    """Sends the pieces, and keeps the connection open."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return send


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.rstrip("\r\n").split("\r\n")
    headers = {}
    for entry in rest:
        name, _, value = entry.partition(": ")
        assert name.lower() not in headers, f"{name} is sent twice"
        headers[name.lower()] = value
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(line, headers, body)


@dataclass
class Tls:
    server: ssl.SSLContext
    client: ssl.SSLContext
