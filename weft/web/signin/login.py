"""Signing in and out with a browser."""

from urllib.parse import urlsplit

from litestar.response.base import ASGIResponse

from weft.domain.accounts.sessions import SignInRefused, sign_in, sign_out
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
    wait = throttle.wait_s(typed, visit.address)
    if wait:
        minutes = (wait + 59) // 60
        return await _again(visit, after, typed, 429, f"Too many tries: wait {minutes} minutes.")
    try:
        made = await sign_in(
            visit.parts.db,
            visit.parts.server,
            login=typed,
            password=visit.form.get("password", ""),
            user_agent=visit.headers.get("user-agent"),
            address=visit.address,
        )
    except SignInRefused as refused:
        throttle.failed(typed, visit.address)
        return await _again(visit, after, typed, 422, str(refused))
    throttle.succeeded(typed)
    return redirect(after, cookies=(visit.desk.cookies.set_session(made.token),))


async def _again(visit: Visit, after: str, typed: str, status: int, sentence: str) -> ASGIResponse:
    return await visit.page(
        "signin/login.html", status=status, after=after, login=typed, error=sentence
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
