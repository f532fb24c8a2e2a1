"""Where one is signed in, and which applications may use the account; ending that."""

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.security.access import (
    MOST_SESSIONS,
    MOST_TOKENS,
    HeldToken,
    close_app,
    close_session,
    close_sessions,
    devices_of,
    tokens_of,
)
from weft.web.device_names import device_name
from weft.web.pages.cards import moment
from weft.web.pages.security import form_page
from weft.web.rendering import redirect
from weft.web.signin.proving import owner_of
from weft.web.signin.wording import described
from weft.web.visits import PageError, Route, Visit

DEVICES = "/settings/devices"
_SAID = {
    "ended": "Signed out there.",
    "others": "Every other browser is signed out.",
    "revoked": "The application has no access any more.",
}
_NOBODY = "none"
"""The key of tokens that no application holds."""


class ShownApp(Struct, frozen=True):
    """An application, with all the tokens that it holds."""

    key: str
    name: str
    website: str | None
    grants: list[str]
    since: str
    used: str | None
    tokens: int


def _apps(rows: list[HeldToken]) -> list[ShownApp]:
    held: dict[int | None, list[HeldToken]] = {}
    for row in rows:
        held.setdefault(row.app_id, []).append(row)
    shown = []
    for app_id, tokens in held.items():
        used = max((each.last_used_at or 0 for each in tokens), default=0)
        scopes = frozenset(scope for each in tokens for scope in each.scopes.split())
        shown.append(
            ShownApp(
                str(app_id) if app_id is not None else _NOBODY,
                tokens[0].app_name or "Made on the command line",
                tokens[0].website,
                described(scopes),
                moment(min(each.created_at for each in tokens))[1],
                moment(used)[1] if used else None,
                len(tokens),
            )
        )
    return shown


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/devices"""
    owner = await owner_of(visit)
    db, now, session = visit.parts.db, visit.parts.server.now_ms(), visit.visitor.session
    rows = await db.all(devices_of, account_id=owner.id, now=now, limit=MOST_SESSIONS)
    tokens = await db.all(tokens_of, account_id=owner.id, now=now, limit=MOST_TOKENS)
    return await form_page(
        visit,
        "devices",
        "Devices and apps",
        owner,
        done=next((said for name, said in _SAID.items() if name in visit.query), None),
        devices=[
            {
                "id": each.id,
                "name": device_name(each.user_agent),
                "address": each.address,
                "since": moment(each.created_at)[1],
                "seen": moment(each.last_seen_at)[1],
                "own": session is not None and each.id == session.id,
            }
            for each in rows
        ],
        apps=_apps(tokens),
    )


async def end(visit: Visit) -> ASGIResponse:
    """POST /settings/devices/:id/end: one session, or ``others``."""
    owner = await owner_of(visit)
    visit.check_form()
    session, typed = visit.visitor.session, visit.path("id")
    if typed == "others":
        await visit.parts.db.write(close_sessions, owner.id, session.id if session else None)
        return redirect(f"{DEVICES}?others")
    session_id = _number(typed)
    if session_id is None or not await visit.parts.db.write(close_session, owner.id, session_id):
        raise PageError(404, "This browser is not signed in any more.", "Not found")
    return redirect(f"{DEVICES}?ended")


async def revoke(visit: Visit) -> ASGIResponse:
    """POST /settings/apps/:id/revoke"""
    owner = await owner_of(visit)
    visit.check_form()
    typed, now = visit.path("id"), visit.parts.server.now_ms()
    app_id = None if typed == _NOBODY else _number(typed)
    if (typed != _NOBODY and app_id is None) or not await visit.parts.db.write(
        close_app, owner.id, app_id, now
    ):
        raise PageError(404, "This application has no access any more.", "Not found")
    return redirect(f"{DEVICES}?revoked")


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 16 else None


ROUTES = (
    Route("GET", DEVICES, show),
    Route("POST", DEVICES + "/{id:str}/end", end),
    Route("POST", "/settings/apps/{id:str}/revoke", revoke),
)
