"""Who calls: the bearer of a token, and what the token allows.

Looked-up tokens stay in memory for two seconds, so that a client that loads a screen costs one look,
and a revocation on another machine holds after two seconds (on this one at once).
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, cast

from litestar import Request

from weft.domain.accounts.queries import Bearer, bearer
from weft.domain.accounts.revocations import revocations
from weft.domain.accounts.scopes import grants
from weft.domain.accounts.secrets import hash_secret
from weft.domain.accounts.store import saw_account, touch_token
from weft.domain.server import Server
from weft.platforms.mastodon.api.errors import INVALID_TOKEN, ApiError
from weft.storage.database import Database, Tx

KEPT_S = 2.0
KEPT_TOKENS = 2048
SEEN_EVERY_MS = 3_600_000
FAMILY = "mastodon"


class Tokens:
    """The bearers of recent calls."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db, self._server = db, server
        self._known: OrderedDict[str, tuple[float, Bearer, frozenset[str]]] = OrderedDict()
        self._revocations = revocations()

    async def holder(self, token: str) -> tuple[Bearer, frozenset[str]]:
        """Who holds a token, and its scopes.

        Raises:
            ApiError: 401.
        """
        token_hash = hash_secret(token)
        revoked = revocations()
        if revoked != self._revocations:
            self._known.clear()
            self._revocations = revoked
        known = self._known.get(token_hash)
        if known is not None and time.monotonic() - known[0] < KEPT_S:
            return known[1], known[2]
        now = self._server.now_ms()
        row = await self._db.one(bearer, token_hash=token_hash, now=now)
        if row is None or row.family != FAMILY:
            self._known.pop(token_hash, None)
            raise ApiError(401, INVALID_TOKEN)
        if now - (row.last_used_at or 0) > SEEN_EVERY_MS:
            await self._db.write(_touch, row, now)
        scopes = frozenset(row.scopes.split())
        if revocations() != revoked:
            # It may be this one that was revoked while we looked: good for now, not remembered.
            return row, scopes
        self._known[token_hash] = (time.monotonic(), row, scopes)
        self._known.move_to_end(token_hash)
        if len(self._known) > KEPT_TOKENS:
            self._known.popitem(last=False)
        return row, scopes


async def _touch(tx: Tx, row: Bearer, now: int) -> None:
    await tx.run(touch_token, of_token=row.token_id, now=now)
    if row.account_id is not None and now - (row.last_active_at or 0) > SEEN_EVERY_MS:
        await saw_account(tx, row.account_id, now)


def token_of(request: Request[Any, Any, Any]) -> str | None:
    """The token of the Authorization header, or of the ``access_token`` parameter.

    Raises:
        ApiError: 401 for a header of another scheme.
    """
    token = bearer_in(cast(Mapping[str, Any], request.scope))
    if token is not None:
        return token
    if b"access_token=" in request.scope["query_string"]:
        return request.query_params.get("access_token")
    return None


def bearer_in(scope: Mapping[str, Any]) -> str | None:
    """The token of the Authorization header.

    Raises:
        ApiError: 401 for a header of another scheme.
    """
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer":
                raise ApiError(401, INVALID_TOKEN)
            return str(token.strip())
    return None


def allows(scopes: frozenset[str], wanted: str) -> bool:
    """Does a token with these scopes allow one of ``wanted`` (separated by ``|``)?"""
    return any(grants(scopes, each) for each in wanted.split("|"))
