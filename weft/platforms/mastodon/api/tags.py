"""Hashtags: looking at them, following and featuring them."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.posts.records import Tag
from weft.domain.tags.feature import LOOKED_AT, MOST_REMOTE, SUGGESTED, feature, unfeature
from weft.domain.tags.follow import TagRefused, follow_tag, read_tag, unfollow_tag
from weft.domain.tags.queries import (
    FeaturedRow,
    TagRow,
    featured_of,
    followed_tags,
    often_used,
    tag_by_name,
    tags_by_ids,
)
from weft.platforms.mastodon.api.entities.tag import tag_entities, tag_url, unused_tag
from weft.platforms.mastodon.api.entities.values import day
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.records import actor_of
from weft.platforms.mastodon.api.routing import Call, Route, json


def _named(call: Call) -> Tag:
    """The tag of the path; 404 for what can be none."""
    try:
        return read_tag(call.path("name"))
    except TagRefused:
        raise not_found() from None


async def _answer(call: Call, typed: Tag, row: TagRow | None) -> ASGIResponse:
    if row is None:
        return json(unused_tag(call.api, typed.name, typed.display, call.viewer_id))
    [entity] = await tag_entities(call.api, [row], call.viewer_id)
    return json(entity)


async def show(call: Call) -> ASGIResponse:
    """GET /tags/:name"""
    typed = _named(call)
    return await _answer(call, typed, await call.db.one(tag_by_name, name=typed.name))


async def follow(call: Call) -> ASGIResponse:
    """POST /tags/:name/follow"""
    typed = _named(call)
    row = await call.db.write(follow_tag, call.api.parts.server, call.me, typed)
    return await _answer(call, typed, row)


async def unfollow(call: Call) -> ASGIResponse:
    """POST /tags/:name/unfollow"""
    typed = _named(call)
    return await _answer(call, typed, await call.db.write(unfollow_tag, call.me, typed.name))


async def put_forward(call: Call) -> ASGIResponse:
    """POST /tags/:name/feature"""
    typed = _named(call)
    row = await call.db.write(feature, call.api.parts.server, call.me, typed)
    return await _answer(call, typed, row)


async def take_back(call: Call) -> ASGIResponse:
    """POST /tags/:name/unfeature"""
    typed = _named(call)
    row = await call.db.write(unfeature, call.api.parts.server, call.me, typed.name)
    return await _answer(call, typed, row)


async def followed(call: Call) -> ASGIResponse:
    """GET /followed_tags"""
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(followed_tags, actor_id=call.me, **page.bounds))
    tags = [TagRow(row.id, row.name, row.display) for row in rows]
    links = link_header(call, page, rows, lambda row: row.cursor)
    return json(await tag_entities(call.api, tags, call.me), links)


def _featured_entity(url: str, row: FeaturedRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.display,
        "url": url,
        "statuses_count": str(row.posts),
        "last_status_at": None if row.last_post_at is None else day(row.last_post_at),
    }


async def featured(call: Call) -> ASGIResponse:
    """GET /featured_tags"""
    rows = await call.db.all(featured_of, owner=call.me, limit=MOST_REMOTE)
    origin = call.api.parts.server.origin
    return json([_featured_entity(tag_url(origin, row.name), row) for row in rows])


async def add_featured(call: Call) -> ASGIResponse:
    """POST /featured_tags"""
    typed = read_tag(call.params.text("name") or "")
    made = await call.db.write(feature, call.api.parts.server, call.me, typed)
    rows = await call.db.all(featured_of, owner=call.me, limit=MOST_REMOTE)
    origin = call.api.parts.server.origin
    for row in rows:
        if row.id == made.id:
            return json(_featured_entity(tag_url(origin, row.name), row))
    raise not_found()


async def remove_featured(call: Call) -> ASGIResponse:
    """DELETE /featured_tags/:id"""
    rows = await call.db.all(tags_by_ids, ids=[call.path_id()])
    mine = await call.db.all(featured_of, owner=call.me, limit=MOST_REMOTE)
    if not rows or all(each.id != rows[0].id for each in mine):
        raise not_found()
    await call.db.write(unfeature, call.api.parts.server, call.me, rows[0].name)
    return json({})


async def suggested(call: Call) -> ASGIResponse:
    """GET /featured_tags/suggestions: what one writes most."""
    rows = await call.db.all(often_used, owner=call.me, posts=LOOKED_AT, limit=SUGGESTED)
    return json(await tag_entities(call.api, rows, call.me))


async def featured_by(call: Call) -> ASGIResponse:
    """GET /accounts/:id/featured_tags"""
    actor = await actor_of(call)
    if not actor.stands:
        return json([])
    rows = await call.db.all(featured_of, owner=actor.id, limit=MOST_REMOTE)
    origin = call.api.parts.server.origin
    return json([_featured_entity(tag_url(origin, row.name), row) for row in rows])


ROUTES = [
    Route("GET", "/api/v1/tags/{name:str}", show, "read", "anyone"),
    Route("POST", "/api/v1/tags/{name:str}/follow", follow, "write:follows"),
    Route("POST", "/api/v1/tags/{name:str}/unfollow", unfollow, "write:follows"),
    Route("POST", "/api/v1/tags/{name:str}/feature", put_forward, "write:accounts"),
    Route("POST", "/api/v1/tags/{name:str}/unfeature", take_back, "write:accounts"),
    Route("GET", "/api/v1/followed_tags", followed, "read:follows"),
    Route("GET", "/api/v1/featured_tags", featured, "read:accounts"),
    Route("POST", "/api/v1/featured_tags", add_featured, "write:accounts"),
    Route("GET", "/api/v1/featured_tags/suggestions", suggested, "read:accounts"),
    Route("DELETE", "/api/v1/featured_tags/{id:str}", remove_featured, "write:accounts"),
    Route("GET", "/api/v1/accounts/{id:str}/featured_tags", featured_by, "read:accounts", "anyone"),
]
