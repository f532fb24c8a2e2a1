"""The first thing that a request meets: which part of the server answers it?

The federation's own addresses and files are plain handlers, found by one dictionary look-up. All
else goes to an API family or the pages: the tries of all families are one here, so that a path is
matched once, and only the family's name comes out; the family's own router does the rest.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

import structlog

from weft.config.addresses import client_address
from weft.config.values import Network
from weft.domain.moderation.addresses import ClosedNetworks
from weft.federation.asgi import AsgiApp, Receive, Scope, Send, refuse, respond
from weft.web.families import COLLISIONS, Family, collision_for
from weft.web.trie import RouteTable

Observe = Callable[[str, str, int, float], None]
"""Called after each request with family, route, status and seconds."""

log = structlog.get_logger("weft.web")

# What browsers let scripts of other origins (web clients such as Elk and Phanpy) use.
_CORS_PATHS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/")
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id,"
        b" Mastodon-Async-Refresh",
    ),
)
_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"7200"),
]


class Dispatcher:
    """The ASGI application of the server."""

    def __init__(
        self,
        plain: Mapping[str, AsgiApp],
        families: Sequence[Family],
        *,
        hosts: Mapping[str, str] | None = None,
        documents: Callable[[Scope], AsgiApp | None] = lambda scope: None,
        observe: Observe | None = None,
        files_host: str | None = None,
        closed: ClosedNetworks | None = None,
        trusted: Sequence[Network] = (),
    ) -> None:
        """``plain``: handlers by exact path, or by a prefix of two segments that ends in a slash
        (``/ap/``). ``hosts``: families by host name. ``documents``: a handler for requests to
        people's pages that want an ActivityPub document. ``files_host``: a second name of the
        server that answers for uploads and nothing else, so that no page shares its origin.
        ``closed``: nothing is done for clients there; ``trusted`` are the proxies that are believed
        about who the client is."""
        self._closed, self._trusted = closed, trusted
        self._files_host = files_host.lower() if files_host else None
        self._exact = {path: app for path, app in plain.items() if not path.endswith("/")}
        self._prefixes = {path: app for path, app in plain.items() if path.endswith("/")}
        self._families = {family.name: family for family in families}
        self._hosts = dict(hosts or {})
        self._documents = documents
        self._observe = observe
        self._built: dict[str, AsgiApp] = {}
        self._building = asyncio.Lock()
        self._known: RouteTable | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        closed = self._closed
        if (
            closed is not None
            and not closed.is_empty()
            and await closed.holds(_client(scope, self._trusted))
        ):
            await _refuse_client(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._socket(scope, receive, send)
            return
        started = time.perf_counter()
        answered = _Answer(send, scope["path"].startswith(_CORS_PATHS))
        name, route = "", ""
        try:
            app, name, route = await self._choose(scope)
            await app(scope, receive, answered)
        except ConnectionError:
            return
        except Exception:
            log.exception("request failed", method=scope["method"], path=scope["path"])
            if not answered.status:
                await refuse(answered, 500, "Something went wrong here; it is in the server's log.")
        finally:
            if self._observe is not None:
                ended = answered.streams_since or time.perf_counter()
                self._observe(name, route, answered.status, ended - started)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = None
        if scope["type"] == "websocket":
            name = (await self.table()).sockets.get(scope["path"].rstrip("/"))
        if name is None or (self._files_host is not None and _host(scope) == self._files_host):
            await _refuse_socket(scope, receive, send)
            return
        try:
            await (await self._app(name))(scope, receive, send)
        except OSError:
            return
        except Exception:
            log.exception("socket failed", path=scope["path"])
            with contextlib.suppress(Exception):
                await send({"type": "websocket.close", "code": 1011})

    async def _choose(self, scope: Scope) -> tuple[AsgiApp, str, str]:
        """The application, the family's name and the route (for metrics)."""
        path: str = scope["path"]
        for_files = self._files_host is not None and _host(scope) == self._files_host
        if for_files and not path.startswith("/media/"):
            return _nowhere, "plain", "unknown"
        plain = self._exact.get(path)
        if plain is not None:
            return plain, "plain", path
        end = path.find("/", 1)
        if end > 0 and (plain := self._prefixes.get(path[: end + 1])) is not None:
            return plain, "plain", path[: end + 1]
        if scope["method"] == "OPTIONS" and path.startswith(_CORS_PATHS):
            return _preflight, "plain", "OPTIONS"
        document = self._documents(scope)
        if document is not None:
            return document, "plain", "document"
        shape, names = (await self.table()).match(scope["method"], path)
        if not names:
            name = self._family_of_unknown(path)
            return (
                (await self._app(name), name, "unknown") if name else (_nowhere, "plain", "unknown")
            )
        name = names[0] if len(names) == 1 else self._one_of(scope, shape, names)
        return await self._app(name), name, shape

    async def table(self) -> RouteTable:
        """All families' routes. Reading them imports what answers them, about a second's work: a
        server that has just started answers other servers before it is done."""
        if self._known is None:
            async with self._building:
                if self._known is None:
                    families = tuple(self._families.values())
                    self._known = await asyncio.to_thread(RouteTable, families)
        return self._known

    def _one_of(self, scope: Scope, shape: str, names: Sequence[str]) -> str:
        given = self._hosts.get(_host(scope))
        if given is not None and given in names:
            return given
        token = _token(scope)
        if token:
            for name in names:
                prefix = self._families[name].token_prefix
                if prefix is not None and token.startswith(prefix):
                    return name
        rule = collision_for(shape)
        if rule is None:
            return names[0]
        chosen = rule.choose(scope)
        return chosen if chosen is not None and chosen in names else rule.default

    def _family_of_unknown(self, path: str) -> str:
        fitting = [each for each in self._families.values() if path.startswith(each.prefix)]
        return max(fitting, key=lambda each: len(each.prefix)).name if fitting else ""

    async def _app(self, name: str) -> AsgiApp:
        app = self._built.get(name)
        if app is None:
            async with self._building:
                app = self._built.get(name)
                if app is None:
                    # Importing and building take a while: others are answered meanwhile.
                    app = await asyncio.to_thread(self._families[name].build)
                    self._built[name] = app
        return app


