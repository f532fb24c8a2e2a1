"""Accounts: finding them, their posts, whom they follow and who follows them."""

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id, actors_by_handles
from weft.domain.actors.records import Actor
from weft.domain.markup.extract import tag_name
from weft.domain.pins.queries import pinned_posts
from weft.domain.posts.queries import posts_by_author
from weft.domain.posts.records import Post
from weft.domain.relations.lists import followed_by, followers_of
from weft.domain.search.people import find_people
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.entities.collection import accounts_for
from weft.platforms.mastodon.api.entities.relationship import relationships
from weft.platforms.mastodon.api.entities.status import listed, render_statuses
from weft.platforms.mastodon.api.errors import ApiError, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.records import actor_of, answer_accounts, answer_posts
from weft.platforms.mastodon.api.refreshes import profile_header
from weft.platforms.mastodon.api.routing import Call, Route, json, raw


async def show(call: Call) -> ASGIResponse:
    """GET /accounts/:id"""
    actor = await actor_of(call)
    return await _one(call, actor.id)


async def _one(call: Call, actor_id: int) -> ASGIResponse:
    found = await accounts_for(call.api, call.viewer_id, [actor_id])
    if not found:
        raise not_found()
    return raw(found[0])


async def several(call: Call) -> ASGIResponse:
    """GET /accounts?id[]="""
    return await answer_accounts(call, call.params.ids("id", most=40), {})


def handle_of(call: Call, typed: str) -> str:
    """``name@domain``, case-folded, for ``name``, ``@name`` or a full handle."""
    name, _, domain = typed.strip().removeprefix("@").partition("@")
    return f"{name}@{domain or call.api.parts.server.domain}".casefold()


async def find_handle(call: Call, typed: str) -> Actor | None:
    rows = await call.db.all(actors_by_handles, handles=[handle_of(call, typed)])
    return max((row for row in rows if not row.is_applicant), key=lambda row: row.id, default=None)


async def lookup(call: Call) -> ASGIResponse:
    """GET /accounts/lookup?acct=: known accounts only, nothing is fetched."""
    actor = await find_handle(call, call.params.needed("acct"))
    if actor is None:
        raise not_found()
    return await _one(call, actor.id)


async def search(call: Call) -> ASGIResponse:
    """GET /accounts/search"""
    typed = call.params.text("q", longest=500) or ""
    offset = call.params.integer("offset") or 0
    ids = await search_accounts(
        call,
        typed,
        call.params.limit(40, 80),
        offset=max(offset, 0),
        resolve=call.params.flag("resolve"),
        following=call.params.flag("following"),
    )
    return await answer_accounts(call, ids, {})


async def followed_among(call: Call, ids: list[int]) -> list[int]:
    """Those whom the caller follows."""
    rows = await relationships(call.api, call.me, ids)
    followed = {int(row["id"]) for row in rows if row["following"]}
    return [each for each in ids if each in followed]


async def search_accounts(
    call: Call, typed: str, limit: int, *, offset: int, resolve: bool, following: bool
) -> list[int]:
    """Ids of accounts: the one whose handle was typed, then whose names begin so or are like it."""
    if "://" in typed:
        return []
    found = await find_people(
        call.db,
        typed,
        me=call.viewer_id,
        now=call.api.parts.server.now_ms(),
        limit=limit,
        offset=offset,
        following=following,
    )
    if offset:
        return found
    exact = await _typed_handle(call, typed, resolve=resolve)
    if exact is not None and following:
        found = list(dict.fromkeys([*await followed_among(call, [exact]), *found]))
    elif exact is not None:
        found = list(dict.fromkeys([exact, *found]))
    return found[:limit]


async def _typed_handle(call: Call, typed: str, *, resolve: bool) -> int | None:
    """Who has exactly this handle; other servers are asked, if wanted."""
    word = typed.strip().removeprefix("@").casefold()
    if not word or any(each.isspace() for each in word):
        return None
    exact = await find_handle(call, word)
    if exact is None and resolve and "@" in word:
        found = await call.api.parts.resolve(f"@{word}")
        if found is not None and found.kind == "actor":
            exact = await call.db.one(actor_by_id, id=found.id)
    return exact.id if exact is not None and exact.stands else None


async def statuses(call: Call) -> ASGIResponse:
    """GET /accounts/:id/statuses"""
    actor = await actor_of(call)
    params, page = call.params, read_page(call.params)
    if params.flag("pinned"):
        pinned: list[Post] = await call.db.all(
            pinned_posts,
            who=kind_of(call.viewer),
            owner=actor.id,
            limit=page.limit,
            **viewer_params(call.viewer, call.api.parts.server.now_ms(), "show"),
        )
        return raw(listed(await render_statuses(call.api, pinned, call.viewer)))
    progress = None
    if not (params.has("max_id") or params.has("min_id") or params.has("since_id")):
        openings = call.api.parts.openings
        progress = await openings.profile(actor, me=call.viewer_id, address=call.address)
    tag = tag_name((params.text("tagged", longest=500) or "").removeprefix("#"))
    rows: list[Post] = await call.db.all(
        posts_by_author,
        tagged=bool(tag),
        who=kind_of(call.viewer),
        without_replies=params.flag("exclude_replies"),
        without_boosts=params.flag("exclude_reblogs"),
        only_media=params.flag("only_media"),
        author=actor.id,
        **({"tag": tag} if tag else {}),
        **page.bounds,
        **viewer_params(call.viewer, call.api.parts.server.now_ms(), "show"),
    )
    return await answer_posts(call, page, rows, profile_header(actor.id, progress))


async def followers(call: Call) -> ASGIResponse:
    """GET /accounts/:id/followers"""
    actor, page = await actor_of(call), read_page(call.params, default=40, most=80)
    if actor.hides_network and actor.id != call.viewer_id:
        return json([])
    rows = page.ordered(await call.db.all(followers_of, actor_id=actor.id, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def following(call: Call) -> ASGIResponse:
    """GET /accounts/:id/following"""
    actor, page = await actor_of(call), read_page(call.params, default=40, most=80)
    if actor.hides_network and actor.id != call.viewer_id:
        return json([])
    rows = page.ordered(await call.db.all(followed_by, actor_id=actor.id, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def relations(call: Call) -> ASGIResponse:
    """GET /accounts/relationships?id[]="""
    ids = call.params.ids("id", most=80)
    return json(await relationships(call.api, call.me, list(dict.fromkeys(ids))))


async def sign_up(call: Call) -> ASGIResponse:
    """POST /accounts"""
    raise ApiError(
        403, "This server opens no accounts through apps: ask its operator for an invitation."
    )


ROUTES = [
    Route("POST", "/api/v1/accounts", sign_up, "write:accounts", "app"),
    Route("GET", "/api/v1/accounts", several, "read:accounts", "anyone"),
    Route("GET", "/api/v1/accounts/lookup", lookup, "read:accounts", "anyone"),
    Route("GET", "/api/v1/accounts/search", search, "read:accounts"),
    Route("GET", "/api/v1/accounts/relationships", relations, "read:follows"),
    Route("GET", "/api/v1/accounts/{id:str}", show, "read:accounts", "anyone"),
    Route("GET", "/api/v1/accounts/{id:str}/statuses", statuses, "read:statuses", "anyone"),
    Route("GET", "/api/v1/accounts/{id:str}/followers", followers, "read:accounts", "anyone"),
    Route("GET", "/api/v1/accounts/{id:str}/following", following, "read:accounts", "anyone"),
]
