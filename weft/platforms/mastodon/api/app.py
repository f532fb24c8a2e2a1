"""The Mastodon API as one application."""

from litestar import Litestar

from weft.domain.discovery.find import Directory
from weft.domain.filters.match import Filters
from weft.domain.trends.now import Trends
from weft.domain.usage import UsageCounter
from weft.federation.asgi import AsgiApp, Receive, Scope, Send
from weft.platforms.mastodon.api import (
    accounts,
    announcements,
    apps,
    discovery,
    emoji,
    endorsements,
    filters,
    instance,
    interactions,
    lists,
    media,
    notifications,
    people,
    profile,
    quotes,
    refreshes,
    reports,
    search,
    statuses,
    tags,
    timelines,
    trends,
)
from weft.platforms.mastodon.api.auth import Tokens
from weft.platforms.mastodon.api.entities.fragments import Fragments
from weft.platforms.mastodon.api.errors import HANDLERS
from weft.platforms.mastodon.api.parts import Parts
from weft.platforms.mastodon.api.routing import Api, Route, handler
from weft.platforms.mastodon.api.streaming import server_sent
from weft.platforms.mastodon.api.streaming.desk import Desk
from weft.platforms.mastodon.api.streaming.sockets import socket_app

ROUTES: tuple[Route, ...] = (
    *apps.ROUTES,
    *instance.ROUTES,
    *profile.ROUTES,
    *accounts.ROUTES,
    *people.ROUTES,
    *statuses.ROUTES,
    *quotes.ROUTES,
    *refreshes.ROUTES,
    *reports.ROUTES,
    *media.ROUTES,
    *interactions.ROUTES,
    *timelines.ROUTES,
    *notifications.ROUTES,
    *filters.ROUTES,
    *search.ROUTES,
    *lists.ROUTES,
    *tags.ROUTES,
    *endorsements.ROUTES,
    *discovery.ROUTES,
    *trends.ROUTES,
    *emoji.ROUTES,
    *announcements.ROUTES,
    *server_sent.ROUTES,
)
SOCKETS = (server_sent.BASE,)
"""Where a WebSocket can be opened."""


def build(parts: Parts) -> AsgiApp:
    """Made at the family's first request."""
    api = Api(
        parts,
        Tokens(parts.db, parts.server),
        Fragments(),
        UsageCounter(parts.db, parts.server),
        Directory(parts.db, parts.server),
        Filters(parts.db),
        Trends(parts.db, parts.server),
    )
    api.desk = Desk(api, parts.hub)
    calls = Litestar(
        route_handlers=[handler(api, route) for route in ROUTES],
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    sockets = socket_app(api)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await sockets(scope, receive, send)
        else:
            await calls(scope, receive, send)  # type: ignore[arg-type]

    return app
