"""``weft relay`` and what ``weft setup`` does for a server that is empty."""

from pathlib import Path

from tests.admin.conftest import Weft

INBOX = "http://127.0.0.1:9/inbox"


def test_a_relay_is_asked_listed_paused_and_left(ready: Weft) -> None:
    assert ready("relay", "list").out == "There are no relays.\n"
    assert ready("relay", "add", "nonsense").code == 1
    assert ready("relay", "add", INBOX).code == 0
    assert f"{INBOX}  mastodon  waits for its answer" in ready("relay", "list").out
    assert "already" in ready("relay", "add", INBOX).err
    assert ready("relay", "pause", INBOX).code == 0
    assert "paused" in ready("relay", "list").out
    assert ready("relay", "remove", INBOX).code == 0
    assert "no relay" in ready("relay", "remove", INBOX).err


def test_set_up_offers_a_relay_and_a_starter_list(ready: Weft, tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("@mia@mastodon.example\nhttps://far.example/@eve\n")
    assert ready("setup", "--starter", str(file)).code == 2
    nobody = ready("setup", "--starter", str(file), "--for", "nobody")
    assert (nobody.code, "no account nobody" in nobody.err) == (1, True)
    assert (
        ready(
            "user",
            "create",
            "ada",
            "--email",
            "ada@example.org",
            "--password",
            "correct horse battery",
            "--admin",
        ).code
        == 0
    )
    done = ready("setup", "--relay", INBOX, "--starter", str(file), "--for", "ada")
    assert done.code == 0
    assert "2 accounts wait" in done.err
    assert INBOX in ready("relay", "list").out
    file.write_text("nonsense with blanks")
    assert ready("setup", "--starter", str(file), "--for", "ada").code == 1
