"""Search by words, and by address."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.queries import communities_of, groups_like, threads_like
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.finding import posts_by_ids
from weft.platforms.lemmy.api.routing import ApiError, Call, Route, json, not_found
from weft.platforms.lemmy.api.views import (
    can_be_shown,
    comment_view,
    community_view,
    load,
    person_view,
    post_view,
)

TYPES = ("All", "Comments", "Posts", "Communities", "Users", "Url")


async def search(call: Call) -> ASGIResponse:
    """GET /api/v3/search?q="""
    typed = call.text("q", 500)
    if typed is None:
        raise ApiError(400, "invalid_query", "q is missing: what to search for.")
    kind = call.choice("type_", TYPES, "All")
    posts = await _posts(call, typed, comments=False) if kind in ("All", "Posts", "Url") else []
    comments = await _posts(call, typed, comments=True) if kind in ("All", "Comments") else []
    groups = await _actors(call, typed, groups=True) if kind in ("All", "Communities") else []
    people = await _actors(call, typed, groups=False) if kind in ("All", "Users") else []
    found = await load(call, posts=[*posts, *comments], actors=[*groups, *people])
    return json(
        {
            "type_": kind,
            "comments": [comment_view(found, row) for row in comments if can_be_shown(found, row)],
            "posts": [post_view(found, row) for row in posts if can_be_shown(found, row)],
            "communities": [community_view(found, each) for each in groups],
            "users": [person_view(found, each) for each in people],
        }
    )


async def _posts(call: Call, typed: str, *, comments: bool) -> list[Post]:
    escaped = typed.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    rows: list[Post] = await call.db.all(
        threads_like,
        who=kind_of(call.viewer),
        comments=comments,
        pattern=f"%{escaped}%",
        **call.page,
        **viewer_params(call.viewer, call.now),
    )
    return rows


async def _actors(call: Call, typed: str, *, groups: bool) -> list[Actor]:
    word = typed.lstrip("!@").casefold()
    if not word or any(map(str.isspace, word)):
        return []
    rows: list[Actor] = await call.db.all(
        groups_like,
        groups=groups,
        low=word,
        high=word + "\U0010ffff",
        limit=call.page["limit"],
    )
    return [each for each in rows if each.kind != ActorKind.APPLICATION]


async def resolve_object(call: Call) -> ASGIResponse:
    """GET /api/v3/resolve_object?q=: for members other servers are asked."""
    typed = call.text("q")
    if typed is None:
        raise ApiError(
            400, "invalid_query", "q is missing: an address, !community@host or @name@host."
        )
    if call.me is None:
        raise ApiError(401, "incorrect_login", "Only members may look things up.")
    got = await call.api.parts.resolve(typed.removeprefix("!"))
    if got is None:
        raise not_found("object")
    body: dict[str, Any] = {}
    if got.kind == "actor":
        actor = await call.db.one(actor_by_id, id=got.id)
        if actor is None or not actor.stands:
            raise not_found("object")
        found = await load(call, actors=[actor])
        group = actor.kind == ActorKind.GROUP
        view = community_view(found, actor) if group else person_view(found, actor)
        body["community" if group else "person"] = view
        return json(body)
    rows = await posts_by_ids(call, [got.id])
    if not rows or not await call.db.all(communities_of, ids=[got.id]):
        raise not_found("object")
    found = await load(call, posts=rows)
    if not can_be_shown(found, rows[0]):
        raise not_found("object")
    if rows[0].in_reply_to_uri is None:
        body["post"] = post_view(found, rows[0])
    else:
        body["comment"] = comment_view(found, rows[0])
    return json(body)


ROUTES = (
    Route("GET", "/api/v3/search", search),
    Route("GET", "/api/v3/resolve_object", resolve_object),
)
