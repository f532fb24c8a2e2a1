"""A whole server in this process, on each engine, whose clock a test may move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.asgi import Answer, Caller
from tests.support.browser import PASSWORD, Browser
from weft.app import Parts, assembled, web_app
from weft.config.settings import load
from weft.domain.accounts.access import OUT_OF_BAND, NewApp, register_app
from weft.domain.accounts.create import create_account
from weft.domain.server import now_ms


@dataclass
class Clock:
    ahead_ms: int = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead_ms


@dataclass
class Site:
    """``alice`` and ``bob`` live here; ``caller`` calls as a program does."""

    parts: Parts
    clock: Clock
    caller: Caller
    ids: dict[str, int] = field(default_factory=dict)
    """Actors by name."""
    accounts: dict[str, int] = field(default_factory=dict)

    def browser(self) -> Browser:
        return Browser(self.caller, self.parts.settings.origin)

    async def add(self, name: str, password: str = PASSWORD, **more: Any) -> None:
        made = await create_account(
            self.parts.db,
            self.parts.server,
            self.parts.sealer,
            name=name,
            email=f"{name}@example.org",
            password=password,
            **more,
        )
        self.accounts[name], self.ids[name] = made.id, made.actor.id

    async def signed_in(self, name: str) -> Browser:
        browser = self.browser()
        await browser.sign_in(name)
        return browser

    async def app(
        self, *uris: str, scopes: str = "read write follow push", name: str = "Loom"
    ) -> NewApp:
        return await register_app(
            self.parts.db,
            self.parts.server,
            name=name,
            redirect_uris=list(uris or (OUT_OF_BAND,)),
            scopes=scopes,
            website="https://loom.example",
            family="mastodon",
        )

    async def token(self, **form: str) -> Answer:
        return await self.caller.call("POST", "/oauth/token", form=form)


def asking(app: NewApp, **more: str) -> str:
    """The address where an application asks a person for access."""
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uris[0],
        "scope": "read write",
    }
    return f"/oauth/authorize?{urlencode(asked | more)}"


@pytest.fixture
def more_settings() -> dict[str, str]:
    """For modules whose site has others."""
    return {}


@pytest.fixture
async def site(
    database_url: str, tmp_path: Path, more_settings: dict[str, str]
) -> AsyncIterator[Site]:
    settings = load(
        {
            "WEFT_DATA": str(tmp_path),
            "WEFT_DATABASE_URL": database_url,
            "WEFT_DOMAIN": "127.0.0.1:9999",
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_TITLE": "The Site",
        }
        | more_settings
    )
    clock = Clock()
    async with assembled(settings) as parts:
        parts.server = replace(parts.server, now_ms=clock)
        made = Site(parts, clock, Caller(web_app(parts), settings.host))
        for name in ("alice", "bob"):
            await made.add(name)
        yield made
