"""The page for operators names every rule of ours with every setting, its type and its default."""

import json
from pathlib import Path
from typing import Any

import pytest

from weft.domain.policy.catalogue import BUILT_IN, setting_fields
from weft.domain.policy.records import Rule

PAGE = Path(__file__).parents[3] / "docs/operators/policies.md"
SHARED = ("hosts", "handles", "local")


def shown(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def line(rule: Rule) -> str:
    own = [each for each in setting_fields(rule) if each.name not in SHARED]
    settings = ", ".join(
        f"`{each.name}` ({'action' if each.name == 'action' else each.type}, {shown(each.default)})"
        for each in own
    )
    return f"| {rule.name} | {rule.about} | {settings or 'none of its own'} |"


@pytest.mark.parametrize("rule", BUILT_IN, ids=lambda rule: rule.name)
def test_the_page_says_what_can_be_set(rule: Rule) -> None:
    assert line(rule) in PAGE.read_text().splitlines()


def test_the_page_has_no_rule_that_is_not_there() -> None:
    rows = [each for each in PAGE.read_text().splitlines() if each.startswith("| ")][1:]
    assert rows == [line(rule) for rule in BUILT_IN]
