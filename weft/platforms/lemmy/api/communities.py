"""Communities: one, and lists of them."""

from litestar.response.base import ASGIResponse

from weft.domain.communities.queries import communities
from weft.platforms.lemmy.api.finding import the_actor
from weft.platforms.lemmy.api.routing import Call, Route, json
from weft.platforms.lemmy.api.site import site_view
from weft.platforms.lemmy.api.views import community_view, load

LISTINGS = ("All", "Local", "Subscribed", "ModeratorView")
SORTS = (
    "Active", "Hot", "New", "Old", "TopHour", "TopSixHour", "TopTwelveHour", "TopDay", "TopWeek",
    "TopMonth", "TopThreeMonths", "TopSixMonths", "TopNineMonths", "TopYear", "TopAll",
    "MostComments", "NewComments", "Controversial", "Scaled",
)  # fmt: skip


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/community?id= or name="""
    actor = await the_actor(call, "id", "name", group=True)
    found = await load(call, actors=[actor])
    body = {
        "community_view": community_view(found, actor),
        "moderators": [],
        "discussion_languages": [0],
    }
    if actor.local:
        body["site"] = (await site_view(call))["site"]
    return json(body)


async def several(call: Call) -> ASGIResponse:
    """GET /api/v3/community/list"""
    listing, sort = call.choice("type_", LISTINGS, "Local"), call.choice("sort", SORTS, "Active")
    order = {"New": "new", "Old": "old"}.get(sort, "top")
    rows = await call.db.all(communities, only_local=listing == "Local", sort=order, **call.page)
    found = await load(call, actors=rows)
    if listing in ("Subscribed", "ModeratorView"):
        rows = [each for each in rows if listing == "Subscribed" and each.id in found.followed]
    return json({"communities": [community_view(found, each) for each in rows]})


ROUTES = (
    Route("GET", "/api/v3/community", show),
    Route("GET", "/api/v3/community/list", several),
)
