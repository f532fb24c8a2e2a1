"""Our own pages as one application: signing in, and everything that people read and do here."""

from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException

from weft.web.pages import (
    about,
    actions,
    collections,
    compose,
    devices,
    disputes,
    drafts,
    intents,
    invites,
    leaving,
    listening,
    moderate_addresses,
    moderate_policies,
    moderate_servers,
    moderating_people,
    moderating_reports,
    moderators,
    moving,
    passkeys,
    people,
    posts,
    preferences,
    relays,
    search,
    security,
    settings,
    sharing,
    shelves,
    stories,
    timelines,
)
from weft.web.parts import Parts
from weft.web.rendering import environment, policy
from weft.web.session import Cookies
from weft.web.signin import confirmation, consent, login, reset, setup, sign_up, tokens
from weft.web.signin.challenge import Challenges
from weft.web.signin.throttle import FACTOR_WINDOW_S, PER_FACTOR, Throttle
from weft.web.signin.tickets import Tickets
from weft.web.visits import Desk, Route, handler

log = structlog.get_logger("weft.web")

ROUTES: tuple[Route, ...] = (
    *login.ROUTES,
    *setup.ROUTES,
    *sign_up.ROUTES,
    *confirmation.ROUTES,
    *reset.ROUTES,
    *consent.ROUTES,
    *tokens.ROUTES,
    *timelines.ROUTES,
    *compose.ROUTES,
    *drafts.ROUTES,
    *search.ROUTES,
    *settings.ROUTES,
    *preferences.ROUTES,
    *security.ROUTES,
    *passkeys.ROUTES,
    *devices.ROUTES,
    *leaving.ROUTES,
    *moving.ROUTES,
    *invites.ROUTES,
    *moderating_reports.ROUTES,
    *moderating_people.ROUTES,
    *disputes.ROUTES,
    *moderators.ROUTES,
    *moderate_servers.ROUTES,
    *relays.ROUTES,
    *moderate_addresses.ROUTES,
    *moderate_policies.ROUTES,
    *about.ROUTES,
    *actions.ROUTES,
    *people.ROUTES,
    *collections.ROUTES,
    *shelves.ROUTES,
    *listening.ROUTES,
    *stories.ROUTES,
    *intents.ROUTES,
    *posts.ROUTES,
    *sharing.ROUTES,
)

_SENTENCES = {
    404: "There is nothing at this address. It may have been deleted, or it is not for everybody.",
    405: "This address cannot be used that way.",
    413: "What you sent is larger than what is taken here.",
}


def build(parts: Parts) -> Litestar:
    """Made at the first request."""
    challenges = Challenges(parts.sealer.derived("sign-up forms"), parts.server.now_ms)
    desk = Desk(
        parts,
        Cookies(parts.settings),
        Throttle(),
        challenges,
        Throttle(window_s=FACTOR_WINDOW_S, per_login=PER_FACTOR),
        Tickets(parts.sealer.derived("sign-in tickets"), parts.server.now_ms),
    )

    def refused(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        return plain(error.status_code, _SENTENCES.get(error.status_code, "That did not work."))

    def crashed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("page failed", path=request.scope["path"], exc_info=error)
        return plain(500, "The server could not do this; its operator can see why in the log.")

    def plain(status: int, sentence: str) -> Response[bytes]:
        body = (
            environment()
            .get_template("sentence.html")
            .render(
                title=parts.settings.title or parts.settings.domain,
                heading=str(status),
                sentence=sentence,
                me=None,
                csrf="",
            )
        )
        return Response(
            body.encode(),
            status_code=status,
            media_type="text/html",
            headers={"content-security-policy": policy(), "x-content-type-options": "nosniff"},
        )

    environment().globals["shown_at"] = parts.server.shown_at
    return Litestar(
        route_handlers=[handler(desk, route) for route in ROUTES],
        exception_handlers={HTTPException: refused, Exception: crashed},
        openapi_config=None,
        logging_config=None,
    )
