"""Policies for moderators: the rules, a dry run before one is turned on, and what waits because of them."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.policy.catalogue import LONGEST_SETTINGS, rules, setting_fields
from weft.domain.policy.pipeline import load
from weft.domain.policy.quarantine import waiting_page
from weft.domain.policy.records import SettingsRefused
from weft.domain.policy.store import (
    add_rule,
    change_rule,
    move_rule,
    new_row,
    remove_rule,
    rule_by_name,
    rules_in_order,
)
from weft.domain.visibility.viewer import Visibility
from weft.federation.quarantine import NotWaiting, discard, look, release
from weft.storage.ids import MAX_ID
from weft.web.pages.moderate_addresses import moment
from weft.web.pages.moderators import moderator, number
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PATH = "/admin/policies"
QUARANTINE = "/admin/quarantine"
PAGE = 50
TRIED_S = 10.0
DAYS = 7
SHOWN_BYTES = 20_000
_SAID = {
    "changed": "Changed. It holds from now on; other processes see it within seconds.",
    "removed": "The rule is gone. What it kept aside goes on waiting.",
}
_DECIDED = {"released": "It is let in, and applied within seconds.", "discarded": "It is refused."}


def _done(visit: Visit, said: dict[str, str]) -> str | None:
    return next((text for name, text in said.items() if name in visit.query), None)


async def show(visit: Visit) -> ASGIResponse:
    """GET /admin/policies"""
    await moderator(visit, Permission.MANAGE_FEDERATION)
    return await _page(visit)


async def _page(visit: Visit, status: int = 200, **more: Any) -> ASGIResponse:
    rows = await rules_in_order(visit.parts.db)
    shared = {
        "error": None,
        "done": _done(visit, _SAID),
        "typed": {"rule": "", "name": "", "settings": "{}"},
        "trial": None,
    }
    return await visit.page(
        "moderate/policies.html",
        status=status,
        rules=[(row, load(row).problem) for row in rows],
        kinds=[(name, rule.about, setting_fields(rule)) for name, rule in sorted(rules().items())],
        **(shared | more),
    )


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.form.get(name, "") for name in ("rule", "name", "settings")}


async def add(visit: Visit) -> ASGIResponse:
    """POST /admin/policies: with ``look``, only what the rule would have done in the last days."""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    typed, parts = _typed(visit), visit.parts
    name, settings = typed["name"].strip() or None, typed["settings"].strip() or "{}"
    try:
        if "look" in visit.form:
            row = new_row(typed["rule"], name or "tried", settings)
            trial = await parts.try_rules([row], days=DAYS, after_id=None, budget_s=TRIED_S)
            return await _page(visit, trial=trial, typed=typed)
        await parts.db.write(
            add_rule, parts.server, account.id, typed["rule"], settings, name=name,
            dry="dry" in visit.form,
        )  # fmt: skip
    except SettingsRefused as refused:
        return await _page(visit, 422, error=str(refused), typed=typed)
    return redirect(f"{PATH}?changed")


async def change(visit: Visit) -> ASGIResponse:
    """POST /admin/policies/:name: what the button that was pressed says."""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    parts, name, act = visit.parts, visit.path("name"), visit.form.get("act", "")
    row = await parts.db.one(rule_by_name, name=name)
    if row is None:
        raise PageError(404, "There is no such rule.")
    db, server, who = parts.db, parts.server, account.id
    try:
        if act in ("up", "down"):
            place = row.position + (-1 if act == "up" else 1)
            await db.write(move_rule, server, who, name, place)
        elif act in ("on", "off"):
            await db.write(change_rule, server, who, name, enabled=act == "on")
        elif act in ("dry", "real"):
            await db.write(change_rule, server, who, name, dry=act == "dry")
        elif act == "save":
            settings = visit.form.get("settings", "")
            await db.write(change_rule, server, who, name, settings=settings)
        elif act == "remove":
            await db.write(remove_rule, server, who, name)
            return redirect(f"{PATH}?removed")
        else:
            raise PageError(422, "Choose what is to be done with the rule.")
    except SettingsRefused as refused:
        return await _page(visit, 422, error=str(refused))
    return redirect(f"{PATH}?changed")


async def quarantine(visit: Visit) -> ASGIResponse:
    """GET /admin/quarantine"""
    await moderator(visit, Permission.MANAGE_REPORTS)
    return await _waiting(visit)


async def _waiting(visit: Visit, status: int = 200, **more: Any) -> ASGIResponse:
    typed = visit.query.get("before", "")
    before = number(visit, typed) if typed else MAX_ID
    rows = await visit.parts.db.all(waiting_page, max_id=min(before, MAX_ID), min_id=0, limit=PAGE)
    shared = {"error": None, "done": _done(visit, _DECIDED), "content": None}
    return await visit.page(
        "moderate/quarantine.html",
        status=status,
        rows=[
            (row, row.visibility is None or row.visibility <= Visibility.UNLISTED) for row in rows
        ],
        before=rows[-1].id if len(rows) == PAGE else None,
        moment=moment,
        **(shared | more),
    )


async def decide(visit: Visit) -> ASGIResponse:
    """POST /admin/quarantine/:id: look at it, let it in or discard it."""
    account = await moderator(visit, Permission.MANAGE_REPORTS)
    visit.check_form()
    parts, hold_id = visit.parts, number(visit, visit.path("id"))
    act = visit.form.get("act", "")
    try:
        if act == "look":
            found = await parts.db.write(look, parts.server, account.id, hold_id)
            if found is None:
                raise PageError(404, "There is nothing of this number.")
            return await _waiting(visit, content=found.body[:SHOWN_BYTES], of=found.row)
        if act == "release":
            await parts.db.write(release, parts.server, account.id, hold_id)
            return redirect(f"{QUARANTINE}?released")
        if act == "discard":
            await parts.db.write(discard, parts.server, account.id, hold_id)
            return redirect(f"{QUARANTINE}?discarded")
    except NotWaiting as refused:
        return await _waiting(visit, 422, error=str(refused))
    raise PageError(422, "Choose what is to be done with it.")


ROUTES = (
    Route("GET", PATH, show),
    Route("POST", PATH, add, body_bytes=LONGEST_SETTINGS + 64 * 1024),
    Route("POST", PATH + "/{name:str}", change, body_bytes=LONGEST_SETTINGS + 64 * 1024),
    Route("GET", QUARANTINE, quarantine),
    Route("POST", QUARANTINE + "/{id:str}", decide),
)
