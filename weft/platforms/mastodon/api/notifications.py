"""Notifications (version 1): each by itself, newest first."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.notifications.kinds import kinds_for
from weft.domain.notifications.queries import (
    clear_notifications,
    dismiss_notification,
    dismiss_notifications,
    notification_by_id,
    notification_page,
    unread_count,
)
from weft.domain.visibility.viewer import Local
from weft.platforms.mastodon.api.entities.notification import (
    NAMES,
    kinds_called,
    notification_entities,
    supported,
)
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.database import Tx

DEFAULT_UNREAD, MOST_UNREAD = 100, 1000


def wanted(call: Call) -> list[int]:
    """The kinds that a call asks for and its caller may read."""
    params = call.params
    asked, left_out = params.texts("types"), set(params.texts("exclude_types"))
    may_read = set(kinds_for(call.bearer.role if call.bearer else None))
    chosen = kinds_called(asked) if asked else list(NAMES)
    return [int(kind) for kind in chosen if NAMES[kind] not in left_out and kind in may_read]


def narrowed(call: Call) -> dict[str, Any]:
    """Flags and parameters that both versions' pages take. Who asks for one sender's wants those
    that wait as well: so apps show what is behind a request."""
    sender = call.params.id("account_id")
    found: dict[str, Any] = {
        "from_one": sender is not None,
        "filtered_too": sender is not None or call.params.flag("include_filtered"),
        "owner": call.me,
        "kinds": wanted(call),
        "now": call.api.parts.server.now_ms(),
    }
    return found if sender is None else found | {"sender": sender}


async def several(call: Call) -> ASGIResponse:
    """GET /notifications"""
    page = read_page(call.params, default=40, most=80)
    rows = page.ordered(await call.db.all(notification_page, **narrowed(call), **page.bounds))
    links = link_header(call, page, rows, lambda row: row.id)
    return json(
        await notification_entities(call.api, Local(call.me), rows, supported(call.params)), links
    )


async def show(call: Call) -> ASGIResponse:
    """GET /notifications/:id"""
    row = await call.db.one(
        notification_by_id,
        owner=call.me,
        id=call.path_id(),
        now=call.api.parts.server.now_ms(),
    )
    found = (
        await notification_entities(call.api, Local(call.me), [row], supported(call.params))
        if row is not None and row.kind in NAMES and row.kind in wanted(call)
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


async def dismiss_old(call: Call) -> ASGIResponse:
    """POST /notifications/dismiss?id=: the form that apps from before 3.0 use."""
    notification_id = call.params.id("id")
    if notification_id is None:
        raise not_found()
    await call.db.write(_dismiss, call.me, notification_id)
    return json({})


async def dismiss_several(call: Call) -> ASGIResponse:
    """DELETE /notifications/destroy_multiple?ids[]="""
    await call.db.write(_dismiss_several, call.me, call.params.ids("ids"))
    return json({})


async def _dismiss_several(tx: Tx, me: int, ids: list[int]) -> None:
    await tx.run(dismiss_notifications, of_owner=me, of_ids=ids)


async def unread(call: Call) -> ASGIResponse:
    """GET /notifications/unread_count: those after the marker, up to a limit."""
    limit = call.params.limit(DEFAULT_UNREAD, MOST_UNREAD)
    rows = await call.db.all(
        unread_count,
        owner=call.me,
        kinds=wanted(call),
        now=call.api.parts.server.now_ms(),
        limit=limit,
    )
    return json({"count": len(rows)})


_ALL = "/api/v1/notifications"
_ONE = f"{_ALL}/{{id:str}}"

ROUTES = [
    Route("GET", _ALL, several, "read:notifications"),
    Route("GET", f"{_ALL}/unread_count", unread, "read:notifications"),
    Route("POST", f"{_ALL}/clear", clear, "write:notifications"),
    Route("POST", f"{_ALL}/dismiss", dismiss_old, "write:notifications"),
    Route("DELETE", f"{_ALL}/destroy_multiple", dismiss_several, "write:notifications"),
    Route("GET", _ONE, show, "read:notifications"),
    Route("DELETE", _ONE, dismiss, "write:notifications"),
    Route("POST", f"{_ONE}/dismiss", dismiss, "write:notifications"),
]
