"""Comments: one, and those of a thread, a community, a person or everywhere."""

from litestar.response.base import ASGIResponse

from weft.domain.communities.ranking import controversy, hot
from weft.domain.communities.tree import MAX_DEPTH
from weft.domain.posts.queries import StatsRow, stats_of
from weft.domain.posts.records import Post
from weft.domain.posts.thread import posts_under_root
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.finding import find_post
from weft.platforms.lemmy.api.loading import can_be_shown, load
from weft.platforms.lemmy.api.posts import listing, ordered
from weft.platforms.lemmy.api.routing import Call, Route, json, not_found
from weft.platforms.lemmy.api.views import comment_view

SORTS = ("Hot", "Top", "New", "Old", "Controversial")
MOST_IN_THREAD = 1000


async def show(call: Call) -> ASGIResponse:
    """GET /api/v3/comment?id="""
    row = await find_post(call, call.num("id"), "comment")
    found = await load(call, posts=[row])
    if not can_be_shown(found, row):
        raise not_found("comment")
    return json({"comment_view": comment_view(found, row), "recipient_ids": []})


async def several(call: Call) -> ASGIResponse:
    """GET /api/v3/comment/list; with a thread the whole tree as deep as ``max_depth``."""
    call.refuse("saved_only", "liked_only", "disliked_only")
    sort = call.choice("sort", SORTS, "Hot")
    parent, thread = call.num("parent_id"), call.num("post_id")
    if parent is not None:
        rows = await _tree(call, await find_post(call, parent, "comment"), sort)
    elif thread is not None:
        rows = await _tree(call, await find_post(call, thread, "post"), sort)
    else:
        rows = await ordered(call, await listing(call, "All"), sort, comments=True)
    found = await load(call, posts=rows)
    shown = [row for row in rows if can_be_shown(found, row)]
    return json({"comments": [comment_view(found, row) for row in shown]})


async def _tree(call: Call, top: Post, sort: str) -> list[Post]:
    """What answers a post, parents before their answers; page and limit count answers to it."""
    deepest = min(call.num("max_depth") or MAX_DEPTH, MAX_DEPTH)
    thread = await call.db.all(
        posts_under_root,
        who=kind_of(call.viewer),
        root=top.root_id or top.id,
        limit=MOST_IN_THREAD,
        **viewer_params(call.viewer, call.now),
    )
    answers: dict[int, list[Post]] = {}
    for row in thread:
        if row.in_reply_to_id is not None and row.id != top.id:
            answers.setdefault(row.in_reply_to_id, []).append(row)
    stats = {
        row.post_id: row for row in await call.db.all(stats_of, ids=[row.id for row in thread])
    }
    for group in answers.values():
        group.sort(key=lambda row: _rank(call, stats.get(row.id), row, sort), reverse=True)
    page, level = call.page, answers.get(top.id, [])
    if call.num("max_depth") is None:
        level = level[page["skip"] : page["skip"] + page["limit"]]
    rows: list[Post] = [] if top.in_reply_to_uri is None else [top]
    waiting = [(row, 1) for row in reversed(level)]
    passed = {top.id}
    while waiting:
        row, depth = waiting.pop()
        if row.id in passed:
            continue
        passed.add(row.id)
        rows.append(row)
        if depth < deepest:
            waiting += [(each, depth + 1) for each in reversed(answers.get(row.id, []))]
    return rows


def _rank(call: Call, stats: StatsRow | None, row: Post, sort: str) -> tuple[float, int]:
    """The greatest first; equals by age."""
    up = max(stats.likes, stats.origin_likes) if stats else 0
    down = stats.dislikes if stats else 0
    match sort:
        case "Old":
            return (-row.id, 0)
        case "Top":
            return (up - down, row.id)
        case "Controversial":
            return (controversy(up, down), row.id)
        case "Hot":
            return (hot(up - down, call.now - row.published_at), row.id)
    return (row.id, 0)


ROUTES = (
    Route("GET", "/api/v3/comment", show),
    Route("GET", "/api/v3/comment/list", several),
)
