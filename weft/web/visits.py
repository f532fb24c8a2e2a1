"""One request to our own pages, and the wrapper around each answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from weft.config.addresses import client_address, limit_key
from weft.domain.accounts.queries import Role
from weft.domain.accounts.roles import ROLES, Permission
from weft.domain.actors.queries import actor_by_id
from weft.domain.visibility.viewer import Anonymous, Local, Viewer
from weft.web.parts import Parts
from weft.web.rendering import page, redirect
from weft.web.session import FIELD, Cookies, Visitor, visitor_of
from weft.web.signin.challenge import Challenges
from weft.web.signin.throttle import Throttle
from weft.web.signin.tickets import Tickets

MAX_BODY = 64 * 1024
MAX_FIELDS = 50
NOBODY = Visitor(None, "", new=True)
_NO_FORM = "What you sent is not a well-formed form."
_UNREADABLE = {413: "What you sent is larger than what is taken here."}
_encode = msgspec.json.Encoder().encode


class SignInFirst(Exception):
    """The page is for people who are signed in."""


class PageError(Exception):
    """An answer that is a page with one sentence."""

    def __init__(self, status: int, sentence: str, heading: str = "That did not work") -> None:
        super().__init__(sentence)
        self.status = status
        self.heading = heading


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages share."""

    parts: Parts
    cookies: Cookies
    throttle: Throttle
    challenges: Challenges
    factor_throttle: Throttle
    tickets: Tickets


