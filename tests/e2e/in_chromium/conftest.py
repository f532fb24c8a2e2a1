"""A server with alice, and a tab of a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chromium import Tab, chromium
from tests.support.servers import WeftServer, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WeftServer]:
    made = WeftServer(tmp_path / "weft", name="weft.localhost")
    made.prepare()
    made.add_person("alice", admin=True)
    with running(made):
        yield made


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    with chromium(tmp_path) as made:
        yield made
