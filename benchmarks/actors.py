"""ActivityPub reads of one actor's document."""

from benchmarks.figures import Figure
from benchmarks.load import get, send_all
from benchmarks.people import local_person
from benchmarks.server import running
from weft.app import Parts

READS = 20_000


async def measure() -> Figure:
    """One actor, as a server that is asked by thousands of followers' servers sees it."""
    path = ""

    async def prepare(parts: Parts) -> None:
        nonlocal path
        person = await local_person(parts, "author")
        path = person.uri.removeprefix(parts.server.origin)

    async with running(prepare) as server:
        request = get(path, server.port, {"Accept": "application/activity+json"})
        await send_all(server.port, [request] * 500)
        before = server.cpu_s()
        load = await send_all(server.port, [request] * READS)
        cpu = server.cpu_s() - before
        if load.answers != {200: READS}:
            raise RuntimeError(f"not all reads were answered: {load.answers}")
    return Figure("ActivityPub actor reads", READS, load.seconds, cpu, 6000)
