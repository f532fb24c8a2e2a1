"""``weft community``: opened and moderated from the command line."""

from pathlib import Path

import apsw
import pytest

from tests.admin.conftest import Weft


@pytest.fixture
def tea(ready: Weft) -> Weft:
    """Alice moderates it; Bob is here, too."""
    bob = ("user", "create", "bob", "--email", "bob@example.org", "--password", "x" * 20)
    assert ready(*bob).code == 0
    opened = ready("community", "create", "tea", "--title", "Tea", "--by", "alice")
    assert opened.out.strip().startswith("!tea@")
    return ready


def test_moderators_name_ban_and_dismiss(tea: Weft) -> None:
    def act(*arguments: str) -> tuple[int, str]:
        ran = tea("community", "moderate", "tea", *arguments)
        return ran.code, ran.out + ran.err

    assert act("name", "bob", "--by", "alice")[0] == 0
    assert "so already" in act("name", "@bob", "--by", "alice")[1]
    code, said = act("dismiss", "alice", "--by", "bob")
    assert (code, "longer" in said) == (1, True)
    assert "cannot be banned" in act("ban", "bob", "--by", "alice")[1]
    assert act("dismiss", "bob", "--by", "alice")[0] == 0
    assert "Only moderators" in act("ban", "alice", "--by", "bob")[1]
    assert act("ban", "bob", "--by", "alice", "--reason", "rude", "--days", "3")[0] == 0
    assert "no post" in act("lock", "http://127.0.0.1:9999/ap/posts/1", "--by", "alice")[1]
    assert "No moderator" in act("restore", "http://127.0.0.1:9999/ap/posts/1", "--by", "alice")[1]
    assert "there is no cem" in act("ban", "cem", "--by", "alice")[1]


def test_threads_of_moderators_only(tea: Weft, data: Path) -> None:
    assert (
        tea("community", "create", "kettles", "--title", "Kettles", "--moderators-only").code == 0
    )
    connection = apsw.Connection(f"{data}/weft.db")
    rows = list(connection.execute("SELECT only_moderators_post FROM community ORDER BY actor_id"))
    assert rows == [(0,), (1,)]
