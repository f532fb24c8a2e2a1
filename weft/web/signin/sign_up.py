"""The page where people open an account for themselves; also behind an invitation."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.secrets import PasswordsBusy
from weft.domain.rules.rules import all_rules
from weft.domain.signup.invites import find_invite
from weft.domain.signup.join import MAX_REASON, SignUp
from weft.domain.signup.refused import SignUpClosed, SignUpRefused, TooManySignUps
from weft.web.signin.challenge import TRAP, ChallengeFailed
from weft.web.visits import PageError, Route, Visit, json

SIGN_UP = "/auth/sign_up"
_KEPT_FIELDS = ("username", "email", "reason", "date_of_birth", "invite_code")


def _code(visit: Visit) -> str:
    return (visit.form or visit.query).get("invite_code", "")[:100]


def _must_be_open(visit: Visit) -> None:
    settings = visit.parts.settings
    if visit.me is not None:
        raise PageError(403, "You have an account, and are signed in to it.")
    if settings.registrations == "closed":
        sentence = settings.registrations_message or "This server opens no accounts at present."
        raise PageError(403, sentence, "Nobody can join just now")
    if settings.registrations == "invite" and not _code(visit):
        sentence = settings.registrations_message or "Ask somebody who is here for an invitation."
        raise PageError(403, sentence, "By invitation only")


async def show_sign_up(visit: Visit) -> ASGIResponse:
    """GET /auth/sign_up"""
    _must_be_open(visit)
    return await _form(visit, 200, [])


async def show_invite(visit: Visit) -> ASGIResponse:
    """GET /invite/:code: the same form; for programs, where the server's API is."""
    code = visit.path("code")[:100]
    parts = visit.parts
    found = await find_invite(parts.db, parts.server, code)
    good = found is not None and parts.settings.registrations != "closed"
    if "application/json" in visit.headers.get("accept", ""):
        if not good:
            return json({"error": "This invite is not valid"}, 401)
        return json(
            {"invite_code": code, "instance_api_url": f"{parts.server.origin}/api/v2/instance"}
        )
    if not good:
        raise PageError(404, "This invitation is not good, or not any more.", "No such invitation")
    visit.query["invite_code"] = code
    _must_be_open(visit)
    return await _form(visit, 200, [])


async def sign_up(visit: Visit) -> ASGIResponse:
    """POST /auth/sign_up"""
    visit.check_form()
    _must_be_open(visit)
    form = visit.form
    if form.get(TRAP):
        # Whoever fills this in is no person, and need not learn what gave them away.
        return await _sent(visit)
    try:
        visit.desk.challenges.check(form.get("challenge", ""), form.get("answer", ""))
    except ChallengeFailed as failed:
        return await _form(visit, 422, [str(failed)])
    typed = SignUp(
        username=form.get("username", "").strip(),
        email=form.get("email", ""),
        password=form.get("password", ""),
        agreement="agreement" in form,
        reason=form.get("reason", "").replace("\r\n", "\n"),
        birthday=form.get("date_of_birth", ""),
        invite_code=_code(visit),
        address=visit.client,
        limit_key=visit.address,
    )
    try:
        await visit.parts.joining.sign_up(typed)
    except SignUpClosed as closed:
        raise PageError(403, str(closed), "Nobody can join this way") from None
    except TooManySignUps as many:
        return await _form(visit, 429, [str(many)], many.wait_s)
    except PasswordsBusy as busy:
        return await _form(visit, 503, [str(busy)], 5)
    except SignUpRefused as refused:
        return await _form(visit, 422, [each.text for each in refused.faults])
    return await _sent(visit)


async def _sent(visit: Visit) -> ASGIResponse:
    return await visit.page(
        "signin/sent.html",
        username=visit.form.get("username", "").strip(),
        email=visit.form.get("email", "").strip(),
    )


async def _form(visit: Visit, status: int, errors: list[str], wait_s: int = 0) -> ASGIResponse:
    settings = visit.parts.settings
    challenge = visit.desk.challenges.new()
    return await visit.page(
        "signin/sign_up.html",
        status=status,
        headers={"retry-after": str(wait_s)} if wait_s else None,
        domain=settings.domain,
        errors=errors,
        message=settings.registrations_message,
        by_approval=settings.registrations == "approval",
        min_age=settings.min_age,
        max_reason=MAX_REASON,
        rules=await all_rules(visit.parts.db),
        challenge=challenge,
        trap=TRAP,
        typed={name: visit.form.get(name, "") for name in _KEPT_FIELDS}
        | {"invite_code": _code(visit)},
    )


ROUTES = (
    Route("GET", SIGN_UP, show_sign_up),
    Route("POST", SIGN_UP, sign_up),
    Route("GET", "/invite/{code:str}", show_invite),
)
