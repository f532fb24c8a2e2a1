"""A whole server in this process, on each engine, with three people who have tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.asgi import Caller
from weft.app import Parts, assembled, web_app
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.accounts.queries import Role
from weft.web.dispatcher import Dispatcher

SCOPES = frozenset({"read", "write", "follow", "push"})


@dataclass(slots=True)
class House:
    """``alice`` is an admin; ``bob`` and ``carol`` are people; ``anyone`` has no token."""

    parts: Parts
    app: Dispatcher
    anyone: Caller
    alice: Caller
    bob: Caller
    carol: Caller
    ids: dict[str, int]
    tokens: dict[str, str]


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with built(tmp_path, database_url) as made:
        yield made


@asynccontextmanager
async def built(folder: Path, database_url: str) -> AsyncIterator[House]:
    """A house in a folder of its own."""
    settings = load(
        {
            "WEFT_DATA": str(folder),
            "WEFT_DOMAIN": "127.0.0.1:9999",
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_DATABASE_URL": database_url,
            "WEFT_TITLE": "The House",
        }
    )
    async with assembled(settings) as parts:
        ids, tokens = {}, {}
        for name in ("alice", "bob", "carol"):
            made = await create_account(
                parts.db,
                parts.server,
                parts.sealer,
                name=name,
                email=f"{name}@example.org",
                password=None,
                role=Role.ADMIN if name == "alice" else Role.USER,
            )
            issued = await issue_token(
                parts.db, parts.server, account_id=made.id, scopes=SCOPES, family="mastodon"
            )
            ids[name], tokens[name] = made.actor.id, issued.token
        app = web_app(parts)
        anyone = Caller(app, settings.host)
        yield House(
            parts,
            app,
            anyone,
            anyone.with_token(tokens["alice"]),
            anyone.with_token(tokens["bob"]),
            anyone.with_token(tokens["carol"]),
            ids,
            tokens,
        )
