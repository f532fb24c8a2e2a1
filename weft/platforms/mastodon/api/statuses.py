"""Statuses: reading them, and what surrounds them."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.cards.card import cards_of
from weft.domain.posts.lists import boosters_of, likers_of
from weft.domain.posts.queries import edits_of, poll_options_of
from weft.domain.posts.records import post_facets
from weft.domain.posts.thread import ancestors, descendants
from weft.platforms.mastodon.api.entities.account import render_accounts
from weft.platforms.mastodon.api.entities.content import (
    card_entity,
    load_creators,
    load_hangings,
    status_html,
)
from weft.platforms.mastodon.api.entities.media import media_entity
from weft.platforms.mastodon.api.entities.status import listed, render_statuses
from weft.platforms.mastodon.api.entities.values import emojis, iso
from weft.platforms.mastodon.api.errors import ApiError
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.records import (
    answer_accounts,
    answer_status,
    own_post_of,
    posts_in_order,
    proper_post_of,
)
from weft.platforms.mastodon.api.refreshes import thread_header
from weft.platforms.mastodon.api.routing import Call, Route, json, raw


async def show(call: Call) -> ASGIResponse:
    """GET /statuses/:id"""
    return await answer_status(call, call.path_id())


async def several(call: Call) -> ASGIResponse:
    """GET /statuses?id[]="""
    rows = await posts_in_order(call, call.params.ids("id", most=40))
    return raw(listed(await render_statuses(call.api, rows, call.viewer)))


async def context(call: Call) -> ASGIResponse:
    """GET /statuses/:id/context: what is here. While the rest is being fetched, a header says so."""
    post = await proper_post_of(call)
    parts = call.api.parts
    walk = await parts.openings.thread(post, me=call.viewer_id, address=call.address)
    now = call.api.parts.server.now_ms()
    above = await ancestors(call.db, call.viewer, now, post.id)
    below = await descendants(call.db, call.viewer, now, post, above)
    up = listed(await render_statuses(call.api, above, call.viewer))
    down = listed(await render_statuses(call.api, below, call.viewer))
    return raw(b'{"ancestors":' + up + b',"descendants":' + down + b"}", thread_header(post, walk))


async def source(call: Call) -> ASGIResponse:
    """GET /statuses/:id/source"""
    post = await own_post_of(call)
    return json(
        {
            "id": str(post.id),
            "text": post.source or "",
            "spoiler_text": post.summary or "",
            "content_type": post.source_format or "text/plain",
        }
    )


async def history(call: Call) -> ASGIResponse:
    """GET /statuses/:id/history: oldest first, the present one last."""
    post = await proper_post_of(call)
    author = (await render_accounts(call.api, [post.author_id]))[0]
    edits = await call.db.all(edits_of, post_id=post.id)
    hangings = await load_hangings(call.api, [post])
    options = sorted(
        await call.db.all(poll_options_of, ids=[post.id]), key=lambda each: each.position
    )
    shared: dict[str, Any] = {
        "account": msgspec.Raw(author),
        "media_attachments": [
            media_entity(call.api.parts.media_url, row, call.api.parts.server.shown_at)
            for row in hangings.attachments.get(post.id, ())
        ],
        "emojis": emojis(post_facets(post.facets).emojis, call.api.parts.server.shown_at),
    }
    if options:
        shared["poll"] = {"options": [{"title": option.title} for option in options]}
    versions = [
        {
            "content": status_html(each.title, each.content, None),
            "spoiler_text": each.summary or "",
            "sensitive": each.sensitive,
            "created_at": iso(each.created_at),
            **shared,
        }
        for each in edits
    ]
    versions.append(
        {
            "content": status_html(
                post.title, post.content, post.link_url, post_facets(post.facets)
            ),
            "spoiler_text": post.summary or "",
            "sensitive": post.sensitive,
            "created_at": iso(post.edited_at or post.published_at),
            **shared,
        }
    )
    return json(versions)


async def favourited_by(call: Call) -> ASGIResponse:
    post, page = await proper_post_of(call), read_page(call.params, default=40, most=80)
    rows = page.ordered(await call.db.all(likers_of, post_id=post.id, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def reblogged_by(call: Call) -> ASGIResponse:
    post, page = await proper_post_of(call), read_page(call.params, default=40, most=80)
    rows = page.ordered(await call.db.all(boosters_of, post_id=post.id, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def card(call: Call) -> ASGIResponse:
    """GET /statuses/:id/card"""
    post = await proper_post_of(call)
    row = await call.db.one(cards_of, ids=[post.id])
    if row is None:
        return json({})
    creators = await load_creators(call.api, [row])
    return json(card_entity(call.api, row, creators.get(row.url)))


async def translate(call: Call) -> ASGIResponse:
    """POST /statuses/:id/translate: there is no translator, which instance v2 says too."""
    await proper_post_of(call)
    raise ApiError(404, "Posts are not translated here: the server has no translator.")


_STATUS = "/api/v1/statuses/{id:str}"

ROUTES = [
    Route("GET", "/api/v1/statuses", several, "read:statuses", "anyone"),
    Route("GET", _STATUS, show, "read:statuses", "anyone"),
    Route("GET", f"{_STATUS}/context", context, "read:statuses", "anyone"),
    Route("GET", f"{_STATUS}/source", source, "read:statuses"),
    Route("GET", f"{_STATUS}/history", history, "read:statuses", "anyone"),
    Route("GET", f"{_STATUS}/card", card, "read:statuses", "anyone"),
    Route("POST", f"{_STATUS}/translate", translate, "read:statuses", "app"),
    Route("GET", f"{_STATUS}/favourited_by", favourited_by, "read:accounts", "anyone"),
    Route("GET", f"{_STATUS}/reblogged_by", reblogged_by, "read:accounts", "anyone"),
]
