"""Servers for moderators: the rules, a look before suspending, lists that others keep."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.moderation.domains import (
    AlreadyDecided,
    allow,
    decide,
    decide_again,
    disallow,
    take_back,
    touched_by,
)
from weft.domain.moderation.domains_rules import (
    Decision,
    DomainRefused,
    Severity,
    allow_page,
    checked_domain,
    rule_by_id,
    rules_by_name,
)
from weft.domain.moderation.domains_sever import work_to_do
from weft.domain.moderation.lists import (
    MOST_LISTS,
    checked_name,
    kept_lists,
    list_sizes,
    plan,
    retract,
    take_in,
)
from weft.domain.moderation.lists_read import MOST_BYTES, ListRefused, read_list, write_list
from weft.storage.ids import MAX_ID
from weft.web.pages.moderators import moderator, number
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PATH = "/admin/servers"
PAGE = 100
SHOWN_CHANGES = 200
_FIELDS = (
    "domain", "severity", "rejects_media", "rejects_reports", "obfuscated", "public_comment",
    "private_comment",
)  # fmt: skip
_ROOM = 64 * 1024
WORDS = {
    Severity.SUSPEND: "Suspended: no talking with it, nothing of it is shown",
    Severity.SILENCE: "Limited: only its followers see it",
    Severity.NOOP: "Nothing by itself",
}
_SAID = {
    "decided": "Decided. What takes longer is being carried out.",
    "removed": "The rule is gone. What it cut is being mended.",
    "retracted": "The list is forgotten, and what only it said is taken back.",
}


async def show(visit: Visit) -> ASGIResponse:
    """GET /admin/servers"""
    await moderator(visit, Permission.MANAGE_FEDERATION)
    return await _page(visit)


async def _page(visit: Visit, status: int = 200, **more: Any) -> ASGIResponse:
    db = visit.parts.db
    after = visit.query.get("after", "")[:300]
    rules = await db.all(rules_by_name, after=after, limit=PAGE)
    sizes = {row[0]: row[1] for row in await db.all(list_sizes)}
    allowed = visit.parts.settings.limited_federation
    shared = {
        "error": None,
        "done": next((text for name, text in _SAID.items() if name in visit.query), None),
        "typed": dict.fromkeys(_FIELDS, ""),
        "preview": None,
        "planned": None,
    }
    return await visit.page(
        "moderate/servers.html",
        status=status,
        rules=rules,
        next_after=rules[-1].domain if len(rules) == PAGE else None,
        severities={each.name.lower(): word for each, word in WORDS.items()},
        names={int(each): each.name.lower() for each in Severity},
        works=await db.all(work_to_do, limit=20),
        lists=[
            (each, sizes.get(each.id, 0)) for each in await db.all(kept_lists, limit=MOST_LISTS)
        ],
        allowed=await db.all(allow_page, max_id=MAX_ID, min_id=0, limit=PAGE) if allowed else None,
        **(shared | more),
    )


def _typed(visit: Visit, **known: str) -> dict[str, str]:
    """What the form held, to be shown again."""
    return {name: visit.form.get(name, "") for name in _FIELDS} | known


def _decision(visit: Visit) -> Decision:
    word = visit.form.get("severity", "").upper()
    if word not in Severity.__members__:
        raise PageError(422, "Choose what is to be done about the server.")
    return Decision(
        severity=Severity[word],
        rejects_media="rejects_media" in visit.form,
        rejects_reports="rejects_reports" in visit.form,
        obfuscated="obfuscated" in visit.form,
        public_comment=visit.form.get("public_comment", "").strip() or None,
        private_comment=visit.form.get("private_comment", "").strip() or None,
    )


async def block(visit: Visit) -> ASGIResponse:
    """POST /admin/servers: looks first, and does it when that was confirmed."""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    parts, decision = visit.parts, _decision(visit)
    try:
        domain = checked_domain(parts.server, visit.form.get("domain", ""))
        if "sure" not in visit.form:
            preview = await touched_by(parts.db, domain)
            return await _page(visit, preview=preview, typed=_typed(visit, domain=domain))
        try:
            await parts.db.write(decide, parts.server, account.id, domain, decision)
        except AlreadyDecided as known:
            await parts.db.write(decide_again, parts.server, account.id, known.rule.id, decision)
    except DomainRefused as refused:
        return await _page(visit, 422, error=str(refused), typed=_typed(visit))
    return redirect(f"{PATH}?decided")


async def remove(visit: Visit) -> ASGIResponse:
    """POST /admin/servers/:id/delete"""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    rule = await visit.parts.db.one(rule_by_id, id=number(visit, visit.path("id")))
    if rule is None:
        raise PageError(404, "There is no such rule.")
    await visit.parts.db.write(take_back, visit.parts.server, account.id, rule)
    return redirect(f"{PATH}?removed")


async def change_allowed(visit: Visit) -> ASGIResponse:
    """POST /admin/servers/allowed: onto the list of whom we talk with, or off it."""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    parts = visit.parts
    if visit.form.get("id"):
        await parts.db.write(disallow, parts.server, account.id, number(visit, visit.form["id"]))
        return redirect(f"{PATH}?decided")
    try:
        await parts.db.write(allow, parts.server, account.id, visit.form.get("domain", ""))
    except DomainRefused as refused:
        return await _page(visit, 422, error=str(refused))
    return redirect(f"{PATH}?decided")


async def bring(visit: Visit) -> ASGIResponse:
    """POST /admin/servers/import: with ``look``, only what it would change."""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    parts, sent = visit.parts, visit.files.get("file", [])
    if not sent:
        return await _page(visit, 422, error="Choose a file first.")
    typed = visit.form.get("needs", "1")
    needs = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
    try:
        sheet = read_list(parts.server, await sent[0].read(MOST_BYTES + 1))
        stem = sent[0].filename.rpartition("/")[2].rpartition(".")[0]
        name = checked_name(visit.form.get("name", "") or stem)
        if "look" in visit.form:
            done = await plan(parts.db, parts.server, name, sheet.entries, needs)
        else:
            done = await take_in(parts.db, parts.server, account.id, name, sheet.entries, needs)
    except ListRefused as refused:
        return await _page(visit, 422, error=str(refused))
    return await _page(
        visit,
        planned=done,
        shown=done.changes[:SHOWN_CHANGES],
        faults=sheet.faults,
        only_looked="look" in visit.form,
        list_name=name,
    )


async def forget(visit: Visit) -> ASGIResponse:
    """POST /admin/servers/lists/delete"""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    parts = visit.parts
    if await retract(parts.db, parts.server, account.id, visit.form.get("name", "")) is None:
        raise PageError(404, "There is no such list.")
    return redirect(f"{PATH}?retracted")


async def export(visit: Visit) -> ASGIResponse:
    """GET /admin/servers.csv"""
    await moderator(visit, Permission.MANAGE_FEDERATION)
    rules: list[Any] = []
    while rows := await visit.parts.db.all(
        rules_by_name, after=rules[-1].domain if rules else "", limit=500
    ):
        rules += rows
    return ASGIResponse(
        body=write_list(rules).encode(),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": 'attachment; filename="domain_blocks.csv"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


ROUTES = (
    Route("GET", PATH, show),
    Route("POST", PATH, block),
    Route("GET", f"{PATH}.csv", export),
    Route("POST", f"{PATH}/allowed", change_allowed),
    Route("POST", f"{PATH}/import", bring, body_bytes=MOST_BYTES + _ROOM),
    Route("POST", f"{PATH}/lists/delete", forget),
    Route("POST", PATH + "/{id:str}/delete", remove),
)
