"""The Lemmy API as one application."""

from litestar import Litestar

from weft.domain.usage import UsageCounter
from weft.platforms.lemmy.api import comments, communities, people, posts, search, site
from weft.platforms.lemmy.api.parts import Parts
from weft.platforms.lemmy.api.routing import HANDLERS, Api, Route, handler

ROUTES: tuple[Route, ...] = (
    *site.ROUTES,
    *communities.ROUTES,
    *posts.ROUTES,
    *comments.ROUTES,
    *people.ROUTES,
    *search.ROUTES,
)


def build(parts: Parts) -> Litestar:
    """Made at the family's first request."""
    api = Api(parts, UsageCounter(parts.db, parts.server))
    return Litestar(
        route_handlers=[handler(api, route) for route in ROUTES],
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
