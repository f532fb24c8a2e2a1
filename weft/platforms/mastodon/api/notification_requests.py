"""What is done with notifications of strangers: the policy (both versions), and whose wait."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.notifications.policy import Choice, Policy, change_policy, policy_of, read_policy
from weft.domain.notifications.requests import (
    MOST_COUNTED,
    Request,
    accept_requests,
    dismiss_requests,
    request_page,
    requests_by_ids,
    still_merging,
    waiting_counts,
)
from weft.platforms.mastodon.api.entities.account import author_fragments
from weft.platforms.mastodon.api.entities.status import statuses_by_id
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.records import posts_in_order
from weft.platforms.mastodon.api.routing import Call, Route, json

_CHOICES = {"accept": Choice.ACCEPT, "filter": Choice.FILTER, "drop": Choice.DROP}
_CHOICE_NAMES = {choice: name for name, choice in _CHOICES.items()}
_FIELDS = Policy.__struct_fields__
_SWITCHES = ("not_following", "not_followers", "new_accounts", "private_mentions")
"""What version 1 knows; it knows only filtering or not."""


async def policy(call: Call) -> ASGIResponse:
    """GET /v2/notifications/policy"""
    return json(await _named(call, await _policy(call)))


async def set_policy(call: Call) -> ASGIResponse:
    """PATCH /v2/notifications/policy: what is named changes."""
    changes = {}
    for field in _FIELDS:
        word = call.params.text(f"for_{field}", longest=20)
        if word is None:
            continue
        if word not in _CHOICES:
            raise BadParameter(f"for_{field} must be accept, filter or drop.")
        changes[field] = _CHOICES[word]
    return json(await _named(call, await call.db.write(change_policy, call.me, changes)))


async def old_policy(call: Call) -> ASGIResponse:
    """GET /v1/notifications/policy"""
    return json(await _switched(call, await _policy(call)))


async def set_old_policy(call: Call) -> ASGIResponse:
    """PUT /v1/notifications/policy"""
    changes = {
        field: Choice.FILTER if call.params.flag(f"filter_{field}") else Choice.ACCEPT
        for field in _SWITCHES
        if call.params.has(f"filter_{field}")
    }
    return json(await _switched(call, await call.db.write(change_policy, call.me, changes)))


async def _policy(call: Call) -> Policy:
    return read_policy(await call.db.one(policy_of, owner=call.me))


async def _named(call: Call, found: Policy) -> dict[str, Any]:
    choices = {f"for_{field}": _CHOICE_NAMES[getattr(found, field)] for field in _FIELDS}
    return {**choices, "summary": await _summary(call)}


async def _switched(call: Call, found: Policy) -> dict[str, Any]:
    switches = {
        f"filter_{field}": getattr(found, field) is not Choice.ACCEPT for field in _SWITCHES
    }
    return {**switches, "summary": await _summary(call)}


async def _summary(call: Call) -> dict[str, int]:
    now = call.api.parts.server.now_ms()
    found = await call.db.one(waiting_counts, owner=call.me, now=now)
    return {
        "pending_requests_count": found.requests if found is not None else 0,
        "pending_notifications_count": found.notifications if found is not None else 0,
    }


async def several(call: Call) -> ASGIResponse:
    """GET /notifications/requests"""
    page = read_page(call.params, default=40, most=80)
    now = call.api.parts.server.now_ms()
    rows = page.ordered(await call.db.all(request_page, owner=call.me, now=now, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.id)
    return json(await _entities(call, rows), links)


async def show(call: Call) -> ASGIResponse:
    """GET /notifications/requests/:id"""
    now = call.api.parts.server.now_ms()
    rows = await call.db.all(requests_by_ids, owner=call.me, ids=[call.path_id()], now=now)
    found = await _entities(call, rows)
    if not found:
        raise not_found()
    return json(found[0])


async def _entities(call: Call, rows: list[Request]) -> list[dict[str, Any]]:
    ids = [row.last_post_id for row in rows if row.last_post_id is not None]
    posts = await posts_in_order(call, ids) if ids else []
    statuses = await statuses_by_id(call.api, posts, call.viewer)
    accounts = await author_fragments(call.api, {row.from_id for row in rows})
    return [
        {
            "id": str(row.id),
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at),
            "account": msgspec.Raw(accounts[row.from_id]),
            "notifications_count": str(row.size),
            "last_status": msgspec.Raw(statuses[row.last_post_id])
            if row.last_post_id is not None and row.last_post_id in statuses
            else None,
        }
        for row in rows
        if row.from_id in accounts
    ]


async def accept(call: Call) -> ASGIResponse:
    """POST /notifications/requests/:id/accept"""
    return await _accept(call, [call.path_id()])


async def accept_several(call: Call) -> ASGIResponse:
    """POST /notifications/requests/accept"""
    return await _accept(call, _ids(call))


async def _accept(call: Call, ids: list[int]) -> ASGIResponse:
    if not await call.db.write(accept_requests, call.api.parts.server, call.me, ids):
        raise not_found()
    return json({})


async def dismiss(call: Call) -> ASGIResponse:
    """POST /notifications/requests/:id/dismiss"""
    return await _dismiss(call, [call.path_id()])


async def dismiss_several(call: Call) -> ASGIResponse:
    """POST /notifications/requests/dismiss"""
    return await _dismiss(call, _ids(call))


async def _dismiss(call: Call, ids: list[int]) -> ASGIResponse:
    if not await call.db.write(dismiss_requests, call.api.parts.server, call.me, ids):
        raise not_found()
    return json({})


def _ids(call: Call) -> list[int]:
    ids = call.params.ids("id", most=MOST_COUNTED)
    if not ids:
        raise BadParameter("id[] is missing: which requests are meant.")
    return ids


async def merged(call: Call) -> ASGIResponse:
    """GET /notifications/requests/merged: is everything of whom one let through at its place?"""
    return json({"merged": await call.db.one(still_merging, owner=call.me) is None})


_REQUESTS = "/api/v1/notifications/requests"
_ONE = f"{_REQUESTS}/{{id:str}}"

ROUTES = [
    Route("GET", "/api/v2/notifications/policy", policy, "read:notifications"),
    Route("PATCH", "/api/v2/notifications/policy", set_policy, "write:notifications"),
    Route("GET", "/api/v1/notifications/policy", old_policy, "read:notifications"),
    Route("PUT", "/api/v1/notifications/policy", set_old_policy, "write:notifications"),
    Route("GET", _REQUESTS, several, "read:notifications"),
    Route("GET", f"{_REQUESTS}/merged", merged, "read:notifications"),
    Route("POST", f"{_REQUESTS}/accept", accept_several, "write:notifications"),
    Route("POST", f"{_REQUESTS}/dismiss", dismiss_several, "write:notifications"),
    Route("GET", _ONE, show, "read:notifications"),
    Route("POST", f"{_ONE}/accept", accept, "write:notifications"),
    Route("POST", f"{_ONE}/dismiss", dismiss, "write:notifications"),
]
