"""Relays, in the form that Pleroma's apps for moderators know: named by their address. Each answer has
more than theirs, because a relay may be silent, paused or unwilling, and says why."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.relays.records import (
    LONGEST_ADDRESS,
    Relay,
    RelayRefused,
    RelayState,
)
from weft.federation.relays import KINDS, Relays
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import ApiError, not_found
from weft.platforms.mastodon.api.routing import Call, Route, json


def relay_entity(relay: Relay) -> dict[str, Any]:
    return {
        "id": str(relay.id),
        "actor": relay.actor_uri or relay.address,
        "followed_back": relay.speaks,
        "relay_url": relay.address,
        "inbox": relay.inbox,
        "kind": KINDS[relay.kind],
        "state": RelayState(relay.state).name.lower(),
        "reason": relay.reason,
        "created_at": iso(relay.created_at),
        "changed_at": iso(relay.changed_at),
    }


def _relays(call: Call) -> tuple[Relays, int | None]:
    """The relays, and the account that deals with them."""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    return call.api.parts.relays, moderator.account_id


async def _named(call: Call) -> Relay:
    address = call.params.needed("relay_url")
    relay = None
    if len(address) <= LONGEST_ADDRESS:
        relay = await call.api.parts.relays.named(address)
    if relay is None:
        raise not_found()
    return relay


async def listed(call: Call) -> ASGIResponse:
    """GET /pleroma/admin/relay"""
    relays, _ = _relays(call)
    return json({"relays": [relay_entity(each) for each in await relays.all()]})


async def add(call: Call) -> ASGIResponse:
    """POST /pleroma/admin/relay"""
    relays, who = _relays(call)
    try:
        return json(relay_entity(await relays.subscribe(who, call.params.needed("relay_url"))))
    except RelayRefused as refused:
        raise ApiError(422, str(refused)) from None


async def change(call: Call) -> ASGIResponse:
    """PATCH /pleroma/admin/relay: ``paused`` true or false; false also asks once more."""
    relays, who = _relays(call)
    known = await _named(call)
    if not call.params.has("paused"):
        raise ApiError(400, "The parameter paused is missing: true or false.")
    paused = call.params.flag("paused")
    relay = await relays.change(who, known.id, "pause" if paused else "ask")
    if relay is None:
        raise not_found()
    return json(relay_entity(relay))


async def remove(call: Call) -> ASGIResponse:
    """DELETE /pleroma/admin/relay"""
    relays, who = _relays(call)
    known = await _named(call)
    if await relays.change(who, known.id, "remove") is None:
        raise not_found()
    return json(known.actor_uri or known.address)


_PATH = "/api/v1/pleroma/admin/relay"
ROUTES = [
    Route("GET", _PATH, listed, "admin:read"),
    Route("POST", _PATH, add, "admin:write"),
    Route("PATCH", _PATH, change, "admin:write"),
    Route("DELETE", _PATH, remove, "admin:write"),
]
