"""A browser without scripts, in this process: cookies, redirects and forms over an ASGI application."""

from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support.asgi import Answer, Caller

PASSWORD = "a long enough secret"


class Browser:
    """One browser. ``at`` is where it ended: beyond this server, the address it was sent to."""

    def __init__(self, caller: Caller, origin: str) -> None:
        self._caller, self._origin = caller, origin
        self.cookies: dict[str, str] = {}
        self.at = "/"

    async def open(self, address: str) -> Answer:
        """GET, following redirects on this server."""
        return await self._go("GET", address, None, {})

    async def send(
        self, address: str, fields: dict[str, str], headers: dict[str, str] | None = None
    ) -> Answer:
        """POST these fields, and nothing that a page would add."""
        return await self._go("POST", address, fields, headers or {})

    async def submit(
        self,
        page: Answer,
        fields: dict[str, str],
        action: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send the page's form of which the address begins so: what it holds, with these fields."""
        form = the_form(page, action)
        held = {
            str(each.attributes["name"]): each.attributes.get("value") or ""
            for each in form.css("input[type=hidden][name]")
        }
        return await self.send(form.attributes["action"] or "", held | fields, headers)

    async def sign_in(self, name: str) -> Answer:
        """The page that a person sees after signing in."""
        return await self.submit(
            await self.open("/login"), {"login": name, "password": PASSWORD}, "/login"
        )

    async def _go(
        self, method: str, address: str, fields: dict[str, str] | None, headers: dict[str, str]
    ) -> Answer:
        answer: Answer | None = None
        for _ in range(10):
            url = urljoin(self._origin + self.at, address)
            if not url.startswith(f"{self._origin}/"):
                assert answer is not None, f"{address} is not on this server"
                self.at = address
                return answer
            parts = urlsplit(url)
            self.at = parts.path + (f"?{parts.query}" if parts.query else "")
            sent = dict(headers)
            if self.cookies:
                sent["cookie"] = "; ".join(
                    f"{name}={value}" for name, value in self.cookies.items()
                )
            answer = await self._caller.call(method, self.at, form=fields, headers=sent)
            self._keep(answer)
            if answer.status not in (301, 302, 303, 307):
                return answer
            method, fields, address = "GET", None, answer.headers["location"]
        raise AssertionError("the redirects do not end")

    def _keep(self, answer: Answer) -> None:
        for header in answer.cookies:
            for name, cookie in SimpleCookie(header).items():
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value


def the_form(page: Answer, action: str = "") -> LexborNode:
    """The page's only form (or the first of those with one address) that is sent there."""
    forms = [
        each
        for each in LexborHTMLParser(page.text).css("form[method=post]")
        if (each.attributes["action"] or "").startswith(action)
    ]
    assert forms, f"no form is sent to {action}: {page.text}"
    assert len({each.attributes["action"] for each in forms}) == 1, page.text
    return forms[0]


def words(page: Answer, selector: str = "main") -> str:
    """The text of the first element of this kind, with single spaces."""
    found = LexborHTMLParser(page.text).css_first(selector)
    assert found is not None, f"there is no {selector} in {page.text}"
    return " ".join(found.text().split())
