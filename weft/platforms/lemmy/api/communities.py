"""Communities: one, and lists of them."""

from typing import Literal

from litestar.response.base import ASGIResponse

from weft.domain.communities.queries import communities
from weft.platforms.lemmy.api.finding import the_actor
from weft.platforms.lemmy.api.loading import load
from weft.platforms.lemmy.api.routing import Call, Route, json
from weft.platforms.lemmy.api.site import site_view
from weft.platforms.lemmy.api.views import community_view, moderators

LISTINGS: dict[str, Literal["anywhere", "here", "followed", "moderated"]] = {
    "All": "anywhere",
    "Local": "here",
    "Subscribed": "followed",
    "ModeratorView": "moderated",
}
SORTS = (
    "Active", "Hot", "New", "Old", "TopHour", "TopSixHour", "TopTwelveHour", "TopDay", "TopWeek",
    "TopMonth", "TopThreeMonths", "TopSixMonths", "TopNineMonths", "TopYear", "TopAll",
    "MostComments", "NewComments", "Controversial", "Scaled",
)  # fmt: skip


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/community?id= or name="""
    actor = await the_actor(call, "id", "name", group=True)
    # Its last threads come while this is answered, if nobody has opened it lately.
    await call.api.parts.openings.profile(actor, me=call.me, address=call.address)
    found = await load(call, actors=[actor])
    body = {
        "community_view": community_view(found, actor),
        "moderators": moderators(found, actor),
        "discussion_languages": [0],
    }
    if actor.local:
        body["site"] = (await site_view(call))["site"]
    return json(body)


async def several(call: Call) -> ASGIResponse:
    """GET /api/v3/community/list"""
    where = LISTINGS[call.choice("type_", tuple(LISTINGS), "Local")]
    order = {"New": "new", "Old": "old"}.get(call.choice("sort", SORTS, "Active"), "top")
    if where in ("followed", "moderated") and call.me is None:
        return json({"communities": []})
    mine = {"viewer": call.me} if where in ("followed", "moderated") else {}
    rows = await call.db.all(
        communities,
        where=where,
        sort=order,
        sensitive=call.flag("show_nsfw", True),
        **call.page,
        **mine,
    )
    found = await load(call, actors=rows)
    return json({"communities": [community_view(found, each) for each in rows]})


ROUTES = (
    Route("GET", "/api/v3/community", show),
    Route("GET", "/api/v3/community/list", several),
)
