"""A person, with what they wrote in communities and which they moderate."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actors_by_ids
from weft.domain.communities.queries import moderated_by
from weft.platforms.lemmy.api.communities import SORTS
from weft.platforms.lemmy.api.finding import the_actor
from weft.platforms.lemmy.api.loading import can_be_shown, load
from weft.platforms.lemmy.api.posts import ordered
from weft.platforms.lemmy.api.routing import MOST, Call, Route, json
from weft.platforms.lemmy.api.views import (
    comment_view,
    community,
    person,
    person_view,
    post_view,
)


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/user?person_id= or username="""
    call.refuse("saved_only", "community_id")
    actor = await the_actor(call, "person_id", "username", group=False)
    await call.api.parts.openings.profile(actor, me=call.me, address=call.address)
    sort = call.choice("sort", SORTS, "New")
    where: dict[str, Any] = {"where": "author", "author": actor.id}
    threads = await ordered(call, where, sort)
    comments = await ordered(call, where, sort, comments=True)
    ids = [row[0] for row in await call.db.all(moderated_by, actor_id=actor.id, limit=MOST)]
    groups = await call.db.all(actors_by_ids, ids=ids) if ids else []
    found = await load(call, posts=[*threads, *comments], actors=[actor, *groups])
    return json(
        {
            "person_view": person_view(found, actor),
            "posts": [post_view(found, row) for row in threads if can_be_shown(found, row)],
            "comments": [comment_view(found, row) for row in comments if can_be_shown(found, row)],
            "moderates": [
                {"community": community(found, each), "moderator": person(found, actor)}
                for each in groups
            ],
        }
    )


ROUTES = (Route("GET", "/api/v3/user", show),)
