"""What applications call: tokens for codes, revocation, and where everything is (RFC 8414)."""

import base64
import binascii
from urllib.parse import unquote

from litestar.response.base import ASGIResponse

from weft.domain.accounts.access import (
    AccessRefused,
    NewToken,
    app_token,
    exchange_code,
    revoke_token,
    written,
)
from weft.domain.accounts.queries import bearer
from weft.domain.accounts.scopes import KNOWN, grants
from weft.domain.accounts.secrets import hash_secret
from weft.domain.actors.queries import actor_by_id
from weft.web.signin.consent import AUTHORIZE
from weft.web.visits import Route, Visit, json

FAMILY = "mastodon"
_STATUS = {"invalid_client": 401, "unauthorized_client": 403}


def _error(visit: Visit, refused: AccessRefused) -> ASGIResponse:
    status = _STATUS.get(refused.code, 400)
    # Only who came with this header is asked for it (section 5.2): others' browsers would ask people.
    asked = status == 401 and "authorization" in visit.headers
    extra = {"www-authenticate": 'Basic realm="Weft"'} if asked else {}
    return json({"error": refused.code, "error_description": str(refused)}, status, extra)


def _client(visit: Visit) -> tuple[str, str | None]:
    """Id and secret: from the header (RFC 6749, section 2.3.1), else from the body."""
    scheme, _, encoded = visit.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise AccessRefused("invalid_client", "The Authorization header is damaged.") from None
        client_id, _, secret = pair.partition(":")
        return unquote(client_id), unquote(secret)
    return visit.form.get("client_id", ""), visit.form.get("client_secret") or None


async def token(visit: Visit) -> ASGIResponse:
    """POST /oauth/token"""
    try:
        made = await _issued(visit)
    except AccessRefused as refused:
        return _error(visit, refused)
    return json(
        {
            "access_token": made.token,
            "token_type": "Bearer",
            "scope": written(made.scopes),
            "created_at": made.created_at // 1000,
        }
    )


async def _issued(visit: Visit) -> NewToken:
    client_id, secret = _client(visit)
    form, parts = visit.form, visit.parts
    match form.get("grant_type"):
        case "authorization_code":
            return await exchange_code(
                parts.db,
                parts.server,
                client_id=client_id,
                client_secret=secret,
                code=form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
                family=FAMILY,
            )
        case "client_credentials":
            if secret is None:
                raise AccessRefused("invalid_client", "The client_secret is needed.")
            return await app_token(
                parts.db,
                parts.server,
                client_id=client_id,
                client_secret=secret,
                scopes=form.get("scope", ""),
                family=FAMILY,
            )
        case None | "":
            raise AccessRefused("invalid_request", "grant_type is missing.")
        case "password":
            raise AccessRefused(
                "unsupported_grant_type",
                "Applications get no passwords here: use authorization_code, which opens a browser.",
            )
        case other:
            raise AccessRefused("unsupported_grant_type", f"There is no grant_type {other[:50]}.")


async def revoke(visit: Visit) -> ASGIResponse:
    """POST /oauth/revoke (RFC 7009)"""
    try:
        client_id, secret = _client(visit)
        await revoke_token(
            visit.parts.db,
            visit.parts.server,
            client_id=client_id,
            client_secret=secret,
            token=visit.form.get("token", ""),
        )
    except AccessRefused as refused:
        return _error(visit, refused)
    return json({})


async def userinfo(visit: Visit) -> ASGIResponse:
    """GET and POST /oauth/userinfo (OpenID Connect's shape)"""
    scheme, _, given = visit.headers.get("authorization", "").partition(" ")
    now = visit.parts.server.now_ms()
    row = (
        await visit.parts.db.one(bearer, token_hash=hash_secret(given.strip()), now=now)
        if scheme.lower() == "bearer"
        else None
    )
    if row is None or row.actor_id is None:
        return json({"error": "The access token is invalid"}, 401)
    held = frozenset(row.scopes.split())
    if not grants(held, "profile") and not grants(held, "read:accounts"):
        return json({"error": "This action is outside the authorized scopes"}, 403)
    actor = await visit.parts.db.one(actor_by_id, id=row.actor_id)
    if actor is None:
        return json({"error": "The access token is invalid"}, 401)
    return json(
        {
            "iss": f"{visit.parts.server.origin}/",
            "sub": actor.uri,
            "name": actor.name,
            "preferred_username": actor.username,
            "profile": actor.url,
            "picture": actor.icon_url,
        }
    )


async def metadata(visit: Visit) -> ASGIResponse:
    """GET /.well-known/oauth-authorization-server"""
    origin = visit.parts.server.origin
    return json(
        {
            "issuer": f"{origin}/",
            "authorization_endpoint": f"{origin}{AUTHORIZE}",
            "token_endpoint": f"{origin}/oauth/token",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "userinfo_endpoint": f"{origin}/oauth/userinfo",
            "app_registration_endpoint": f"{origin}/api/v1/apps",
            "service_documentation": "https://docs.joinmastodon.org/",
            "scopes_supported": sorted(KNOWN),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "none",
            ],
            "code_challenge_methods_supported": ["S256"],
        },
        headers={"cache-control": "public, max-age=3600"},
    )


ROUTES = (
    Route("POST", "/oauth/token", token, for_programs=True),
    Route("POST", "/oauth/revoke", revoke, for_programs=True),
    Route("GET", "/oauth/userinfo", userinfo, for_programs=True),
    Route("POST", "/oauth/userinfo", userinfo, for_programs=True),
    Route("GET", "/.well-known/oauth-authorization-server", metadata, for_programs=True),
)
