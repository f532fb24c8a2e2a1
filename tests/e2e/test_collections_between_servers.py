"""Collections of people between two servers, over real HTTP."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.databases import Databases
from tests.support.pair import Failed, Person, two_servers, until
from tests.support.servers import Browser

pytestmark = pytest.mark.slow


def shown(person: Person, collection_id: str) -> Any:
    return person.get(f"/api/v1/collections/{collection_id}")["collection"]


def test_people_are_asked_told_and_leave_again(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"WEFT_AUTHORIZED_FETCH": "on"}
    with two_servers(databases, tmp_path_factory.mktemp("clubs"), settings) as (ann, bob):
        _found_by_its_address(ann, bob)
        _from_the_question_to_the_end(ann, bob)


def _found_by_its_address(ann: Person, bob: Person) -> None:
    """Nobody follows gil: what bob types is all that his server knows of it."""
    ann.server.add_person("gil")
    gil, her = Person(ann.server, "gil"), ann.get("/api/v1/accounts/verify_credentials")["id"]
    made = [
        gil.post("/api/v1/collections", name=name, account_ids=[her])["collection"]
        for name in ("Cooks", "Bakers")
    ]
    for theirs, address in zip(made, ("url", "uri"), strict=True):
        typed = f"/api/v2/search?{urlencode({'q': theirs[address]})}"
        assert bob.get(typed)["collections"] == []
        [here] = bob.get(f"{typed}&resolve=true")["collections"]
        assert (here["uri"], here["url"]) == (theirs["uri"], theirs["url"])
        assert (here["name"], here["local"], here["item_count"]) == (theirs["name"], False, 1)
        assert [each["id"] for each in bob.get(typed)["collections"]] == [here["id"]]
        whole = bob.get(f"/api/v1/collections/{here['id']}")
        assert sorted(each["acct"] for each in whole["accounts"]) == sorted(
            [ann.handle.removeprefix("@"), f"gil@{ann.server.domain}"]
        )
    assert "Bakers" in bob.server.weft("fetch", made[1]["uri"])
    browser = Browser(bob.server)
    browser.sign_in("bob")
    assert "Cooks" in browser.open(f"/search?{urlencode({'q': made[0]['uri']})}").text
    assert re.fullmatch(r"/collections/\d+", browser.at)


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
