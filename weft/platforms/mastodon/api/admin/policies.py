"""Policies, as moderators' apps set them up and try them out. Weft's own: other servers have no API for it."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.policy.catalogue import rules, setting_fields
from weft.domain.policy.pipeline import load
from weft.domain.policy.store import (
    RuleRow,
    add_rule,
    change_rule,
    move_rule,
    new_row,
    remove_rule,
    rule_by_name,
    rules_in_order,
)
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.routing import Call, Route, json

BUDGET_S = 10.0
"""How long one call tries rules out; ``next`` of its answer says where to go on."""
MOST_DAYS = 30


def rule_entity(row: RuleRow) -> dict[str, Any]:
    """A rule as it is set up; ``problem`` says why it cannot judge."""
    return {
        "id": str(row.id),
        "name": row.name,
        "rule": row.rule,
        "position": row.position + 1,
        "enabled": row.enabled,
        "dry": row.dry,
        "settings": msgspec.Raw(row.settings.encode()),
        "problem": load(row).problem or None,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


async def kinds(call: Call) -> ASGIResponse:
    """GET /admin/policies/kinds: which rules there are, and what can be set."""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    return json(
        [
            {
                "rule": name,
                "about": rule.about,
                "settings": [
                    {"name": each.name, "type": each.type, "default": each.default}
                    for each in setting_fields(rule)
                ],
            }
            for name, rule in sorted(rules().items())
        ]
    )


async def listed(call: Call) -> ASGIResponse:
    """GET /admin/policies: in the order in which they are asked."""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    return json([rule_entity(each) for each in await rules_in_order(call.db)])


async def add(call: Call) -> ASGIResponse:
    """POST /admin/policies"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    params = call.params
    made = await call.db.write(
        add_rule,
        call.api.parts.server,
        moderator.account_id,
        params.needed("rule"),
        params.document("settings") or b"{}",
        name=params.text("name", longest=60) or None,
        enabled=params.flag("enabled", True),
        dry=params.flag("dry"),
        position=_place(call),
    )
    return json(rule_entity(made))


async def change(call: Call) -> ASGIResponse:
    """PUT /admin/policies/:name: what is not named stays."""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    params, parts, name = call.params, call.api.parts, call.path("name")
    row = await call.db.one(rule_by_name, name=name)
    if row is None:
        raise not_found()
    changed = await call.db.write(
        change_rule,
        parts.server,
        moderator.account_id,
        name,
        settings=params.document("settings"),
        enabled=params.flag("enabled") if params.has("enabled") else None,
        dry=params.flag("dry") if params.has("dry") else None,
    )
    place = _place(call)
    if changed is not None and place is not None:
        changed = await call.db.write(move_rule, parts.server, moderator.account_id, name, place)
    if changed is None:
        raise not_found()
    return json(rule_entity(changed))


async def remove(call: Call) -> ASGIResponse:
    """DELETE /admin/policies/:name"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    gone = await call.db.write(
        remove_rule, call.api.parts.server, moderator.account_id, call.path("name")
    )
    if gone is None:
        raise not_found()
    return json({})


async def test(call: Call) -> ASGIResponse:
    """POST /admin/policies/test: what a rule (``rule`` and ``settings``), or the list as it is, would
    have done with what came in during the last ``days``."""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    params = call.params
    days = params.integer("days") or 7
    if not 1 <= days <= MOST_DAYS:
        raise BadParameter(f"days must be from 1 to {MOST_DAYS}.")
    kind = params.text("rule", longest=100)
    if kind:
        tried = [new_row(kind, "tried", params.document("settings") or b"{}")]
    else:
        tried = await rules_in_order(call.db)
    trial = await call.api.parts.try_rules(
        tried, days=days, after_id=params.id("after"), budget_s=BUDGET_S
    )
    return json(trial)


def _place(call: Call) -> int | None:
    """Positions count from 1 outside."""
    place = call.params.integer("position")
    if place is not None and place < 1:
        raise BadParameter("position must be 1 or more.")
    return place - 1 if place is not None else None


_BASE = "/api/weft/v1/admin/policies"
_READ, _WRITE = "admin:read", "admin:write"
ROUTES = [
    Route("GET", _BASE, listed, _READ),
    Route("POST", _BASE, add, _WRITE),
    Route("GET", f"{_BASE}/kinds", kinds, _READ),
    Route("POST", f"{_BASE}/test", test, _READ),
    Route("PUT", _BASE + "/{name:str}", change, _WRITE),
    Route("DELETE", _BASE + "/{name:str}", remove, _WRITE),
]
