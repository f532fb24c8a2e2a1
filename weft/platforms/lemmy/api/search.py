"""Search by words, and by address."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id, actors_by_handles, object_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.queries import actors_by_nums, groups_like, matching
from weft.domain.posts.records import ObjectKind, Post
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.communities import SORTS
from weft.platforms.lemmy.api.finding import posts_by_ids
from weft.platforms.lemmy.api.loading import can_be_shown, load
from weft.platforms.lemmy.api.posts import listing
from weft.platforms.lemmy.api.routing import ApiError, Call, Route, bad, json, not_found
from weft.platforms.lemmy.api.views import comment_view, community_view, person_view, post_view

TYPES = ("All", "Comments", "Posts", "Communities", "Users", "Url")


async def search(call: Call) -> ASGIResponse:
    """GET /api/v3/search?q="""
    typed = call.text("q", 500)
    if typed is None:
        raise ApiError(400, "invalid_query", "q is missing: what to search for.")
    kind = call.choice("type_", TYPES, "All")
    sort = call.choice("sort", SORTS, "TopAll")
    where = await _where(call)
    titles = "titles" if call.flag("post_title_only", False) else "threads"
    posts, comments = [], []
    if kind in ("All", "Posts", "Url"):
        posts = await _posts(call, typed, where, "links" if kind == "Url" else titles, sort)
    if kind in ("All", "Comments"):
        comments = await _posts(call, typed, where, "comments", sort)
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


async def _where(call: Call) -> dict[str, Any]:
    """One person's, or as in a list."""
    creator = call.num("creator_id")
    if creator is None:
        return await listing(call, "All", "listing_type")
    if call.num("community_id") is not None or call.text("community_name", 500) is not None:
        raise bad("creator_id", "without a community: this server cannot search by both yet")
    rows = await call.db.all(actors_by_nums, nums=[creator])
    if not rows or rows[0].kind == ActorKind.GROUP:
        raise not_found("person")
    return {"where": "author", "author": rows[0].id}


async def _posts(call: Call, typed: str, where: dict[str, Any], what: str, sort: str) -> list[Post]:
    if where["where"] in ("followed", "moderated") and call.me is None:
        return []
    escaped = typed.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    rows: list[Post] = await call.db.all(
        matching,
        who=kind_of(call.viewer),
        what=what,
        sort={"New": "new", "Old": "old"}.get(sort, "top"),
        pattern=f"%{escaped}%",
        **where,
        **call.page,
        **viewer_params(call.viewer, call.now),
    )
    return rows


async def _actors(call: Call, typed: str, *, groups: bool) -> list[Actor]:
    word = typed.lstrip("!@").casefold()
    if not word or any(map(str.isspace, word)):
        return []
    rows: list[Actor] = await call.db.all(
        groups_like, groups=groups, low=word, high=word + "\U0010ffff", **call.page
    )
    return [each for each in rows if each.kind != ActorKind.APPLICATION]


async def resolve_object(call: Call) -> ASGIResponse:
    """GET /api/v3/resolve_object?q=: what is here, for everybody; for members other servers are
    asked as well."""
    typed = call.text("q")
    if typed is None:
        raise ApiError(
            400, "invalid_query", "q is missing: an address, !community@host or @name@host."
        )
    kind, id_ = await _known(call, typed)
    if id_ is None and call.me is not None:
        got = await call.api.parts.resolve(typed.removeprefix("!"))
        if got is not None and got.kind != "collection":  # Lemmy has no word for those
            kind, id_ = got.kind, got.id
    if id_ is None:
        raise not_found("object")
    return json(await (_actor(call, id_) if kind == "actor" else _post(call, id_)))


async def _known(call: Call, typed: str) -> tuple[str, int | None]:
    """By IRI, or by handle: ``!`` asks for the community and ``@`` for the person of a name."""
    if "://" in typed:
        known = await call.db.one(object_by_uri, uri=typed)
        kinds = {ObjectKind.ACTOR: "actor", ObjectKind.POST: "post"}
        if known is None or known.deleted_at is not None or known.kind not in kinds:
            return "", None
        return kinds[ObjectKind(known.kind)], known.id
    name, at, domain = typed.lstrip("!@").partition("@")
    handle = f"{name}@{domain}" if at else f"{name}@{call.api.parts.server.domain}"
    rows = await call.db.all(actors_by_handles, handles=[handle.casefold()])
    for row in rows:
        if typed[0] not in "!@" or (row.kind == ActorKind.GROUP) is (typed[0] == "!"):
            return "actor", row.id
    return "", None


async def _actor(call: Call, actor_id: int) -> dict[str, Any]:
    actor = await call.db.one(actor_by_id, id=actor_id)
    if actor is None or not actor.stands:
        raise not_found("object")
    found = await load(call, actors=[actor])
    if actor.kind == ActorKind.GROUP:
        return {"community": community_view(found, actor)}
    return {"person": person_view(found, actor)}


async def _post(call: Call, post_id: int) -> dict[str, Any]:
    rows = await posts_by_ids(call, [post_id])
    found = await load(call, posts=rows)
    if not rows or not can_be_shown(found, rows[0]):
        raise not_found("object")
    if rows[0].in_reply_to_uri is None:
        return {"post": post_view(found, rows[0])}
    return {"comment": comment_view(found, rows[0])}


ROUTES = (
    Route("GET", "/api/v3/search", search),
    Route("GET", "/api/v3/resolve_object", resolve_object),
)
