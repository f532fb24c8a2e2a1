"""Two servers that know each other: ``ann`` on one with SQLite, ``bob`` on one with PostgreSQL."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.support.databases import CHOSEN, Databases
from tests.support.described import check_answer
from tests.support.servers import WeftServer, running

T = TypeVar("T")
WAIT_S = 40.0
"""On a busy machine; less than what is put off for its first minute would need."""


class Failed(Exception):
    """An API call that was not answered with success."""

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(f"{status}: {answer}")
        self.status = status


class Person:
    """Somebody's app."""

    def __init__(self, server: WeftServer, name: str) -> None:
        self.server, self.name = server, name
        self._token = server.token(name)

    @property
    def handle(self) -> str:
        return f"@{self.name}@{self.server.domain}"

    @property
    def token(self) -> str:
        return self._token

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, **values: Any) -> Any:
        return self._call("POST", path, values)

    def put(self, path: str, **values: Any) -> Any:
        return self._call("PUT", path, values)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path, None)

    def find(self, handle: str) -> Any:
        """An account, looked up on its server if it must be."""
        found = self.get(f"/api/v2/search?q={handle}&resolve=true&type=accounts")["accounts"]
        assert len(found) == 1, f"{handle}: {found}"
        return found[0]

    def status_of(self, uri: str) -> Any:
        """A status by its id, fetched if it must be."""
        found = self.get(f"/api/v2/search?q={uri}&resolve=true&type=statuses")["statuses"]
        return found[0] if found else None

    def follow(self, handle: str) -> Any:
        """Follow, and wait until it stands; the account."""
        account = self.find(handle)
        self.post(f"/api/v1/accounts/{account['id']}/follow")
        until(lambda: self.relation(account["id"])["following"])
        return account

    def relation(self, account_id: str) -> Any:
        return self.get(f"/api/v1/accounts/relationships?id[]={account_id}")[0]

    def in_home(self, uri: str) -> Any:
        """The status of this id, once it is in the home timeline."""
        return until(
            lambda: next((s for s in self.get("/api/v1/timelines/home") if s["uri"] == uri), None)
        )

    def notified(self, kind: str) -> list[Any]:
        return [each for each in self.get("/api/v1/notifications") if each["type"] == kind]

    def _call(self, method: str, path: str, values: dict[str, Any] | None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        body = None
        if values is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(values).encode()
        reply = self.server.request(method, path, headers=headers, body=body)
        check_answer(method, path, reply.status, reply.body)
        answer = json.loads(reply.body) if reply.body else None
        if reply.status >= 300:
            raise Failed(reply.status, answer)
        return answer


def until(look: Callable[[], T | None], wait_s: float = WAIT_S) -> T:
    """What ``look`` finds, as soon as it finds something."""
    end = time.monotonic() + wait_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= end:
            raise AssertionError(f"it did not come about\n{_what_the_servers_know()}")
        time.sleep(0.05)


_running: list[WeftServer] = []


def _what_the_servers_know() -> str:
    """What went out and came in last, as their operators would look it up."""
    told = []
    for server in _running:
        ways = ("outbound", "inbound")
        told += [f"{server.domain} {way}:\n{server.weft('inspect', way)[:6000]}" for way in ways]
        told.append(f"{server.domain} log:\n{server.log[-4000:]}")
    return "\n".join(told)


@contextmanager
def two_servers(
    databases: Databases, folder: Path, settings: dict[str, str] | None = None
) -> Iterator[tuple[Person, Person]]:
    """ann and bob, each on a server of their own; with one engine chosen, both use it."""
    with databases.new(CHOSEN[-1], folder) as url:
        first = WeftServer(folder / "first", settings=settings)
        second = WeftServer(folder / "second", database_url=url, settings=settings)
        for server, name in ((first, "ann"), (second, "bob")):
            server.prepare()
            server.add_person(name, admin=True)
        with running(first, second):
            _running.extend((first, second))
            try:
                yield Person(first, "ann"), Person(second, "bob")
            finally:
                _running.clear()
