"""An application asks, and a person answers (RFC 6749, section 4.1; mastodon.md B1)."""

from urllib.parse import urlencode, urlsplit

from litestar.response.base import ASGIResponse

from weft.domain.accounts.access import (
    OUT_OF_BAND,
    AccessRefused,
    Grant,
    check_grant,
    issue_code,
)
from weft.domain.actors.queries import actor_by_id
from weft.web.rendering import policy, redirect
from weft.web.signin.login import LOGIN
from weft.web.signin.wording import described
from weft.web.visits import PageError, Route, Visit

AUTHORIZE = "/oauth/authorize"
NATIVE = "/oauth/authorize/native"
_ASKED = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
# What is wrong with the application itself must not be sent to an address that it names.
_NOT_SENT = frozenset({"invalid_client", "invalid_redirect_uri"})


class _Refused(Exception):
    """The answer is known without the person."""

    def __init__(self, answer: ASGIResponse) -> None:
        super().__init__()
        self.answer = answer


async def _grant(visit: Visit, asked: dict[str, str]) -> Grant:
    try:
        if asked.get("response_type") != "code":
            raise AccessRefused("unsupported_response_type", "response_type must be code.")
        return await check_grant(
            visit.parts.db,
            client_id=asked.get("client_id", ""),
            redirect_uri=asked.get("redirect_uri", ""),
            scopes=asked.get("scope", ""),
            challenge=asked.get("code_challenge") or None,
            method=asked.get("code_challenge_method") or None,
        )
    except AccessRefused as refused:
        raise _Refused(await _refusal(visit, asked, refused)) from None


async def _refusal(visit: Visit, asked: dict[str, str], refused: AccessRefused) -> ASGIResponse:
    target = asked.get("redirect_uri", "")
    if refused.code in _NOT_SENT or target == OUT_OF_BAND or not await _is_registered(visit, asked):
        raise PageError(401 if refused.code == "invalid_client" else 400, str(refused))
    return _back(target, asked, error=refused.code, error_description=str(refused))


async def _is_registered(visit: Visit, asked: dict[str, str]) -> bool:
    """May a browser be sent there? The check of the other parameters came first."""
    try:
        await check_grant(
            visit.parts.db,
            client_id=asked.get("client_id", ""),
            redirect_uri=asked.get("redirect_uri", ""),
            scopes="",
            challenge=None,
            method=None,
        )
    except AccessRefused as refused:
        return refused.code not in _NOT_SENT
    return True


def _back(target: str, asked: dict[str, str], **answer: str) -> ASGIResponse:
    """To the application, with the answer in the query, behind what its address has there."""
    if asked.get("state"):
        answer["state"] = asked["state"]
    return redirect(f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}")


async def show_consent(visit: Visit) -> ASGIResponse:
    """GET /oauth/authorize"""
    asked = {name: visit.query[name] for name in _ASKED if name in visit.query}
    try:
        grant = await _grant(visit, asked)
    except _Refused as refused:
        return refused.answer
    forced = visit.query.get("force_login", "").lower() in ("true", "1", "t", "on")
    if visit.visitor.session is None or forced:
        here = f"{AUTHORIZE}?{urlencode(asked)}"
        return redirect(f"{LOGIN}?{urlencode({'next': here} | ({'again': '1'} if forced else {}))}")
    actor = await visit.parts.db.one(actor_by_id, id=visit.visitor.session.actor_id)
    other = urlencode(asked | {"force_login": "true"})
    return await visit.page(
        "signin/consent.html",
        security=policy(form_action=f"'self' {_form_target(grant.redirect_uri)}".strip()),
        app=grant.app,
        grants=described(grant.scopes),
        asked=asked,
        handle=f"@{actor.username}@{visit.parts.settings.domain}" if actor else "",
        target=_readable(grant.redirect_uri),
        as_another=f"{AUTHORIZE}?{other}",
    )


def _form_target(redirect_uri: str) -> str:
    """Browsers apply form-action to the redirect after the form, too."""
    if redirect_uri == OUT_OF_BAND:
        return ""
    parts = urlsplit(redirect_uri)
    # A policy can name no IPv6 address.
    if parts.scheme in ("http", "https") and "[" not in parts.netloc:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def _readable(redirect_uri: str) -> str | None:
    """The host that the browser will be sent to, for the person to see."""
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in ("http", "https") else None


async def consent(visit: Visit) -> ASGIResponse:
    """POST /oauth/authorize: the person's answer."""
    visit.check_form()
    session = visit.visitor.session
    if session is None:
        raise PageError(401, "You are signed out: start again from the application.")
    asked = {name: visit.form[name] for name in _ASKED if name in visit.form}
    try:
        grant = await _grant(visit, asked)
    except _Refused as refused:
        return refused.answer
    if visit.form.get("decision") != "allow":
        if grant.redirect_uri == OUT_OF_BAND:
            sentence = f"{grant.app.name} gets no access. You can close this page."
            raise PageError(200, sentence, "Nothing was allowed")
        return _back(
            grant.redirect_uri,
            asked,
            error="access_denied",
            error_description="The person refused the request.",
        )
    code = await issue_code(visit.parts.db, visit.parts.server, grant, session.account_id)
    if grant.redirect_uri == OUT_OF_BAND:
        return redirect(f"{NATIVE}?{urlencode({'code': code})}")
    return _back(grant.redirect_uri, asked, code=code)


async def show_code(visit: Visit) -> ASGIResponse:
    """GET /oauth/authorize/native?code=: for applications that cannot be sent anything."""
    code = visit.query.get("code", "")
    if not code or len(code) > 200 or not code.replace("-", "").replace("_", "").isalnum():
        raise PageError(400, "There is no code here: start again from the application.")
    return await visit.page("signin/code.html", code=code)


ROUTES = (
    Route("GET", AUTHORIZE, show_consent),
    Route("POST", AUTHORIZE, consent),
    Route("GET", NATIVE, show_code),
)
