"""``weft domain``, ``weft address`` and ``weft audit``, as an operator runs them."""

from pathlib import Path

from tests.admin.conftest import Weft


def test_a_server_is_blocked_listed_and_let_be(ready: Weft) -> None:
    assert ready("domain", "list").out == "There are no rules about servers.\n"
    assert "cut no follows" in ready("domain", "preview", "bad.example").out
    blocked = ready("domain", "block", "https://Bad.example", "--comment", "why", "--reject-media")
    assert blocked.code == 0
    softer = ready("domain", "block", "bad.example", "--severity", "silence", "--comment", "less")
    assert softer.code == 0
    assert ready("domain", "list").out.startswith("bad.example  silence\n    less\n")
    assert ready("domain", "unblock", "bad.example").code == 0
    gone = ready("domain", "unblock", "bad.example")
    assert (gone.code, "no rule for bad.example" in gone.err) == (1, True)
    acts = ready("audit", "--action", "domain", "--about", "bad.example").out
    assert [line.split("  ")[2] for line in acts.splitlines() if "command line" in line] == [
        "domain.unblock", "domain.change", "domain.block",
    ]  # fmt: skip
    assert ready("domain", "block", "nonsense").code == 1
    assert ready("audit", "--by", "nobody").code == 1
    assert ready("audit", "--limit", "0").code == 2


def test_a_list_is_taken_in_and_taken_back(ready: Weft, tmp_path: Path) -> None:
    file = tmp_path / "tier0.csv"
    file.write_text("#domain,#severity\nbad.example,suspend\nb*d.example,suspend\n")
    dry = ready("domain", "import", str(file), "--dry-run")
    assert "add        bad.example  suspend" in dry.out
    assert "Line 3" in dry.err
    assert ready("domain", "lists").out == ""
    assert ready("domain", "import", str(file)).code == 0
    assert ready("domain", "lists").out == "tier0  1 domains, needs 1\n"
    assert "bad.example,suspend,false,false,,false" in ready("domain", "export").out
    assert "remove     bad.example" in ready("domain", "retract", "tier0").out
    assert ready("domain", "retract", "tier0").code == 1
    assert ready("domain", "import", str(tmp_path / "nothing.csv")).code == 1
    file.write_bytes(b"\xff\xfe")
    assert ready("domain", "import", str(file)).code == 1


def test_addresses_are_kept_out_and_let_in(ready: Weft) -> None:
    for command, what in (
        ("block", "203.0.113.9/24"),
        ("block-provider", "spam.example"),
        ("block-mailbox", "x@spam.example"),
    ):
        assert ready("address", command, what).code == 0
        assert ready("address", command, what).code == 1
        assert ready("address", "list").out != ""
        assert ready("address", "unblock", what).code == 0
        assert ready("address", "list").out == ""
        assert ready("address", "unblock", what).code == 1
    assert ready("address", "block", "0.0.0.0/0").code == 1
    assert ready("address", "block", "127.0.0.1", "--severity", "no_access").code == 1
