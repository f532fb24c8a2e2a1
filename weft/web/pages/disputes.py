"""/disputes/strikes: what moderators decided about oneself, and appealing against it.

Who cannot sign in, because that is what was decided, comes with the link of the letter.
"""

from urllib.parse import quote

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_id
from weft.domain.mail.proofs import Purpose, find_proof
from weft.domain.moderation.strikes import (
    APPEAL_LENGTH,
    Action,
    AppealRefused,
    Strike,
    strike_by_id,
    strikes_of,
)
from weft.domain.moderation.strikes_appeals import file_appeal
from weft.domain.moderation.strikes_letters import DONE
from weft.storage.ids import MAX_ID
from weft.web.pages.cards import moment
from weft.web.pages.moderating import id_of
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, SignInFirst, Visit

PATH = "/disputes/strikes"
LIMIT = 40


async def listed(visit: Visit) -> ASGIResponse:
    """GET /disputes/strikes"""
    me = visit.must_be_signed_in()
    rows = await visit.parts.db.all(strikes_of, target_id=me, max_id=MAX_ID, limit=LIMIT)
    return await visit.page(
        "strikes.html", strikes=[(row, said(visit, row), moment(row.created_at)) for row in rows]
    )


def said(visit: Visit, row: Strike) -> str:
    return DONE[Action(row.action)].format(domain=visit.parts.server.domain)


async def _person(visit: Visit, token: str) -> int:
    """The actor who may see a strike: by the letter's link, or signed in."""
    parts = visit.parts
    if token:
        proof = await find_proof(parts.db, parts.server, token[:200], Purpose.APPEAL)
        account = await parts.db.one(account_by_id, id=proof.account_id) if proof else None
        if account is not None:
            return account.actor_id
    if visit.me is None:
        raise SignInFirst
    return visit.me


async def _strike(visit: Visit, token: str) -> Strike:
    person = await _person(visit, token)
    row = await visit.parts.db.one(strike_by_id, id=id_of(visit))
    if row is None or row.target_id != person:
        raise PageError(404, "There is no such decision about your account.")
    return row


async def show(visit: Visit) -> ASGIResponse:
    """GET /disputes/strikes/:id"""
    token = visit.query.get("token", "")
    return await _page(visit, await _strike(visit, token), token)


async def _page(
    visit: Visit, row: Strike, token: str, status: int = 200, error: str | None = None
) -> ASGIResponse:
    return await visit.page(
        "strike.html",
        status=status,
        headers={"referrer-policy": "no-referrer"},
        strike=row,
        said=said(visit, row),
        when=moment(row.created_at),
        may_appeal=row.may_be_appealed(visit.parts.server.now_ms()),
        most=APPEAL_LENGTH,
        token=token,
        error=error,
    )


async def send(visit: Visit) -> ASGIResponse:
    """POST /disputes/strikes/:id"""
    token = visit.form.get("token", "")
    row = await _strike(visit, token)
    visit.check_form()
    try:
        await visit.parts.db.write(
            file_appeal, visit.parts.server, row.id, row.target_id, visit.form.get("text", "")
        )
    except AppealRefused as refused:
        return await _page(visit, row, token, 422, str(refused))
    return redirect(f"{PATH}/{row.id}" + (f"?token={quote(token)}" if token else ""))


ROUTES = (
    Route("GET", PATH, listed),
    Route("GET", PATH + "/{id:str}", show),
    Route("POST", PATH + "/{id:str}", send),
)
