"""The queue of reports: /api/v1/admin/reports."""

from typing import Any

from litestar.response.base import ASGIResponse
from msgspec import Raw

from weft.domain.accounts.queries import accounts_by_ids
from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.moderation.reports_posts import reported_posts
from weft.domain.moderation.reports_queue import Narrowed, assign, decide, queue_page, recategorise
from weft.domain.reports.report import Report, ReportState, report_by_id
from weft.domain.rules.rules import all_rules, rules_by_ids
from weft.domain.visibility.viewer import BreakGlass
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.admin_account import admin_accounts
from weft.platforms.mastodon.api.entities.status import statuses_by_id
from weft.platforms.mastodon.api.entities.values import iso, iso_or_none
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.routing import Call, Route, json

MOST = 200


async def listed(call: Call) -> ASGIResponse:
    """GET /api/v1/admin/reports"""
    by = moderator_of(call, Permission.MANAGE_REPORTS)
    params, page = call.params, read_page(call.params, default=100, most=MOST)
    narrowed: Narrowed = "all"
    more: dict[str, Any] = {}
    if (reporter := params.id("account_id")) is not None:
        narrowed, more = "reporter", {"reporter_id": reporter}
    if (target := params.id("target_account_id")) is not None:
        narrowed, more = "target", {"target_id": target}
    if domain := params.text("by_target_domain", longest=300):
        narrowed, more = "target_domain", {"domain": domain.strip().casefold()}
    resolved = params.flag("resolved")
    rows = page.ordered(
        await call.db.all(
            queue_page,
            narrowed=narrowed,
            state=ReportState.RESOLVED if resolved else ReportState.OPEN,
            **more,
            **page.bounds,
        )
    )
    links = link_header(call, page, rows, lambda row: row.id)
    return json(await _entities(call, by, rows), links)


async def _entities(call: Call, by: Moderator, rows: list[Report]) -> list[dict[str, Any]]:
    """Admin::Report; a fixed number of statements, however many."""
    api, db = call.api, call.db
    staff_ids = {each for row in rows for each in (row.assigned_to_id, row.resolved_by_id) if each}
    staff = (
        {each.id: each.actor_id for each in await db.all(accounts_by_ids, ids=list(staff_ids))}
        if staff_ids
        else {}
    )
    people = {row.reporter_id for row in rows} | {row.target_id for row in rows}
    people |= set(staff.values())
    accounts = {int(each["id"]): each for each in await admin_accounts(api, list(people))}
    posts = await reported_posts(db, api.parts.server, by, [row.id for row in rows])
    every = {post.id: post for group in posts.values() for post in group}
    # Who may see them was decided, and written down, just before.
    pieces = await statuses_by_id(api, list(every.values()), BreakGlass(call.me, 0))
    cited = {each for row in rows for each in row.rules}
    rules = {
        each.id: {"id": str(each.id), "text": each.text, "hint": each.hint}
        for each in (await db.all(rules_by_ids, ids=list(cited)) if cited else [])
    }

    def moderator(account_id: int | None) -> dict[str, Any] | None:
        return accounts.get(staff.get(account_id or 0, 0))

    return [
        {
            "id": str(row.id),
            "action_taken": row.state == ReportState.RESOLVED,
            "action_taken_at": iso_or_none(row.resolved_at),
            "category": row.category,
            "comment": row.comment,
            "forwarded": row.forwarded,
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at or row.resolved_at or row.created_at),
            "account": accounts.get(row.reporter_id),
            "target_account": accounts.get(row.target_id),
            "assigned_account": moderator(row.assigned_to_id),
            "action_taken_by_account": moderator(row.resolved_by_id),
            "statuses": [
                Raw(pieces[post.id]) for post in posts.get(row.id, ()) if post.id in pieces
            ],
            "rules": [rules[each] for each in row.rules if each in rules],
        }
        for row in rows
    ]


async def _report_of(call: Call) -> Report:
    row = await call.db.one(report_by_id, id=call.path_id())
    if row is None:
        raise not_found()
    return row


async def _answer(call: Call, by: Moderator) -> ASGIResponse:
    return json((await _entities(call, by, [await _report_of(call)]))[0])


async def show(call: Call) -> ASGIResponse:
    """GET /api/v1/admin/reports/:id"""
    return await _answer(call, moderator_of(call, Permission.MANAGE_REPORTS))


async def update(call: Call) -> ASGIResponse:
    """PUT /api/v1/admin/reports/:id"""
    by = moderator_of(call, Permission.MANAGE_REPORTS)
    row, params = await _report_of(call), call.params
    known = {each.id for each in await all_rules(call.db)}
    rules = params.ids("rule_ids", most=100) if params.has("rule_ids") else list(row.rules)
    if any(each not in known and each not in row.rules for each in rules):
        raise BadParameter("rule_ids names a rule that this server does not have.")
    category = params.text("category") or row.category
    if category != "violation":
        rules = []
    await call.db.write(recategorise, call.api.parts.server, by, row.id, category, rules)
    return await _answer(call, by)


async def _assigned(call: Call, *, taken: bool) -> ASGIResponse:
    by = moderator_of(call, Permission.MANAGE_REPORTS)
    row = await _report_of(call)
    await call.db.write(assign, call.api.parts.server, by, row.id, taken=taken)
    return await _answer(call, by)


async def assign_to_self(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/reports/:id/assign_to_self"""
    return await _assigned(call, taken=True)


async def unassign(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/reports/:id/unassign"""
    return await _assigned(call, taken=False)


async def _decided(call: Call, *, open_again: bool) -> ASGIResponse:
    by = moderator_of(call, Permission.MANAGE_REPORTS)
    row = await _report_of(call)
    await call.db.write(decide, call.api.parts.server, by, row.id, open_again=open_again)
    return await _answer(call, by)


async def resolve(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/reports/:id/resolve"""
    return await _decided(call, open_again=False)


async def reopen(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/reports/:id/reopen"""
    return await _decided(call, open_again=True)


_ONE = "/api/v1/admin/reports/{id:str}"
_READ, _WRITE = "admin:read:reports", "admin:write:reports"

ROUTES = [
    Route("GET", "/api/v1/admin/reports", listed, _READ),
    Route("GET", _ONE, show, _READ),
    Route("PUT", _ONE, update, _WRITE),
    Route("POST", _ONE + "/assign_to_self", assign_to_self, _WRITE),
    Route("POST", _ONE + "/unassign", unassign, _WRITE),
    Route("POST", _ONE + "/resolve", resolve, _WRITE),
    Route("POST", _ONE + "/reopen", reopen, _WRITE),
]
