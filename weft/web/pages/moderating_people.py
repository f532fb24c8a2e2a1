"""/admin/pending: who waits to be let in, decided one by one or many at once; /admin/appeals."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import NotPermitted, Permission
from weft.domain.actors.queries import actors_by_ids
from weft.domain.moderation.actors import ActionRefused
from weft.domain.moderation.bulk_joining import Wanted, applicants
from weft.domain.moderation.strikes import AppealRefused, open_appeals
from weft.domain.moderation.strikes_appeals import decide_appeal
from weft.domain.signup.admit import approve, reject
from weft.web.pages.cards import moment
from weft.web.pages.moderating import id_of, moderator_of, picked, tabs_of
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PENDING, APPEALS = "/admin/pending", "/admin/appeals"
PAGE = 40
"""A form has at most 50 fields."""


async def pending(visit: Visit) -> ASGIResponse:
    """GET /admin/pending"""
    by = await moderator_of(visit, Permission.MANAGE_USERS)
    like, ip = visit.query.get("like", "")[:200], visit.query.get("ip", "")[:100]
    try:
        rows = await applicants(visit.parts.db, Wanted(text=like, network=ip))
    except ValueError as error:
        raise PageError(422, str(error)) from None
    return await visit.page(
        "admin/pending.html",
        tabs=tabs_of(by),
        rows=[(row, moment(row.created_at)) for row in rows[:PAGE]],
        more=len(rows) - PAGE if len(rows) > PAGE else 0,
        like=like,
        ip=ip,
    )


async def decide_pending(visit: Visit) -> ASGIResponse:
    """POST /admin/pending: ``do`` is approve or reject; ``pick-ID`` are those that are meant."""
    by = await moderator_of(visit, Permission.MANAGE_USERS)
    visit.check_form()
    what, chosen, parts = visit.form.get("do"), picked(visit), visit.parts
    if what not in ("approve", "reject"):
        raise PageError(422, "Choose whether they are let in or not.")
    if not chosen:
        raise PageError(422, "Nobody is chosen: tick the boxes before the names.")
    for account_id in chosen:
        if what == "approve":
            await parts.db.write(approve, parts.server, parts.settings, account_id, by=by)
        else:
            await parts.db.write(
                reject, parts.server, parts.settings, account_id, by=by,
                tells="quietly" not in visit.form,
            )  # fmt: skip
    return redirect(PENDING)


async def appeals(visit: Visit) -> ASGIResponse:
    """GET /admin/appeals"""
    by = await moderator_of(visit, Permission.MANAGE_APPEALS)
    rows = await visit.parts.db.all(open_appeals, limit=PAGE)
    ids = list({row.target_id for row in rows})
    actors = {each.id: each for each in await visit.parts.db.all(actors_by_ids, ids=ids)}
    return await visit.page(
        "admin/appeals.html",
        tabs=tabs_of(by),
        rows=[(row, actors.get(row.target_id), moment(row.created_at)) for row in rows],
    )


async def decide_one(visit: Visit) -> ASGIResponse:
    """POST /admin/appeals/:id: ``do`` is approve or reject."""
    by = await moderator_of(visit, Permission.MANAGE_APPEALS)
    visit.check_form()
    what = visit.form.get("do")
    if what not in ("approve", "reject"):
        raise PageError(422, "Choose whether the appeal is right.")
    try:
        await visit.parts.db.write(
            decide_appeal, visit.parts.server, by, id_of(visit), approves=what == "approve"
        )
    except (AppealRefused, ActionRefused) as refused:
        raise PageError(422, str(refused)) from None
    except NotPermitted as refused:
        raise PageError(403, str(refused)) from None
    return redirect(APPEALS)


ROUTES = (
    Route("GET", PENDING, pending),
    Route("POST", PENDING, decide_pending),
    Route("GET", APPEALS, appeals),
    Route("POST", APPEALS + "/{id:str}", decide_one),
)
