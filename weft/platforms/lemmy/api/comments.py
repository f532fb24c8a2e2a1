"""Comments: one, and those of a thread, a community, a person or everywhere."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.posts.records import Post
from weft.domain.posts.thread import posts_under_root
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.communities import LISTINGS
from weft.platforms.lemmy.api.finding import find_actor, find_post
from weft.platforms.lemmy.api.posts import ordered, rank
from weft.platforms.lemmy.api.routing import Call, Route, json
from weft.platforms.lemmy.api.views import Loaded, can_be_shown, comment_view, load

SORTS = ("Hot", "Top", "New", "Old", "Controversial")
MOST_IN_THREAD = 1000
MAX_DEPTH = 50


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/comment?id="""
    row = await find_post(call, call.num("id"), "comment")
    found = await load(call, posts=[row])
    return json({"comment_view": comment_view(found, row), "recipient_ids": []})


async def several(call: Call) -> ASGIResponse:
    """GET /api/v3/comment/list; with a thread the whole tree as deep as ``max_depth``."""
    sort, listing = call.choice("sort", SORTS, "Hot"), call.choice("type_", LISTINGS, "All")
    parent, thread = call.num("parent_id"), call.num("post_id")
    if parent is not None:
        top = await find_post(call, parent, "comment")
        rows, found = await _tree(call, top, sort)
    elif thread is not None:
        top = await find_post(call, thread, "post")
        rows, found = await _tree(call, top, sort)
    else:
        community = await find_actor(call, "community_id", "community_name", group=True)
        where: dict[str, Any] = (
            {"where": "community", "community": community.id}
            if community is not None
            else {"where": "here" if listing == "Local" else "anywhere"}
        )
        rows, found = await ordered(call, where, sort, comments=True)
    shown = [row for row in rows if can_be_shown(found, row)]
    return json({"comments": [comment_view(found, row) for row in shown]})


async def _tree(call: Call, top: Post, sort: str) -> tuple[list[Post], Loaded]:
    """What answers a post, parents before their answers; page and limit count answers to it."""
    deepest = min(call.num("max_depth") or MAX_DEPTH, MAX_DEPTH)
    thread = await call.db.all(
        posts_under_root,
        who=kind_of(call.viewer),
        root=top.root_id or top.id,
        limit=MOST_IN_THREAD,
        **viewer_params(call.viewer, call.now),
    )
    found = await load(call, posts=[*thread, top])
    answers: dict[int, list[Post]] = {}
    for row in thread:
        if row.in_reply_to_id is not None and row.id != top.id:
            answers.setdefault(row.in_reply_to_id, []).append(row)
    for group in answers.values():
        _sort(call, found, group, sort)
    page = call.page
    whole = call.num("max_depth") is not None
    level = answers.get(top.id, [])
    if not whole:
        level = level[page["skip"] : page["skip"] + page["limit"]]
    ordered_rows: list[Post] = [] if top.in_reply_to_uri is None else [top]
    waiting = [(row, 1) for row in reversed(level)]
    while waiting:
        row, depth = waiting.pop()
        ordered_rows.append(row)
        if depth < deepest:
            waiting += [(each, depth + 1) for each in reversed(answers.get(row.id, []))]
    return ordered_rows, found


def _sort(call: Call, found: Loaded, rows: list[Post], sort: str) -> None:
    if sort in ("New", "Old"):
        rows.sort(key=lambda row: row.id, reverse=sort == "New")
    elif sort == "Top":
        rows.sort(key=lambda row: _score(found, row), reverse=True)
    else:
        rows.sort(key=lambda row: rank(call, found, row, sort), reverse=True)


def _score(found: Loaded, row: Post) -> int:
    stats = found.stats.get(row.id)
    return stats.likes - stats.dislikes if stats else 0


ROUTES = (
    Route("GET", "/api/v3/comment", show),
    Route("GET", "/api/v3/comment/list", several),
)
