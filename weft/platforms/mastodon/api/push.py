"""Push subscriptions: where this application wants to hear of notifications. One for each token."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.push.subscriptions import (
    MAX_ENDPOINT,
    SEALED_FOR,
    NewSubscription,
    Policy,
    Subscription,
    change_alerts,
    checked_keys,
    checked_policy,
    stored_kinds,
    subscribe,
    subscription_of,
    unsubscribe,
)
from weft.federation.http.errors import Refused
from weft.federation.http.policy import Policy as Addresses
from weft.federation.http.policy import check_url
from weft.platforms.mastodon.api.auth import token_of
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.params import EMPTY, Params
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.platforms.mastodon.pushed import kind_of

ALERTS = (
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "severed_relationships",
    "moderation_warning",
    "annual_report",
    "added_to_collection",
    "collection_update",
    "admin.sign_up",
    "admin.report",
)


def _token_id(call: Call) -> int:
    return call.bearer.token_id if call.bearer is not None else 0


async def create(call: Call) -> ASGIResponse:
    """POST /push/subscription: the token's former one goes."""
    params = call.params.nested("subscription")
    if params is None:
        raise BadParameter("subscription is missing: its endpoint and its keys.")
    keys = params.nested("keys") or EMPTY
    p256dh, auth = checked_keys(
        keys.text("p256dh", longest=200) or "", keys.text("auth", longest=100) or ""
    )
    alerts, policy = _data(call.params)
    new = NewSubscription(
        token_id=_token_id(call),
        account_id=call.account_id,
        token_sealed=call.api.parts.sealer.seal(
            (token_of(call.request) or "").encode(), SEALED_FOR
        ),
        endpoint=_endpoint(call, params),
        p256dh=p256dh,
        auth=auth,
        standard=params.flag("standard"),
        alerts=alerts,
        policy=policy,
    )
    await call.db.write(subscribe, call.api.parts.server, new)
    return await show(call)


def _endpoint(call: Call, params: Params) -> str:
    url = params.text("endpoint", longest=MAX_ENDPOINT) or ""
    try:
        target = check_url(Addresses.from_settings(call.api.parts.settings), url)
    except Refused as refused:
        raise BadParameter(f"subscription[endpoint]: {refused}") from None
    if target.scheme != "https" and not call.api.parts.settings.insecure_loopback:
        raise BadParameter("subscription[endpoint] must begin with https://.")
    return target.url


def _data(params: Params) -> tuple[str, Policy]:
    """``data[alerts]``, stored as the domain names them, and ``data[policy]``."""
    data = params.nested("data") or EMPTY
    alerts = data.nested("alerts") or EMPTY
    wanted = frozenset(kind_of(name) for name in ALERTS if alerts.flag(name))
    return stored_kinds(wanted), checked_policy(data.text("policy", longest=100) or "all")


async def show(call: Call) -> ASGIResponse:
    """GET /push/subscription"""
    row = await call.db.one(subscription_of, token_id=_token_id(call))
    if row is None:
        raise not_found()
    return json(await _entity(call, row))


async def change(call: Call) -> ASGIResponse:
    """PUT /push/subscription: its alerts and its policy."""
    alerts, policy = _data(call.params)
    if not await call.db.write(change_alerts, _token_id(call), alerts, policy):
        raise not_found()
    return await show(call)


async def remove(call: Call) -> ASGIResponse:
    """DELETE /push/subscription"""
    await call.db.write(unsubscribe, _token_id(call))
    return json({})


async def _entity(call: Call, row: Subscription) -> dict[str, Any]:
    kinds = row.kinds
    return {
        "id": str(row.id),
        "endpoint": row.endpoint,
        "standard": row.standard,
        "alerts": {name: kind_of(name) in kinds for name in ALERTS},
        "policy": row.policy,
        "server_key": await call.api.parts.vapid.public(),
    }


_PATH = "/api/v1/push/subscription"

ROUTES = [
    Route("POST", _PATH, create, "push"),
    Route("GET", _PATH, show, "push"),
    Route("PUT", _PATH, change, "push"),
    Route("DELETE", _PATH, remove, "push"),
]
