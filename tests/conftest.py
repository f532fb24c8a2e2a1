"""Fixtures for every test: a database of each engine."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.databases import Databases, chosen
from weft.storage.database import Database, open_database
from weft.storage.statements import ENGINES, Engine

# The servers and commands that tests start keep their compiled modules: hundreds are started.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes is no property of the code: machines that run tests are busy.
settings.register_profile("weft", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("weft")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes databases, for the tests that need more than one."""
    mine = tmp_path_factory.getbasetemp()
    made = Databases(mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine)
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    return chosen(request.param)


@pytest.fixture
def database_url(databases: Databases, engine: Engine, tmp_path: Path) -> Iterator[str]:
    """An empty database with the full schema."""
    with databases.new(engine, tmp_path) as url:
        yield url


@pytest.fixture
def empty_url(databases: Databases, engine: Engine, tmp_path: Path) -> Iterator[str]:
    """A database without a schema."""
    with databases.new(engine, tmp_path, empty=True) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, empty database with the full schema."""
    db = await open_database(database_url)
    yield db
    await db.close()


@pytest.fixture
def new_database(databases: Databases, tmp_path: Path) -> Iterator[Callable[[Engine], str]]:
    """Makes the url of one more database with the full schema, for tests that want both engines."""
    with ExitStack() as stack:
        yield lambda engine: stack.enter_context(databases.new(engine, tmp_path))
