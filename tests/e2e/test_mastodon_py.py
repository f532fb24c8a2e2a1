"""Mastodon.py, a client library that Weft's authors did not write: push and scheduled posts."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, MastodonAPIError

from tests.support.databases import sql
from tests.support.push import PushService, Reader
from tests.support.servers import WeftServer
from weft.storage.statements import Engine

pytestmark = pytest.mark.slow
WAIT_S = 60.0


async def test_push_and_scheduled_posts(tmp_path: Path, engine: Engine, database_url: str) -> None:
    postgres = engine == "postgresql"
    server = WeftServer(tmp_path / "weft", database_url=database_url if postgres else None)
    url = database_url if postgres else f"sqlite:///{server.folder / 'weft.db'}"
    service = PushService()
    await service.start()
    try:
        tokens = await asyncio.to_thread(_prepare, server)
        await asyncio.to_thread(server.start)
        alice, bob = [Mastodon(access_token=each, api_base_url=server.origin) for each in tokens]
        await _push(service, alice, bob, tokens[1])
        await _scheduled(server, url, alice, bob)
    finally:
        await asyncio.to_thread(server.stop)
        await service.close()
    assert "Traceback" not in server.log, server.log[-5000:]


def _prepare(server: WeftServer) -> tuple[str, str]:
    server.prepare()
    for name in ("alice", "bob"):
        server.add_person(name)
    return server.token("alice"), server.token("bob")


async def _push(service: PushService, alice: Any, bob: Any, token: str) -> None:
    reader = Reader.new()
    keys = {"pubkey": reader.point, "auth": reader.auth}
    made = await asyncio.to_thread(
        bob.push_subscription_set, service.endpoint("bob"), keys, mention_events=True
    )
    assert made.alerts.mention
    assert not made.alerts.follow
    assert made.server_key == (await asyncio.to_thread(bob.push_subscription)).server_key
    instance = await asyncio.to_thread(bob.instance_v2)
    assert instance.configuration.vapid.public_key == made.server_key
    await asyncio.to_thread(alice.status_post, "Hello @bob")
    await _until(lambda: service.messages("bob"))
    told = reader.json(service.messages("bob")[0])
    assert (told["access_token"], told["title"]) == (token, "alice mentioned you")
    await asyncio.to_thread(bob.push_subscription_delete)
    with pytest.raises(MastodonAPIError):
        await asyncio.to_thread(bob.push_subscription)


async def _scheduled(server: WeftServer, url: str, alice: Any, bob: Any) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    for text in ("First", "Second"):
        made = await asyncio.to_thread(alice.status_post, text, scheduled_at=at)
        assert made.params.text == text
    first, second = sorted(
        await asyncio.to_thread(alice.scheduled_statuses), key=lambda each: each.id
    )
    moved = await asyncio.to_thread(alice.scheduled_status_update, second, at + timedelta(hours=1))
    assert moved.scheduled_at > at
    await asyncio.to_thread(alice.scheduled_status_delete, second)
    assert [each.id for each in await asyncio.to_thread(alice.scheduled_statuses)] == [first.id]
    # Its time comes while the server is dead, which is killed again while it makes up for it.
    await asyncio.to_thread(server.kill)
    sql(url, "UPDATE draft SET publish_at = 1")
    sql(url, "UPDATE job SET run_at = 0")
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.kill)
    sql(url, "UPDATE job SET run_at = 0")
    await asyncio.to_thread(server.start)
    count = "SELECT count(*) FROM post WHERE source = 'First'"
    await _until(lambda: sql(url, count)[0][0])
    assert [tuple(row) for row in sql(url, count)] == [(1,)]
    assert await asyncio.to_thread(alice.scheduled_statuses) == []
    posts = await asyncio.to_thread(bob.account_statuses, (await asyncio.to_thread(alice.me)).id)
    assert posts[0].content == "<p>First</p>"


async def _until(there: Any) -> None:
    end = asyncio.get_running_loop().time() + WAIT_S
    while not there():
        assert asyncio.get_running_loop().time() < end, "it did not happen"
        await asyncio.sleep(0.1)
