"""Whose browser this is, and that a form came from our own page.

The session's token lives in an HttpOnly cookie; over https its name begins with ``__Host-``, which
browsers bind to this host. Forms carry a word made from that cookie, which other sites cannot read
(and SameSite keeps them from sending the cookie at all). People who are not signed in get a visitor's
cookie for the same purpose.
"""

import hashlib
import secrets
from hmac import compare_digest

from msgspec import Struct

from weft.config.settings import Settings
from weft.domain.accounts.queries import Session
from weft.domain.accounts.sessions import SESSION_LIFE_MS, session_of
from weft.domain.server import Server
from weft.storage.database import Database

FIELD = "csrf"
"""The name of the form field."""


class Visitor(Struct, frozen=True):
    """A browser: with a session or without. ``new`` if it must still be given its cookie."""

    session: Session | None
    secret: str
    new: bool = False

    @property
    def csrf(self) -> str:
        """What a form of this browser has to carry."""
        return hashlib.sha256(f"csrf:{self.secret}".encode()).hexdigest()[:32]

    def may_post(self, given: str | None) -> bool:
        """Does the form's word belong to this browser?"""
        if self.new or given is None:
            return False
        return compare_digest(self.csrf.encode(), given.encode())


class Cookies:
    """The names and attributes of this server's cookies."""

    def __init__(self, settings: Settings) -> None:
        self._secure = settings.origin.startswith("https://")
        # Cookies do not tell ports apart, and several servers may share a loopback host.
        suffix = "" if self._secure else f"-{settings.bind_port}"
        prefix = "__Host-" if self._secure else ""
        self.session = f"{prefix}weft{suffix}"
        self.visitor = f"{prefix}weft-visitor{suffix}"
        self.step = f"{prefix}weft-step{suffix}"
        self.known = f"{prefix}weft-known{suffix}"

    def read(self, header: str | None, name: str) -> str | None:
        """One cookie's value. Others' cookies may hold what the standard library's parser gives up
        at, and a domain above ours may set some: they must not sign anybody out."""
        for pair in (header or "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value if 16 <= len(value) <= 200 else None
        return None

    def set_session(self, token: str) -> str:
        """A Set-Cookie header's value."""
        return self._set(self.session, token, SESSION_LIFE_MS // 1000)

    def set_visitor(self, secret: str) -> str:
        return self._set(self.visitor, secret, None)

    def clear_session(self) -> str:
        return self._set(self.session, "", 0)

    def set_step(self, ticket: str, seconds: int) -> str:
        """That the password was right, while the second factor is asked for."""
        return self._set(self.step, ticket, seconds)

    def clear_step(self) -> str:
        return self._set(self.step, "", 0)

    def set_known(self, tickets: str, seconds: int) -> str:
        """That the browser was signed in with before."""
        return self._set(self.known, tickets, seconds)

    def _set(self, name: str, value: str, seconds: int | None) -> str:
        parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
        if seconds is not None:
            parts.append(f"Max-Age={seconds}")
        if self._secure:
            parts.append("Secure")
        return "; ".join(parts)


async def visitor_of(db: Database, server: Server, cookies: Cookies, header: str | None) -> Visitor:
    """The browser of a request, by its Cookie header."""
    token = cookies.read(header, cookies.session)
    session = await session_of(db, server, token)
    if session is not None and token is not None:
        return Visitor(session, token)
    secret = cookies.read(header, cookies.visitor)
    if secret is not None:
        return Visitor(None, secret)
    return Visitor(None, secrets.token_urlsafe(24), new=True)
