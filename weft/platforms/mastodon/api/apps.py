"""Registering an application, and what its token tells of it."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.access import redirect_uris_of, register_app
from weft.domain.accounts.queries import app_by_id
from weft.platforms.mastodon.api.auth import FAMILY
from weft.platforms.mastodon.api.errors import INVALID_TOKEN, ApiError
from weft.platforms.mastodon.api.routing import Call, Route, json


async def register(call: Call) -> ASGIResponse:
    """POST /apps: the only time that the secret is seen."""
    params = call.params
    typed = params.texts("redirect_uris", most=50)
    # One text with a URI in each line, or a list.
    uris = [uri for each in typed for uri in each.split()]
    made = await register_app(
        call.db,
        call.api.parts.server,
        name=params.text("client_name", longest=1000) or "",
        redirect_uris=uris,
        scopes=params.text("scopes", longest=2000) or "read",
        website=params.text("website", longest=2000),
        family=FAMILY,
    )
    return json(
        {
            "id": str(made.id),
            "name": made.name,
            "website": made.website,
            "scopes": sorted(made.scopes),
            "redirect_uris": list(made.redirect_uris),
            "redirect_uri": "\n".join(made.redirect_uris),
            "client_id": made.client_id,
            "client_secret": made.client_secret,
            "client_secret_expires_at": 0,
            "vapid_key": await call.api.parts.vapid.public(),
        }
    )


async def verify(call: Call) -> ASGIResponse:
    """GET /apps/verify_credentials"""
    bearer = call.bearer
    app = (
        await call.db.one(app_by_id, id=bearer.app_id)
        if bearer is not None and bearer.app_id is not None
        else None
    )
    if app is None:
        raise ApiError(401, INVALID_TOKEN)
    uris = redirect_uris_of(app)
    return json(
        {
            "id": str(app.id),
            "name": app.name,
            "website": app.website,
            "scopes": sorted(app.scopes.split()),
            "redirect_uris": list(uris),
            "redirect_uri": "\n".join(uris),
            "vapid_key": await call.api.parts.vapid.public(),
        }
    )


ROUTES = [
    Route("POST", "/api/v1/apps", register, who="anyone"),
    Route("GET", "/api/v1/apps/verify_credentials", verify, who="app"),
]
