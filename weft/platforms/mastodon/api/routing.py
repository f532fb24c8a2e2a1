"""Routes as data: each names its method, path, scope and who may call; one wrapper checks them all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from weft.config.addresses import client_address, limit_key
from weft.domain.accounts.queries import Bearer
from weft.domain.discovery.find import Directory
from weft.domain.filters.match import Filters
from weft.domain.trends.now import Trends
from weft.domain.usage import UsageCounter
from weft.domain.visibility.viewer import Anonymous, Local, Viewer
from weft.federation.asgi import Scope
from weft.platforms.mastodon.api.auth import Tokens, allows, token_of
from weft.platforms.mastodon.api.entities.fragments import Fragments
from weft.platforms.mastodon.api.errors import NEEDS_USER, OUT_OF_SCOPE, ApiError
from weft.platforms.mastodon.api.params import Params, parse_id, read_params
from weft.platforms.mastodon.api.parts import Parts
from weft.platforms.mastodon.api.rates import ACTIONS, Rates
from weft.platforms.mastodon.api.told import Told
from weft.storage.database import Database

if TYPE_CHECKING:
    from weft.platforms.mastodon.api.streaming.desk import Desk

Who = Literal["anyone", "app", "user", "applicant"]
"""``anyone``: a token is optional. ``app``: any token. ``user``: a token that speaks for a person.
``applicant``: the route itself looks at the token, which may be that of somebody who is not in yet."""

encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Api:
    """The parts of the server, and what this family keeps in memory."""

    parts: Parts
    tokens: Tokens
    fragments: Fragments
    usage: UsageCounter
    directory: Directory
    filters: Filters
    trends: Trends
    told: Told
    rates: Rates
    desk: "Desk" = field(init=False)
    """Where streams are let in; it renders by what is above."""


class Call:
    """One request, checked: who calls and with which parameters."""

    __slots__ = ("api", "bearer", "params", "request", "viewer")

    def __init__(
        self, api: Api, request: Request[Any, Any, Any], bearer: Bearer | None, params: Params
    ) -> None:
        self.api, self.request, self.bearer, self.params = api, request, bearer, params
        actor_id = bearer.actor_id if bearer else None
        self.viewer: Viewer = Anonymous() if actor_id is None else Local(actor_id)

    @property
    def db(self) -> Database:
        return self.api.parts.db

    @property
    def viewer_id(self) -> int | None:
        """The actor who calls, or None."""
        return self.bearer.actor_id if self.bearer else None

    @property
    def me(self) -> int:
        """The actor who calls, on routes that need one."""
        if self.bearer is None or self.bearer.actor_id is None:
            raise ApiError(401, NEEDS_USER)
        return self.bearer.actor_id

    @property
    def account_id(self) -> int:
        if self.bearer is None or self.bearer.account_id is None:
            raise ApiError(401, NEEDS_USER)
        return self.bearer.account_id

    @property
    def client(self) -> str:
        """The address of the caller."""
        return client_of(self.api, self.request)

    @property
    def address(self) -> str:
        """What limits for callers without a token count by."""
        return limit_key(self.client)

    def path(self, name: str) -> str:
        return str(self.request.scope["path_params"][name])

    def path_id(self, name: str = "id") -> int:
        return parse_id(self.path(name))


def client_of(api: Api, request: Request[Any, Any, Any]) -> str:
    """The address that a request came from, behind our proxies."""
    return client_in(api, cast(Mapping[str, Any], request.scope))


def client_in(api: Api, scope: Mapping[str, Any]) -> str:
    """The same, of a request or a WebSocket as ASGI has it."""
    client = scope.get("client")
    peer = client[0] if client else "127.0.0.1"
    forwarded = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    ]
    return client_address(peer, forwarded, api.parts.settings.trusted_proxies)


Answer: TypeAlias = Callable[[Call], Awaitable[ASGIResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    answer: Answer
    scope: str = ""
    """The scope that a token needs; several, of which one is enough, with ``|`` between them."""
    who: Who = "user"
    body_bytes: int = 4 * 1024**2
    """The longest body that is read."""


def raw(body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> ASGIResponse:
    """JSON that is bytes already."""
    return ASGIResponse(
        body=body, media_type="application/json", headers=headers, status_code=status
    )


def json(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> ASGIResponse:
    return raw(encode(value), headers, status)


def handler(api: Api, route: Route) -> HTTPRouteHandler:
    """The Litestar handler of a route."""

    action = ACTIONS.get((route.method, route.path))

    async def answer(request: Request[Any, Any, Any]) -> ASGIResponse:
        bearer = await _admitted(api, route, request)
        if action is not None:
            known = bearer is not None and bearer.account_id is not None
            who = str(bearer.account_id) if bearer and known else _address(api, request)
            api.rates.action(cast(Scope, request.scope), action, who)
        return await route.answer(Call(api, request, bearer, await read_params(request)))

    answer.__name__ = answer.__qualname__ = route.answer.__name__
    answer.__doc__ = route.answer.__doc__
    made = HTTPRouteHandler(
        route.path,
        http_method=route.method,
        status_code=200,
        request_max_body_size=route.body_bytes,
        opt={"scope": route.scope, "who": route.who},
    )
    return made(answer)


def _address(api: Api, request: Request[Any, Any, Any]) -> str:
    """What calls without a token are counted by."""
    return limit_key(client_of(api, request))


async def _admitted(api: Api, route: Route, request: Request[Any, Any, Any]) -> Bearer | None:
    token = token_of(request)
    if token is None or route.who == "applicant":
        api.rates.address(cast(Scope, request.scope), _address(api, request))
        if route.who in ("anyone", "applicant"):
            return None
        raise ApiError(401, NEEDS_USER if route.who == "user" else "The access token is invalid")
    try:
        bearer, scopes = await api.tokens.holder(token)
    except ApiError:
        api.rates.address(cast(Scope, request.scope), _address(api, request))
        raise
    api.rates.token(cast(Scope, request.scope), bearer.token_id, bearer.account_id)
    if bearer.actor_id is None:
        if route.who == "user":
            raise ApiError(422, NEEDS_USER)
        return bearer
    if route.scope and not allows(scopes, route.scope):
        raise ApiError(403, OUT_OF_SCOPE)
    return bearer
