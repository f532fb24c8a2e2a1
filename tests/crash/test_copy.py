"""A snapshot of the files at any one moment opens clean, and has what was acknowledged before it.

A snapshot is taken of a stopped moment, as file systems and virtual machines take it: the process is
halted between two of its system calls, its files are copied, and it goes on.
"""

import asyncio
import random
import shutil
import signal
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.crash.ledger import Load
from tests.support.fediverse import OtherServers
from tests.support.servers import WeftServer

pytestmark = pytest.mark.slow

SNAPSHOTS = 12
FILES = ("weft.db", "weft.db-wal")


async def test_snapshots_open_clean(tmp_path: Path) -> None:
    server = WeftServer(tmp_path / "weft")
    others = OtherServers(server.domain)
    host = await others.listen("peer.example")
    await asyncio.to_thread(server.prepare)
    await asyncio.to_thread(server.add_person, "lena")
    token = await asyncio.to_thread(server.token, "lena")
    load = Load(server, others, host, f"{server.origin}/@lena")
    await asyncio.to_thread(server.start)
    taken: list[tuple[Path, set[str], dict[str, str]]] = []
    try:
        tasks = [asyncio.create_task(load.send_notes(name)) for name in ("ann", "ben")]
        tasks += [asyncio.create_task(load.post(name, token)) for name in ("one", "two")]
        chance = random.Random(12)
        for number in range(SNAPSHOTS):
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            known = set(load.ledger.accepted), dict(load.ledger.posted)
            taken.append((_snapshot(server, tmp_path / f"copy {number}"), *known))
        load.stop()
        await asyncio.gather(*tasks)
    finally:
        await asyncio.to_thread(server.stop)
        await others.close()
    assert load.ledger.refused == []
    assert taken[-1][1]
    assert taken[-1][2]
    for copy, accepted, posted in taken:
        _check(copy, accepted, posted)


def _snapshot(server: WeftServer, folder: Path) -> Path:
    assert server.process is not None
    folder.mkdir()
    server.process.send_signal(signal.SIGSTOP)
    try:
        for name in FILES:
            if (server.folder / name).exists():
                shutil.copyfile(server.folder / name, folder / name)
    finally:
        server.process.send_signal(signal.SIGCONT)
    return folder / "weft.db"


def _check(copy: Path, accepted: set[str], posted: dict[str, str]) -> None:
    with closing(apsw.Connection(str(copy))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        logged = {
            str(row[0]).removesuffix("/create")
            for row in connection.execute("SELECT activity_uri FROM inbox_log").fetchall()
        }
        assert accepted <= logged
        posts = {
            str(row[0]) for row in connection.execute("SELECT id FROM post WHERE local").fetchall()
        }
        assert set(posted.values()) <= posts
