"""Statuses that wait for their time. Only their author sees them."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.drafts.keep import cancel, reschedule
from weft.domain.drafts.queries import (
    DraftRow,
    draft_by_id,
    draft_page,
    media_of_drafts,
    waiting_in,
)
from weft.platforms.mastodon.api.entities.media import media_entity
from weft.platforms.mastodon.api.entities.values import VISIBILITY_NAMES, iso
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.routing import Call, Route, json


async def several(call: Call) -> ASGIResponse:
    """GET /scheduled_statuses"""
    page = read_page(call.params)
    rows: list[DraftRow] = page.ordered(
        await call.db.all(draft_page, scheduled=True, author_id=call.me, **page.bounds)
    )
    return json(await _entities(call, rows), link_header(call, page, rows, lambda row: row.id))


async def _own(call: Call) -> DraftRow:
    row = await call.db.one(draft_by_id, id=call.path_id(), author_id=call.me)
    if row is None or row.publish_at is None:
        raise not_found()
    return row


async def show(call: Call) -> ASGIResponse:
    """GET /scheduled_statuses/:id"""
    return await answer_scheduled(call, await _own(call))


async def move(call: Call) -> ASGIResponse:
    """PUT /scheduled_statuses/:id: another time."""
    row, at = await _own(call), call.params.time("scheduled_at")
    if at is None:
        raise BadParameter("scheduled_at is missing: when the status is to be posted.")
    if not await call.db.write(reschedule, call.api.parts.server, call.me, row.id, at):
        raise not_found()
    return await show(call)


async def remove(call: Call) -> ASGIResponse:
    """DELETE /scheduled_statuses/:id"""
    if not await call.db.write(cancel, call.me, call.path_id()):
        raise not_found()
    return json({})


async def answer_scheduled(call: Call, row: DraftRow) -> ASGIResponse:
    return json((await _entities(call, [row]))[0])


async def _entities(call: Call, rows: list[DraftRow]) -> list[dict[str, Any]]:
    media = await call.db.all(media_of_drafts, ids=[row.id for row in rows]) if rows else []
    parts = call.api.parts
    return [
        {
            "id": str(row.id),
            "scheduled_at": iso(row.publish_at or 0),
            "params": _params(row),
            "media_attachments": [
                media_entity(parts.media_url, each)
                for each in sorted(media, key=lambda each: each.position)
                if each.post_id == row.id
            ],
        }
        for row in rows
    ]


def _params(row: DraftRow) -> dict[str, Any]:
    """As they were sent; ids as numbers where Mastodon has numbers."""
    waiting = waiting_in(row.body)
    draft, poll = waiting.draft, waiting.draft.poll
    return {
        "text": draft.text,
        "poll": None
        if poll is None
        else {
            "options": list(poll.options),
            "expires_in": poll.expires_in_s,
            "multiple": poll.multiple,
            "hide_totals": poll.hide_totals,
        },
        "media_ids": [str(each) for each in draft.media_ids] or None,
        "sensitive": draft.sensitive,
        "spoiler_text": draft.summary or None,
        "visibility": VISIBILITY_NAMES[draft.visibility],
        "language": draft.language,
        "content_type": draft.source_format,
        "local_only": draft.local_only,
        "in_reply_to_id": draft.reply_to_id,
        "quoted_status_id": None if draft.quoted_id is None else str(draft.quoted_id),
        "quote_approval_policy": draft.quote_policy,
        "allowed_mentions": None
        if draft.allowed_ids is None
        else [str(each) for each in draft.allowed_ids],
        "application_id": draft.app_id or 0,
        "scheduled_at": None,
        "idempotency": waiting.key,
        "with_rate_limit": True,
    }


_ALL = "/api/v1/scheduled_statuses"
_ONE = f"{_ALL}/{{id:str}}"

ROUTES = [
    Route("GET", _ALL, several, "read:statuses"),
    Route("GET", _ONE, show, "read:statuses"),
    Route("PUT", _ONE, move, "write:statuses"),
    Route("DELETE", _ONE, remove, "write:statuses"),
]
