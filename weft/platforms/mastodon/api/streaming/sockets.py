"""Streams over a WebSocket: one connection for many of them, opened and closed by frames of JSON."""

import asyncio
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from weft.federation.asgi import AsgiApp, Receive, Scope, Send, refuse
from weft.platforms.mastodon.api.auth import bearer_in
from weft.platforms.mastodon.api.errors import ApiError
from weft.platforms.mastodon.api.routing import Api
from weft.platforms.mastodon.api.streaming.streams import Wanted, subscriptions, wanted
from weft.realtime.hub import Subscription
from weft.realtime.listener import Listener, Reason

MOST_STREAMS = 100
"""On one socket."""
MOST_QUERY = 4096
# RFC 6455, section 7.4.1: a policy is violated; going away; try again later.
_CODES: dict[Reason, tuple[int, str]] = {
    "slow": (1008, "You read too slowly."),
    "ended": (1008, "The access token is good no more."),
    "stopping": (1012, "The server stops."),
}

_encode = msgspec.json.Encoder().encode


class Frame(Struct):
    """What an app sends."""

    type: str = ""
    stream: str = ""
    list: str | int | None = None
    tag: str | None = None


_frames = msgspec.json.Decoder(Frame)


class _Socket:
    """One connection and what it listens to."""

    def __init__(self, api: Api, listener: Listener, scopes: frozenset[str]) -> None:
        self._api, self._desk = api, api.desk
        self.listener, self._scopes = listener, scopes
        self._held: dict[Wanted, list[Subscription]] = {}

    @property
    def held(self) -> list[Subscription]:
        return [each for several in self._held.values() for each in several]

    async def hear(self, text: str) -> None:
        """What the app says; what cannot be done is answered with a frame that says why."""
        try:
            frame = _frames.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            self._refuse(400, "A frame is a JSON object with type and stream.")
            return
        try:
            await self.obey(frame)
        except ApiError as error:
            self._refuse(error.status, str(error))

    async def obey(self, frame: Frame) -> None:
        """
        Raises:
            ApiError: with a sentence for the app.
        """
        list_id = None if frame.list is None else str(frame.list)
        asked = wanted(frame.stream, frame.tag, list_id)
        if frame.type == "unsubscribe":
            for each in self._held.pop(asked, ()):
                self._desk.hub.unsubscribe(each)
        elif frame.type != "subscribe":
            raise ApiError(400, "The type of a frame is subscribe or unsubscribe.")
        elif asked not in self._held:
            if len(self._held) >= MOST_STREAMS:
                raise ApiError(429, f"One socket carries at most {MOST_STREAMS} streams.")
            held = await subscriptions(self._api, self.listener, self._scopes, asked)
            self._desk.subscribe(held)
            self._held[asked] = held

    def _refuse(self, status: int, sentence: str) -> None:
        self.listener.put(_encode({"error": sentence, "status": status}).decode())


def socket_app(api: Api) -> AsgiApp:
    """The application behind ``/api/v1/streaming`` for WebSockets."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # that somebody connects
        query = _query(scope)
        offered: list[str] = scope.get("subprotocols") or []
        try:
            token = (
                query.get("access_token") or bearer_in(scope) or (offered[0] if offered else None)
            )
            if not token:
                raise ApiError(401, "Missing access token")
            bearer, scopes = await api.tokens.holder(token)
            listener = await api.desk.admit(scope, bearer, "websocket")
        except ApiError as error:
            await _deny(scope, send, error)
            return
        socket = _Socket(api, listener, scopes)
        try:
            # Browsers give up unless one of the subprotocols that they offered is chosen.
            await send({"type": "websocket.accept", "subprotocol": offered[0] if offered else None})
            if "stream" in query:
                first = {name: query[name] for name in ("stream", "list", "tag") if name in query}
                await socket.hear(_encode({"type": "subscribe"} | first).decode())
            await _talk(socket, receive, send)
        except OSError:
            listener.close("gone")
        finally:
            api.desk.leave(listener, socket.held)

    return app


async def _talk(socket: _Socket, receive: Receive, send: Send) -> None:
    """Read and write at once, until either is over."""
    listener = socket.listener
    reading = asyncio.get_running_loop().create_task(_read(socket, receive))
    try:
        while items := await listener.take():
            for item in items:
                await send({"type": "websocket.send", "text": item})
        farewell = _CODES.get(listener.closed or "gone")
        if farewell is not None:
            await send({"type": "websocket.close", "code": farewell[0], "reason": farewell[1]})
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(socket: _Socket, receive: Receive) -> None:
    try:
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            await socket.hear(text if text is not None else "")
    finally:
        socket.listener.close("gone")


async def _deny(scope: Scope, send: Send, error: ApiError) -> None:
    """Refuse before there is a socket: with an answer where the server can give one."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": str(error)})
        return

    async def as_answer(message: dict[str, object]) -> None:
        await send(message | {"type": f"websocket.{message['type']}"})

    await refuse(as_answer, error.status, str(error))  # type: ignore[arg-type]


def _query(scope: Scope) -> dict[str, str]:
    raw: bytes = scope.get("query_string", b"")
    if len(raw) > MOST_QUERY:
        return {}
    try:
        return dict(parse_qsl(raw.decode(), max_num_fields=20, errors="strict"))
    except (UnicodeDecodeError, ValueError):
        return {}
