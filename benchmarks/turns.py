"""One checkout's side of a comparison (``benchmarks.compare``): a window of load for each line.

Run in the checkout that is measured: ``python -m benchmarks.turns NAME``. Says ``ready``, then for
each line with a number takes a window of that size, and answers with its seconds of CPU. The name
``start`` starts a server once, and tells the seconds until its first answer.
"""

import asyncio
import sys

from benchmarks import actors, deliveries, home, inbox
from benchmarks.people import local_person
from benchmarks.server import running
from weft.app import Parts

BENCHES = {
    "inbox": inbox.bench,
    "deliveries": deliveries.bench,
    "home": home.bench,
    "actors": actors.bench,
}
SETTLE_S = 3.0


async def main(name: str) -> None:
    async with BENCHES[name]() as bench:
        await asyncio.sleep(SETTLE_S)
        print("ready", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            _, cpu_s = await bench.take(int(line))
            print("took", cpu_s, flush=True)


async def start() -> None:
    async def prepare(parts: Parts) -> None:
        await local_person(parts, "author")

    async with running(prepare) as server:
        print("took", server.cold_start_s, flush=True)


if __name__ == "__main__":
    asyncio.run(start() if sys.argv[1] == "start" else main(sys.argv[1]))
