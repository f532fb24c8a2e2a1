"""A person, with what they wrote in communities."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.platforms.lemmy.api.communities import SORTS
from weft.platforms.lemmy.api.finding import the_actor
from weft.platforms.lemmy.api.posts import ordered
from weft.platforms.lemmy.api.routing import Call, Route, json
from weft.platforms.lemmy.api.views import can_be_shown, comment_view, load, person_view, post_view


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/user?person_id= or username="""
    actor = await the_actor(call, "person_id", "username", group=False)
    sort = call.choice("sort", SORTS, "New")
    where: dict[str, Any] = {"where": "author", "author": actor.id}
    threads, around = await ordered(call, where, sort)
    comments, beside = await ordered(call, where, sort, comments=True)
    found = await load(call, actors=[actor])
    return json(
        {
            "person_view": person_view(found, actor),
            "posts": [post_view(around, row) for row in threads if can_be_shown(around, row)],
            "comments": [
                comment_view(beside, row) for row in comments if can_be_shown(beside, row)
            ],
            "moderates": [],
        }
    )


ROUTES = (Route("GET", "/api/v3/user", show),)
