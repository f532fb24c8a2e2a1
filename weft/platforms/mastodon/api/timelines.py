"""Timelines: home, public and hashtag; and how far they were read."""

from litestar.response.base import ASGIResponse

from weft.domain.cards.card import LONGEST_URL, card_by_url
from weft.domain.filters.records import Context
from weft.domain.markup.extract import tag_name
from weft.domain.posts.records import Post
from weft.domain.timelines.markers import Marker, markers_of, move_markers
from weft.domain.timelines.queries import home_page, link_page, public_page, tag_page
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import Page, read_page
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.records import answer_posts, answer_unhidden
from weft.platforms.mastodon.api.routing import Call, Route, json

_MARKED = ("home", "notifications")


async def home(call: Call) -> ASGIResponse:
    """GET /timelines/home"""
    page = read_page(call.params)
    params = viewer_params(call.viewer, call.api.parts.server.now_ms())

    async def read(part: Page) -> list[Post]:
        return await call.db.all(home_page, **params, **part.bounds)

    return await answer_unhidden(call, page, read, Context.HOME)


async def public(call: Call) -> ASGIResponse:
    """GET /timelines/public"""
    page, params = read_page(call.params), call.params
    rows = await call.db.all(
        public_page,
        who=kind_of(call.viewer),
        origin=_origin(params),
        only_media=params.flag("only_media"),
        **viewer_params(call.viewer, call.api.parts.server.now_ms()),
        **page.bounds,
    )
    return await answer_posts(call, page, rows)


async def hashtag(call: Call) -> ASGIResponse:
    """GET /timelines/tag/:hashtag"""
    page, params = read_page(call.params), call.params
    rows = await call.db.all(
        tag_page,
        who=kind_of(call.viewer),
        origin=_origin(params),
        only_media=params.flag("only_media"),
        tag=tag_name(call.path("hashtag").removeprefix("#")),
        **viewer_params(call.viewer, call.api.parts.server.now_ms()),
        **page.bounds,
    )
    return await answer_posts(call, page, rows)


async def link(call: Call) -> ASGIResponse:
    """GET /timelines/link?url=: posts that link to a page."""
    url = call.params.needed("url")
    page = read_page(call.params)
    card = await call.db.one(card_by_url, url=url[:LONGEST_URL])
    if card is None:
        raise not_found()
    rows = await call.db.all(
        link_page,
        who=kind_of(call.viewer),
        card_id=card.id,
        **viewer_params(call.viewer, call.api.parts.server.now_ms()),
        **page.bounds,
    )
    return await answer_posts(call, page, rows)


def _origin(params: Params) -> str:
    local, remote = params.flag("local"), params.flag("remote")
    return "any" if local == remote else "here" if local else "elsewhere"


async def markers(call: Call) -> ASGIResponse:
    """GET /markers?timeline[]="""
    wanted = set(call.params.texts("timeline")) or set(_MARKED)
    rows = await call.db.all(markers_of, owner=call.me)
    return json(_markers([row for row in rows if row.timeline in wanted]))


async def save_markers(call: Call) -> ASGIResponse:
    """POST /markers"""
    positions = {}
    for timeline in _MARKED:
        entry = call.params.nested(timeline)
        if entry is None:
            continue
        position = entry.id("last_read_id")
        if position is None:
            raise BadParameter(f"{timeline}[last_read_id] is missing.")
        positions[timeline] = position
    moved = await call.db.write(
        move_markers, call.api.parts.server, owner_id=call.me, positions=positions
    )
    return json(_markers(moved))


def _markers(rows: list[Marker]) -> dict[str, dict[str, object]]:
    return {
        row.timeline: {
            "last_read_id": str(row.last_read_id),
            "version": row.version,
            "updated_at": iso(row.updated_at),
        }
        for row in rows
    }


ROUTES = [
    Route("GET", "/api/v1/timelines/home", home, "read:statuses"),
    Route("GET", "/api/v1/timelines/public", public, "read:statuses", "anyone"),
    Route("GET", "/api/v1/timelines/tag/{hashtag:str}", hashtag, "read:statuses", "anyone"),
    Route("GET", "/api/v1/timelines/link", link, "read:statuses", "anyone"),
    Route("GET", "/api/v1/markers", markers, "read:statuses"),
    Route("POST", "/api/v1/markers", save_markers, "write:statuses"),
]
