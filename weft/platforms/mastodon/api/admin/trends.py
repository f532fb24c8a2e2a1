"""What is, or could be, a trend, and moderators' word on it."""

from collections.abc import Callable, Coroutine
from typing import Any

from litestar.response.base import ASGIResponse
from msgspec import Raw

from weft.domain.accounts.roles import Permission
from weft.domain.posts.queries import posts_for
from weft.domain.tags.queries import TagRow
from weft.domain.tags.uses import day_of
from weft.domain.trends.now import MOST, WarmCard
from weft.domain.trends.review import (
    Publisher,
    TrendKind,
    domain_of_page,
    note_publishers,
    publisher_page,
    review,
    review_publisher,
    reviews_of,
)
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.discovery import read_offset
from weft.platforms.mastodon.api.entities.content import card_entity, load_creators
from weft.platforms.mastodon.api.entities.status import render_statuses
from weft.platforms.mastodon.api.entities.tag import history, tag_entities
from weft.platforms.mastodon.api.entities.values import iso_or_none
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.routing import Call, Route, json


def _some(call: Call, rows: list[Any], default: int, most: int) -> list[Any]:
    moderator_of(call, Permission.MANAGE_TAXONOMIES)
    offset = read_offset(call.params, MOST)
    return rows[offset : offset + call.params.limit(default, most)]


async def _said(call: Call, kind: TrendKind, ids: list[int]) -> dict[int, bool]:
    rows = await call.db.all(reviews_of, kind=kind, ids=ids)
    return {row.target_id: row.allowed for row in rows}


def _needs_review(call: Call) -> bool:
    return call.api.parts.settings.trends_need_review


async def tags(call: Call) -> ASGIResponse:
    """GET /admin/trends/tags: with those that were refused."""
    rows: list[TagRow] = _some(call, await call.api.trends.tags.warm.now(), 10, 20)
    said = await _said(call, TrendKind.TAG, [row.id for row in rows])
    entities = await tag_entities(call.api, rows, call.viewer_id)
    default = not _needs_review(call)
    return json(
        [
            entity
            | {
                "trendable": said.get(row.id, default),
                "usable": True,
                "listable": True,
                "requires_review": row.id not in said,
            }
            for entity, row in zip(entities, rows, strict=True)
        ]
    )


async def statuses(call: Call) -> ASGIResponse:
    """GET /admin/trends/statuses"""
    ids: list[int] = _some(call, await call.api.trends.posts.warm.now(), 20, 40)
    rows = await call.db.all(
        posts_for,
        who=kind_of(call.viewer),
        purpose="show",
        ids=ids,
        **viewer_params(call.viewer, call.api.parts.server.now_ms(), "show"),
    )
    found = {row.id: row for row in rows}
    shown = [found[each] for each in ids if each in found]
    said = await _said(call, TrendKind.POST, ids)
    pieces = await render_statuses(call.api, shown, call.viewer)
    return json(
        [
            Raw(
                bytes(piece)[:-1]
                + b',"requires_review":'
                + (b"false" if post.id in said else b"true")
                + b"}"
            )
            for piece, post in zip(pieces, shown, strict=True)
        ]
    )


async def links(call: Call) -> ASGIResponse:
    """GET /admin/trends/links"""
    rows: list[WarmCard] = _some(call, await call.api.trends.cards.warm.now(), 10, 20)
    said = await _said(call, TrendKind.CARD, [row.card.id for row in rows])
    server = call.api.parts.server
    await call.db.write(note_publishers, server, [domain_of_page(row.card.url) for row in rows])
    today = day_of(server.now_ms())
    creators = await load_creators(call.api, [row.card for row in rows])
    return json(
        [
            {
                **card_entity(call.api, row.card, creators.get(row.card.url)),
                "history": history(row.uses, today),
                "id": str(row.card.id),
                "requires_review": row.card.id not in said,
            }
            for row in rows
        ]
    )


def publisher_entity(row: Publisher, needs_review: bool) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "domain": row.domain,
        "trendable": row.allowed if row.allowed is not None else not needs_review,
        "reviewed_at": iso_or_none(row.reviewed_at),
        "requires_review": row.allowed is None,
    }


async def publishers(call: Call) -> ASGIResponse:
    """GET /admin/trends/links/publishers"""
    moderator_of(call, Permission.MANAGE_TAXONOMIES)
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(publisher_page, **page.bounds))
    entities = [publisher_entity(row, _needs_review(call)) for row in rows]
    return json(entities, link_header(call, page, rows, lambda row: row.id))


Answer = Callable[[Call], Coroutine[Any, Any, ASGIResponse]]


def _reviewing(kind: TrendKind, *, allowed: bool) -> Answer:
    async def answer(call: Call) -> ASGIResponse:
        moderator = moderator_of(call, Permission.MANAGE_TAXONOMIES)
        target_id = call.path_id()
        if not await call.db.write(
            review, call.api.parts.server, moderator.account_id, kind, target_id, allowed=allowed
        ):
            raise not_found()
        return json({"id": str(target_id), "requires_review": False, "trendable": allowed})

    return answer


def _reviewing_publisher(*, allowed: bool) -> Answer:
    async def answer(call: Call) -> ASGIResponse:
        moderator = moderator_of(call, Permission.MANAGE_TAXONOMIES)
        server = call.api.parts.server
        row = await call.db.write(
            review_publisher, server, moderator.account_id, call.path_id(), allowed=allowed
        )
        if row is None:
            raise not_found()
        return json(publisher_entity(row, _needs_review(call)))

    return answer


def _pair(path: str, answer: Callable[..., Answer], *arguments: Any) -> list[Route]:
    """Approving and rejecting."""
    base = f"/api/v1/admin/trends/{path}/{{id:str}}"
    return [
        Route("POST", f"{base}/approve", answer(*arguments, allowed=True), "admin:write"),
        Route("POST", f"{base}/reject", answer(*arguments, allowed=False), "admin:write"),
    ]


ROUTES = [
    Route("GET", "/api/v1/admin/trends/tags", tags, "admin:read"),
    Route("GET", "/api/v1/admin/trends/statuses", statuses, "admin:read"),
    Route("GET", "/api/v1/admin/trends/links", links, "admin:read"),
    Route("GET", "/api/v1/admin/trends/links/publishers", publishers, "admin:read"),
    *_pair("tags", _reviewing, TrendKind.TAG),
    *_pair("statuses", _reviewing, TrendKind.POST),
    *_pair("links", _reviewing, TrendKind.CARD),
    *_pair("links/publishers", _reviewing_publisher),
]
