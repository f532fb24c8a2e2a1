"""One request, its parameters and who asks; and how Lemmy's clients are told what went wrong:
``{"error": "snake_case_code"}`` (lemmy.md 5.1)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from weft.config.addresses import client_address, limit_key
from weft.domain.accounts.queries import bearer
from weft.domain.accounts.scopes import grants
from weft.domain.accounts.secrets import hash_secret
from weft.domain.usage import UsageCounter
from weft.domain.visibility.viewer import Anonymous, Local, Viewer
from weft.platforms.lemmy.api.parts import Parts
from weft.storage.database import Database

FAMILY = "lemmy"
LIMIT, MOST = 10, 50
MAX_NUM = 2**31 - 1
MAX_PAGE = 1000
encode = msgspec.json.Encoder().encode
log = structlog.get_logger("weft.lemmy")


class ApiError(Exception):
    """``code`` is Lemmy's word for it; ``message`` a sentence for people."""

    def __init__(self, status: int, code: str, message: str | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def not_found(what: str) -> ApiError:
    """Also for what the viewer may not see."""
    return ApiError(404, f"couldnt_find_{what}")


def bad(name: str, right: str) -> ApiError:
    return ApiError(400, "invalid_query", f"{name} must be {right}.")


@dataclass(frozen=True, slots=True)
class Api:
    parts: Parts
    usage: UsageCounter


class Call:
    """One request."""

    __slots__ = ("_query", "api", "me", "request")

    def __init__(self, api: Api, request: Request[Any, Any, Any], me: int | None) -> None:
        self.api, self.request, self.me = api, request, me
        try:
            text = request.scope["query_string"].decode("utf-8")
            self._query = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=50))
        except ValueError:
            raise bad("The query", "a well-formed UTF-8 form") from None

    @property
    def db(self) -> Database:
        return self.api.parts.db

    @property
    def viewer(self) -> Viewer:
        return Anonymous() if self.me is None else Local(self.me)

    @property
    def address(self) -> str:
        """What limits for callers without a token count by."""
        client = self.request.scope.get("client")
        peer = client[0] if client else "127.0.0.1"
        forwarded = self.request.headers.getall("x-forwarded-for", [])
        trusted = self.api.parts.settings.trusted_proxies
        return limit_key(client_address(peer, forwarded, trusted))

    @property
    def now(self) -> int:
        return self.api.parts.server.now_ms()

    def text(self, name: str, longest: int = 2000) -> str | None:
        value = self._query.get(name)
        if value is not None and len(value) > longest:
            raise bad(name, f"at most {longest} characters long")
        if value is not None and "\0" in value:
            raise bad(name, "without the character U+0000")
        return value or None

    def num(self, name: str) -> int | None:
        value = self._query.get(name)
        if not value:
            return None
        if not value.isascii() or not value.isdigit() or len(value) > 10 or int(value) > MAX_NUM:
            raise bad(name, "a number from 0 to 2147483647")
        return int(value)

    def choice(self, name: str, known: tuple[str, ...], default: str) -> str:
        value = self._query.get(name) or default
        if value not in known:
            raise bad(name, f"one of {', '.join(known)}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._query.get(name)
        if value not in (None, "", "true", "false"):
            raise bad(name, "true or false")
        return value == "true" if value else default

    def refuse(self, *names: str) -> None:
        """Filters that this server does not have: an answer without them would be a wrong one."""
        for name in names:
            if self._query.get(name) not in (None, "", "false"):
                raise ApiError(400, "invalid_query", f"This server cannot filter by {name} yet.")

    @property
    def cursor(self) -> int | None:
        """The page that ``page_cursor`` stands for."""
        given = self.text("page_cursor", 20)
        if given is None:
            return None
        digits = given.removeprefix("P")
        if digits == given or not digits.isascii() or not digits.isdigit() or len(digits) > 4:
            raise bad("page_cursor", "one that this server gave")
        return int(digits)

    @property
    def page(self) -> dict[str, int]:
        """``limit`` and ``skip``; pages begin with 1."""
        limit, page = self.num("limit"), self.cursor or self.num("page")
        if limit is not None and not 1 <= limit <= MOST:
            raise bad("limit", f"from 1 to {MOST}")
        if page is not None and not 1 <= page <= MAX_PAGE:
            raise bad("page", f"from 1 to {MAX_PAGE}")
        size = limit or LIMIT
        return {"limit": size, "skip": ((page or 1) - 1) * size}


Answer: TypeAlias = Callable[[Call], Awaitable[ASGIResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    method: Literal["GET"]
    path: str
    answer: Answer


def json(value: Any) -> ASGIResponse:
    return ASGIResponse(body=encode(value), media_type="application/json")


def handler(api: Api, route: Route) -> HTTPRouteHandler:
    async def answer(request: Request[Any, Any, Any]) -> ASGIResponse:
        return await route.answer(Call(api, request, await _viewer(api, request)))

    answer.__name__ = answer.__qualname__ = route.answer.__name__
    return HTTPRouteHandler(route.path, http_method=route.method, status_code=200)(answer)


async def _viewer(api: Api, request: Request[Any, Any, Any]) -> int | None:
    """The actor whose token came along. A wrong one, or one that may not read, is nobody's, as on Lemmy:
    its apps go on with a token that has run out, and see in ``my_user`` that nobody is signed in."""
    header = request.headers.get("authorization")
    token = header.partition(" ")[2].strip() if header else request.cookies.get("jwt")
    if not token:
        return None
    row = await api.parts.db.one(
        bearer, token_hash=hash_secret(token), now=api.parts.server.now_ms()
    )
    if row is None or row.family != FAMILY or not grants(frozenset(row.scopes.split()), "read"):
        return None
    return row.actor_id


def _refused(_: Request[Any, Any, Any], error: ApiError) -> Response[bytes]:
    return _told(error.status, error.code, error.message)


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    return _told(error.status_code, "not_found" if error.status_code == 404 else "unknown")


def _crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("request failed", path=request.scope["path"], exc_info=error)
    return _told(500, "unknown", "The server could not do this; its operator can see why.")


def _told(status: int, code: str, message: str | None = None) -> Response[bytes]:
    body = {"error": code} | ({"message": message} if message else {})
    return Response(encode(body), status_code=status, media_type="application/json")


HANDLERS: dict[Any, Any] = {ApiError: _refused, HTTPException: _http, Exception: _crash}