class Visit:
    """One request: query and form as plain texts, the last of repeated names; files apart."""

    __slots__ = ("desk", "files", "form", "headers", "query", "request", "visitor")

    def __init__(
        self,
        desk: Desk,
        request: Request[Any, Any, Any],
        visitor: Visitor,
        query: dict[str, str],
        form: dict[str, str],
    ) -> None:
        self.desk, self.request, self.visitor = desk, request, visitor
        self.query, self.form = query, form
        self.files: dict[str, list[UploadFile]] = {}
        self.headers = request.headers

    @property
    def parts(self) -> Parts:
        return self.desk.parts

    @property
    def viewer(self) -> Viewer:
        session = self.visitor.session
        return Anonymous() if session is None else Local(session.actor_id)

    @property
    def me(self) -> int | None:
        """The actor who is signed in."""
        session = self.visitor.session
        return session.actor_id if session is not None else None

    @property
    def moderates(self) -> bool:
        """Does the role of who is signed in open ``/admin``?"""
        session = self.visitor.session
        return session is not None and ROLES[Role(session.role)].allows(Permission.VIEW_AUDIT_LOG)

    @property
    def here(self) -> str:
        """Path and query of this request."""
        query = self.request.scope["query_string"].decode("latin-1")
        path: str = self.request.scope["path"]
        return f"{path}?{query}" if query else path

    def path(self, name: str) -> str:
        return str(self.request.scope["path_params"][name])

    def must_be_signed_in(self) -> int:
        """The actor who is signed in.

        Raises:
            SignInFirst: nobody is.
        """
        if self.me is None:
            raise SignInFirst
        return self.me

    @property
    def client(self) -> str:
        """The address of the browser."""
        client = self.request.scope.get("client")
        peer = client[0] if client else "127.0.0.1"
        forwarded = self.headers.getall("x-forwarded-for", [])
        return client_address(peer, forwarded, self.parts.settings.trusted_proxies)

    @property
    def address(self) -> str:
        """What limits count by."""
        return limit_key(self.client)

    def check_form(self) -> None:
        """Raises PageError for a form that is not from our own page."""
        if not self.visitor.may_post(self.form.get(FIELD)):
            raise PageError(
                403, "This form has expired, or cookies are off: go back, reload and try again."
            )

    async def page(
        self,
        template: str,
        *,
        status: int = 200,
        security: str | None = None,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> ASGIResponse:
        settings = self.parts.settings
        me = None if self.me is None else await self.parts.db.one(actor_by_id, id=self.me)
        shared = {
            "title": settings.title or settings.domain,
            "csrf": self.visitor.csrf,
            "me": me,
            "moderates": me is not None and self.moderates,
            "here": self.here,
        }
        return page(
            template,
            shared | context,
            status=status,
            security=security,
            headers=headers,
            cookies=self.new_cookies,
        )

    @property
    def new_cookies(self) -> tuple[str, ...]:
        if not self.visitor.new:
            return ()
        return (self.desk.cookies.set_visitor(self.visitor.secret),)


Answer: TypeAlias = Callable[[Visit], Awaitable[ASGIResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    method: Literal["GET", "POST"]
    path: str
    answer: Answer
    body_bytes: int = MAX_BODY
    """The longest body that is read."""
    for_members: bool = False
    """Nothing is read of what others send."""
    for_programs: bool = False
    """Nobody's browser: no cookie is looked at, and what is wrong is told as RFC 6749 has it."""


def handler(desk: Desk, route: Route) -> HTTPRouteHandler:
    """The Litestar handler of a route."""

    async def answer(request: Request[Any, Any, Any]) -> ASGIResponse:
        visitor = NOBODY
        if not route.for_programs:
            visitor = await visitor_of(
                desk.parts.db, desk.parts.server, desk.cookies, request.headers.get("cookie")
            )
        visit = Visit(desk, request, visitor, {}, {})
        try:
            visit.query = _pairs(request.scope["query_string"])
            if route.for_members:
                visit.must_be_signed_in()
            if route.method == "POST":
                visit.form = await _form(request, visit.files)
            return await route.answer(visit)
        except SignInFirst:
            after = visit.here if route.method == "GET" else "/"
            return redirect(f"/login?{urlencode({'next': after})}")
        except PageError as error:
            if route.for_programs:
                return json(
                    {"error": "invalid_request", "error_description": str(error)}, error.status
                )
            return await visit.page(
                "sentence.html", status=error.status, heading=error.heading, sentence=str(error)
            )

    answer.__name__ = answer.__qualname__ = route.answer.__name__
    return HTTPRouteHandler(
        route.path,
        http_method=["GET", "HEAD"] if route.method == "GET" else route.method,
        status_code=200,
        request_max_body_size=route.body_bytes,
    )(answer)


def json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> ASGIResponse:
    """An answer for a program; kept by nobody unless ``headers`` say otherwise."""
    return ASGIResponse(
        body=_encode(value),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"} | dict(headers or {}),
    )


async def _form(
    request: Request[Any, Any, Any], files: dict[str, list[UploadFile]]
) -> dict[str, str]:
    """A form's fields, or a JSON object's; the form's files go into ``files``, without the empty
    ones that browsers send where nothing was chosen."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            sent = list((await request.form()).multi_items())
            for name, value in sent:
                if isinstance(value, UploadFile) and value.filename:
                    files.setdefault(name, []).append(value)
            return _texts({name: value for name, value in sent if isinstance(value, str)})
        body = await request.body()
    except HTTPException as error:
        raise PageError(error.status_code, _UNREADABLE.get(error.status_code, _NO_FORM)) from None
    if kind != "application/json":
        return _pairs(body)
    try:
        value = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError):
        raise PageError(400, "The body is not well-formed JSON.") from None
    if not isinstance(value, dict):
        raise PageError(400, "The body must be a JSON object.")
    return _texts({name: str(each) for name, each in value.items() if isinstance(each, str | int)})


def _pairs(encoded: bytes) -> dict[str, str]:
    try:
        text = encoded.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise PageError(400, "The parameters are not a well-formed UTF-8 form.") from None
    return _texts(dict(pairs))


def _texts(sent: dict[str, str]) -> dict[str, str]:
    if any("\0" in text for pair in sent.items() for text in pair):
        raise PageError(400, "There is a character in this that no text has (U+0000).")
    return sent
