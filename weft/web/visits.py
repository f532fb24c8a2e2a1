"""One request to our own pages, and the wrapper around each answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from weft.config.addresses import client_address, limit_key
from weft.domain.actors.queries import actor_by_id
from weft.domain.visibility.viewer import Anonymous, Local, Viewer
from weft.web.parts import Parts
from weft.web.rendering import page, redirect
from weft.web.session import FIELD, Cookies, Visitor, visitor_of
from weft.web.signin.throttle import Throttle

MAX_BODY = 64 * 1024
MAX_FIELDS = 50


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


class Visit:
    """One request: query and form as plain texts, the last of repeated names."""

    __slots__ = ("desk", "form", "headers", "query", "request", "visitor")

    def __init__(
        self, desk: Desk, request: Request[Any, Any, Any], form: dict[str, str], visitor: Visitor
    ) -> None:
        self.desk, self.request, self.form, self.visitor = desk, request, form, visitor
        self.headers = request.headers
        self.query = _pairs(request.scope["query_string"])

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
    def address(self) -> str:
        """What limits count by."""
        client = self.request.scope.get("client")
        peer = client[0] if client else "127.0.0.1"
        forwarded = self.headers.getall("x-forwarded-for", [])
        return limit_key(client_address(peer, forwarded, self.parts.settings.trusted_proxies))

    def check_form(self) -> None:
        """Raises PageError for a form that is not from our own page."""
        if not self.visitor.may_post(self.form.get(FIELD)):
            raise PageError(
                403, "This form has expired, or cookies are off: go back, reload and try again."
            )

    async def page(
        self, template: str, *, status: int = 200, security: str | None = None, **context: Any
    ) -> ASGIResponse:
        settings = self.parts.settings
        me = None if self.me is None else await self.parts.db.one(actor_by_id, id=self.me)
        shared = {
            "title": settings.title or settings.domain,
            "csrf": self.visitor.csrf,
            "me": me,
            "here": self.here,
        }
        return page(
            template,
            shared | context,
            status=status,
            security=security,
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


def handler(desk: Desk, route: Route) -> HTTPRouteHandler:
    """The Litestar handler of a route."""

    async def answer(request: Request[Any, Any, Any]) -> ASGIResponse:
        visitor = await visitor_of(
            desk.parts.db, desk.parts.server, desk.cookies, request.headers.get("cookie")
        )
        try:
            form = await _form(request) if route.method == "POST" else {}
            return await route.answer(Visit(desk, request, form, visitor))
        except SignInFirst:
            after = Visit(desk, request, {}, visitor).here if route.method == "GET" else "/"
            return redirect(f"/login?{urlencode({'next': after})}")
        except PageError as error:
            return await Visit(desk, request, {}, visitor).page(
                "sentence.html", status=error.status, heading=error.heading,
                sentence=str(error),
            )  # fmt: skip

    answer.__name__ = answer.__qualname__ = route.answer.__name__
    return HTTPRouteHandler(
        route.path, http_method=route.method, status_code=200, request_max_body_size=MAX_BODY
    )(answer)


async def _form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """A form's fields, or a JSON object's."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        sent = await request.form()
        return {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    body = await request.body()
    if kind == "application/json":
        try:
            value = msgspec.json.decode(body or b"{}")
        except (msgspec.DecodeError, RecursionError):
            raise PageError(400, "The body is not well-formed JSON.") from None
        if not isinstance(value, dict):
            raise PageError(400, "The body must be a JSON object.")
        return {name: str(each) for name, each in value.items() if isinstance(each, str | int)}
    return _pairs(body)


def _pairs(encoded: bytes) -> dict[str, str]:
    try:
        text = encoded.decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise PageError(400, "The parameters are not a well-formed UTF-8 form.") from None
