"""Signing in, as one application."""

from litestar import Litestar

from weft.web.signin import consent, login, setup, tokens
from weft.web.signin.parts import Parts
from weft.web.signin.routing import Desk, Route, handler
from weft.web.signin.session import Cookies
from weft.web.signin.throttle import Throttle

ROUTES: tuple[Route, ...] = (*login.ROUTES, *setup.ROUTES, *consent.ROUTES, *tokens.ROUTES)


def build(parts: Parts) -> Litestar:
    """Made at the first request."""
    desk = Desk(parts, Cookies(parts.settings), Throttle())
    return Litestar(
        route_handlers=[handler(desk, route) for route in ROUTES],
        openapi_config=None,
        logging_config=None,
    )
