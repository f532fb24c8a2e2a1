"""Search: people and hashtags by their names, posts and collections by their words, and anything by its
address."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.collections.found import find_collections
from weft.domain.collections.records import Collection
from weft.domain.markup.extract import tag_name
from weft.domain.posts.records import Post
from weft.domain.search.posts import DEEPEST, Page, find_posts
from weft.domain.search.typed import QueryRefused, read
from weft.domain.tags.find import tags_like
from weft.platforms.mastodon.api.accounts import search_accounts
from weft.platforms.mastodon.api.collections import visible_collections
from weft.platforms.mastodon.api.entities.collection import accounts_for, collection_entities
from weft.platforms.mastodon.api.entities.status import render_statuses
from weft.platforms.mastodon.api.entities.tag import tag_entities
from weft.platforms.mastodon.api.errors import NEEDS_USER, ApiError, BadParameter
from weft.platforms.mastodon.api.records import posts_in_order
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.ids import MAX_ID

KINDS = ("accounts", "statuses", "hashtags", "collections")


async def search(call: Call) -> ASGIResponse:
    """GET /v2/search: ``resolve`` asks other servers, for people who are signed in."""
    typed = (call.params.text("q", longest=2000) or "").strip()
    if not typed:
        raise BadParameter("q is missing: what to search for.")
    only = call.params.text("type")
    if only is not None and only not in KINDS:
        raise BadParameter("type must be accounts, statuses, hashtags or collections.")
    wanted = {only} if only else set(KINDS)
    limit = call.params.limit(20, 40)
    offset = max(call.params.integer("offset") or 0, 0)
    if offset and call.viewer_id is None:
        raise ApiError(401, NEEDS_USER)
    # An offset counts in one list; as in Mastodon it does nothing where all are asked for.
    offset = offset if only else 0
    resolve = call.params.flag("resolve") and call.viewer_id is not None
    people: list[int] = []
    posts: list[Post] = []
    gathered: list[Collection] = []
    if typed.startswith(("https://", "http://")):
        found = await call.api.parts.resolve(typed) if resolve and not offset else None
        if found is not None and found.kind == "actor":
            people = [found.id]
        elif found is not None and found.kind == "collection":
            gathered = await visible_collections(call, [found.id])
        elif found is not None:
            posts = await posts_in_order(call, [found.id])
    elif "accounts" in wanted:
        people = await search_accounts(
            call,
            typed,
            limit,
            offset=offset,
            resolve=resolve,
            following=call.params.flag("following") and call.viewer_id is not None,
        )
    if "statuses" in wanted and not posts and call.viewer_id is not None:
        posts = await _posts(call, typed, limit, offset, strict=only == "statuses")
    return json(
        {
            "accounts": await _accounts(call, people) if "accounts" in wanted else [],
            "statuses": await _statuses(call, posts) if "statuses" in wanted else [],
            "hashtags": (
                await _hashtags(call, typed, limit, offset) if "hashtags" in wanted else []
            ),
            "collections": (
                await _collections(call, gathered, typed, limit, offset)
                if "collections" in wanted
                else []
            ),
        }
    )


async def _posts(call: Call, typed: str, limit: int, offset: int, *, strict: bool) -> list[Post]:
    """``strict``: only posts are looked for, so what cannot be understood is an error."""
    by, params = call.params.id("account_id"), call.params
    page = Page(
        limit=limit,
        offset=offset,
        max_id=min(params.id("max_id") or MAX_ID + 1, MAX_ID + 1),
        min_id=params.id("min_id") or 0,
    )
    try:
        asked = read(typed)
    except QueryRefused as refused:
        if strict:
            raise BadParameter(str(refused)) from refused
        return []
    return await find_posts(call.db, call.api.parts.server, call.me, asked, page, by=by)


async def _accounts(call: Call, ids: list[int]) -> list[msgspec.Raw]:
    return [msgspec.Raw(each) for each in await accounts_for(call.api, call.viewer_id, ids)]


async def _statuses(call: Call, rows: list[Post]) -> list[msgspec.Raw]:
    return [msgspec.Raw(each) for each in await render_statuses(call.api, rows, call.viewer)]


async def _hashtags(call: Call, typed: str, limit: int, offset: int) -> list[dict[str, Any]]:
    """Hashtags are not reviewed here: all of them may be listed, whatever ``exclude_unreviewed``
    says."""
    name = tag_name(typed.removeprefix("#"))
    if not name or offset > DEEPEST or any(each.isspace() or each in "@/:" for each in name):
        return []
    rows = await call.db.all(
        tags_like, low=name, high=name + "\U0010ffff", offset=offset, limit=limit
    )
    return await tag_entities(call.api, rows, call.viewer_id)


async def _collections(
    call: Call, gathered: list[Collection], typed: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    """``gathered``: what was at the address that was typed, whose own may be another."""
    rows = gathered or await find_collections(
        call.db, call.viewer, call.api.parts.server.now_ms(), typed, limit=limit, offset=offset
    )
    return await collection_entities(call.api, call.viewer, rows)


ROUTES = [Route("GET", "/api/v2/search", search, "read:search", "anyone")]
