"""Invitations that one has made, and making another."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import Account, Role, account_by_actor
from weft.domain.signup.invites import (
    MOST_OF_ONE,
    InviteRefused,
    invites_of,
    make_invite,
    may_invite,
    new_code,
    take_back_invite,
)
from weft.storage.database import Tx
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PATH = "/settings/invites"
USES = {"1": 1, "5": 5, "10": 10, "25": 25, "50": 50, "100": 100}
HOURS = {"24": 24, "168": 168, "720": 720, "8784": 8784}


async def _inviter(visit: Visit) -> Account:
    account = await visit.parts.db.one(account_by_actor, actor_id=visit.must_be_signed_in())
    if account is None or not may_invite(visit.parts.settings, account):
        raise PageError(403, "Who may invite others is decided by the operator; you may not.")
    return account


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/invites"""
    return await _page(visit, await _inviter(visit))


async def make(visit: Visit) -> ASGIResponse:
    """POST /settings/invites: the only time that the code is seen."""
    account = await _inviter(visit)
    visit.check_form()
    uses, hours = USES.get(visit.form.get("uses", "")), HOURS.get(visit.form.get("hours", ""))
    if uses is None or hours is None:
        raise PageError(422, "Choose for how many people and how long the invitation is good.")
    code = new_code()
    parts = visit.parts

    async def keep(tx: Tx) -> None:
        await make_invite(
            tx,
            parts.server,
            code=code,
            account_id=account.id,
            by_admin=account.role >= Role.ADMIN,
            uses=uses,
            hours=hours,
            autofollow="autofollow" in visit.form,
        )

    try:
        await parts.db.write(keep)
    except InviteRefused as refused:
        return await _page(visit, account, 422, error=str(refused))
    return await _page(visit, account, made=f"{parts.server.origin}/invite/{code}")


async def take_back(visit: Visit) -> ASGIResponse:
    """POST /settings/invites/:id/delete"""
    account = await _inviter(visit)
    visit.check_form()
    typed = visit.path("id")
    if not typed.isascii() or not typed.isdigit() or len(typed) > 16:
        raise PageError(404, "There is no such invitation.")
    if not await visit.parts.db.write(take_back_invite, int(typed), account.id):
        raise PageError(404, "There is no such invitation.")
    return redirect(PATH)


async def _page(
    visit: Visit, account: Account, status: int = 200, *, error: str | None = None,
    made: str | None = None,
) -> ASGIResponse:  # fmt: skip
    parts = visit.parts
    rows = await parts.db.all(
        invites_of, account_id=account.id, now=parts.server.now_ms(), limit=MOST_OF_ONE
    )
    now = parts.server.now_ms()
    return await visit.page(
        "invites.html",
        status=status,
        error=error,
        made=made,
        invites=[
            (row, None if row.expires_at is None else max(1, (row.expires_at - now) // 3_600_000))
            for row in rows
        ],
        uses=USES,
        hours=(("24", "a day"), ("168", "a week"), ("720", "a month"), ("8784", "a year")),
    )


ROUTES = (
    Route("GET", PATH, show),
    Route("POST", PATH, make),
    Route("POST", PATH + "/{id:str}/delete", take_back),
)
