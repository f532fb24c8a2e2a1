"""What the operator tells everybody, read, put away and reacted to."""

from urllib.parse import unquote

from litestar.response.base import ASGIResponse

from weft.domain.announcements.announce import MOST_SHOWN, put_away, react, take_back
from weft.domain.announcements.queries import announcements_now
from weft.platforms.mastodon.api.entities.announcement import announcement_entities
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.routing import Call, Route, json


async def index(call: Call) -> ASGIResponse:
    """GET /announcements; those that were put away too with ``with_dismissed``."""
    every = call.params.flag("with_dismissed")
    mine = {} if every else {"account_id": call.account_id}
    rows = await call.db.all(
        announcements_now,
        unread=not every,
        now=call.api.parts.server.now_ms(),
        limit=MOST_SHOWN,
        **mine,
    )
    return json(await announcement_entities(call.api, rows, call.account_id))


async def dismiss(call: Call) -> ASGIResponse:
    """POST /announcements/:id/dismiss"""
    server = call.api.parts.server
    if not await call.db.write(put_away, server, call.account_id, call.path_id()):
        raise not_found()
    return json({})


async def add_reaction(call: Call) -> ASGIResponse:
    """PUT /announcements/:id/reactions/:name"""
    name, server = unquote(call.path("name")), call.api.parts.server
    if not await call.db.write(react, server, call.account_id, call.path_id(), name):
        raise not_found()
    return json({})


async def remove_reaction(call: Call) -> ASGIResponse:
    """DELETE /announcements/:id/reactions/:name"""
    name = unquote(call.path("name"))
    if not await call.db.write(take_back, call.account_id, call.path_id(), name):
        raise not_found()
    return json({})


_ONE = "/api/v1/announcements/{id:str}"

ROUTES = [
    Route("GET", "/api/v1/announcements", index),
    Route("POST", f"{_ONE}/dismiss", dismiss, "write:accounts"),
    Route("PUT", _ONE + "/reactions/{name:str}", add_reaction, "write:favourites"),
    Route("DELETE", _ONE + "/reactions/{name:str}", remove_reaction, "write:favourites"),
]
