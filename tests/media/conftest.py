"""A real database and a real folder for every test of uploads."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from weft.domain.server import Server, now_ms
from weft.media.gate import Gate
from weft.media.intake import MediaIntake
from weft.media.sandbox import Sandbox
from weft.media.store import LocalStore
from weft.media.worker import MediaWorker
from weft.storage.database import Database, open_database
from weft.storage.migrate import upgrade


@dataclass
class Clock:
    """A wall clock that a test may move."""

    ahead_ms: int = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead_ms


@dataclass
class Rig:
    db: Database
    store: LocalStore
    intake: MediaIntake
    worker: MediaWorker
    folder: Path
    clock: Clock

    def files(self) -> list[Path]:
        """What is in the store, without what is being made."""
        return sorted(
            path
            for path in self.folder.rglob("*")
            if path.is_file() and ".incoming" not in path.parts
        )

    def leftovers(self) -> list[Path]:
        incoming = self.folder / ".incoming"
        return sorted(incoming.iterdir()) if incoming.is_dir() else []


async def nobody(tx: object, event: object) -> None:
    """Nobody is told anything here."""


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    url = f"sqlite:///{tmp_path / 'weft.db'}"
    await upgrade(url)
    db = await open_database(url)
    folder, clock = tmp_path / "media", Clock()
    store = LocalStore(folder)
    gate = Gate(db, clock_ms=clock)
    intake = MediaIntake(db, store, Sandbox(), clock, gate=gate)
    server = Server(
        origin="https://a.example", domain="a.example", host="a.example", tell=nobody, now_ms=clock
    )
    worker = MediaWorker(db, server, store, intake, gate)
    yield Rig(db, store, intake, worker, folder, clock)
    await intake.close()
    await db.close()
