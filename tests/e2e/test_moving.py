"""Arriving and leaving, as people do it: with a browser, files, and two servers."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import Databases
from tests.support.pair import Person, two_servers, until
from tests.support.servers import Browser, Reply

pytestmark = pytest.mark.slow

MOVE = "/settings/move"


@pytest.fixture(scope="module")
def pair(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, Person]]:
    """ann on SQLite, bob and more people on PostgreSQL."""
    with two_servers(databases, tmp_path_factory.mktemp("moving")) as (ann, bob):
        for name in ("cid", "dora", "eve"):
            bob.server.add_person(name)
        yield ann, bob


@pytest.fixture
def browser(pair: tuple[Person, Person]) -> Browser:
    made = Browser(pair[0].server)
    made.sign_in("ann")
    return made


def bring(browser: Browser, name: str, content: str, **fields: str) -> Reply:
    page = browser.open(MOVE)
    return browser.send(page, "/settings/import", fields, {"file": (name, content.encode())})


def report(browser: Browser, page: Reply) -> str:
    """The report of an import, once it is done."""
    address = browser.at
    assert re.match(r"/settings/import/\d+$", address), page.text

    def ended() -> str:
        text = browser.open(address).text
        return "" if "going on" in text else text

    return until(ended)


def names(accounts: Any) -> set[str]:
    return {each["acct"] for each in accounts}


def test_follows_are_brought_along_with_their_wishes(
    pair: tuple[Person, Person], browser: Browser
) -> None:
    ann, bob = pair
    there = bob.server.domain
    me = ann.get("/api/v1/accounts/verify_credentials")["id"]
    text = (
        "Account address,Show boosts,Notify on new posts,Languages\n"
        f'bob@{there},true,false,\ncid@{there},false,true,"de, en"\nnobody@{there},true,false,\n'
    )
    looked = bring(browser, "anything.csv", text, look="yes")
    assert "3 would be added, 0 are here already" in looked.text
    assert ann.get(f"/api/v1/accounts/{me}/following") == []
    said = report(browser, bring(browser, "anything.csv", text))
    assert "2 of 3 taken over, 1 not" in said
    assert f"nobody@{there}" in said
    until(lambda: len(ann.get(f"/api/v1/accounts/{me}/following")) == 2)
    followed = ann.get(f"/api/v1/accounts/{me}/following")
    cid = next(each for each in followed if each["username"] == "cid")
    relation = ann.relation(cid["id"])
    assert (relation["showing_reblogs"], relation["notifying"]) == (False, True)
    assert relation["languages"] == ["de", "en"]
    # What failed is a file again, and what is here can be taken away in the form it came in.
    failed = browser.open(re.findall(r'href="([^"]+failed\.csv)"', said)[0])
    assert failed.text.splitlines()[1:] == [f"nobody@{there},true,false,"]
    taken = browser.open("/settings/exports/following_accounts.csv").text.splitlines()
    assert set(taken[1:]) == {f"bob@{there},true,false,", f'cid@{there},false,true,"de, en"'}


def test_a_file_may_replace_what_is_here(pair: tuple[Person, Person], browser: Browser) -> None:
    ann, bob = pair
    there = bob.server.domain
    report(browser, bring(browser, "blocked_accounts.csv", f"cid@{there}\ndora@{there}\n"))
    assert names(ann.get("/api/v1/blocks")) == {f"cid@{there}", f"dora@{there}"}
    text = f"dora@{there}\neve@{there}\n"
    looked = bring(browser, "blocked_accounts.csv", text, overwrite="on", look="yes")
    assert "1 would be added, 1 are here already, 1 would be taken away" in looked.text
    report(browser, bring(browser, "blocked_accounts.csv", text, overwrite="on"))
    assert names(ann.get("/api/v1/blocks")) == {f"dora@{there}", f"eve@{there}"}
    assert set(browser.open("/settings/exports/blocked_accounts.csv").text.split()) == {
        f"dora@{there}",
        f"eve@{there}",
    }


def test_mutes_bookmarks_and_domains_are_brought_along(
    pair: tuple[Person, Person], browser: Browser
) -> None:
    ann, bob = pair
    there = bob.server.domain
    post = bob.post("/api/v1/statuses", status="worth keeping")
    hidden = bob.post("/api/v1/statuses", status="not for all", visibility="direct")
    report(
        browser,
        bring(browser, "m.csv", f"Account address,Hide notifications\neve@{there},false\n"),
    )
    (muted,) = ann.get("/api/v1/mutes")
    assert ann.relation(muted["id"])["muting_notifications"] is False
    said = report(browser, bring(browser, "bookmarks.csv", f"{post['uri']}\n{hidden['uri']}\n"))
    assert "1 of 2 taken over, 1 not" in said
    assert [each["uri"] for each in ann.get("/api/v1/bookmarks")] == [post["uri"]]
    assert browser.open("/settings/exports/bookmarks.csv").text == f"{post['uri']}\n"
    report(browser, bring(browser, "blocked_domains.csv", f"bad.example\n{ann.server.domain}\n"))
    assert ann.get("/api/v1/domain_blocks") == ["bad.example"]


REFUSED = [
    ("following_accounts.csv", "no account at all\n", "Line 1"),
    ("data.csv", "a@b.example\n", "Say what is in the file"),
    ("blocks.csv", "", "no row"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED)
def test_a_wrong_file_is_refused_with_a_sentence(
    browser: Browser, name: str, content: str, sentence: str
) -> None:
    refused = bring(browser, name, content)
    assert refused.status == 422
    assert sentence in refused.text


def test_an_import_of_somebody_else_is_not_shown(
    pair: tuple[Person, Person], browser: Browser
) -> None:
    ann, _ = pair
    ann.server.add_person("nosy")
    page = bring(browser, "blocked_domains.csv", "worse.example\n")
    report(browser, page)
    other = Browser(ann.server)
    other.sign_in("nosy")
    assert other.open(browser.at).status == 404
    assert other.open(f"{browser.at}/failed.csv").status == 404


def test_an_import_goes_on_after_the_server_was_killed(
    pair: tuple[Person, Person], browser: Browser
) -> None:
    ann, _ = pair
    rows = "".join(f"d{number}.example\n" for number in range(400))
    bring(browser, "blocked_domains.csv", rows)
    address = browser.at
    ann.server.kill()
    ann.server.start()
    until(lambda: "400 of 400 taken over" in browser.open(address).text, 200)
    blocked = set(browser.open("/settings/exports/blocked_domains.csv").text.split())
    assert {f"d{number}.example" for number in range(400)} <= blocked


def test_the_archive_holds_everything(
    pair: tuple[Person, Person], browser: Browser, tmp_path: Path
) -> None:
    ann, bob = pair
    public = ann.post("/api/v1/statuses", status="in the archive")
    private = ann.post("/api/v1/statuses", status="mine alone", visibility="direct")
    liked = ann.status_of(bob.post("/api/v1/statuses", status="liked")["uri"])
    ann.post(f"/api/v1/statuses/{liked['id']}/favourite")
    cid = ann.find(f"@cid@{bob.server.domain}")
    made = ann.post(
        "/api/v1/collections",
        name="Unlisted friends",
        discoverable="false",
        account_ids=[cid["id"]],
    )
    shown = f"/api/v1/collections/{made['collection']['id']}"
    until(lambda: [e["state"] for e in ann.get(shown)["collection"]["items"]] == ["accepted"])
    asked = browser.send(browser.open(MOVE), "/settings/archive", {})
    assert "is being made" in asked.text
    again = browser.send(browser.open(MOVE), "/settings/archive", {})
    assert "already" in again.text or "six days" in again.text
    (link,) = until(
        lambda: re.findall(r'href="(/settings/archive/\d+)"', browser.open(MOVE).text), 60
    )
    reply = browser.open(link)
    assert reply.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        assert archive.testzip() is None
        outbox = json.loads(archive.read("outbox.json"))
        objects = {each["object"]["id"]: each["object"] for each in outbox["orderedItems"]}
        assert {public["uri"], private["uri"]} <= set(objects)
        assert outbox["totalItems"] == len(outbox["orderedItems"])
        assert json.loads(archive.read("likes.json"))["orderedItems"] == [liked["uri"]]
        collections = archive.read("collections.json").decode()
        [kept] = json.loads(collections)["orderedItems"]
        assert (kept["id"], kept["name"]) == (made["collection"]["uri"], "Unlisted friends")
        assert json.loads(archive.read("actor.json"))["preferredUsername"] == "ann"
        assert b"dora@" in archive.read("blocked_accounts.csv")
        assert "Unlisted friends,," in archive.read("collections.csv").decode()
    _collections_are_brought_along(bob, collections, tmp_path)
    ann.server.add_person("thief")
    thief = Browser(ann.server)
    thief.sign_in("thief")
    assert thief.open(link).status == 404


def _collections_are_brought_along(bob: Person, collections: str, folder: Path) -> None:
    """Out of ann's archive, by a page and by command, to people of the other server."""
    there = Browser(bob.server)
    there.sign_in("dora")
    said = report(there, bring(there, "collections.json", collections))
    assert "2 of 2 taken over" in said
    bob.server.add_person("fay")
    file = folder / "collections.json"
    file.write_text(collections)
    assert bob.server.weft("user", "import", "fay", str(file)).startswith("2 rows wait")
    for name in ("dora", "fay"):
        _has_friends(Person(bob.server, name))


