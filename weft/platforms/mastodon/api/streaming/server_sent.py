"""Streams as Server-sent events: one stream for one request."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from litestar.response.base import ASGIResponse

from weft.federation.asgi import Receive, Scope, Send
from weft.platforms.mastodon.api.routing import Call, Route
from weft.platforms.mastodon.api.streaming.desk import Desk
from weft.platforms.mastodon.api.streaming.streams import Wanted, scope_of, subscriptions, wanted
from weft.realtime.hub import Subscription
from weft.realtime.listener import Listener

GREETING = b":)\n"
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStream(ASGIResponse):
    """An answer that goes on until one side has enough."""

    def __init__(self, desk: Desk, listener: Listener, held: list[Subscription]) -> None:
        super().__init__(media_type="text/event-stream")
        self._desk, self._listener, self._held = desk, listener, held

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # type: ignore[override]
        listener = self._listener
        watch = asyncio.get_running_loop().create_task(_watch(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": GREETING, "more_body": True})
            while items := await listener.take():
                body = b"".join(each for each in items if isinstance(each, bytes))
                await send({"type": "http.response.body", "body": body, "more_body": True})
            if listener.closed != "gone":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watch.cancel()
            self._desk.leave(listener, self._held)


async def _watch(receive: Receive, listener: Listener) -> None:
    """Notice when the other side goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.close("gone")


async def open_stream(call: Call, asked: Wanted) -> ASGIResponse:
    desk, bearer = call.api.desk, call.bearer
    assert bearer is not None
    listener = await desk.admit(cast(Scope, call.request.scope), bearer, "sse")
    try:
        scopes = frozenset(bearer.scopes.split())
        held = await subscriptions(call.api, listener, scopes, asked)
    except BaseException:
        desk.leave(listener, ())
        raise
    desk.subscribe(held)
    return EventStream(desk, listener, held)


def _named(name: str) -> Callable[[Call], Awaitable[ASGIResponse]]:
    async def answer(call: Call) -> ASGIResponse:
        """An endless answer, event by event."""
        params = call.params
        shown = name
        if name.startswith("public") and params.flag("only_media"):
            shown = f"{name}:media"
        return await open_stream(call, wanted(shown, params.text("tag"), params.text("list")))

    return answer


async def by_parameter(call: Call) -> ASGIResponse:
    """GET /streaming?stream=: the address of the WebSocket, without one."""
    params = call.params
    name = params.needed("stream")
    return await open_stream(call, wanted(name, params.text("tag"), params.text("list")))


async def health(_: Call) -> ASGIResponse:
    """GET /streaming/health"""
    return ASGIResponse(body=b"OK", media_type="text/plain")


BASE = "/api/v1/streaming"
_PATHS = {
    "user": "user",
    "user/notification": "user:notification",
    "public": "public",
    "public/local": "public:local",
    "public/remote": "public:remote",
    "hashtag": "hashtag",
    "hashtag/local": "hashtag:local",
    "list": "list",
    "direct": "direct",
}

ROUTES = [
    Route("GET", f"{BASE}/health", health, who="anyone"),
    *(
        Route("GET", f"{BASE}/{path}", _named(name), scope_of(name))
        for path, name in _PATHS.items()
    ),
    Route("GET", BASE, by_parameter, "read:statuses|read:notifications"),
]
