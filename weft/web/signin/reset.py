"""A forgotten password, and another e-mail address: the pages that letters lead to.

Opening a link changes nothing, because mail programs open links too; the button on the page does.
"""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.secrets import PasswordsBusy, WeakPassword
from weft.domain.mail.addresses import BadAddress
from weft.domain.mail.proofs import Purpose, find_proof
from weft.domain.security.new_address import AddressRefused, confirm_new_address
from weft.domain.security.owners import Owner, owner_by_id
from weft.domain.security.passwords import (
    ResetRefused,
    TooManyResets,
    ask_reset,
    reset_password,
)
from weft.web.signin.login import LOGIN
from weft.web.visits import PageError, Route, Visit

FORGOTTEN = "/auth/password/new"
NEW = "/auth/password/edit"
ADDRESS = "/auth/address"
_OLD_LINK = "This link is not good any more: it was used, or it is too old. Ask for another letter."


async def show_forgotten(visit: Visit) -> ASGIResponse:
    """GET /auth/password/new"""
    return await _forgotten(visit, 200, None)


async def forgotten(visit: Visit) -> ASGIResponse:
    """POST /auth/password/new: the same answer whether or not somebody has this address."""
    visit.check_form()
    parts, typed = visit.parts, visit.form.get("email", "").strip()[:300]
    if not parts.server.sends_mail:
        return await _forgotten(visit, 422, None)
    try:
        await ask_reset(parts.db, parts.server, parts.settings, parts.limiter, typed, visit.address)
    except BadAddress as error:
        return await _forgotten(visit, 422, str(error))
    except TooManyResets as many:
        return await _forgotten(visit, 429, str(many), many.wait_s)
    return await visit.page("signin/forgotten_sent.html", email=typed)


async def _forgotten(visit: Visit, status: int, error: str | None, wait_s: int = 0) -> ASGIResponse:
    return await visit.page(
        "signin/forgotten.html",
        status=status,
        headers={"retry-after": str(wait_s)} if wait_s else None,
        error=error,
        email=visit.form.get("email", ""),
        sends_mail=visit.parts.server.sends_mail,
    )


async def show_new_password(visit: Visit) -> ASGIResponse:
    """GET /auth/password/edit?reset_password_token="""
    token = visit.query.get("reset_password_token", "")[:200]
    _, owner = await _meant(visit, token, Purpose.RESET)
    return await _new_password(visit, token, owner, 200, None)


async def new_password(visit: Visit) -> ASGIResponse:
    """POST /auth/password/edit"""
    visit.check_form()
    parts, token = visit.parts, visit.form.get("reset_password_token", "")[:200]
    _, owner = await _meant(visit, token, Purpose.RESET)
    try:
        await reset_password(
            parts.db, parts.server, parts.settings, token, visit.form.get("password", "")
        )
    except WeakPassword as weak:
        return await _new_password(visit, token, owner, 422, str(weak))
    except PasswordsBusy as busy:
        return await _new_password(visit, token, owner, 503, str(busy))
    except ResetRefused as refused:
        raise PageError(422, str(refused), "Not a good link") from None
    return await visit.page(
        "signin/done.html",
        heading="Your password is set",
        sentence="Every browser and every application was signed out. Sign in with the new password.",
        link=LOGIN,
        link_word="Sign in",
    )


async def _new_password(
    visit: Visit, token: str, owner: Owner, status: int, error: str | None
) -> ASGIResponse:
    return await visit.page(
        "signin/new_password.html",
        status=status,
        token=token,
        username=owner.username,
        error=error,
    )


async def _meant(visit: Visit, token: str, purpose: Purpose) -> tuple[str, Owner]:
    """The address that a link went to, and whose account it is for."""
    proof = await find_proof(visit.parts.db, visit.parts.server, token, purpose)
    owner = await visit.parts.db.one(owner_by_id, id=proof.account_id) if proof else None
    if proof is None or owner is None:
        raise PageError(404, _OLD_LINK, "Not a good link")
    return proof.email, owner


async def show_address(visit: Visit) -> ASGIResponse:
    """GET /auth/address?token="""
    token = visit.query.get("token", "")[:200]
    email, owner = await _meant(visit, token, Purpose.NEW_ADDRESS)
    return await visit.page(
        "signin/new_address.html", token=token, email=email, username=owner.username
    )


async def take_address(visit: Visit) -> ASGIResponse:
    """POST /auth/address"""
    visit.check_form()
    parts = visit.parts
    try:
        await confirm_new_address(
            parts.db, parts.server, parts.settings, visit.form.get("token", "")[:200]
        )
    except AddressRefused as refused:
        raise PageError(422, str(refused), "Nothing was changed") from None
    return await visit.page(
        "signin/done.html",
        heading="Your address is changed",
        sentence="Letters go there from now on, and it is the address to sign in with.",
        link="/settings/security",
        link_word="Go on",
    )


ROUTES = (
    Route("GET", FORGOTTEN, show_forgotten),
    Route("POST", FORGOTTEN, forgotten),
    Route("GET", NEW, show_new_password),
    Route("POST", NEW, new_password),
    Route("GET", ADDRESS, show_address),
    Route("POST", ADDRESS, take_address),
)
