"""Search: people by handle, hashtags by their beginning, and anything by its address."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.markup.extract import tag_name
from weft.domain.tags.find import tags_like
from weft.platforms.mastodon.api.accounts import followed_among, search_accounts
from weft.platforms.mastodon.api.entities.account import render_accounts
from weft.platforms.mastodon.api.entities.status import render_statuses
from weft.platforms.mastodon.api.entities.tag import tag_entities
from weft.platforms.mastodon.api.errors import BadParameter
from weft.platforms.mastodon.api.records import posts_in_order
from weft.platforms.mastodon.api.routing import Call, Route, json

KINDS = ("accounts", "statuses", "hashtags")


async def search(call: Call) -> ASGIResponse:
    """GET /v2/search: ``resolve`` asks other servers, for people who are signed in."""
    typed = (call.params.text("q", longest=2000) or "").strip()
    if not typed:
        raise BadParameter("q is missing: what to search for.")
    only = call.params.text("type")
    if only is not None and only not in KINDS:
        raise BadParameter("type must be accounts, statuses or hashtags.")
    wanted = {only} if only else set(KINDS)
    limit = call.params.limit(20, 40)
    resolve = call.params.flag("resolve") and call.viewer_id is not None
    people: list[int] = []
    posts: list[int] = []
    # What follows the first page is more of the same: nothing is looked up twice.
    first_page = not call.params.integer("offset")
    if typed.startswith(("https://", "http://")):
        found = await call.api.parts.resolve(typed) if resolve and first_page else None
        if found is not None:
            (people if found.kind == "actor" else posts).append(found.id)
    elif "accounts" in wanted and first_page:
        people = await search_accounts(call, typed, limit, resolve=resolve)
    if call.params.flag("following") and call.viewer_id is not None:
        people = await followed_among(call, people)
    return json(
        {
            "accounts": await _accounts(call, people) if "accounts" in wanted else [],
            "statuses": await _statuses(call, posts) if "statuses" in wanted else [],
            "hashtags": (
                await _hashtags(call, typed, limit) if "hashtags" in wanted and first_page else []
            ),
        }
    )


async def _accounts(call: Call, ids: list[int]) -> list[msgspec.Raw]:
    return [msgspec.Raw(each) for each in await render_accounts(call.api, ids)]


async def _statuses(call: Call, ids: list[int]) -> list[msgspec.Raw]:
    rows = await posts_in_order(call, ids)
    return [msgspec.Raw(each) for each in await render_statuses(call.api, rows, call.viewer)]


async def _hashtags(call: Call, typed: str, limit: int) -> list[dict[str, Any]]:
    name = tag_name(typed.removeprefix("#"))
    if not name or any(each.isspace() or each in "@/:" for each in name):
        return []
    rows = await call.db.all(tags_like, low=name, high=name + "\U0010ffff", limit=limit)
    return await tag_entities(call.api, rows, call.viewer_id)


ROUTES = [Route("GET", "/api/v2/search", search, "read:search", "anyone")]
