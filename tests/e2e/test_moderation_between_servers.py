"""What moderators of one server do that people of another see, over real HTTP."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Databases
from tests.support.pair import Failed, Person, two_servers, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, Person]]:
    """bob follows ann, on servers of their own."""
    with two_servers(databases, tmp_path_factory.mktemp("moderated")) as (ann, bob):
        bob.follow(ann.handle)
        yield ann, bob


def test_a_forwarded_report_arrives_without_saying_who_reports(
    pair: tuple[Person, Person],
) -> None:
    ann, bob = pair
    said = ann.post("/api/v1/statuses", status="a rude word")
    here = bob.in_home(said["uri"])
    bob.post(
        "/api/v1/reports", account_id=here["account"]["id"], status_ids=[here["id"]],
        comment="please look", forward=True,
    )  # fmt: skip
    listed = until(lambda: _reports(ann))
    assert "please look" in listed
    assert said["uri"] in listed
    assert "@ann@" in listed
    assert "@bob" not in listed


def _reports(person: Person) -> str:
    listed = person.server.weft("report", "list")
    return listed if "There are no" not in listed else ""


def test_a_suspension_is_seen_there_and_so_is_its_end(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.server.add_person("cleo")
    ann.server.weft("user", "role", "ann", "owner")
    cleo = Person(ann.server, "cleo")
    there = bob.follow(cleo.handle)
    said = cleo.post("/api/v1/statuses", status="before")
    bob.in_home(said["uri"])

    def account() -> dict[str, object]:
        found: dict[str, object] = bob.get(f"/api/v1/accounts/{there['id']}")
        return found

    ann.server.weft("moderation", "act", "cleo", "suspend", "--text", "spam")
    until(lambda: account().get("suspended"))
    assert all(each["uri"] != said["uri"] for each in bob.get("/api/v1/timelines/home"))
    with pytest.raises(Failed, match="401"):
        until(lambda: cleo.post("/api/v1/statuses", status="again") and None)
    ann.server.weft("moderation", "act", "cleo", "unsuspend")
    until(lambda: not account().get("suspended"))
    bob.in_home(said["uri"])


def test_a_stranger_who_is_suspended_here_says_nothing_here_any_more(
    pair: tuple[Person, Person],
) -> None:
    ann, bob = pair
    ann.server.add_person("dan")
    dan = Person(ann.server, "dan")
    there = bob.follow(dan.handle)
    dan.follow(bob.handle)
    bob.server.weft("moderation", "act", dan.handle, "suspend")
    assert bob.get(f"/api/v1/accounts/{there['id']}")["suspended"] is True
    # Its follow of people here ends there, too.
    until(lambda: not dan.relation(dan.find(bob.handle)["id"])["following"])
    mark = dan.post("/api/v1/statuses", status="into the void")
    ordinary = ann.post("/api/v1/statuses", status="still heard")
    bob.in_home(ordinary["uri"])
    assert all(each["uri"] != mark["uri"] for each in bob.get("/api/v1/timelines/home"))
