"""Serving stored files at ``/media/KEY``.

A file under a key never changes, so it may be kept for ever, and its key is its ETag. Its type comes
from the key, browsers may not guess another, and a file that is opened by itself runs nothing
(``sandbox``). Ranges are as RFC 9110 section 14 has them, one at a time: who asks for several gets
the whole.
"""

import re
from typing import Literal
from urllib.parse import quote

from weft.federation.asgi import AsgiApp, Receive, Scope, Send, headers_of, respond
from weft.media.kinds import RAW
from weft.media.remote import PATH as REMOTE
from weft.media.remote import NotHad, RemoteFiles
from weft.media.store import Store, StoredFile, kind_of_key

PREFIX = "/media/"
CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_TEXT = b"text/plain; charset=utf-8"
_SAFE = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
]
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_BRIEFLY = (b"cache-control", b"public, max-age=60")


def media_app(store: Store, remote: RemoteFiles | None = None) -> AsgiApp:
    """The application to mount at ``/media/``; ``remote`` finds what other servers have."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            allowed = [*_SAFE, (b"allow", b"GET, HEAD")]
            await respond(send, 405, b"Files can only be read.", _TEXT, allowed)
            return
        path: str = scope["path"]
        if remote is not None and path.startswith(REMOTE):
            await _remote(remote, store, scope, send)
            return
        key = path.removeprefix(PREFIX)
        kind = kind_of_key(key)
        # What waits to be worked on is as it came: nobody sees it.
        file = await store.open(key) if kind is not None and kind is not RAW else None
        if file is None:
            await respond(
                send, 404, _body(method, b"There is no such file."), _TEXT, [*_SAFE, _BRIEFLY]
            )
            return
        try:
            await _serve(file, key, scope, send)
        finally:
            await file.close()

    return app


async def _remote(remote: RemoteFiles, store: Store, scope: Scope, send: Send) -> None:
    """A picture of another server, from our copy of it."""
    method = scope["method"]
    url = remote.addresses.url_of(scope["path"].removeprefix(REMOTE))
    why, file, key = "There is no such file.", None, None
    if url is not None:
        try:
            key = await remote.key_of(url)
            file = await store.open(key) if key is not None else None
        except NotHad as error:
            why, url = str(error), None
    if file is not None and key is not None:
        try:
            await _serve(file, key, scope, send)
        finally:
            await file.close()
        return
    if url is not None and key is None:
        # Nothing can be kept now: better seen at its origin than not at all.
        location = (b"location", quote(url, safe="%/:?#[]@!$&'()*+,;=~").encode())
        await respond(send, 302, b"", _TEXT, [*_SAFE, _BRIEFLY, location])
        return
    await respond(send, 404, _body(method, why.encode()), _TEXT, [*_SAFE, _BRIEFLY])


def _body(method: str, body: bytes) -> bytes:
    return b"" if method == "HEAD" else body


async def _serve(file: StoredFile, key: str, scope: Scope, send: Send) -> None:
    asked = headers_of(scope)
    etag = f'"{key}"'
    headers = [*_SAFE, _FOR_EVER, (b"etag", etag.encode()), (b"accept-ranges", b"bytes")]
    if _names(asked.get("if-none-match", ""), etag):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    size, status = file.size_bytes, 200
    start, end = 0, size
    if "range" in asked and scope["method"] == "GET" and asked.get("if-range", etag) == etag:
        found = wanted_range(asked["range"], size)
        if found == "unsatisfiable":
            headers.append((b"content-range", f"bytes */{size}".encode()))
            await respond(send, 416, b"The file is shorter than that.", _TEXT, headers)
            return
        if found is not None:
            status, (start, end) = 206, found
            headers.append((b"content-range", f"bytes {start}-{end - 1}/{size}".encode()))
    headers += [
        (b"content-type", file.kind.content_type.encode()),
        (b"content-length", str(end - start).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    await _send_part(file, start, end, send)


async def _send_part(file: StoredFile, start: int, end: int, send: Send) -> None:
    """The server's ``send`` waits for a slow reader, so at most one piece is in memory."""
    while start < end:
        part = await file.read(start, min(CHUNK, end - start))
        if not part:
            # Shorter than it was: breaking the connection off is all that is left to say so.
            raise ConnectionError("a stored file became shorter")
        start += len(part)
        await send({"type": "http.response.body", "body": part, "more_body": start < end})
    if end == 0:
        await send({"type": "http.response.body", "body": b""})


def _names(condition: str, etag: str) -> bool:
    """Does an If-None-Match name this file?"""
    tags = {each.strip().removeprefix("W/") for each in condition.split(",")}
    return etag in tags or "*" in tags


def wanted_range(header: str, size: int) -> tuple[int, int] | Literal["unsatisfiable"] | None:
    """Start and end (exclusive) of the bytes asked for; None for what is to be ignored."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        last = int(found[2])
        return (max(0, size - last), size) if last and size else "unsatisfiable"
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return None
    if start >= size:
        return "unsatisfiable"
    return start, min(int(found[2]) + 1, size) if found[2] else size
