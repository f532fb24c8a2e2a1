"""Three Weft servers that know each other by a relay only: one relay of each kind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.pair import Person, until
from tests.support.relay import Relay, running_relay
from tests.support.servers import WeftServer, running

pytestmark = pytest.mark.slow

RELAYS = "/api/v1/pleroma/admin/relay"
REMOTE = "/api/v1/timelines/public?remote=true&limit=40"


class Operator(Person):
    """Somebody with a moderators' app."""

    def __init__(self, server: WeftServer, name: str) -> None:
        super().__init__(server, name)
        self._token = server.weft(
            "token", "create", name, "--scopes", "read write follow admin:read admin:write"
        )

    def relay(self, method: str, **values: Any) -> Any:
        """Deal with relays through the API."""
        return self._call(method, RELAYS, values or None)

    @property
    def state(self) -> str:
        return str(self.relay("GET")["relays"][0]["state"])


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Operator]]:
    folder: Path = tmp_path_factory.mktemp("relayed")
    servers = [WeftServer(folder / name) for name in ("ann", "bob", "cem")]
    for server, name in zip(servers, ("ann", "bob", "cem"), strict=True):
        server.prepare()
        server.add_person(name, admin=True)
    with running(*servers):
        yield [
            Operator(each, name) for each, name in zip(servers, ("ann", "bob", "cem"), strict=True)
        ]


def seen(person: Person, status: Any) -> Any:
    """The same post on somebody else's server."""
    found = [each for each in person.get(REMOTE) if each["uri"] == status["uri"]]
    assert len(found) < 2
    return found[0] if found else None


def arrived(person: Person, status: Any) -> Any:
    return until(lambda: seen(person, status))


def deal_through(people: list[Operator], relay: Relay, address: str, kind: str) -> None:
    ann, bob, cem = people
    for person in (bob, cem):
        person.relay("POST", relay_url=address)
    ann.server.weft("relay", "add", address)
    until(lambda: len(relay.subscribers) == 3)
    until(lambda: all(each.state == "accepted" for each in people))
    first = ann.post("/api/v1/statuses", status=f"Hello, {kind} relay")
    quiet = ann.post("/api/v1/statuses", status="not for relays", visibility="unlisted")
    for person in (bob, cem):
        copy = arrived(person, first)
        assert (copy["content"], copy["reblog"]) == (first["content"], None)
        assert copy["account"]["acct"] == ann.handle[1:]
        homes = [each["uri"] for each in person.get("/api/v1/timelines/home")]
        assert first["uri"] not in homes
        assert person.get("/api/v1/notifications") == []
    # The other way round, and edits and deletions.
    answer = bob.post("/api/v1/statuses", status=f"Bob, by {kind}")
    arrived(ann, answer)
    ann.put(f"/api/v1/statuses/{first['id']}", status="Edited")
    until(lambda: "Edited" in seen(bob, first)["content"])
    ann.delete(f"/api/v1/statuses/{first['id']}")
    until(lambda: seen(bob, first) is None and seen(cem, first) is None)
    # Without signatures on them, what the origin has counts.
    relay.strips = True
    bob.put(f"/api/v1/statuses/{answer['id']}", status="Edited without a proof")
    until(lambda: "without a proof" in seen(ann, answer)["content"])
    bob.delete(f"/api/v1/statuses/{answer['id']}")
    until(lambda: seen(ann, answer) is None and seen(cem, answer) is None)
    relay.strips = False
    # Who pauses gets nothing; who asks again does.
    cem.relay("PATCH", relay_url=address, paused=True)
    until(lambda: len(relay.subscribers) == 2)
    missed = ann.post("/api/v1/statuses", status="while cem was away")
    arrived(bob, missed)
    assert seen(cem, missed) is None
    cem.relay("PATCH", relay_url=address, paused=False)
    until(lambda: len(relay.subscribers) == 3)
    later = ann.post("/api/v1/statuses", status="cem is back")
    arrived(cem, later)
    assert all(seen(person, quiet) is None for person in (bob, cem))
    assert seen(cem, missed) is None
    for person in (bob, cem):
        person.relay("DELETE", relay_url=address)
    ann.server.weft("relay", "remove", address)
    until(lambda: not relay.subscribers)
    assert ann.relay("GET") == {"relays": []}


def test_a_relay_of_mastodons_kind(people: list[Operator]) -> None:
    with running_relay() as relay:
        deal_through(people, relay, relay.inbox, "mastodon")
        assert set(relay.passed) >= {"Create", "Update", "Delete"}
        assert "Announce" not in relay.passed


def test_a_relay_of_litepubs_kind(people: list[Operator]) -> None:
    with running_relay() as relay:
        deal_through(people, relay, relay.actor, "litepub")
        assert set(relay.passed) >= {"Announce", "Update", "Delete"}
        assert "Create" not in relay.passed


def test_a_relay_that_says_no_is_shown_with_its_reason(people: list[Operator]) -> None:
    ann = people[0]
    with running_relay() as relay:
        relay.refuses = True
        ann.relay("POST", relay_url=relay.inbox)
        until(lambda: ann.state == "rejected")
        assert "By invitation only" in ann.server.weft("relay", "list")
        ann.relay("DELETE", relay_url=relay.inbox)
