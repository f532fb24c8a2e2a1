"""Signing in and out with a browser."""

from urllib.parse import urlsplit

from litestar.response.base import ASGIResponse

from weft.domain.accounts.secrets import PasswordsBusy
from weft.domain.accounts.sessions import SignInRefused, sign_in, sign_out, usual_login
from weft.web.rendering import redirect
from weft.web.visits import Route, Visit

LOGIN = "/login"


def own_path(target: str | None) -> str:
    """Where to go afterwards: a path of this server, whatever was asked for."""
    if not target or not target.startswith("/") or not target.isprintable():
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//") or "\\" in target:
        return "/"
    return target


async def show_login(visit: Visit) -> ASGIResponse:
    """GET /login?next=PATH"""
    after = own_path(visit.query.get("next"))
    if visit.visitor.session is not None and "again" not in visit.query:
        return redirect(after)
    return await visit.page("signin/login.html", after=after, login="", error=None)


async def login(visit: Visit) -> ASGIResponse:
    """POST /login"""
    visit.check_form()
    after = own_path(visit.form.get("next"))
    typed = visit.form.get("login", "").strip()[:300]
    throttle = visit.desk.throttle
    counted = usual_login(visit.parts.server, typed), visit.address
    wait = throttle.take(*counted)
    if wait:
        minutes = (wait + 59) // 60
        sentence = f"Too many tries: wait {minutes} {'minute' if minutes == 1 else 'minutes'}."
        return await _again(visit, after, typed, 429, sentence, wait)
    try:
        made = await sign_in(
            visit.parts.db,
            visit.parts.server,
            login=typed,
            password=visit.form.get("password", ""),
            user_agent=visit.headers.get("user-agent"),
            address=visit.address,
            instead_of=visit.visitor.secret if visit.visitor.session else None,
        )
    except PasswordsBusy as busy:
        throttle.give_back(*counted)
        return await _again(visit, after, typed, 503, str(busy), 5)
    except SignInRefused as refused:
        return await _again(visit, after, typed, 422, str(refused))
    throttle.succeeded(*counted)
    return redirect(after, cookies=(visit.desk.cookies.set_session(made.token),))


async def _again(
    visit: Visit, after: str, typed: str, status: int, sentence: str, wait_s: int = 0
) -> ASGIResponse:
    return await visit.page(
        "signin/login.html",
        status=status,
        headers={"retry-after": str(wait_s)} if wait_s else None,
        after=after,
        login=typed,
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
    Route("POST", "/logout", logout),
)
