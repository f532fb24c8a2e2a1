"""Looking back at a year. Weft makes no such reports: nobody has one, and nobody is to have one."""

from litestar.response.base import ASGIResponse

from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.routing import Call, Route, json


async def several(call: Call) -> ASGIResponse:
    """GET /annual_reports"""
    return json({"annual_reports": [], "accounts": [], "statuses": []})


async def none_of_this_year(call: Call) -> ASGIResponse:
    """GET /annual_reports/:year, and what may be done with one."""
    raise not_found()


async def state(call: Call) -> ASGIResponse:
    """GET /annual_reports/:year/state"""
    call.path_id("year")
    return json({"state": "ineligible"})


_ALL = "/api/v1/annual_reports"
_ONE = f"{_ALL}/{{year:str}}"

ROUTES = [
    Route("GET", _ALL, several, "read:accounts"),
    Route("GET", _ONE, none_of_this_year, "read:accounts"),
    Route("GET", f"{_ONE}/state", state, "read:accounts"),
    Route("POST", f"{_ONE}/read", none_of_this_year, "write:accounts"),
    Route("POST", f"{_ONE}/generate", none_of_this_year, "write:accounts"),
]
