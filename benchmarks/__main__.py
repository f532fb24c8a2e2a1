"""Measure the hot paths and write ``docs/benchmarks.md``. Run: ``python -m benchmarks [NAME …]``.

Each figure comes from a server process of its own on loopback; the load comes from another process
and is not counted. Names: inbox, deliveries, home, actors, uploads, streams, start, search.
"""

import asyncio
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import actors, deliveries, home, inbox, search, streams, uploads
from benchmarks.people import local_person
from benchmarks.server import running
from weft.app import Parts

MEASURES = {
    "inbox": inbox.measure,
    "deliveries": deliveries.measure,
    "home": home.measure,
    "actors": actors.measure,
    "uploads": uploads.measure,
    "streams": streams.measure,
}
START_TARGET_S = 2.0
IDLE_TARGET_MB = 110.0
STARTS = 5
REPORT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


async def start() -> tuple[float, float]:
    """Seconds from the command to the first answer (median), and MB when idle after it."""

    async def prepare(parts: Parts) -> None:
        await local_person(parts, "author")

    seconds, memory = [], 0.0
    for _ in range(STARTS):
        async with running(prepare) as server:
            seconds.append(server.cold_start_s)
            await asyncio.sleep(4.0)  # what is loaded after the first answer is in
            memory = max(memory, server.pss_mb())
    return sorted(seconds)[len(seconds) // 2], memory


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}, SQLite"
    )


async def main(names: list[str]) -> None:
    rows: list[str] = []
    for name, measure in MEASURES.items():
        if names and name not in names:
            continue
        rows.append((await measure()).row())
        print(rows[-1], flush=True)
    if not names or "start" in names:
        seconds, memory = await start()
        rows.append(f"| cold start | {seconds:.2f} s | | {START_TARGET_S:.0f} s | |")
        rows.append(f"| idle memory (PSS) | {memory:.0f} MB | | {IDLE_TARGET_MB:.0f} MB | |")
        print(*rows[-2:], sep="\n", flush=True)
    searches: list[str] = []
    if not names or "search" in names:
        searches = await search.measure()
        print(*searches, sep="\n", flush=True)
    if not names:
        REPORT.write_text(report(rows, searches))


def report(rows: list[str], searches: list[str]) -> str:
    today = datetime.now(UTC).date().isoformat()
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `make bench`. Throughput counts the server's own CPU time, user and system;",
            "the load comes from another process on the same machine. Percent is of the target per",
            "second of CPU.",
            "",
            f"{today}, {machine()}.",
            "",
            "| what | per second | per CPU second | target per CPU second | reached |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "Searching posts for a page of 20, in this process, without HTTP.",
            "",
            "| what | p50 in ms | p95 in ms | posts found |",
            "|---|---|---|---|",
            *searches,
            "",
        ]
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
