"""Our own styles, scripts and pictures: each under an address that changes with its content."""

import hashlib
from functools import cache
from pathlib import Path

from weft.federation.asgi import Receive, Scope, Send, refuse, respond

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}


@cache
def asset(name: str) -> str:
    """The address of a file of the static folder: ``/static/DIGEST/name``."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{PREFIX}{digest}/{name}"


@cache
def _file(name: str) -> tuple[bytes, bytes, str] | None:
    """Content, type and address; None for what is not in the folder."""
    known = {each.name for each in FOLDER.iterdir() if each.suffix in TYPES}
    if name not in known:
        return None
    path = FOLDER / name
    return path.read_bytes(), TYPES[path.suffix], asset(name)


async def static_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers GET and HEAD; an old digest gets the present file, uncached."""
    if scope["method"] not in ("GET", "HEAD"):
        await refuse(send, 405, "Files can only be read.")
        return
    path: str = scope["path"]
    found = _file(path.rpartition("/")[2])
    if found is None:
        await refuse(send, 404, "There is no such file.")
        return
    body, kind, address = found
    kept = b"public, max-age=31536000, immutable" if path == address else b"no-cache"
    headers = [(b"cache-control", kept), (b"x-content-type-options", b"nosniff")]
    await respond(send, 200, body, kind, headers)
