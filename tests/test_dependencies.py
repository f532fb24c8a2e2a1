"""The declared dependencies, their pinned versions, their reasons, and what the code imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
_LINE = re.compile(r"^\| ([\w.-]+) \| ([\w.]+) \| (\d{4}-\d{2}) \| (.+) \|$", re.MULTILINE)


def normal(name: str) -> str:
    """A distribution's name in the one spelling that its variants share."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\s\[<>=!~;]", text, maxsplit=1)[0]) for text in requirements}


def documented(section: str) -> dict[str, tuple[str, str]]:
    """Package name -> (version, reason) of one section of docs/dependencies.md."""
    text = (ROOT / "docs/dependencies.md").read_text()
    body = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return {normal(line[1]): (line[2], line[4]) for line in _LINE.finditer(body)}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if "==" in line)
    return {normal(name): version.strip() for name, version in pins}


@pytest.mark.parametrize(
    ("section", "requirements"),
    [
        ("Runtime", PROJECT["dependencies"]),
        ("Development", PROJECT["optional-dependencies"]["dev"]),
        ("Fuzzing", PROJECT["optional-dependencies"]["fuzz"]),
    ],
)
def test_every_dependency_has_a_line_of_reason_and_every_line_a_dependency(
    section: str, requirements: list[str]
) -> None:
    lines = documented(section)
    assert set(lines) == declared(requirements)
    assert [name for name, (_, reason) in lines.items() if len(reason) < 10] == []


@pytest.mark.parametrize("section", ["Runtime", "Development", "Fuzzing"])
def test_the_documented_versions_are_the_pinned_ones(section: str) -> None:
    pins = pinned()
    lines = documented(section)
    assert {name: version for name, (version, _) in lines.items()} == {
        name: pins.get(name) for name in lines
    }


def test_the_server_imports_only_what_is_declared() -> None:
    distributions = packages_distributions()
    allowed = declared(PROJECT["dependencies"])
    undeclared = {
        (module, path.relative_to(ROOT).as_posix())
        for path in (ROOT / "weft").rglob("*.py")
        for module in imported_modules(path)
        if module != "weft" and module not in sys.stdlib_module_names
        if not allowed & {normal(name) for name in distributions.get(module, [])}
    }
    assert undeclared == set()


def imported_modules(path: Path) -> set[str]:
    """Top-level names of all absolute imports in a file, also those inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found