def _has_friends(person: Person) -> None:
    me = person.get("/api/v1/accounts/verify_credentials")["id"]
    [here] = until(lambda: person.get(f"/api/v1/accounts/{me}/collections")["collections"])
    assert (here["name"], here["local"]) == ("Unlisted friends", True)
    assert here["discoverable"] is False
    until(lambda: person.get(f"/api/v1/collections/{here['id']}")["collection"]["items"])


def test_an_account_moves_and_its_followers_go_along(pair: tuple[Person, Person]) -> None:
    """cid of one server goes to ann's, with the pages alone; bob, who follows, is sent along."""
    ann, bob = pair
    ann.server.add_person("newcid")
    new, old = Person(ann.server, "newcid"), Person(bob.server, "cid")
    bob.follow(old.handle)
    here, there = Browser(ann.server), Browser(bob.server)
    here.sign_in("newcid")
    there.sign_in("cid")
    refused = there.send(
        there.open(MOVE), MOVE, {"to": new.handle, "password": "correct horse battery staple"}
    )
    assert refused.status == 422
    assert "does not name this account" in refused.text
    named = here.send(here.open(MOVE), "/settings/aliases", {"add": old.handle})
    assert "Saved" in named.text
    wrong = there.send(there.open(MOVE), MOVE, {"to": new.handle, "password": "wrong password"})
    assert wrong.status == 403
    moved = there.send(
        there.open(MOVE), MOVE, {"to": new.handle, "password": "correct horse battery staple"}
    )
    assert "being sent" in moved.text
    me = new.get("/api/v1/accounts/verify_credentials")["id"]
    until(lambda: "bob" in {e["username"] for e in new.get(f"/api/v1/accounts/{me}/followers")})


def test_the_operator_brings_and_takes_files_by_command(
    pair: tuple[Person, Person], tmp_path: Path
) -> None:
    ann, bob = pair
    ann.server.add_person("quiet")
    quiet = Person(ann.server, "quiet")
    file = tmp_path / "following_accounts.csv"
    file.write_text(f"bob@{bob.server.domain}\n")
    assert ann.server.weft("user", "import", "quiet", str(file)).startswith("1 rows wait")
    me = quiet.get("/api/v1/accounts/verify_credentials")["id"]
    until(lambda: names(quiet.get(f"/api/v1/accounts/{me}/following")))
    ann.server.weft("user", "export", "quiet", str(tmp_path / "out"))
    lines = (tmp_path / "out" / "following_accounts.csv").read_text().splitlines()
    assert lines[1:] == [f"bob@{bob.server.domain},true,false,"]
