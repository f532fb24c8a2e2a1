"""Calling an ASGI application without a socket: requests as plain bytes, answers whole."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from tests.support.described import check_answer
from weft.federation.asgi import AsgiApp


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()
    """Values of Set-Cookie."""

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Caller:
    """Calls one application; ``token`` is sent as a bearer's."""

    def __init__(self, app: AsgiApp, host: str, token: str | None = None) -> None:
        self._app, self._host, self._token = app, host, token

    @property
    def app(self) -> AsgiApp:
        return self._app

    @property
    def token(self) -> str | None:
        return self._token

    def with_token(self, token: str | None) -> "Caller":
        return Caller(self._app, self._host, token)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self.call("POST", path, json=body)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        json: Any = None,
        form: dict[str, Any] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """``query`` may also be in ``path``."""
        path, _, in_path = path.partition("?")
        encoded = urlencode(query or {}, doseq=True) or in_path
        sent = {"host": self._host} | {k.lower(): v for k, v in (headers or {}).items()}
        if self._token is not None:
            sent.setdefault("authorization", f"Bearer {self._token}")
        if json is not None:
            body = msgspec.json.encode(json)
            sent.setdefault("content-type", "application/json")
        elif form is not None:
            body = urlencode(form, doseq=True).encode()
            sent.setdefault("content-type", "application/x-www-form-urlencoded")
        body = body or b""
        sent.setdefault("content-length", str(len(body)))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path, safe="/%@:~!$&'()*+,;=-._").encode(),
            "query_string": encoded.encode(),
            "root_path": "",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in sent.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        answer = await _answer(self._app, scope, body)
        if method != "HEAD" and "json" in answer.headers.get("content-type", ""):
            check_answer(method, path, answer.status, answer.body)
        return answer


async def _answer(app: AsgiApp, scope: dict[str, Any], body: bytes) -> Answer:
    sent: list[MutableMapping[str, Any]] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(each for each in sent if each["type"] == "http.response.start")
    return Answer(
        start["status"],
        {k.decode().lower(): v.decode("latin-1") for k, v in start["headers"]},
        b"".join(each.get("body", b"") for each in sent if each["type"] == "http.response.body"),
        tuple(v.decode("latin-1") for k, v in start["headers"] if k.lower() == b"set-cookie"),
    )
