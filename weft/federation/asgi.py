"""The little of ASGI that the federation's own endpoints need: they are hot, and plain."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

ACTIVITY = b"application/activity+json; charset=utf-8"
JSON = b"application/json; charset=utf-8"

encode = msgspec.json.Encoder().encode


class BodyTooLarge(Exception):
    """The body went past its limit."""


def headers_of(scope: Scope) -> dict[str, str]:
    """Header fields by lower-case name; repeated ones are joined as HTTP joins them."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def target_of(scope: Scope) -> str:
    """Path and query as they were sent: what signatures cover."""
    path: str = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLarge: it is longer than ``limit`` bytes.
        ConnectionError: the client went away.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ConnectionError("the client went away")
    if not message.get("more_body"):
        if len(body) > limit:
            raise BodyTooLarge
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client went away")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
    return b"".join(parts)


async def respond(
    send: Send,
    status: int,
    body: bytes = b"",
    kind: bytes = JSON,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """Send a whole answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", kind),
                (b"content-length", str(len(body)).encode()),
                *(headers or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def refuse(
    send: Send, status: int, sentence: str, headers: dict[str, str] | None = None
) -> None:
    """Send an error with a sentence."""
    extra = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await respond(send, status, encode({"error": sentence}), JSON, extra)
