"""Rules for every file of the repository, whatever is in it."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT_LIMIT_BYTES = 2_000_000

# Written in pieces, so that this file does not contain what it forbids.
_ROOTS = ("wo" + "rk", "fa" + "rm", "ro" + "ot")
_REGISTRIES = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "deb.deb" + "ian.org",
    "proxy.go" + "lang.org",
    "cra" + "tes.io",
)
MACHINE_PATH = re.compile(rf"(?<![\w.%:/}}-])/({'|'.join(_ROOTS)})/")
REGISTRY_HOST = re.compile("|".join(re.escape(host) for host in _REGISTRIES))
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "misc", "common", "manager", "managers"}


@cache
def files() -> list[Path]:
    """Every file that is or will be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


@cache
def texts() -> dict[str, str]:
    """Path from the top -> content, of the files that are text."""
    found = {}
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content and len(content) <= TEXT_LIMIT_BYTES:
            found[path.relative_to(ROOT).as_posix()] = content.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["path", "registry"])
def test_no_file_names_a_developers_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    assert [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in texts().items()
        for match in pattern.finditer(text)
    ] == []


def test_the_patterns_find_what_they_forbid() -> None:
    assert MACHINE_PATH.search('open("/' + _ROOTS[0] + '/main")')
    assert not MACHINE_PATH.search("https://books.example/" + _ROOTS[0] + "/1")
    assert REGISTRY_HOST.search("https://" + _REGISTRIES[0] + "/simple")


def test_no_module_is_longer_than_500_lines() -> None:
    lengths = {
        name: text.count("\n") + 1
        for name, text in texts().items()
        if name.startswith("weft/") and name.endswith(".py")
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > 500} == {}


def test_every_module_is_named_by_what_is_in_it() -> None:
    assert [
        name
        for name in texts()
        if name.endswith(".py") and VAGUE_NAMES & set(Path(name).with_suffix("").parts)
    ] == []


def test_every_room_says_in_one_line_what_is_in_it() -> None:
    assert [
        name
        for name, text in texts().items()
        if re.fullmatch(r"weft/(\w+/)?__init__\.py", name)
        if not text.startswith('"""')
    ] == []


def test_links_between_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    assert [
        f"{name}: {target}"
        for name, text in texts().items()
        if name.endswith(".md")
        for target in link.findall(text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ] == []


def test_every_test_file_has_a_name_of_its_own() -> None:
    """Else pytest takes one of two for the other, because the folders are no packages."""
    names = [path.name for path in files() if path.name.startswith("test_")]
    assert [name for name in names if names.count(name) > 1] == []
