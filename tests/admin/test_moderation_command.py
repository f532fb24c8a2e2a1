"""``weft moderation``, ``weft purge`` and ``weft user role``, as an operator runs them."""

import json
from pathlib import Path

import pytest

from tests.admin.conftest import Weft


@pytest.fixture
def populated(ready: Weft) -> Weft:
    for name in ("bob", "spam1", "spam2"):
        made = ready("user", "create", name, "--email", f"{name}@example.org",
                     "--password", "a long enough secret")  # fmt: skip
        assert made.code == 0, made.err
    return ready


def test_roles_are_given_and_taken(populated: Weft) -> None:
    assert populated("user", "role", "bob", "moderator").out == (
        "@bob@127.0.0.1:9999 is moderator now\n"
    )
    assert populated("user", "role", "nobody", "admin").code == 1
    assert populated("user", "role", "bob", "emperor").code == 2


def test_many_are_suspended_after_a_dry_run_and_come_back(populated: Weft) -> None:
    dry = populated("moderation", "bulk", "suspend", "--text", "spam")
    assert (dry.code, "2 would be meant" in dry.out) == (0, True)
    assert "@spam1@127.0.0.1:9999" in dry.out
    assert populated("moderation", "bulk", "unsuspend", "--text", "spam").code == 1
    done = populated("moderation", "bulk", "suspend", "--text", "spam", "--yes")
    assert done.out == "suspend: 2 of 2\n", done.err
    assert populated("moderation", "bulk", "suspend", "--text", "spam").code == 1
    assert (
        "unsuspend: 2 of 2"
        in populated("moderation", "bulk", "unsuspend", "--text", "spam", "--yes").out
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("suspend",),
        ("suspend", "--ip", "nonsense"),
        ("suspend", "--since", "yesterday"),
        ("reject", "--domain", "far.example", "--text", "x"),
    ],
)
def test_bulk_says_what_is_wrong(populated: Weft, arguments: tuple[str, ...]) -> None:
    ran = populated("moderation", "bulk", *arguments, "--yes")
    assert ran.code == 2
    assert ran.err.startswith("weft: ")


def test_moderators_are_never_among_many(populated: Weft) -> None:
    assert populated("moderation", "bulk", "suspend", "alice", "--yes").code == 1


def test_one_is_limited_and_not_any_more(populated: Weft) -> None:
    assert populated("moderation", "act", "@bob", "silence", "--text", "x").code == 0
    assert populated("moderation", "act", "bob", "unsilence").code == 0
    again = populated("moderation", "act", "bob", "unsilence")
    assert (again.code, "does not hold" in again.err) == (1, True)


def test_presets_come_and_go(populated: Weft) -> None:
    made = populated("moderation", "preset", "add", "Spam", "Please do not advertise.")
    assert "Please do not advertise." in populated("moderation", "preset", "list").out
    assert populated("moderation", "preset", "remove", made.out.strip()).code == 0
    assert populated("moderation", "preset", "list").out == "There are none.\n"
    assert populated("moderation", "preset", "add", "", "x").code == 2


def test_a_held_account_is_exported_and_not_purged(populated: Weft, tmp_path: Path) -> None:
    placed = populated("moderation", "hold", "place", "bob", "--reason", "order 12")
    assert placed.code == 0, placed.err
    hold_id = placed.out.split()[0]
    assert "@bob@127.0.0.1:9999" in populated("moderation", "hold", "list").out
    receipt, archive = tmp_path / "receipt.json", tmp_path / "case.tar.gz"
    refused = populated(
        "purge", "actor", "bob", "--reason", "x", "--receipt", str(receipt), "--yes"
    )
    assert (refused.code, "legal hold" in refused.err) == (1, True)
    assert not receipt.exists()
    assert populated("moderation", "hold", "export", "bob", str(archive)).code == 0
    assert "all as they were" in populated("moderation", "hold", "verify", str(archive)).out
    assert populated("moderation", "hold", "release", hold_id, "--reason", "done").code == 0
    assert populated("moderation", "hold", "export", "bob", str(tmp_path / "b")).code == 1


def test_a_purge_leaves_a_receipt_that_can_be_checked(populated: Weft, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    asked = ("purge", "actor", "bob", "--reason", "order 12", "--receipt", str(receipt))
    assert populated(*asked).code == 2
    done = populated(*asked, "--yes")
    assert done.code == 0, done.err
    assert populated(*asked, "--yes").code != 0
    verified = populated("purge", "verify", str(receipt))
    assert "signed by 127.0.0.1:9999" in verified.out, verified.err
    document = json.loads(receipt.read_text())
    assert document["counts"]["account"] == 1
    receipt.write_text(json.dumps(document | {"by": "somebody else"}))
    forged = populated("purge", "verify", str(receipt))
    assert (forged.code, "not believed" in forged.err) == (1, True)
    receipt.write_text("[]")
    assert populated("purge", "verify", str(receipt)).code == 1
    assert populated("purge", "post", "123", "--reason", "x", "--receipt", "r", "--yes").code == 1
