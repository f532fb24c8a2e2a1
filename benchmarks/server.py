"""A Weft server of its own for a measurement: prepared in-process, then run as people run it."""

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psutil

from weft.app import Parts, assembled
from weft.config.settings import Settings, load
from weft.storage.migrate import upgrade

START_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """A server process and its meters."""

    def __init__(self, process: asyncio.subprocess.Process, settings: Settings, cold_s: float):
        self.settings = settings
        self.origin = settings.origin
        self.port = settings.bind_port
        self.cold_start_s = cold_s
        self._process = process
        self._meter = psutil.Process(process.pid)

    def cpu_s(self) -> float:
        """User and system time so far, helpers included, also those that are gone."""
        total = 0.0
        for each in (self._meter, *self._meter.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def pss_mb(self) -> float:
        """Proportional memory: pages shared with others count in part."""
        found = 0
        for each in (self._meter, *self._meter.children(recursive=True)):
            found += each.memory_full_info().pss
        return found / 1e6

    async def stop(self) -> None:
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 25)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.contextmanager
def settings_for(database_url: str | None = None) -> Iterator[tuple[Settings, dict[str, str]]]:
    """Settings of a fresh server on a free port, and the variables that lead to them."""
    with tempfile.TemporaryDirectory(prefix="weft-bench-", ignore_cleanup_errors=True) as folder:
        port = free_port()
        environ = {
            "WEFT_DATA": str(Path(folder)),
            "WEFT_DOMAIN": f"127.0.0.1:{port}",
            "WEFT_BIND_PORT": str(port),
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_REQUEST_LIMIT": "0",
            "WEFT_LOG_LEVEL": "error",
        }
        if database_url:
            environ["WEFT_DATABASE_URL"] = database_url
        yield load(environ), environ


@contextlib.asynccontextmanager
async def running(
    prepare: Callable[[Parts], Awaitable[None]], database_url: str | None = None
) -> AsyncIterator[Running]:
    """A server with what ``prepare`` puts into it."""
    with settings_for(database_url) as (settings, environ):
        settings.data.mkdir(parents=True, exist_ok=True)
        await upgrade(settings.database_url)
        async with assembled(settings) as parts:
            await prepare(parts)
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("weft")), "serve", env={**os.environ, **environ}
        )
        try:
            await _answering(settings.bind_port, process)
            server = Running(process, settings, time.perf_counter() - started)
            yield server
        finally:
            if process.returncode is None:
                await Running(process, settings, 0).stop()


async def _answering(port: int, process: asyncio.subprocess.Process) -> None:
    until = time.perf_counter() + START_S
    while time.perf_counter() < until:
        if process.returncode is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /nodeinfo/2.0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            answer = await reader.read(64)
            writer.close()
            if b" 200 " in answer:
                return
        await asyncio.sleep(0.01)
    raise RuntimeError(f"the server did not answer within {START_S} seconds")
