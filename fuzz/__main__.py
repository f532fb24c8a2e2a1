"""``python -m fuzz [TARGET …] [--seconds 600]``: coverage-guided fuzzing with atheris, one by one.

Each target runs in a process of its own, since libFuzzer ends the process that it runs in. What it
finds is left in ``fuzz/findings/TARGET``: mend the fault and commit the file; it is a test from then.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.mutate import changed_json

TARGETS = ("reader", "cavage", "rfc9421", "webfinger", "sanitiser", "mfm", "bbcode", "markdown")
MAX_LEN = {"reader": 16384, "webfinger": 4096, "sanitiser": 4096}
_FIGURES = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=TARGETS, metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--keep", type=Path, help="folder to keep the grown corpora in")
    parser.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        _fuzz(chosen.targets[0], chosen.child)
        return 0
    unknown = set(chosen.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    failed = [each for each in chosen.targets if not _run(each, chosen.seconds, chosen.keep)]
    return 1 if failed else 0


def _run(target: str, seconds: int, keep: Path | None) -> bool:
    """Fuzz one target in a child; True if nothing was found."""
    from fuzz.seeds import seeds, words
    from fuzz.targets import FINDINGS

    findings = FINDINGS / target
    findings.mkdir(parents=True, exist_ok=True)
    print(f"{target}: {seconds} s …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = (keep or Path(scratch)) / target
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(target)):
            (corpus / f"seed-{number}").write_bytes(seed)
        dictionary = Path(scratch) / "words"
        dictionary.write_text("".join(f"{_quoted(each)}\n" for each in words(target)))
        command = [sys.executable, "-m", "fuzz", target, "--child",
                   str(corpus), f"-max_total_time={seconds}", f"-dict={dictionary}", "-timeout=10",
                   f"-max_len={MAX_LEN.get(target, 8192)}", "-rss_limit_mb=2048",
                   f"-artifact_prefix={findings}/", "-print_final_stats=1"]  # fmt: skip
        ended = subprocess.run(
            command, check=False, stderr=subprocess.PIPE, text=True, errors="replace"
        )
    if not any(findings.iterdir()):
        findings.rmdir()
    figures = _FIGURES.findall(ended.stderr)
    runs, edges, features, inputs = figures[-1] if figures else ("0",) * 4
    print(
        json.dumps(
            {
                "target": target,
                "seconds": seconds,
                "executions": int(runs),
                "edges": int(edges),
                "features": int(features),
                "inputs": int(inputs),
                "clean": ended.returncode == 0,
            }
        ),
        flush=True,
    )
    if ended.returncode != 0:
        print(ended.stderr[-4000:], file=sys.stderr)
    return ended.returncode == 0


def _quoted(word: str) -> str:
    """A line of libFuzzer's dictionary."""
    escaped = "".join(
        chr(each) if 32 <= each < 127 and chr(each) not in '"\\' else f"\\x{each:02x}"
        for each in word.encode()
    )
    return f'"{escaped}"'


def _fuzz(target: str, options: list[str]) -> None:
    """Does not return: libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["weft", "fuzz.targets", "http_sf"]):
        # Weft imports it at the first use, which would be too late.
        import http_sf  # noqa: F401

        from fuzz.targets import TARGETS as runs
    mutator = {"custom_mutator": _mutate} if target in {"reader", "webfinger"} else {}
    atheris.Setup([sys.argv[0], *options], runs[target], **mutator)
    atheris.Fuzz()


def _mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Half of the time another JSON document out of one, else other bytes."""
    import atheris

    if seed % 2:
        changed = changed_json(data, seed)
        if changed is not None and len(changed) <= max_size:
            return changed
    mutated: bytes = atheris.Mutate(data, max_size)
    return mutated


if __name__ == "__main__":
    sys.exit(main())
