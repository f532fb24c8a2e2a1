"""The whole way: a community opened at the command line, read from a server over a socket."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.servers import WeftServer, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WeftServer]:
    made = WeftServer(tmp_path / "data folder")
    made.prepare()
    made.add_person("alice")
    yield made
    made.stop()


def test_a_community_from_the_command_line_is_read_by_an_app(server: WeftServer) -> None:
    handle = server.weft("community", "create", "tea", "--title", "Tea", "--by", "@alice")
    assert handle == f"!tea@{server.domain}"
    token = server.weft("token", "create", "alice", "--family", "lemmy", "--scopes", "read")
    with running(server):
        reply = server.get("/api/v3/community?name=tea")
        assert reply.status == 200, reply.text
        found = msgspec.json.decode(reply.body)
        assert found["community_view"]["community"]["title"] == "Tea"
        assert [each["moderator"]["name"] for each in found["moderators"]] == ["alice"]
        site = server.get("/api/v3/site", {"Authorization": f"Bearer {token}"})
        mine = msgspec.json.decode(site.body)["my_user"]
        assert [each["community"]["name"] for each in mine["moderates"]] == ["tea"]
        group = server.get(
            found["community_view"]["community"]["actor_id"].removeprefix(server.origin),
            {"Accept": "application/activity+json"},
        )
        assert msgspec.json.decode(group.body)["type"] == "Group"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tea", "--title", "Tea", "--by", "nobody"), "there is no account nobody here"),
        (("alice", "--title", "Alice"), "This name is taken on this server"),
        (("two words", "--title", "Two"), "name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_opened(
    server: WeftServer, arguments: tuple[str, ...], sentence: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "weft.admin.cli", "community", "create", *arguments],
        env=server.environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert server.weft("community", "create", "tea", "--title", "Tea").startswith("!tea@")
