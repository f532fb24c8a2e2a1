"""The Mastodon API as one application."""

from typing import cast

from litestar import Litestar

from weft.domain.discovery.find import Directory
from weft.domain.filters.match import Filters
from weft.domain.trends.now import Trends
from weft.domain.usage import UsageCounter
from weft.federation.asgi import AsgiApp, Receive, Scope, Send
from weft.platforms.mastodon.api import (
    about,
    accounts,
    announcements,
    apps,
    collections,
    confirmations,
    conversations,
    discovery,
    emoji,
    endorsements,
    filters,
    grouped_notifications,
    instance,
    interactions,
    lists,
    media,
    notification_requests,
    notifications,
    people,
    posting,
    profile,
    push,
    quotes,
    refreshes,
    reports,
    scheduled,
    search,
    statuses,
    tags,
    timelines,
    trends,
    yearly,
)
from weft.platforms.mastodon.api.admin import accounts as admin_accounts
from weft.platforms.mastodon.api.admin import (
    addresses,
    domains,
    measures,
    policies,
    quarantine,
    relays,
)
from weft.platforms.mastodon.api.admin import reports as admin_reports
from weft.platforms.mastodon.api.admin import trends as reviews
from weft.platforms.mastodon.api.auth import Tokens
from weft.platforms.mastodon.api.entities.fragments import Fragments
from weft.platforms.mastodon.api.errors import HANDLERS
from weft.platforms.mastodon.api.parts import Parts
from weft.platforms.mastodon.api.rates import Rates, with_headers
from weft.platforms.mastodon.api.routing import Api, Route, handler
from weft.platforms.mastodon.api.streaming import server_sent
from weft.platforms.mastodon.api.streaming.desk import Desk
from weft.platforms.mastodon.api.streaming.sockets import socket_app
from weft.platforms.mastodon.api.told import told_by

ROUTES: tuple[Route, ...] = (
    *apps.ROUTES,
    *instance.ROUTES,
    *profile.ROUTES,
    *accounts.ROUTES,
    *people.ROUTES,
    *statuses.ROUTES,
    *posting.ROUTES,
    *scheduled.ROUTES,
    *quotes.ROUTES,
    *refreshes.ROUTES,
    *reports.ROUTES,
    *media.ROUTES,
    *interactions.ROUTES,
    *timelines.ROUTES,
    *notifications.ROUTES,
    *grouped_notifications.ROUTES,
    *notification_requests.ROUTES,
    *conversations.ROUTES,
    *filters.ROUTES,
    *search.ROUTES,
    *lists.ROUTES,
    *collections.ROUTES,
    *tags.ROUTES,
    *endorsements.ROUTES,
    *discovery.ROUTES,
    *trends.ROUTES,
    *emoji.ROUTES,
    *announcements.ROUTES,
    *admin_accounts.ROUTES,
    *admin_reports.ROUTES,
    *domains.ROUTES,
    *addresses.ROUTES,
    *relays.ROUTES,
    *policies.ROUTES,
    *quarantine.ROUTES,
    *reviews.ROUTES,
    *measures.ROUTES,
    *push.ROUTES,
    *about.ROUTES,
    *confirmations.ROUTES,
    *yearly.ROUTES,
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
        Trends(parts.db, parts.server, needs_review=parts.settings.trends_need_review),
        told_by(parts.db, parts.server),
        Rates(parts.limiter, parts.settings.request_limit),
    )
    api.desk = Desk(api, parts.hub, conversations.rendered)
    calls = Litestar(
        route_handlers=[handler(api, route) for route in ROUTES],
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    answers, sockets = with_headers(cast(AsgiApp, calls)), socket_app(api)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else answers)(scope, receive, send)

    return app
