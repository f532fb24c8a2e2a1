"""Statuses: posting, reading, editing, deleting, and what surrounds them."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.settings import account_settings
from weft.domain.cards.card import cards_of
from weft.domain.posts.compose import (
    Draft,
    DraftPoll,
    compose,
    compose_edit,
    publish_once,
)
from weft.domain.posts.delete import delete as delete_post
from weft.domain.posts.describe import Description, describe_media
from weft.domain.posts.edit import edit as edit_post
from weft.domain.posts.lists import boosters_of, likers_of
from weft.domain.posts.queries import attachments_of, edits_of, poll_options_of
from weft.domain.posts.records import post_facets
from weft.domain.posts.thread import ancestors, descendants
from weft.domain.visibility.viewer import Visibility
from weft.platforms.mastodon.api.entities.account import render_accounts
from weft.platforms.mastodon.api.entities.content import (
    card_entity,
    load_hangings,
    status_html,
)
from weft.platforms.mastodon.api.entities.media import media_entity
from weft.platforms.mastodon.api.entities.status import listed, render_status, render_statuses
from weft.platforms.mastodon.api.entities.values import VISIBILITIES, emojis, iso
from weft.platforms.mastodon.api.errors import ApiError, BadParameter, not_found
from weft.platforms.mastodon.api.media import read_description
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.records import (
    answer_accounts,
    answer_status,
    own_actor,
    own_post_of,
    posts_in_order,
    proper_post_of,
)
from weft.platforms.mastodon.api.refreshes import thread_header
from weft.platforms.mastodon.api.routing import Call, Route, json, raw

MAX_KEY = 200


def read_visibility(params: Params, default: str) -> Visibility:
    name = params.text("visibility") or default
    if name not in VISIBILITIES:
        raise BadParameter("visibility must be public, unlisted, private or direct.")
    return VISIBILITIES[name]


def _read_poll(params: Params) -> DraftPoll | None:
    poll = params.nested("poll")
    if poll is None or not poll.has("options"):
        return None
    expires_in = poll.integer("expires_in")
    if expires_in is None:
        raise BadParameter("poll[expires_in] is missing: how many seconds the poll runs.")
    return DraftPoll(
        options=tuple(poll.texts("options")),
        expires_in_s=expires_in,
        multiple=poll.flag("multiple"),
        hide_totals=poll.flag("hide_totals"),
    )


async def create(call: Call) -> ASGIResponse:
    """POST /statuses"""
    params = call.params
    if params.text("scheduled_at"):
        raise ApiError(422, "Posts cannot be scheduled on this server yet.")
    account = await call.db.one(account_by_id, id=call.account_id)
    settings = account_settings(account.settings if account else None)
    key = call.request.headers.get("idempotency-key") or None
    if key is not None and len(key) > MAX_KEY:
        raise BadParameter(f"The Idempotency-Key may have at most {MAX_KEY} characters.")
    draft = Draft(
        text=params.text("status") or "",
        summary=params.text("spoiler_text") or "",
        sensitive=params.flag("sensitive", settings.sensitive),
        language=params.text("language") or settings.language,
        visibility=read_visibility(params, settings.visibility),
        local_only=params.flag("local_only"),
        reply_to_id=params.id("in_reply_to_id"),
        quoted_id=params.id("quoted_status_id"),
        quote_policy=params.text("quote_approval_policy") or settings.quote_policy,
        media_ids=tuple(params.ids("media_ids")),
        poll=_read_poll(params),
        app_id=call.bearer.app_id if call.bearer else None,
    )
    parts = call.api.parts
    new = await compose(call.db, parts.server, parts.resolve, await own_actor(call), draft)
    post_id = await call.db.write(publish_once, parts.server, new, call.account_id, key)
    return await answer_status(call, post_id)


async def edit(call: Call) -> ASGIResponse:
    """PUT /statuses/:id: what is not named stays, but for the text."""
    post, params = await own_post_of(call), call.params
    described = _descriptions(params)
    if params.has("media_ids"):
        media_ids = tuple(params.ids("media_ids"))
    else:
        rows = await call.db.all(attachments_of, ids=[post.id])
        media_ids = tuple(row.id for row in sorted(rows, key=lambda each: each.position))
    if not set(described) <= set(media_ids):
        raise BadParameter("media_attributes names a file that is not attached.")
    draft = Draft(
        text=(params.text("status") if params.has("status") else post.source) or "",
        summary=(params.text("spoiler_text") if params.has("spoiler_text") else post.summary) or "",
        sensitive=params.flag("sensitive", post.sensitive and not post.summary),
        language=params.text("language") or post.language,
        media_ids=media_ids,
        poll=_read_poll(params),
    )
    parts = call.api.parts
    new = await compose_edit(
        call.db, parts.server, parts.resolve, await own_actor(call), post, draft
    )
    for media_id, description in described.items():
        await call.db.write(describe_media, media_id, call.me, description)
    await call.db.write(edit_post, parts.server, post.id, new)
    return await answer_status(call, post.id)


def _descriptions(params: Params) -> dict[int, Description]:
    entries = params.entries("media_attributes") or []
    found = {}
    for entry in entries:
        media_id = entry.id("id")
        if media_id is None:
            raise BadParameter("An entry of media_attributes has no id.")
        found[media_id] = read_description(entry)
    return found


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
    return json({"id": str(post.id), "text": post.source or "", "spoiler_text": post.summary or ""})


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


async def delete(call: Call) -> ASGIResponse:
    """DELETE /statuses/:id: answers what was typed, for writing it anew."""
    post = await own_post_of(call)
    body = await render_status(call.api, post, call.viewer)
    if body is None or not await call.db.write(delete_post, call.api.parts.server, post.id):
        raise not_found()
    gone: dict[str, Any] = msgspec.json.decode(body)
    gone["text"] = post.source or ""
    return json(gone)


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
    return json(card_entity(call.api, row) if row is not None else {})


_STATUS = "/api/v1/statuses/{id:str}"

ROUTES = [
    Route("POST", "/api/v1/statuses", create, "write:statuses"),
    Route("GET", "/api/v1/statuses", several, "read:statuses", "anyone"),
    Route("GET", _STATUS, show, "read:statuses", "anyone"),
    Route("PUT", _STATUS, edit, "write:statuses"),
    Route("DELETE", _STATUS, delete, "write:statuses"),
    Route("GET", f"{_STATUS}/context", context, "read:statuses", "anyone"),
    Route("GET", f"{_STATUS}/source", source, "read:statuses"),
    Route("GET", f"{_STATUS}/history", history, "read:statuses", "anyone"),
    Route("GET", f"{_STATUS}/card", card, "read:statuses", "anyone"),
    Route("GET", f"{_STATUS}/favourited_by", favourited_by, "read:accounts", "anyone"),
    Route("GET", f"{_STATUS}/reblogged_by", reblogged_by, "read:accounts", "anyone"),
]
