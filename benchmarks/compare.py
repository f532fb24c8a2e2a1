"""Compare checkouts in one run. Run: ``python -m benchmarks.compare NAME CHECKOUT …``.

This checkout and the others (worktrees of other commits, each with a ``.venv``; a symbolic link to
ours will do) have a server each, and windows of load go to one after the other, forth and back. So
all see the same good and bad times of the machine, which alone change a figure by a third. Printed:
per checkout the median per second of CPU, and the median of its ratios to the first CHECKOUT.

Names: inbox, deliveries, home, actors, and start (seconds until the first answer, where less is
better; the ratio still says how much faster it is).
"""

import argparse
import os
import statistics
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

WINDOWS = {"inbox": 1000, "deliveries": 1000, "home": 500, "actors": 3000}
ROUNDS = 9


class Side:
    """A checkout's process that takes windows."""

    def __init__(self, checkout: Path, name: str) -> None:
        self._size = WINDOWS[name]
        self._process = subprocess.Popen(
            [checkout / ".venv/bin/python", "-m", "benchmarks.turns", name],
            cwd=checkout,
            env=_environ(checkout),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._heard("ready")

    def take(self) -> float:
        """Per second of CPU."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self._size}\n")
        self._process.stdin.flush()
        return self._size / float(self._heard("took"))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _heard(self, word: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            first, _, rest = line.strip().partition(" ")
            if first == word:
                return rest
        raise SystemExit("a checkout's process ended: see above")


def _environ(checkout: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {"PYTHONPATH": str(checkout)}


def _start(checkout: Path) -> float:
    """Starts in a second, of a server with an account; compiled modules are there."""
    done = subprocess.run(
        [checkout / ".venv/bin/python", "-m", "benchmarks.turns", "start"],
        cwd=checkout, env=_environ(checkout), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    said = next(line for line in done.stdout.splitlines() if line.startswith("took "))
    return 1 / float(said.split()[1])


def compare(name: str, checkouts: list[Path], rounds: int) -> None:
    """Take the windows in turn, and print what came of it."""
    with ExitStack() as open_sides:
        takes: list[Callable[[], float]] = []
        for checkout in checkouts:
            if name == "start":
                _start(checkout)  # compiles
                takes.append(partial(_start, checkout))
                continue
            side = Side(checkout, name)
            open_sides.callback(side.close)
            takes.append(side.take)
        found: list[list[float]] = [[] for _ in checkouts]
        for number in range(rounds):
            order = range(len(checkouts))
            for at in order if number % 2 == 0 else reversed(order):
                found[at].append(takes[at]())
    for checkout, each in zip(checkouts, found, strict=True):
        ratio = statistics.median(a / b for a, b in zip(each, found[0], strict=True))
        median = statistics.median(each)
        shown = f"{1 / median:.2f} s" if name == "start" else f"{median:,.0f}/s"
        print(f"{name}  {shown:>10}  {ratio:4.0%}  {checkout}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("name", choices=[*WINDOWS, "start"])
    parser.add_argument("checkout", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    here = Path(__file__).parents[1]
    compare(given.name, [each.absolute() for each in (*given.checkout, here)], given.rounds)


if __name__ == "__main__":
    main()
