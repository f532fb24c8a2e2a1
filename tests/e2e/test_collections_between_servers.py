"""Collections of people between two servers, over real HTTP."""

from typing import Any

import pytest

from tests.support.databases import Databases
from tests.support.pair import Failed, Person, two_servers, until

pytestmark = pytest.mark.slow


def shown(person: Person, collection_id: str) -> Any:
    return person.get(f"/api/v1/collections/{collection_id}")["collection"]


def test_people_are_asked_told_and_leave_again(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"WEFT_AUTHORIZED_FETCH": "on"}
    with two_servers(databases, tmp_path_factory.mktemp("clubs"), settings) as (ann, bob):
        _from_the_question_to_the_end(ann, bob)


def _from_the_question_to_the_end(ann: Person, bob: Person) -> None:
    ann_there = bob.follow(ann.handle)
    bob_there = ann.find(bob.handle)
    assert bob_there["feature_approval"]["current_user"] == "automatic"
    made = ann.post(
        "/api/v1/collections", name="Gardeners", tag_name="plants", account_ids=[bob_there["id"]]
    )["collection"]
    until(lambda: [each["state"] for each in shown(ann, made["id"])["items"]] == ["accepted"])

    # bob is told, and sees it on his server, in ann's profile and among those that he is in.
    notice = until(lambda: bob.notified("added_to_collection"))[0]
    here = notice["collection"]
    assert (here["uri"], here["name"], here["local"]) == (made["uri"], "Gardeners", False)
    me = bob.get("/api/v1/accounts/verify_credentials")
    for path in (f"{ann_there['id']}/collections", f"{me['id']}/in_collections"):
        listed = bob.get(f"/api/v1/accounts/{path}")["collections"]
        assert [each["id"] for each in listed] == [here["id"]]
    assert here["tag"]["name"] == "plants"

    # What ann changes, he hears of.
    ann._call("PATCH", f"/api/v1/collections/{made['id']}", {"name": "Good gardeners"})
    told = until(lambda: bob.notified("collection_update"))[0]
    assert told["collection"]["name"] == "Good gardeners"

    # He leaves: it is said on both servers, and ann cannot add him again.
    [item] = shown(bob, here["id"])["items"]
    bob.post(f"/api/v1/collections/{here['id']}/items/{item['id']}/revoke")
    until(lambda: shown(ann, made["id"])["items"] == [])
    assert shown(bob, here["id"])["items"] == []
    with pytest.raises(Failed, match="403"):
        ann.post(f"/api/v1/collections/{made['id']}/items", account_id=bob_there["id"])
    ann.delete(f"/api/v1/collections/{made['id']}")
    until(lambda: bob.get(f"/api/v1/accounts/{ann_there['id']}/collections")["collections"] == [])
