"""Signing in and out with a browser: by password and second factor, or by passkey.

Whoever has a second factor gets, for a right password, a ticket that lets their browser ask for the code
for ten minutes; there is no session before the code was right, so nothing here and no application can be
let in without it.
"""

import hashlib
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode, urlsplit

from litestar.response.base import ASGIResponse

from weft.domain.accounts.secrets import PasswordsBusy
from weft.domain.accounts.sessions import (
    Browser,
    NewSession,
    SignInRefused,
    check_password,
    new_session,
    open_session,
    sign_out,
    usual_login,
)
from weft.domain.security.owners import Owner, owner_by_id
from weft.domain.security.passkeys import PasskeyRefused, passkeys_of
from weft.domain.security.proof import Proof, spend_proof
from weft.domain.security.second_factor import FactorRefused
from weft.domain.security.signed_in import Place, tell_signed_in
from weft.storage.database import Tx
from weft.web.device_names import device_name
from weft.web.pages.cards import moment
from weft.web.rendering import redirect
from weft.web.signin.known import is_known, remembered
from weft.web.signin.passkey_forms import FIELD, options_to_show, shown_passkey
from weft.web.signin.proving import Unproven, matched_code, too_many
from weft.web.visits import Route, Visit

LOGIN = "/login"
FACTOR = "/login/factor"
STEP_LIFE_S = 600
_STEP = "second factor"


def own_path(target: str | None) -> str:
    """Where to go afterwards: a path of this server, whatever was asked for."""
    if not target or not target.startswith("/") or not target.isprintable():
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//") or "\\" in target:
        return "/"
    return target


async def signed_in(visit: Visit, account_id: int, after: str) -> ASGIResponse:
    """Open a session for whom nothing more is asked of, and go on."""
    made, enter = _entering(visit, account_id)
    await visit.parts.db.write(enter)
    return redirect(after, cookies=_let_in(visit, account_id, made))


def _entering(visit: Visit, account_id: int) -> tuple[NewSession, Callable[[Tx], Awaitable[None]]]:
    """A session, and what opens it. The owner hears of a browser that was not known."""
    parts, browser = visit.parts, _browser(visit)
    made, known = new_session(parts.server, account_id), is_known(visit, account_id)
    at = moment(parts.server.now_ms())[1]
    place = Place(device_name(browser.user_agent), browser.address, at)

    async def enter(tx: Tx) -> None:
        if not known:
            await tell_signed_in(tx, parts.server, parts.settings, account_id, place)
        await open_session(tx, parts.server, made, browser)

    return made, enter


def _let_in(visit: Visit, account_id: int, made: NewSession) -> tuple[str, ...]:
    return visit.desk.cookies.set_session(made.token), remembered(visit, account_id)


def _browser(visit: Visit) -> Browser:
    return Browser(
        visit.headers.get("user-agent"),
        visit.address,
        visit.visitor.secret if visit.visitor.session else None,
    )


async def show_login(visit: Visit) -> ASGIResponse:
    """GET /login?next=PATH"""
    after = own_path(visit.query.get("next"))
    if visit.visitor.session is not None and "again" not in visit.query:
        return redirect(after)
    return await _again(visit, after, "", 200, None)


async def login(visit: Visit) -> ASGIResponse:
    """POST /login"""
    visit.check_form()
    after = own_path(visit.form.get("next"))
    if visit.form.get(FIELD):
        return await _by_passkey(visit, after)
    typed = visit.form.get("login", "").strip()[:300]
    throttle = visit.desk.throttle
    counted = usual_login(visit.parts.server, typed), visit.address
    wait = throttle.take(*counted)
    if wait:
        return await _again(visit, after, typed, 429, too_many(wait), wait)
    try:
        owner = await check_password(
            visit.parts.db, visit.parts.server, typed, visit.form.get("password", "")
        )
    except PasswordsBusy as busy:
        throttle.give_back(*counted)
        return await _again(visit, after, typed, 503, str(busy), 5)
    except SignInRefused as refused:
        return await _again(visit, after, typed, 422, str(refused))
    throttle.succeeded(*counted)
    if not owner.has_factor:
        return await signed_in(visit, owner.id, after)
    ticket = visit.desk.tickets.write(_STEP, visit.visitor.secret, f"{owner.id}-{_mark(owner)}")
    return redirect(
        f"{FACTOR}?{urlencode({'next': after})}",
        cookies=(visit.desk.cookies.set_step(ticket, STEP_LIFE_S),),
    )


