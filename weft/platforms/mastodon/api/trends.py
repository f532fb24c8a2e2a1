"""Trends: hashtags, posts and pages that many people talk about."""

from typing import TypeVar

from litestar.response.base import ASGIResponse

from weft.domain.posts.queries import posts_for
from weft.domain.tags.uses import day_of
from weft.domain.trends.now import MOST
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.discovery import read_offset
from weft.platforms.mastodon.api.entities.content import card_entity, load_creators
from weft.platforms.mastodon.api.entities.status import listed, render_statuses
from weft.platforms.mastodon.api.entities.tag import history, tag_entities
from weft.platforms.mastodon.api.routing import Call, Route, json, raw

T = TypeVar("T")


def _some(call: Call, found: list[T], default: int, most: int) -> list[T]:
    offset = read_offset(call.params, MOST)
    return found[offset : offset + call.params.limit(default, most)]


async def tags(call: Call) -> ASGIResponse:
    """GET /trends/tags, once called /trends"""
    rows = _some(call, await call.api.trends.tags.now(), 10, 20)
    return json(await tag_entities(call.api, rows, call.viewer_id))


async def statuses(call: Call) -> ASGIResponse:
    """GET /trends/statuses: as far as who calls would see them in a list."""
    ids = _some(call, await call.api.trends.posts.now(), 20, 40)
    rows = await call.db.all(
        posts_for,
        who=kind_of(call.viewer),
        purpose="list",
        ids=ids,
        **viewer_params(call.viewer, call.api.parts.server.now_ms()),
    )
    found = {row.id: row for row in rows}
    shown = [found[each] for each in ids if each in found]
    return raw(listed(await render_statuses(call.api, shown, call.viewer)))


async def links(call: Call) -> ASGIResponse:
    """GET /trends/links"""
    today = day_of(call.api.parts.server.now_ms())
    rows = _some(call, await call.api.trends.cards.now(), 10, 20)
    creators = await load_creators(call.api, [each.card for each in rows])
    return json(
        [
            card_entity(call.api, each.card, creators.get(each.card.url))
            | {"history": history(each.uses, today)}
            for each in rows
        ]
    )


ROUTES = [
    Route("GET", "/api/v1/trends", tags, who="anyone"),
    Route("GET", "/api/v1/trends/tags", tags, who="anyone"),
    Route("GET", "/api/v1/trends/statuses", statuses, who="anyone"),
    Route("GET", "/api/v1/trends/links", links, who="anyone"),
]
