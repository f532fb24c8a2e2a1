"""Threads: one, and lists of them in Lemmy's orders."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.communities.queries import threads
from weft.domain.communities.ranking import HOUR_MS, RANKED, Rank, candidates, ranked
from weft.domain.communities.totals import activity, activity_since
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.communities import LISTINGS, SORTS
from weft.platforms.lemmy.api.finding import find_actor, find_post, posts_by_ids
from weft.platforms.lemmy.api.loading import can_be_shown, load
from weft.platforms.lemmy.api.routing import Call, Route, json, not_found
from weft.platforms.lemmy.api.views import community_view, moderators, post_view
from weft.storage.ids import MAX_ID

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
_RANKS: dict[str, Rank] = {
    "Active": "active",
    "Hot": "hot",
    "Scaled": "scaled",
    "Controversial": "controversial",
    "NewComments": "new_comments",
}


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/post?id= or comment_id="""
    comment_num = call.num("comment_id")
    if call.num("id") is None and comment_num is not None:
        comment = await find_post(call, comment_num, "comment")
        rows = await posts_by_ids(call, [comment.root_id or comment.id])
        if not rows or rows[0].in_reply_to_uri is not None:
            raise not_found("post")
        row = rows[0]
    else:
        row = await find_post(call, call.num("id"), "post")
    found = await load(call, posts=[row], with_communities=True)
    if not can_be_shown(found, row):
        raise not_found("post")
    # Lemmy's API has no word for it: what is missing of the thread comes while it is read.
    await call.api.parts.openings.thread(row, me=call.me, address=call.address)
    group = found.actors[found.community_of[row.id]]
    return json(
        {
            "post_view": post_view(found, row),
            "community_view": community_view(found, group),
            "moderators": moderators(found, group),
            "cross_posts": [],
        }
    )


async def several(call: Call) -> ASGIResponse:
    """GET /api/v3/post/list"""
    call.refuse("saved_only", "liked_only", "disliked_only")
    sort = call.choice("sort", SORTS, "Active")
    rows = await ordered(call, await listing(call, "Local"), sort)
    found = await load(call, posts=rows)
    body: dict[str, Any] = {
        "posts": [post_view(found, row) for row in rows if can_be_shown(found, row)]
    }
    page = call.page
    if len(rows) == page["limit"]:
        body["next_page"] = f"P{page['skip'] // page['limit'] + 2}"
    return json(body)


async def listing(call: Call, default: str, parameter: str = "type_") -> dict[str, Any]:
    """Which communities are meant: the flag and parameters of the statements that list."""
    wanted = LISTINGS[call.choice(parameter, tuple(LISTINGS), default)]
    community = await find_actor(call, "community_id", "community_name", group=True)
    if community is not None:
        return {"where": "community", "community": community.id}
    return {"where": wanted}


async def ordered(
    call: Call, where: dict[str, Any], sort: str, *, comments: bool = False
) -> list[Post]:
    """One page of threads or comments."""
    if where["where"] in ("followed", "moderated") and call.me is None:
        return []
    which = {
        "who": kind_of(call.viewer),
        "comments": comments,
        "sensitive": call.flag("show_nsfw", True),
        **where,
        **viewer_params(call.viewer, call.now),
    }
    if sort in _RANKS:
        return await _by_rank(call, which, _RANKS[sort])
    order = {"New": "new", "Old": "old", "MostComments": "comments"}.get(sort, "top")
    since = call.now - _WINDOWS[sort] * HOUR_MS if sort in _WINDOWS else 0
    return await _page(call, which, order, since=since, **call.page)


async def _page(
    call: Call, which: dict[str, Any], order: str, *, since: int = 0, limit: int, skip: int
) -> list[Post]:
    rows: list[Post] = await call.db.all(
        threads, sort=order, since=since, before=MAX_ID + 1, limit=limit, skip=skip, **which
    )
    return rows


async def _by_rank(call: Call, which: dict[str, Any], by: Rank) -> list[Post]:
    """A page of the newest by rank; what comes after those follows by age."""
    limit, skip = call.page["limit"], call.page["skip"]
    if skip >= RANKED:
        return await _page(call, which, "new", limit=limit, skip=skip)
    rows = await call.db.all(candidates, before=MAX_ID + 1, limit=RANKED, **which)
    active: dict[int, int] = {}
    if by == "scaled" and rows:
        ids = sorted({row.community_id for row in rows})
        counted = await call.db.all(activity, ids=ids, **activity_since(call.now))
        active = {row.id: row.month for row in counted}
    ids = ranked(rows, by, call.now, active)[skip : skip + limit]
    found = {row.id: row for row in await posts_by_ids(call, ids)} if ids else {}
    page = [found[each] for each in ids if each in found]
    if len(rows) == RANKED and len(ids) < limit:
        page += await _page(call, which, "new", limit=limit - len(ids), skip=RANKED)
    return page


ROUTES = (
    Route("GET", "/api/v3/post", show),
    Route("GET", "/api/v3/post/list", several),
)
