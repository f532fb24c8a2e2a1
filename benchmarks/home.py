"""Home timelines through the Mastodon API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle, islice

from benchmarks.deliveries import token_for
from benchmarks.figures import Figure
from benchmarks.load import get, send_all
from benchmarks.people import described, follows, local_person, remote_people
from benchmarks.server import running
from benchmarks.windows import Bench, Run
from weft.app import Parts
from weft.domain.actors.records import Actor
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost
from weft.protocol.keys import generate_rsa
from weft.storage.database import Tx

AUTHORS = 40
POSTS = 400
PAGES = 4000


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Pages of 20 of a person who follows 40 others, at different places of the timeline."""
    _, public_pem = generate_rsa()
    people = [described(f"127.8.0.{number + 1}:9", number, public_pem) for number in range(AUTHORS)]
    token, ids = "", list[int]()

    async def prepare(parts: Parts) -> None:
        nonlocal token
        reader = await local_person(parts, "reader")
        authors = await remote_people(parts, people)
        await follows(parts, reader, authors)
        for number in range(POSTS):
            made = await parts.db.write(_publish, parts, authors[number % AUTHORS], number)
            ids.append(made)
        token = await token_for(parts, reader.id)

    async with running(prepare) as server:
        headers = {"Authorization": f"Bearer {token}"}
        newest = get("/api/v1/timelines/home?limit=20", server.port, headers)
        pages = [newest] + [
            get(f"/api/v1/timelines/home?limit=20&max_id={each}", server.port, headers)
            for each in ids[200::10]
        ]

        async def window(count: int) -> Run:
            async def run() -> None:
                load = await send_all(server.port, islice(cycle(pages), count))
                if load.answers != {200: count}:
                    raise RuntimeError(f"not all pages were answered: {load.answers}")

            return run

        await (await window(3 * len(pages)))()
        yield Bench(server, window)


async def measure() -> Figure:
    async with bench() as ready:
        return await ready.figure("home pages of 20", PAGES, 2000)


async def _publish(tx: Tx, parts: Parts, author: Actor, number: int) -> int:
    uri = f"{author.uri}/notes/{number}"
    made = await publish(
        tx,
        parts.server,
        NewPost(
            author_id=author.id,
            uri=uri,
            url=uri,
            content=f"<p>Note {number}: the tide comes in twice a day, and twice it goes.</p>",
            language="en",
            published_at=parts.server.now_ms() - (POSTS - number) * 60_000,
        ),
    )
    return made if isinstance(made, int) else made.id
