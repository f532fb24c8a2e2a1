"""How often one caller may call, and the header fields that say how much of it is left.

Mastodon's numbers: requests are counted for each token, for each person with all their tokens, and for
each address without a token; a few actions are counted by themselves, and then their count is the one
that is told. Counted in this process's memory (``weft/domain/limits``).
"""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from weft.domain.limits import Counted, Limit, Limiter
from weft.federation.asgi import AsgiApp, Receive, Scope, Send
from weft.platforms.mastodon.api.errors import ApiError

WINDOW_S = 300
PERSON_FACTOR = 5
"""One person has several applications."""
_DAY_S = 86_400
_HALF_HOUR_S = 1800
PAGING = Limit(300, 900)
_PAGED = (b"max_id=", b"min_id=", b"since_id=", b"offset=")
KEY = "weft.allowance"
TOO_MANY = "Too many requests"


class Action(NamedTuple):
    """Routes with the same name share a count."""

    name: str
    limit: Limit


_POSTS = Action("posts", Limit(300, 3 * 3600))
_FOLLOWS = Action("follows", Limit(400, _DAY_S))
_UPLOADS = Action("uploads", Limit(30, _HALF_HOUR_S))
_DELETIONS = Action("deletions", Limit(30, _HALF_HOUR_S))
_COLLECTIONS = Action("collections", Limit(400, _DAY_S))
ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "/api/v1/statuses"): _POSTS,
    ("POST", "/api/v1/statuses/{id:str}/reblog"): _POSTS,
    ("DELETE", "/api/v1/statuses/{id:str}"): _DELETIONS,
    ("POST", "/api/v1/statuses/{id:str}/unreblog"): _DELETIONS,
    ("POST", "/api/v1/media"): _UPLOADS,
    ("POST", "/api/v2/media"): _UPLOADS,
    ("POST", "/api/v1/accounts/{id:str}/follow"): _FOLLOWS,
    # Each may ask people of other servers.
    ("POST", "/api/v1/collections"): _COLLECTIONS,
    ("POST", "/api/v1/collections/{id:str}/items"): _COLLECTIONS,
    ("POST", "/api/v1_alpha/collections"): _COLLECTIONS,
    ("POST", "/api/v1_alpha/collections/{id:str}/items"): _COLLECTIONS,
    ("POST", "/api/v1/reports"): Action("reports", Limit(400, _DAY_S)),
    ("POST", "/api/v1/apps"): Action("apps", Limit(5, 600)),
    ("POST", "/api/v1/push/subscription"): Action("subscriptions", Limit(60, 3600)),
}


class Allowance(NamedTuple):
    """What is told of a count."""

    most: int
    counted: Counted


class Rates:
    """Counts calls; ``per_window`` is the operator's number, 0 for no limits at all."""

    def __init__(self, limiter: Limiter, per_window: int) -> None:
        self._limiter, self._per_window = limiter, per_window

    def address(self, scope: Scope, address: str) -> None:
        """Count a call without a token, or with one that is none.

        Raises:
            ApiError: 429.
        """
        if self._per_window:
            self._take(scope, "api address", address, Limit(self._per_window, WINDOW_S))

    def token(self, scope: Scope, token_id: int, account_id: int | None) -> None:
        """Count a call of an application. Raises as ``address`` does."""
        if not self._per_window:
            return
        self._take(scope, "api token", str(token_id), Limit(self._per_window, WINDOW_S))
        if account_id is None:
            return
        person = Limit(self._per_window * PERSON_FACTOR, WINDOW_S)
        self._check(scope, "api person", str(account_id), person)
        query = scope["query_string"]
        if query and any(each in query for each in _PAGED):
            self._check(scope, "api paging", str(account_id), PAGING)

    def action(self, scope: Scope, action: Action, who: str) -> None:
        """Count what has a count of its own, and tell that one. Raises as ``address`` does."""
        if self._per_window:
            self._take(scope, f"api {action.name}", who, action.limit)

    def _take(self, scope: Scope, kind: str, who: str, limit: Limit) -> None:
        allowance = Allowance(limit.most, self._limiter.take(kind, who, limit))
        scope[KEY] = allowance
        if not allowance.counted.allowed:
            raise ApiError(429, TOO_MANY)

    def _check(self, scope: Scope, kind: str, who: str, limit: Limit) -> None:
        """As ``_take``, but told of only when nothing is left."""
        counted = self._limiter.take(kind, who, limit)
        if not counted.allowed:
            scope[KEY] = Allowance(limit.most, counted)
            raise ApiError(429, TOO_MANY)


def with_headers(app: AsgiApp) -> AsgiApp:
    """The application, whose answers tell what was counted for their requests."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: MutableMapping[str, Any]) -> None:
            allowance: Allowance | None = scope.get(KEY)
            if message["type"] == "http.response.start" and allowance is not None:
                message["headers"] = [*message.get("headers", ()), *_fields(allowance)]
            await send(message)

        await app(scope, receive, tell)

    return answered


def _fields(allowance: Allowance) -> list[tuple[bytes, bytes]]:
    counted = allowance.counted
    reset = datetime.fromtimestamp(datetime.now(UTC).timestamp() + counted.reset_s, UTC)
    fields = [
        (b"x-ratelimit-limit", str(allowance.most).encode()),
        (b"x-ratelimit-remaining", str(counted.left).encode()),
        (b"x-ratelimit-reset", f"{reset:%Y-%m-%dT%H:%M:%S.%f}Z".encode()),
    ]
    if not counted.allowed:
        fields.append((b"retry-after", str(int(counted.reset_s) + 1).encode()))
    return fields
