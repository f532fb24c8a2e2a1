"""The targets of the fuzzer, without the fuzzer: over what it starts from and what it once found."""

from pathlib import Path

import pytest

from fuzz.mutate import changed_json
from fuzz.seeds import seeds
from fuzz.targets import FINDINGS, TARGETS, Broken

FOUND = sorted(each for each in FINDINGS.rglob("*") if each.is_file())
MUTATIONS = 5


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_is_mended(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_break_nothing(name: str) -> None:
    started = 0
    for number, seed in enumerate(seeds(name)):
        TARGETS[name](seed)
        for mutation in range(MUTATIONS):
            TARGETS[name](changed_json(seed, number * MUTATIONS + mutation) or seed[: number * 7])
        started += 1
    assert started > 0, "the fuzzer would start from nothing"


def test_a_target_tells_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.targets.clean_html", lambda html, profile: html)
    with pytest.raises(Broken, match="script"):
        TARGETS["sanitiser"](b"\0<script>x</script>")
