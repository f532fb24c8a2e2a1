"""A thread over three real Weft servers, opened on a fourth."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from tests.support.databases import CHOSEN, Databases
from tests.support.pair import Person, until
from tests.support.servers import WeftServer, running

pytestmark = pytest.mark.slow

# As in test_walk: 0 to 6 above each other, 7 is opened, the rest is a tree below it.
PARENTS = {n: None if n == 0 else n - 1 if n < 8 else 7 + (n - 8) // 2 for n in range(31)}
MOST_PER_HOST = 11 + 11 + 3
"""Each post that is there once, its replies once; an author, a handle, a thread's collection."""


@pytest.fixture
def people(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Person]]:
    """ann, ben and cleo who talk, and dora who reads; cleo and dora on the second engine."""
    folder = tmp_path_factory.mktemp("people")
    with ExitStack() as stack:
        servers = []
        for name in ("ann", "ben", "cleo", "dora"):
            url = None
            if name in ("cleo", "dora") and CHOSEN[-1] != "sqlite":
                url = stack.enter_context(databases.new(CHOSEN[-1], folder))
            server = WeftServer(folder / name, database_url=url)
            server.prepare()
            server.add_person(name, admin=True)
            servers.append(server)
        stack.enter_context(running(*servers))
        yield [Person(server, server.folder.name) for server in servers]


def answered(server: WeftServer) -> int:
    """GETs that a server answered to others, but for this question."""
    text = server.get("/metrics").text
    counts = re.findall(r"weft_request_seconds_count\{([^}]*)\} (\d+)", text)
    return sum(int(count) for labels, count in counts if _is_document(labels))


def _is_document(labels: str) -> bool:
    return any(word in labels for word in ("/ap/", "/.well-known/webfinger"))


def write(writers: list[Person]) -> list[dict[str, Any]]:
    """The thread; each answer is written where its author has found what it answers."""
    posts: list[dict[str, Any]] = []
    for number, parent in PARENTS.items():
        writer = writers[number % 3]
        if parent is None:
            posts.append(writer.post("/api/v1/statuses", status=f"Post {number}"))
            continue
        above, author = posts[parent], writers[parent % 3]
        here = writer.status_of(above["uri"])
        assert here is not None
        text = f"{author.handle} Post {number}"
        if author is writer:
            text = f"Post {number}"
        posts.append(writer.post("/api/v1/statuses", status=text, in_reply_to_id=here["id"]))
        uri = posts[-1]["uri"]
        until(partial(author.status_of, uri))
    return posts


def test_opening_post_7_on_a_fourth_server_brings_all_thirty_others(people: list[Person]) -> None:
    *writers, reader = people
    posts = write(writers)
    before = [answered(each.server) for each in writers]
    opened = reader.status_of(posts[7]["uri"])
    path = f"/api/v1/statuses/{opened['id']}/context"

    def done() -> dict[str, Any] | None:
        reply = reader.server.get(path, {"Authorization": f"Bearer {reader._token}"})
        assert reply.status == 200
        if reply.headers.get("mastodon-async-refresh"):
            return None
        found: dict[str, Any] = json.loads(reply.body)
        return found

    assert done() is None, "the first answer says that more is coming"
    context = until(done)
    assert context is not None
    assert len(context["ancestors"]) == 7
    uris = {each["uri"] for each in (*context["ancestors"], *context["descendants"])}
    assert uris == {each["uri"] for each in posts} - {posts[7]["uri"]}
    asked = [answered(each.server) - then for each, then in zip(writers, before, strict=True)]
    assert all(0 < each <= MOST_PER_HOST for each in asked), asked
    # What was written long ago or just now: dora follows nobody and is told of nothing.
    assert reader.get("/api/v1/timelines/home") == []
    assert reader.get("/api/v1/notifications") == []
