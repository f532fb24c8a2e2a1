"""ActivityPub reads of one actor's document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.figures import Figure
from benchmarks.load import get, send_all
from benchmarks.people import local_person
from benchmarks.server import running
from benchmarks.windows import Bench, Run
from weft.app import Parts

READS = 20_000


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """One actor, as a server that is asked by thousands of followers' servers sees it."""
    path = ""

    async def prepare(parts: Parts) -> None:
        nonlocal path
        person = await local_person(parts, "author")
        path = person.uri.removeprefix(parts.server.origin)

    async with running(prepare) as server:
        request = get(path, server.port, {"Accept": "application/activity+json"})

        async def window(count: int) -> Run:
            async def run() -> None:
                load = await send_all(server.port, [request] * count)
                if load.answers != {200: count}:
                    raise RuntimeError(f"not all reads were answered: {load.answers}")

            return run

        await (await window(500))()
        yield Bench(server, window)


async def measure() -> Figure:
    async with bench() as ready:
        return await ready.figure("ActivityPub actor reads", READS, 6000)
