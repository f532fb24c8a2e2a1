"""Relays for the operator, and the page that a new server begins with: relays and a starter list."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.moving.imports import ImportRefused
from weft.domain.moving.sheets import SheetRefused
from weft.domain.moving.starter import MOST_BYTES, follow_starters
from weft.domain.relays.records import RelayRefused
from weft.federation.relays import KINDS, STATES, Change
from weft.web.pages.moderators import moderator, number
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PATH, START = "/admin/relays", "/admin/start"
_CHANGES: tuple[Change, ...] = ("ask", "pause", "remove")
_ROOM = 64 * 1024
_SAID = {
    "asked": "The relay is asked. Look here again in a while.",
    "pause": "Paused: it gets nothing, and what it sends is not taken.",
    "remove": "Left. What came by it stays.",
}


async def show(visit: Visit) -> ASGIResponse:
    """GET /admin/relays"""
    await moderator(visit, Permission.MANAGE_FEDERATION)
    return await _page(visit)


async def _page(visit: Visit, status: int = 200, error: str | None = None) -> ASGIResponse:
    return await visit.page(
        "moderate/relays.html",
        status=status,
        error=error,
        done=next((text for name, text in _SAID.items() if name in visit.query), None),
        typed=visit.form.get("address", ""),
        **(await _known(visit)),
    )


async def _known(visit: Visit) -> dict[str, Any]:
    return {"relays": await visit.parts.relays.all(), "states": STATES, "kinds": KINDS}


async def add(visit: Visit) -> ASGIResponse:
    """POST /admin/relays"""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    begins = visit.form.get("from") == "start"
    try:
        await visit.parts.relays.subscribe(account.id, visit.form.get("address", ""))
    except RelayRefused as refused:
        answer = _first_page if begins else _page
        return await answer(visit, 422, str(refused))
    return redirect(f"{START if begins else PATH}?asked")


async def change(visit: Visit) -> ASGIResponse:
    """POST /admin/relays/:id"""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    what = next((each for each in _CHANGES if each == visit.form.get("what")), None)
    if what is None:
        raise PageError(422, "Choose what is to be done about the relay.")
    relay_id = number(visit, visit.path("id"))
    if await visit.parts.relays.change(account.id, relay_id, what) is None:
        raise PageError(404, "There is no such relay.")
    return redirect(f"{PATH}?{'asked' if what == 'ask' else what}")


async def first_steps(visit: Visit) -> ASGIResponse:
    """GET /admin/start"""
    await moderator(visit, Permission.MANAGE_FEDERATION)
    return await _first_page(visit)


async def _first_page(visit: Visit, status: int = 200, error: str | None = None) -> ASGIResponse:
    return await visit.page(
        "moderate/start.html",
        status=status,
        error=error,
        done=_SAID["asked"] if "asked" in visit.query else None,
        typed=visit.form.get("address", ""),
        pasted=visit.form.get("list", ""),
        **(await _known(visit)),
    )


async def follow_list(visit: Visit) -> ASGIResponse:
    """POST /admin/start: whoever is signed in follows everybody on the list."""
    account = await moderator(visit, Permission.MANAGE_FEDERATION)
    visit.check_form()
    parts, sent = visit.parts, visit.files.get("file", [])
    body = await sent[0].read(MOST_BYTES + 1) if sent else b""
    body = body or visit.form.get("list", "").encode()
    if not body.strip():
        return await _first_page(visit, 422, "Choose a file, or paste some handles.")
    try:
        job_id, _ = await follow_starters(parts.db, parts.server, account.id, body)
    except (SheetRefused, ImportRefused) as refused:
        return await _first_page(visit, 422, str(refused))
    parts.wake_imports()
    return redirect(f"/settings/import/{job_id}")


ROUTES = (
    Route("GET", PATH, show),
    Route("POST", PATH, add),
    Route("POST", PATH + "/{id:str}", change),
    Route("GET", START, first_steps),
    Route("POST", START, follow_list, body_bytes=2 * MOST_BYTES + _ROOM),
)
