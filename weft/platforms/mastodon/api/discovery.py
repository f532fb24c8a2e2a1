"""Finding people: suggestions, the directory, and followers whom one knows."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.discovery.find import LONGEST, Suggestion, dismiss, suggestions
from weft.domain.discovery.queries import Order, familiar_followers
from weft.platforms.mastodon.api.entities.account import author_fragments
from weft.platforms.mastodon.api.errors import BadParameter
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.records import actor_of, answer_accounts
from weft.platforms.mastodon.api.routing import Call, Route, json

MOST_TARGETS = 80
MOST_FAMILIAR = 1000
"""Familiar followers of all accounts of one call together."""


def read_offset(params: Params, most: int) -> int:
    offset = params.integer("offset") or 0
    if not 0 <= offset <= most:
        raise BadParameter(f"offset must be from 0 to {most}.")
    return offset


async def familiar(call: Call) -> ASGIResponse:
    """GET /accounts/familiar_followers?id[]="""
    ids = list(dict.fromkeys(call.params.ids("id", most=MOST_TARGETS)))
    rows = await call.db.all(familiar_followers, me=call.me, targets=ids, limit=MOST_FAMILIAR)
    pieces = await author_fragments(call.api, {row.id for row in rows})
    found: dict[int, list[msgspec.Raw]] = {each: [] for each in ids}
    for row in rows:
        if row.id in pieces:
            found[row.target_id].append(msgspec.Raw(pieces[row.id]))
    return json([{"id": str(id_), "accounts": each} for id_, each in found.items()])


async def _suggested(call: Call) -> list[Suggestion]:
    limit = call.params.limit(40, 80)
    return await suggestions(call.db, call.api.parts.server, call.me, limit)


async def suggested(call: Call) -> ASGIResponse:
    """GET /v1/suggestions"""
    return await answer_accounts(call, [each.actor_id for each in await _suggested(call)], {})


async def suggested_why(call: Call) -> ASGIResponse:
    """GET /v2/suggestions"""
    found = await _suggested(call)
    pieces = await author_fragments(call.api, {each.actor_id for each in found})
    entities: list[dict[str, Any]] = [
        {
            # ``source`` is what older clients read.
            "source": "past_interactions" if each.friends else "global",
            "sources": ["friends_of_friends" if each.friends else "most_followed"],
            "account": msgspec.Raw(pieces[each.actor_id]),
        }
        for each in found
        if each.actor_id in pieces
    ]
    return json(entities)


async def dismissed(call: Call) -> ASGIResponse:
    """DELETE /suggestions/:account_id"""
    other = await actor_of(call)
    await call.db.write(dismiss, call.api.parts.server, actor_id=call.me, target_id=other.id)
    return json({})


async def directory(call: Call) -> ASGIResponse:
    """GET /directory"""
    order = call.params.text("order") or "active"
    if order not in ("active", "new"):
        raise BadParameter("order must be active or new.")
    chosen: Order = "active" if order == "active" else "new"
    ids = await call.api.directory.page(
        chosen,
        here=call.params.flag("local"),
        offset=read_offset(call.params, LONGEST),
        limit=call.params.limit(40, 80),
        viewer_id=call.viewer_id,
    )
    return await answer_accounts(call, ids, {})


ROUTES = [
    Route("GET", "/api/v1/accounts/familiar_followers", familiar, "read:follows"),
    Route("GET", "/api/v1/suggestions", suggested, "read:accounts"),
    Route("GET", "/api/v2/suggestions", suggested_why, "read:accounts"),
    Route("DELETE", "/api/v1/suggestions/{id:str}", dismissed, "write:accounts"),
    Route("GET", "/api/v1/directory", directory, who="anyone"),
]
