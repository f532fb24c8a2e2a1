"""What people on two servers do to each other, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import Databases
from tests.support.pair import Failed, Person, two_servers, until
from tests.support.servers import WeftServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["open", "closed"])
def pair(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Person, Person]]:
    """bob follows ann, and ann bob; on servers that show documents to all, or to signers only."""
    settings = {"WEFT_AUTHORIZED_FETCH": "on" if request.param == "closed" else "off"}
    with two_servers(databases, tmp_path_factory.mktemp("pair"), settings) as (ann, bob):
        bob.follow(ann.handle)
        ann.follow(bob.handle)
        yield ann, bob


def quote_of(person: Person, status_id: str) -> Any:
    return person.get(f"/api/v1/statuses/{status_id}")["quote"]


def refusal(server: WeftServer, *arguments: str) -> str:
    """What a command says that does nothing."""
    with pytest.raises(AssertionError) as said:
        server.weft(*arguments)
    return str(said.value)


def test_a_quote_is_asked_for_allowed_and_taken_back(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    quoted = ann.post("/api/v1/statuses", status="quote me")
    here = bob.in_home(quoted["uri"])
    assert here["quote_approval"]["current_user"] == "automatic"
    quoting = bob.post("/api/v1/statuses", status="look", quoted_status_id=here["id"])
    assert quoting["quote"]["state"] == "pending"
    until(lambda: quote_of(bob, quoting["id"])["state"] == "accepted")
    assert quote_of(bob, quoting["id"])["quoted_status"]["uri"] == quoted["uri"]
    notice = until(lambda: ann.notified("quote"))[0]["status"]
    assert notice["uri"] == quoting["uri"]
    assert notice["quote"]["quoted_status"]["id"] == quoted["id"]
    assert [each["id"] for each in ann.get(f"/api/v1/statuses/{quoted['id']}/quotes")] == [
        notice["id"]
    ]
    assert ann.get(f"/api/v1/statuses/{quoted['id']}")["quotes_count"] == 1
    ann.post(f"/api/v1/statuses/{quoted['id']}/quotes/{notice['id']}/revoke")
    until(lambda: quote_of(bob, quoting["id"])["state"] == "revoked")
    assert quote_of(ann, notice["id"]) == {"state": "revoked", "quoted_status": None}
    assert ann.get(f"/api/v1/statuses/{quoted['id']}")["quotes_count"] == 0


def test_who_may_quote_is_held_on_both_sides(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    closed = ann.post("/api/v1/statuses", status="mine", quote_approval_policy="nobody")
    here = bob.in_home(closed["uri"])
    assert here["quote_approval"] == {"automatic": [], "manual": [], "current_user": "denied"}
    with pytest.raises(Failed, match="422"):
        bob.post("/api/v1/statuses", status="no", quoted_status_id=here["id"])
    circle = ann.post("/api/v1/statuses", status="friends", quote_approval_policy="followers")
    here = bob.in_home(circle["uri"])
    quoting = bob.post("/api/v1/statuses", status="yes", quoted_status_id=here["id"])
    until(lambda: quote_of(bob, quoting["id"])["state"] == "accepted")


def test_a_quoted_post_that_is_deleted_is_gone_from_what_quotes_it(
    pair: tuple[Person, Person],
) -> None:
    ann, bob = pair
    quoted = ann.post("/api/v1/statuses", status="soon gone")
    here = bob.in_home(quoted["uri"])
    quoting = bob.post("/api/v1/statuses", status="kept", quoted_status_id=here["id"])
    until(lambda: quote_of(bob, quoting["id"])["state"] == "accepted")
    ann.delete(f"/api/v1/statuses/{quoted['id']}")
    until(lambda: quote_of(bob, quoting["id"])["state"] == "deleted")


def test_pins_go_up_and_down(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    there = bob.find(ann.handle)
    pinned = ann.post("/api/v1/statuses", status="pinned")
    bob.in_home(pinned["uri"])
    assert ann.post(f"/api/v1/statuses/{pinned['id']}/pin")["pinned"] is True
    path = f"/api/v1/accounts/{there['id']}/statuses?pinned=true"
    assert until(lambda: bob.get(path))[0]["uri"] == pinned["uri"]
    assert ann.post(f"/api/v1/statuses/{pinned['id']}/unpin")["pinned"] is False
    until(lambda: bob.get(path) == [])


def test_featured_hashtags_are_shown_there(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    there = f"/api/v1/accounts/{bob.find(ann.handle)['id']}/featured_tags"
    assert ann.post("/api/v1/tags/Tea/feature")["featuring"] is True
    assert [each["name"] for each in until(lambda: bob.get(there))] == ["Tea"]
    assert ann.post("/api/v1/tags/tea/unfeature")["featuring"] is False
    until(lambda: bob.get(there) == [])


def test_votes_are_counted_where_the_poll_is(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    poll = {"options": ["red", "blue", "green"], "expires_in": 3600, "multiple": True}
    asked = ann.post("/api/v1/statuses", status="which?", poll=poll)
    here = bob.in_home(asked["uri"])["poll"]
    voted = bob.post(f"/api/v1/polls/{here['id']}/votes", choices=[0, 2])
    assert voted["own_votes"] == [0, 2]

    def counts() -> list[int]:
        shown = ann.get(f"/api/v1/polls/{asked['poll']['id']}")
        return [each["votes_count"] for each in shown["options"]]

    until(lambda: counts() == [1, 0, 1])
    assert ann.get(f"/api/v1/polls/{asked['poll']['id']}")["voters_count"] == 1


def test_a_report_reaches_the_other_server_without_a_name(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    rude = ann.post("/api/v1/statuses", status="rude")
    here = bob.in_home(rude["uri"])
    answer = bob.post(
        "/api/v1/reports",
        account_id=here["account"]["id"],
        status_ids=[here["id"]],
        comment="this hurts",
        forward=True,
    )
    assert answer["forwarded"] is True
    until(lambda: "this hurts" in ann.server.weft("report", "list", "--json"))
    found = ann.server.weft("report", "list", "--json")
    assert "bob" not in found
    assert bob.server.domain in found


def test_a_move_takes_the_followers_along(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.server.add_person("old")
    bob.server.add_person("new")
    old, new = Person(ann.server, "old"), Person(bob.server, "new")
    there = bob.follow(old.handle)
    here = ann.follow(old.handle)
    refused = refusal(ann.server, "user", "move", "old", new.handle)
    assert "alias" in refused
    bob.server.weft("user", "alias", "new", "--add", old.handle)
    ann.server.weft("user", "move", "old", new.handle)
    until(lambda: bob.relation(bob.find(new.handle)["id"])["following"])
    until(lambda: not bob.relation(there["id"])["following"])
    until(lambda: ann.relation(ann.find(new.handle)["id"])["following"])
    until(lambda: not ann.relation(here["id"])["following"])
    assert bob.get(f"/api/v1/accounts/{there['id']}")["moved"]["acct"] == "new"
    assert "30 days" in refusal(ann.server, "user", "move", "old", new.handle)


def test_a_deleted_account_goes_everywhere(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.server.add_person("leaving")
    leaving = Person(ann.server, "leaving")
    there = bob.follow(leaving.handle)
    said = leaving.post("/api/v1/statuses", status="farewell")
    seen = bob.in_home(said["uri"])
    assert "--yes" in refusal(ann.server, "user", "delete", "leaving")
    ann.server.weft("user", "delete", "leaving", "--yes")

    def gone(path: str) -> bool:
        try:
            bob.get(path)
        except Failed as error:
            return error.status == 404
        return False

    until(lambda: gone(f"/api/v1/accounts/{there['id']}"))
    until(lambda: gone(f"/api/v1/statuses/{seen['id']}"))
    with pytest.raises(Failed, match="401"):
        leaving.get("/api/v1/accounts/verify_credentials")
    path = said["account"]["uri"].removeprefix(ann.server.origin)
    if ann.server.environ["WEFT_AUTHORIZED_FETCH"] == "on":
        return
    gone_for_all = ann.server.get(path, {"Accept": "application/activity+json"})
    assert gone_for_all.status == 410
