"""Health: ``/health/live`` (the process runs) and ``/health/ready`` (it can serve).

Readable by anybody, because load balancers are; so the answer names what is wrong by one word and
tells no details. Live asks nothing: a supervisor that restarts us for a slow database makes it worse.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable

from weft.federation.asgi import AsgiApp, Receive, Scope, Send, encode, refuse, respond
from weft.observe.parts import Observed
from weft.observe.queries import answers
from weft.storage.errors import StorageError

ANSWER_S = 2.0
KEPT_S = 1.0
"""Anybody may ask, so what was found is good for a moment."""
LOW_DISK_BYTES = 100 * 1024 * 1024
"""Below this SQLite's next checkpoint may fail, and writes are refused soon."""

_NO_STORE = [(b"cache-control", b"no-store")]


def health_app(
    parts: Observed, schema_is_current: Callable[[], Awaitable[bool]] | None = None
) -> AsgiApp:
    """The handler of ``/health/live`` and ``/health/ready``."""
    readiness = _Readiness(parts, schema_is_current)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            await refuse(send, 405, "Health can only be read.", {"allow": "GET, HEAD"})
        elif scope["path"] == "/health/live":
            await respond(send, 200, b'{"status":"ok"}', headers=_NO_STORE)
        elif scope["path"] == "/health/ready":
            checks = await readiness.checks()
            well = all(checks.values())
            body = {"status": "ok" if well else "unavailable", "checks": checks}
            await respond(send, 200 if well else 503, encode(body), headers=_NO_STORE)
        else:
            await refuse(send, 404, "There is nothing here.")

    return app


class _Readiness:
    def __init__(
        self, parts: Observed, schema_is_current: Callable[[], Awaitable[bool]] | None
    ) -> None:
        self._parts = parts
        self._schema_is_current = schema_is_current
        self._lock = asyncio.Lock()
        self._found: dict[str, bool] = {}
        self._found_at = -KEPT_S

    async def checks(self) -> dict[str, bool]:
        """What was looked at, and whether it is well."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if now - self._found_at >= KEPT_S:
                self._found = await self._look()
                self._found_at = now
            return self._found

    async def _look(self) -> dict[str, bool]:
        found = {
            "database": await _within(self._database()),
            "disk": await _within(asyncio.to_thread(self._disk)),
            "background": not any(task.done() for task in self._parts.background),
        }
        if self._schema_is_current is not None:
            found["schema"] = await _within(self._schema_is_current())
        return found

    async def _database(self) -> bool:
        return await self._parts.db.one(answers) is not None

    def _disk(self) -> bool:
        return shutil.disk_usage(self._parts.settings.data).free >= LOW_DISK_BYTES


async def _within(question: Awaitable[bool]) -> bool:
    """False for what fails or takes too long."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await question
    except (StorageError, OSError, TimeoutError):
        return False
