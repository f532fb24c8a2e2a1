"""Proving an e-mail address: the page behind the link, and asking for another letter."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_handle
from weft.domain.accounts.secrets import PasswordsBusy, password_matches
from weft.domain.accounts.sessions import usual_login
from weft.domain.mail.proofs import Purpose, find_proof
from weft.domain.signup.admit import ConfirmationRefused, ask_again, confirm
from weft.domain.signup.refused import SignUpRefused, TooManySignUps
from weft.web.visits import PageError, Route, Visit

CONFIRMATION = "/auth/confirmation"
AGAIN = "/auth/confirmation/new"
_NOT_GOOD = (
    "This link is not good any more: it was used, or it is older than two days. Try to sign in, or"
    " ask for another letter."
)


async def show_confirmation(visit: Visit) -> ASGIResponse:
    """GET /auth/confirmation?confirmation_token=: mail programs open links too, so it only asks."""
    token = visit.query.get("confirmation_token", "")
    parts = visit.parts
    proof = await find_proof(parts.db, parts.server, token, Purpose.CONFIRM)
    if proof is None:
        raise PageError(404, _NOT_GOOD, "Not a good link")
    return await visit.page("signin/confirm.html", token=token, email=proof.email)


async def confirm_address(visit: Visit) -> ASGIResponse:
    """POST /auth/confirmation"""
    visit.check_form()
    parts, token = visit.parts, visit.form.get("confirmation_token", "")
    try:
        done = await confirm(parts.db, parts.server, parts.settings, token)
    except ConfirmationRefused as refused:
        raise PageError(422, str(refused)) from None
    return await visit.page("signin/confirmed.html", username=done.username, is_in=done.is_in)


async def show_again(visit: Visit) -> ASGIResponse:
    """GET /auth/confirmation/new"""
    return await _form(visit, 200, None)


async def send_again(visit: Visit) -> ASGIResponse:
    """POST /auth/confirmation/new: for who knows the password; the address may be another one."""
    visit.check_form()
    parts, form = visit.parts, visit.form
    typed = form.get("username", "").strip()[:100]
    counted = usual_login(parts.server, typed), visit.address
    throttle = visit.desk.throttle
    wait_s = throttle.take(*counted)
    if wait_s:
        return await _form(visit, 429, "Too many tries: wait a quarter of an hour.")
    account = await parts.db.one(account_by_handle, handle=counted[0])
    try:
        right = await password_matches(
            account.password_hash if account else None, form.get("password", "")[:1000]
        )
    except PasswordsBusy as busy:
        throttle.give_back(*counted)
        return await _form(visit, 503, str(busy))
    if account is None or not right:
        return await _form(visit, 422, "The name or the password is wrong.")
    throttle.succeeded(*counted)
    try:
        await ask_again(
            parts.db, parts.server, parts.settings, parts.limiter, account.id,
            form.get("email", ""),
        )  # fmt: skip
    except SignUpRefused as refused:
        return await _form(visit, 422, str(refused))
    except TooManySignUps:
        return await _form(visit, 429, "Several letters have gone out: wait an hour for more.")
    return await visit.page("signin/sent.html", username=typed, email=form.get("email", "").strip())


async def _form(visit: Visit, status: int, error: str | None) -> ASGIResponse:
    return await visit.page(
        "signin/again.html",
        status=status,
        error=error,
        username=visit.form.get("username", ""),
        email=visit.form.get("email", ""),
    )


ROUTES = (
    Route("GET", CONFIRMATION, show_confirmation),
    Route("POST", CONFIRMATION, confirm_address),
    Route("GET", AGAIN, show_again),
    Route("POST", AGAIN, send_again),
)
