"""/admin/reports: the queue, one report with all that is needed to decide, and who does how much."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import Role, account_by_actor
from weft.domain.accounts.roles import Moderator, NotPermitted, Permission
from weft.domain.actors.queries import actors_by_ids
from weft.domain.moderation.actors import ActionRefused, Order, act, lift
from weft.domain.moderation.reports_posts import reported_posts
from weft.domain.moderation.reports_queue import (
    Narrowed,
    assign,
    count_open,
    decide,
    note_report,
    notes_of_report,
    queue_page,
    workload,
)
from weft.domain.moderation.strikes import Action, strikes_of
from weft.domain.moderation.strikes_presets import MOST as MOST_PRESETS
from weft.domain.moderation.strikes_presets import preset_by_id, presets
from weft.domain.reports.report import Report, ReportRefused, ReportState, report_by_id
from weft.domain.rules.rules import rules_by_ids
from weft.storage.ids import MAX_ID
from weft.web.pages.cards import cards, moment
from weft.web.pages.moderating import id_of, moderator_of, picked, tabs_of
from weft.web.rendering import reading_policy, redirect
from weft.web.visits import PageError, Route, Visit

PATH = "/admin/reports"
PAGE = 40
RELATED = 20
WEEK_MS = 7 * 24 * 3_600_000
WORDS = {
    Action.NONE: "Warn",
    Action.DELETE: "Delete the chosen posts",
    Action.MARK: "Mark the chosen posts as sensitive",
    Action.SENSITIVE: "Mark all media as sensitive",
    Action.SILENCE: "Limit",
    Action.DISABLE: "Freeze log-in",
    Action.SUSPEND: "Suspend",
}
LIFTED = {
    "enable": (Action.DISABLE, "Let them sign in again"),
    "unsensitive": (Action.SENSITIVE, "Media are not sensitive"),
    "unsilence": (Action.SILENCE, "Not limited any more"),
    "unsuspend": (Action.SUSPEND, "Not suspended any more"),
}


async def queue(visit: Visit) -> ASGIResponse:
    """GET /admin/reports"""
    by = await moderator_of(visit, Permission.MANAGE_REPORTS)
    resolved, mine = visit.query.get("resolved") == "1", visit.query.get("mine") == "1"
    typed = visit.query.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 17 else MAX_ID
    narrowed: Narrowed = "assigned" if mine else "all"
    more = {"assigned_id": by.account_id} if mine else {}
    rows = await visit.parts.db.all(
        queue_page,
        narrowed=narrowed,
        state=ReportState.RESOLVED if resolved else ReportState.OPEN,
        max_id=min(before, MAX_ID),
        min_id=0,
        limit=PAGE,
        **more,
    )
    return await visit.page(
        "admin/reports.html",
        tabs=tabs_of(by),
        entries=await _entries(visit, rows),
        resolved=resolved,
        mine=mine,
        older=rows[-1].id if len(rows) == PAGE else None,
    )


async def _entries(visit: Visit, rows: list[Report]) -> list[dict[str, Any]]:
    people = {row.reporter_id for row in rows} | {row.target_id for row in rows}
    actors = {a.id: a for a in await visit.parts.db.all(actors_by_ids, ids=list(people))}
    return [
        {
            "report": row,
            "target": actors.get(row.target_id),
            "reporter": actors.get(row.reporter_id),
            "when": moment(row.created_at),
        }
        for row in rows
    ]


async def _report(visit: Visit) -> Report:
    row = await visit.parts.db.one(report_by_id, id=id_of(visit))
    if row is None:
        raise PageError(404, "There is no such report.")
    return row


async def show(visit: Visit) -> ASGIResponse:
    """GET /admin/reports/:id"""
    by = await moderator_of(visit, Permission.MANAGE_REPORTS)
    return await _page(visit, by, await _report(visit))


async def _page(
    visit: Visit, by: Moderator, row: Report, status: int = 200, error: str | None = None
) -> ASGIResponse:
    parts, db = visit.parts, visit.parts.db
    posts = (await reported_posts(db, parts.server, by, [row.id])).get(row.id, [])
    strikes = await db.all(strikes_of, target_id=row.target_id, max_id=MAX_ID, limit=RELATED)
    related = await db.all(
        queue_page, narrowed="target", target_id=row.target_id, state=ReportState.OPEN,
        max_id=MAX_ID, min_id=0, limit=RELATED,
    )  # fmt: skip
    [entry] = await _entries(visit, [row])
    account = await db.one(account_by_actor, actor_id=row.target_id)
    notes = await db.all(notes_of_report, report_id=row.id, limit=100)
    target = entry["target"]
    stands = {
        "enable": account is not None and account.disabled_at is not None,
        "unsensitive": target is not None and target.sensitized_at is not None,
        "unsilence": target is not None and target.silenced_at is not None,
        "unsuspend": target is not None and target.suspended_at is not None,
    }
    far = target is not None and not target.local
    return await visit.page(
        "admin/report.html",
        status=status,
        security=reading_policy(),
        tabs=tabs_of(by),
        error=error,
        **entry,
        account=account,
        cards=await cards(visit, posts),
        rules=await db.all(rules_by_ids, ids=list(row.rules)) if row.rules else [],
        notes=[(note, moment(note.created_at)) for note in notes],
        strikes=[(each, moment(each.created_at)) for each in strikes],
        related=[each for each in related if each.id != row.id],
        mine=row.assigned_to_id == by.account_id,
        is_open=row.state == ReportState.OPEN,
        actions=[
            (each.value, word)
            for each, word in WORDS.items()
            if not (far and each in (Action.NONE, Action.DISABLE))
        ],
        lifts=[(name, LIFTED[name][1]) for name, holds in stands.items() if holds],
        presets=await db.all(presets, limit=MOST_PRESETS),
    )


async def change(visit: Visit) -> ASGIResponse:
    """POST /admin/reports/:id: assign, unassign, note, resolve, reopen, act, or lift something."""
    by = await moderator_of(visit, Permission.MANAGE_REPORTS)
    visit.check_form()
    row, form = await _report(visit), visit.form
    db, server, what = visit.parts.db, visit.parts.server, visit.form.get("do", "")
    try:
        match what:
            case "assign" | "unassign":
                await db.write(assign, server, by, row.id, taken=what == "assign")
            case "note":
                await db.write(note_report, server, by, row.id, form.get("text", ""))
            case "resolve" | "reopen":
                await db.write(decide, server, by, row.id, open_again=what == "reopen")
            case "act":
                await db.write(act, server, by, await _order(visit, row))
            case _ if what in LIFTED:
                await db.write(lift, server, by, row.target_id, LIFTED[what][0])
            case _:
                raise PageError(422, "Choose what is to be done.")
    except (ActionRefused, ReportRefused) as refused:
        return await _page(visit, by, row, 422, str(refused))
    except NotPermitted as refused:
        return await _page(visit, by, row, 403, str(refused))
    return redirect(f"{PATH}/{row.id}")


async def _order(visit: Visit, row: Report) -> Order:
    form = visit.form
    try:
        action = Action(form.get("action", ""))
    except ValueError:
        raise PageError(422, "Choose what is to be done.") from None
    text = form.get("text", "").strip()
    typed = form.get("preset", "")
    if typed.isascii() and typed.isdigit() and len(typed) < 17:
        preset = await visit.parts.db.one(preset_by_id, id=int(typed))
        text = f"{preset.text}\n\n{text}".strip() if preset is not None else text
    return Order(
        target_id=row.target_id,
        action=action,
        text=text,
        report_id=row.id,
        post_ids=tuple(picked(visit)),
        by_mail="mail" in form,
    )


async def show_workload(visit: Visit) -> ASGIResponse:
    """GET /admin/workload"""
    by = await moderator_of(visit, Permission.MANAGE_REPORTS)
    now = visit.parts.server.now_ms()
    counted = await visit.parts.db.one(count_open)
    waiting, free, oldest = counted if counted is not None else (0, 0, None)
    rows = await visit.parts.db.all(workload, since=now - WEEK_MS, limit=100)
    return await visit.page(
        "admin/workload.html",
        tabs=tabs_of(by),
        waiting=waiting,
        free=free,
        oldest=moment(oldest) if oldest is not None else None,
        loads=[(row, Role(row.role).name.capitalize()) for row in rows],
    )


ROUTES = (
    Route("GET", PATH, queue),
    Route("GET", PATH + "/{id:str}", show),
    Route("POST", PATH + "/{id:str}", change),
    Route("GET", "/admin/workload", show_workload),
)