def _mark(owner: Owner) -> str:
    """Changes with the password: a step that was taken with an old one leads nowhere."""
    return hashlib.sha256(f"step {owner.password_hash}".encode()).hexdigest()[:16]


async def _by_passkey(visit: Visit, after: str) -> ASGIResponse:
    try:
        shown = await shown_passkey(visit)
        owner = await visit.parts.db.one(owner_by_id, id=shown.passkey.account_id)
        if owner is None or owner.why_not_in is not None:
            sentence = owner.why_not_in if owner else None
            raise PasskeyRefused(sentence or "This passkey is not known here.")
        return await _proven(visit, owner, Proof(passkey=shown), after)
    except PasskeyRefused as refused:
        return await _again(visit, after, "", 422, str(refused))


async def _proven(visit: Visit, owner: Owner, proof: Proof, after: str) -> ASGIResponse:
    parts = visit.parts
    made, enter = _entering(visit, owner.id)

    async def prove_and_enter(tx: Tx) -> None:
        await spend_proof(tx, parts.server, parts.settings, owner, proof)
        await enter(tx)

    await parts.db.write(prove_and_enter)
    cookies = (*_let_in(visit, owner.id, made), visit.desk.cookies.clear_step())
    return redirect(after, cookies=cookies)


async def _half_in(visit: Visit) -> Owner | None:
    """Who has shown the password in this browser, and not the second factor yet."""
    desk = visit.desk
    text = desk.cookies.read(visit.headers.get("cookie"), desk.cookies.step) or ""
    ticket = desk.tickets.read(_STEP, visit.visitor.secret, text, STEP_LIFE_S * 1000)
    if ticket is None:
        return None
    account_id, _, mark = ticket.content.partition("-")
    owner: Owner | None = await visit.parts.db.one(owner_by_id, id=int(account_id))
    if owner is None or owner.why_not_in is not None or mark != _mark(owner):
        return None
    # Turned off meanwhile: the password has to be typed again, which then is enough.
    return owner if owner.has_factor else None


async def show_factor(visit: Visit) -> ASGIResponse:
    """GET /login/factor?next=PATH"""
    after = own_path(visit.query.get("next"))
    owner = await _half_in(visit)
    if owner is None:
        return redirect(f"{LOGIN}?{urlencode({'next': after})}")
    return await _factor(visit, owner, after)


async def factor(visit: Visit) -> ASGIResponse:
    """POST /login/factor: a code of the app or a recovery code, or a passkey of this account."""
    visit.check_form()
    after = own_path(visit.form.get("next"))
    owner = await _half_in(visit)
    if owner is None:
        return await _again(visit, after, "", 422, "That took too long: sign in once more.")
    try:
        if visit.form.get(FIELD):
            proof = Proof(passkey=await shown_passkey(visit, owner.id))
        else:
            proof = Proof(code=await matched_code(visit, owner))
        return await _proven(visit, owner, proof, after)
    except (Unproven, FactorRefused, PasskeyRefused) as refused:
        return await _factor(visit, owner, after, refused)


async def _factor(
    visit: Visit, owner: Owner, after: str, refused: Exception | None = None
) -> ASGIResponse:
    known = await visit.parts.db.all(passkeys_of, account_id=owner.id, limit=1)
    unproven = refused if isinstance(refused, Unproven) else None
    status = 200 if refused is None else 422
    return await visit.page(
        "signin/factor.html",
        status=unproven.status if unproven else status,
        headers=unproven.headers if unproven else None,
        after=after,
        username=owner.username,
        to_show=options_to_show(visit) if known else None,
        error=str(refused) if refused else None,
    )


async def _again(
    visit: Visit, after: str, typed: str, status: int, sentence: str | None, wait_s: int = 0
) -> ASGIResponse:
    return await visit.page(
        "signin/login.html",
        status=status,
        headers={"retry-after": str(wait_s)} if wait_s else None,
        after=after,
        login=typed,
        to_show=options_to_show(visit),
        open_to=visit.parts.settings.registrations != "closed",
        error=sentence,
    )


async def logout(visit: Visit) -> ASGIResponse:
    """POST /logout"""
    visit.check_form()
    if visit.visitor.session is not None:
        await sign_out(visit.parts.db, visit.visitor.secret)
    return redirect("/", cookies=(visit.desk.cookies.clear_session(),))


ROUTES = (
    Route("GET", LOGIN, show_login),
    Route("POST", LOGIN, login),
    Route("GET", FACTOR, show_factor),
    Route("POST", FACTOR, factor),
    Route("POST", "/logout", logout),
)
