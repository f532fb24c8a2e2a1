"""One Weft with lena on it, on each engine, and threads on servers that are played over sockets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.federation.threads.village import Village
from tests.support.asgi import Caller
from tests.support.fediverse import OtherServers, Scene
from weft.app import assembled, web_app, working
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account


@pytest.fixture
async def village(tmp_path: Path, database_url: str) -> AsyncIterator[Village]:
    settings = load(
        {
            "WEFT_DATA": str(tmp_path),
            "WEFT_DOMAIN": "127.0.0.1:9999",
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_DATABASE_URL": database_url,
        }
    )
    others = OtherServers(settings.host)
    async with assembled(settings) as parts, working(parts, "federation"):
        account = await create_account(
            parts.db, parts.server, parts.sealer, name="lena", email=None, password=None
        )
        issued = await issue_token(
            parts.db,
            parts.server,
            account_id=account.id,
            scopes=frozenset({"read", "write", "follow"}),
            family="mastodon",
        )
        anyone = Caller(web_app(parts), settings.host)
        try:
            yield Village(
                Scene(parts, others, account.actor, anyone.with_token(issued.token), anyone)
            )
        finally:
            await others.close()
