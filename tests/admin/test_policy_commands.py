"""``weft policy`` and ``weft quarantine``, as an operator runs them."""

import json
from pathlib import Path

from tests.admin.conftest import Weft


def test_rules_are_set_up_changed_tried_and_removed(ready: Weft, tmp_path: Path) -> None:
    assert "no policies" in ready("policy", "list").out
    assert "keyword  Look for words" in ready("policy", "list", "--kinds").out
    file = tmp_path / "words.json"
    file.write_text('{"words": ["casino"]}')
    assert ready("policy", "add", "keyword", "--settings", f"@{file}", "--dry").code == 0
    assert ready("policy", "add", "age", "--position", "1", "--off").code == 0
    lines = ready("policy", "list").out.splitlines()
    assert [line.split("  ")[:3] for line in lines] == [
        ["1", "age", "age, off"],
        ["2", "keyword", "keyword, on, dry"],
    ]
    assert ready("policy", "move", "keyword", "1").code == 0
    assert ready("policy", "set", "age", "--on", "--settings", '{"days": 2}').code == 0
    assert '"days":2' in ready("policy", "list").out
    bad = ready("policy", "set", "age", "--settings", '{"days": "x"}')
    assert (bad.code, "The settings of age are wrong" in bad.err) == (1, True)
    assert ready("policy", "add", "nonsense").code == 1
    assert ready("policy", "set", "age", "--on", "--off").code == 2
    assert ready("policy", "move", "age", "0").code == 2
    tried = json.loads(ready("policy", "test", "--json").out)
    assert (tried["total"], tried["outcomes"]) == (0, [])
    assert "0 of 0 entries" in ready("policy", "test", "links", "--settings", '{"most": 1}').out
    assert ready("policy", "test", "--days", "0").code == 2
    assert ready("policy", "remove", "age").code == 0
    assert ready("policy", "remove", "age").code == 1
    acts = ready("audit", "--action", "policy").out
    assert acts.count("policy.") >= 5


def test_the_quarantine_says_what_it_cannot_do(ready: Weft) -> None:
    assert ready("quarantine", "list").out == "Nothing waits.\n"
    for act in ("release", "discard"):
        none = ready("quarantine", act, "17")
        assert (none.code, "Nothing in the quarantine has the number 17" in none.err) == (1, True)
        assert ready("quarantine", act, "0").code == 2
    assert ready("quarantine", "list", "--limit", "0").code == 2
