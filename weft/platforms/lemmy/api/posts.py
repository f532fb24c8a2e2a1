"""Threads: one, and lists of them in Lemmy's orders."""

import math
from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.communities.queries import threads
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.communities import LISTINGS, SORTS
from weft.platforms.lemmy.api.finding import find_actor, find_post
from weft.platforms.lemmy.api.routing import Call, Route, json
from weft.platforms.lemmy.api.views import (
    Loaded,
    can_be_shown,
    community_view,
    load,
    post_view,
)
from weft.storage.ids import MAX_ID

HOUR_MS = 3_600_000
_WINDOWS = {
    "TopHour": 1,
    "TopSixHour": 6,
    "TopTwelveHour": 12,
    "TopDay": 24,
    "TopWeek": 7 * 24,
    "TopMonth": 30 * 24,
    "TopThreeMonths": 90 * 24,
    "TopSixMonths": 180 * 24,
    "TopNineMonths": 270 * 24,
    "TopYear": 365 * 24,
}
RANKED = 500
"""Ranked orders are computed over so many of the newest threads."""
_RANKED = ("Active", "Hot", "Scaled", "Controversial", "NewComments")


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/post?id= or comment_id="""
    comment_num = call.num("comment_id")
    if call.num("id") is None and comment_num is not None:
        comment = await find_post(call, comment_num, "comment")
        found = await load(call, posts=[comment])
        row = found.posts.get(comment.root_id or 0, comment)
    else:
        row = await find_post(call, call.num("id"), "post")
        found = await load(call, posts=[row])
    group = found.actors[found.community_of[row.id]]
    return json(
        {
            "post_view": post_view(found, row),
            "community_view": community_view(found, group),
            "moderators": [],
            "cross_posts": [],
        }
    )


async def several(call: Call) -> ASGIResponse:
    """GET /api/v3/post/list"""
    listing, sort = call.choice("type_", LISTINGS, "Local"), call.choice("sort", SORTS, "Active")
    community = await find_actor(call, "community_id", "community_name", group=True)
    where: dict[str, Any] = (
        {"where": "community", "community": community.id}
        if community is not None
        else {"where": "here" if listing == "Local" else "anywhere"}
    )
    rows, found = await ordered(call, where, sort)
    if listing == "Subscribed":
        rows = [row for row in rows if found.community_of.get(row.id) in found.followed]
    return json({"posts": [post_view(found, row) for row in rows if can_be_shown(found, row)]})


async def ordered(
    call: Call, where: dict[str, Any], sort: str, *, comments: bool = False
) -> tuple[list[Post], Loaded]:
    """One page of threads or comments, and what their views need."""
    page = call.page
    since = call.now - _WINDOWS[sort] * HOUR_MS if sort in _WINDOWS else 0
    ranked = sort in _RANKED
    order = {"New": "new", "Old": "old", "MostComments": "comments"}.get(sort, "top")
    rows = await call.db.all(
        threads,
        who=kind_of(call.viewer),
        sort="new" if ranked else order,
        comments=comments,
        since=since,
        before=MAX_ID + 1,
        limit=RANKED if ranked else page["limit"],
        skip=0 if ranked else page["skip"],
        **where,
        **viewer_params(call.viewer, call.now),
    )
    found = await load(call, posts=rows)
    if ranked:
        rows = sorted(rows, key=lambda row: rank(call, found, row, sort), reverse=True)
        rows = rows[page["skip"] : page["skip"] + page["limit"]]
    return rows, found


def rank(call: Call, found: Loaded, row: Post, sort: str) -> float:
    """Lemmy's own formula for hot: the logarithm of the score over the age to the power of 1.8;
    active takes the age of the newest comment, at most two days after the thread."""
    stats = found.stats.get(row.id)
    likes, dislikes = (stats.likes, stats.dislikes) if stats else (0, 0)
    newest = found.newest.get(row.id, row.published_at)
    if sort == "NewComments":
        return newest
    if sort == "Controversial":
        total, least = likes + dislikes, min(likes, dislikes)
        return float(total ** (least / max(likes, dislikes))) if least else 0.0
    at = min(newest, row.published_at + 48 * HOUR_MS) if sort == "Active" else row.published_at
    hours = max(0.0, (call.now - at) / HOUR_MS)
    return math.log(max(2, 3 + likes - dislikes)) / float((hours + 2) ** 1.8)


ROUTES = (
    Route("GET", "/api/v3/post", show),
    Route("GET", "/api/v3/post/list", several),
)
