"""Twenty times ``kill -9`` under load: nothing that was acknowledged is lost or done twice."""

import asyncio
import random
from pathlib import Path

import apsw
import pytest

from tests.crash.ledger import Load
from tests.support.databases import sql
from tests.support.fediverse import OtherServers
from tests.support.servers import WeftServer
from weft.storage.statements import Engine

pytestmark = pytest.mark.slow

KILLS = 20
AUTHORS = ("ann", "ben", "cid")
APPS = ("one", "two")
DRAIN_S = 90.0


async def test_what_was_acknowledged_is_done_exactly_once(
    tmp_path: Path, engine: Engine, database_url: str
) -> None:
    server = WeftServer(
        tmp_path / "weft", database_url=database_url if engine == "postgresql" else None
    )
    url = database_url if engine == "postgresql" else f"sqlite:///{server.folder / 'weft.db'}"
    others = OtherServers(server.domain)
    host = await others.listen("peer.example")
    await asyncio.to_thread(_prepare, server)
    token = await asyncio.to_thread(server.token, "lena")
    lena = sql(url, "SELECT uri FROM actor WHERE handle LIKE 'lena@%'")[0][0]
    load = Load(server, others, host, str(lena))
    await asyncio.to_thread(server.start)
    try:
        await _followed(load, str(lena), others)
        tasks = [asyncio.create_task(load.send_notes(name)) for name in AUTHORS]
        tasks += [asyncio.create_task(load.post(name, token)) for name in APPS]
        chance = random.Random(20)
        for _ in range(KILLS):
            await _something_of_each(load)
            await asyncio.sleep(chance.uniform(0, 0.4))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        await asyncio.sleep(0.5)
        load.stop()
        await asyncio.gather(*tasks)
        await _drained(url)
        assert load.ledger.refused == []
        assert len(load.ledger.accepted) >= KILLS
        assert len(load.ledger.posted) >= KILLS
        _check_arrivals(url, load)
        _check_posts(url, load)
        _check_deliveries(others, load, server)
        _check_counts(url)
    finally:
        await asyncio.to_thread(server.stop)
        await others.close()
    if engine == "sqlite":
        _check_file(server.folder / "weft.db")
    assert "Traceback" not in server.log, server.log[-5000:]


def _prepare(server: WeftServer) -> None:
    server.prepare()
    server.add_person("lena")


async def _followed(load: Load, lena: str, others: OtherServers) -> None:
    """Ann follows lena, so that what lena posts has somewhere to go."""
    import aiohttp

    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{load.author('ann')}/follow",
        "type": "Follow",
        "actor": load.author("ann"),
        "object": lena,
    }
    async with aiohttp.ClientSession() as session:
        assert await load.signed(session, "ann", activity) == 202
    until = asyncio.get_running_loop().time() + 20
    while not any(each["type"] == "Accept" for _, each in others.delivered):
        assert asyncio.get_running_loop().time() < until, "the follow was not accepted"
        await asyncio.sleep(0.05)


async def _something_of_each(load: Load) -> None:
    """Until the server that was just started has acknowledged an activity and a post."""
    notes, posts = len(load.ledger.accepted), len(load.ledger.posted)
    until = asyncio.get_running_loop().time() + 30
    while len(load.ledger.accepted) == notes or len(load.ledger.posted) == posts:
        assert asyncio.get_running_loop().time() < until, "the server acknowledges nothing"
        await asyncio.sleep(0.01)


async def _drained(url: str) -> None:
    """Until nothing waits in the inbox log and no delivery is left."""
    until = asyncio.get_running_loop().time() + DRAIN_S
    left = None
    while asyncio.get_running_loop().time() < until:
        rows = await asyncio.to_thread(
            sql,
            url,
            "SELECT (SELECT count(*) FROM inbox_log WHERE state < 2),"
            " (SELECT count(*) FROM delivery WHERE state = 0)",
        )
        left = rows[0]
        if tuple(left) == (0, 0):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"entries and deliveries that are left after {DRAIN_S:.0f} s: {left}")


def _check_arrivals(url: str, load: Load) -> None:
    """Each accepted note is here once, and lena was told of it once."""
    rows = sql(url, "SELECT uri, id FROM post WHERE NOT local AND boost_of_id IS NULL")
    found = [str(uri) for uri, _ in rows]
    assert len(found) == len(set(found))
    assert load.ledger.accepted <= set(found), "an accepted activity is lost"
    told = sql(url, "SELECT post_id, count(*) FROM notification WHERE kind = 0 GROUP BY post_id")
    assert {int(str(post)) for post, _ in told} == {int(str(id_)) for _, id_ in rows}
    assert {int(str(count)) for _, count in told} == {1}


def _check_posts(url: str, load: Load) -> None:
    """Each acknowledged post is here once, under the id that was answered."""
    rows = sql(url, "SELECT id, source FROM post WHERE local AND boost_of_id IS NULL")
    by_text = [str(source) for _, source in rows]
    assert len(by_text) == len(set(by_text)), "a repeated request posted twice"
    known = {str(source): str(id_) for id_, source in rows}
    for key, post_id in load.ledger.posted.items():
        assert known.get(f"Post {key}") == post_id


def _check_deliveries(others: OtherServers, load: Load, server: WeftServer) -> None:
    """Each post reached the follower at least once, always under the same names."""
    arrived: dict[str, set[str]] = {}
    for _, activity in others.delivered:
        if activity["type"] == "Create":
            arrived.setdefault(activity["object"]["id"], set()).add(activity["id"])
    for post_id in load.ledger.posted.values():
        names = arrived.get(f"{server.origin}/ap/posts/{post_id}")
        assert names is not None, f"post {post_id} was never delivered"
        assert len(names) == 1, f"post {post_id} was delivered under several ids: {names}"


def _check_counts(url: str) -> None:
    """Counters agree with what is there: no activity was applied by half."""
    rows = sql(
        url,
        "SELECT a.id, s.posts, (SELECT count(*) FROM post p WHERE p.author_id = a.id)"
        " FROM actor a JOIN actor_stats s ON s.actor_id = a.id",
    )
    assert [row for row in rows if row[1] != row[2]] == []
    orphans = sql(
        url,
        "SELECT (SELECT count(*) FROM post p WHERE NOT EXISTS"
        " (SELECT 1 FROM post_stats s WHERE s.post_id = p.id)),"
        " (SELECT count(*) FROM post p WHERE NOT EXISTS"
        " (SELECT 1 FROM object o WHERE o.id = p.id AND o.uri = p.uri))",
    )
    assert tuple(orphans[0]) == (0, 0)


def _check_file(path: Path) -> None:
    connection = apsw.Connection(str(path))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
