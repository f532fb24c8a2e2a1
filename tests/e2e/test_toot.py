"""The main job with a real client: ``toot`` on two servers that federate."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.apps.toot import Toot
from tests.support.servers import WeftServer, running

pytestmark = pytest.mark.slow

WAIT_S = 20.0


def eventually(look: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if look():
            return
        time.sleep(0.2)
    raise AssertionError(f"within {WAIT_S:.0f} s, this did not come about: {what}")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[tuple[Toot, Toot]]:
    """Alice on one server and bob on another, both logged in."""
    servers = [WeftServer(tmp_path / name) for name in ("one", "two")]
    names = ("alice", "bob")
    for server, name in zip(servers, names, strict=True):
        server.prepare()
        server.add_person(name)
    with running(*servers):
        toots = [
            Toot(server, name, tmp_path / f"toot-{name}")
            for server, name in zip(servers, names, strict=True)
        ]
        for toot in toots:
            toot.sign_in()
        yield toots[0], toots[1]
        for server in servers:
            assert "Traceback" not in server.log, server.log


def test_what_is_done_on_one_server_is_read_on_the_other(people: tuple[Toot, Toot]) -> None:
    alice, bob = people
    assert "alice" in alice("whoami")

    bob("follow", alice.handle)
    eventually(lambda: "bob" in alice("followers", "alice"), "bob follows alice")

    post = alice.post("Hello from the first server #weft")["id"]
    eventually(lambda: "Hello from the first server" in home(bob), "the post is in bob's timeline")
    seen = re.search(r"(\d{10,})", home(bob))
    assert seen is not None
    there = seen[1]

    bob("favourite", there)
    bob("reblog", there)
    bob("post", f"{alice.handle} Hello back", "--reply-to", there)
    eventually(lambda: "Hello back" in alice("thread", post), "the reply is in alice's thread")
    told = alice("notifications")
    for word in ("favourited", "boosted", "mentioned", "follows"):
        assert word in told, told

    bob("unfavourite", there)
    bob("unreblog", there)
    eventually(lambda: "favourited" not in alice("notifications"), "the favourite is taken back")
    eventually(lambda: "boosted" not in alice("notifications"), "the boost is taken back")

    alice("delete", post)
    eventually(lambda: "Hello from the first" not in home(bob), "the post is gone at bob's")

    bob("unfollow", alice.handle)
    eventually(lambda: "bob" not in alice("followers", "alice"), "bob follows no more")


def home(toot: Toot) -> str:
    return toot("timelines", "home", "--no-pager", "--no-clear")


def test_a_post_with_everything_arrives_whole(people: tuple[Toot, Toot], tmp_path: Path) -> None:
    from PIL import Image

    alice, bob = people
    bob("follow", alice.handle)
    eventually(lambda: "bob" in alice("followers", "alice"), "bob follows alice")
    picture = tmp_path / "picture.png"
    Image.new("RGB", (64, 48), (200, 60, 20)).save(picture)
    alice(
        "post", "Look at this", "--media", str(picture), "--description", "A red field",
        "--spoiler-text", "Colour", "--visibility", "private",
    )  # fmt: skip
    eventually(
        lambda: "Look at this" in home(bob), "the private post is in the follower's timeline"
    )
    (shown,) = json.loads(bob("timelines", "home", "--json"))
    assert (shown["spoiler_text"], shown["visibility"]) == ("Colour", "private")
    (attachment,) = shown["media_attachments"]
    assert attachment["description"] == "A red field"
    assert (attachment["meta"]["original"]["width"], attachment["type"]) == (64, "image")

    alice(
        "post",
        "Which?",
        "--poll-option",
        "Tea",
        "--poll-option",
        "Coffee",
        "--poll-expires-in",
        "1 day",
    )
    eventually(lambda: "Coffee" in home(bob), "the poll has arrived")