class _Answer:
    """Passes an answer on, remembers its status and lets other origins read it where they may."""

    __slots__ = ("_cors", "_send", "status", "streams_since")

    def __init__(self, send: Send, cors: bool) -> None:
        self._send, self._cors, self.status = send, cors, 0
        self.streams_since = 0.0
        """When an answer began that goes on for hours; 0 for all others."""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if (b"content-type", b"text/event-stream") in message["headers"]:
                self.streams_since = time.perf_counter()
            if self._cors:
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in _CORS if pair[0] not in present),
                ]
        await self._send(message)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    await refuse(send, 404, "There is nothing at this address.")


async def _preflight(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 204, headers=_PREFLIGHT)


async def _refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})


async def _refuse_client(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        await _refuse_socket(scope, receive, send)
        return
    await refuse(send, 403, "This server has no access for the network that you are in.")


def _client(scope: Scope, trusted: Sequence[Network]) -> str:
    """The address that a request came from, behind our proxies."""
    client = scope.get("client")
    forwarded = [
        value.decode("latin-1")
        for name, value in scope.get("headers", ())
        if name == b"x-forwarded-for"
    ]
    return client_address(client[0] if client else "127.0.0.1", forwarded, trusted)


def _host(scope: Scope) -> str:
    """The name that the request was sent to, in lower case."""
    for name, value in scope["headers"]:
        if name == b"host":
            return str(value.decode("latin-1")).lower()
    return ""


def _token(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""


def describe(families: Sequence[Family]) -> str:
    """Every family's routes, and what happens where two claim the same, for people."""
    lines = []
    for family in families:
        lines += [f"{family.name}:"]
        lines += sorted(f"  {route.method:<7}{_readable(route.path)}" for route in family.routes())
        lines += [f"  {'socket':<7}{path}" for path in family.sockets()]
    lines += ["", "collisions:"]
    on = {family.name for family in families}
    for each in COLLISIONS:
        if each.default in on:
            lines += [f"  {each.path}: {each.default} unless the rest says otherwise; {each.why}"]
    return "\n".join(lines) + "\n"


def _readable(path: str) -> str:
    """``/accounts/{id}`` for Litestar's ``/accounts/{id:str}``."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
