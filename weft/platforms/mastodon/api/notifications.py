"""Notifications (version 1): each by itself, newest first."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.notifications.queries import (
    clear_notifications,
    dismiss_notification,
    notification_by_id,
    notification_page,
    unread_count,
)
from weft.platforms.mastodon.api.entities.notification import NAMES, notification_entities
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.database import Tx

_KINDS = {name: kind for kind, name in NAMES.items()}
MOST_UNREAD = 1000


def _wanted(params: Params) -> list[int]:
    asked, left_out = params.texts("types"), set(params.texts("exclude_types"))
    chosen = [_KINDS[name] for name in asked if name in _KINDS] if asked else list(NAMES)
    return [int(kind) for kind in chosen if NAMES[kind] not in left_out]


async def several(call: Call) -> ASGIResponse:
    """GET /notifications"""
    page = read_page(call.params, default=40, most=80)
    sender = call.params.id("account_id")
    params: dict[str, Any] = {} if sender is None else {"sender": sender}
    rows = page.ordered(
        await call.db.all(
            notification_page,
            from_one=sender is not None,
            owner=call.me,
            kinds=_wanted(call.params),
            now=call.api.parts.server.now_ms(),
            **params,
            **page.bounds,
        )
    )
    links = link_header(call, page, rows, lambda row: row.id)
    return json(await notification_entities(call.api, call.viewer, rows), links)


async def show(call: Call) -> ASGIResponse:
    """GET /notifications/:id"""
    row = await call.db.one(
        notification_by_id,
        owner=call.me,
        id=call.path_id(),
        now=call.api.parts.server.now_ms(),
    )
    found = (
        await notification_entities(call.api, call.viewer, [row])
        if row is not None and row.kind in NAMES
        else []
    )
    if not found:
        raise not_found()
    return json(found[0])


async def clear(call: Call) -> ASGIResponse:
    """POST /notifications/clear"""
    await call.db.write(_clear, call.me)
    return json({})


async def _clear(tx: Tx, me: int) -> None:
    await tx.run(clear_notifications, of_owner=me)


async def dismiss(call: Call) -> ASGIResponse:
    """POST /notifications/:id/dismiss"""
    await call.db.write(_dismiss, call.me, call.path_id())
    return json({})


async def _dismiss(tx: Tx, me: int, notification_id: int) -> None:
    await tx.run(dismiss_notification, of_owner=me, of_id=notification_id)


async def unread(call: Call) -> ASGIResponse:
    """GET /notifications/unread_count: those after the marker, up to a limit."""
    limit = call.params.limit(100, MOST_UNREAD)
    rows = await call.db.all(
        unread_count,
        owner=call.me,
        kinds=_wanted(call.params),
        now=call.api.parts.server.now_ms(),
        limit=limit,
    )
    return json({"count": len(rows)})


_ONE = "/api/v1/notifications/{id:str}"

ROUTES = [
    Route("GET", "/api/v1/notifications", several, "read:notifications"),
    Route("GET", "/api/v1/notifications/unread_count", unread, "read:notifications"),
    Route("POST", "/api/v1/notifications/clear", clear, "write:notifications"),
    Route("GET", _ONE, show, "read:notifications"),
    Route("POST", f"{_ONE}/dismiss", dismiss, "write:notifications"),
]
