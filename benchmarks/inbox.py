"""Activities from other servers, from the socket to the home timeline."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Select, func, select

from benchmarks.figures import Figure
from benchmarks.load import post, send_all
from benchmarks.people import described, follows, local_person, remote_people
from benchmarks.server import Running, running
from benchmarks.windows import Bench, Run
from weft.app import Parts
from weft.federation.inbox_store import LogState
from weft.protocol.keys import PrivateKey, generate_rsa, load_private_key
from weft.protocol.signatures.cavage import sign_post_cavage
from weft.storage.database import Database, open_database
from weft.storage.schema.federation import inbox_log
from weft.storage.statements import query

ACTIVITIES = 6000
SENDERS = 60
SETTLE_S = 3.0
PUBLISHED = datetime.now(UTC).isoformat()
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@query()
def applied() -> Select:
    """Entries of the log that had their effect."""
    return select(func.count()).where(inbox_log.c.state == int(LogState.DONE))


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Creates of notes by people whom somebody here follows, signed, from 60 hosts."""
    private_pem, public_pem = generate_rsa()
    key = load_private_key(private_pem)
    people = [described(f"127.8.0.{number + 1}:9", number, public_pem) for number in range(SENDERS)]

    async def prepare(parts: Parts) -> None:
        reader = await local_person(parts, "reader")
        await follows(parts, reader, await remote_people(parts, people))

    async with running(prepare) as server:
        db = await open_database(server.settings.database_url)
        sent = 0

        async def window(count: int) -> Run:
            nonlocal sent
            numbers = range(sent, sent + count)
            requests = [_create(server, key, people[n % SENDERS].uri, n) for n in numbers]
            sent += count

            async def run() -> None:
                load = await send_all(server.port, requests)
                if load.answers != {202: count}:
                    raise RuntimeError(f"not all activities were taken: {load.answers}")
                await _until(db, sent)

            return run

        try:
            await (await window(300))()
            # What is done once for each server that is heard of for the first time is over.
            await asyncio.sleep(SETTLE_S)
            yield Bench(server, window)
        finally:
            await db.close()


async def measure() -> Figure:
    async with bench() as ready:
        return await ready.figure("inbox activities applied", ACTIVITIES, 3000)


def _create(server: Running, key: PrivateKey, actor: str, number: int) -> bytes:
    note = f"{actor}/notes/{number}"
    body = msgspec.json.encode(
        {
            "@context": ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive"}],
            "id": f"{note}/activity",
            "type": "Create",
            "actor": actor,
            "published": PUBLISHED,
            "to": [PUBLIC],
            "cc": [f"{actor}/followers"],
            "object": {
                "id": note,
                "type": "Note",
                "attributedTo": actor,
                "published": PUBLISHED,
                "to": [PUBLIC],
                "cc": [f"{actor}/followers"],
                "url": f"{note}/page",
                "sensitive": False,
                "content": f"<p>Note {number}: the tide comes in twice a day, and "
                'twice a day it goes. <a href="https://example.org/">More</a></p>',
                "contentMap": {"en": f"<p>Note {number}: the tide comes in twice a day.</p>"},
                "attachment": [],
                "tag": [],
            },
        }
    )
    headers = sign_post_cavage(
        f"{server.origin}/inbox", body, f"{actor}#main-key", key, int(time.time())
    )
    return post("/inbox", headers, body)


async def _until(db: Database, count: int) -> None:
    until = time.perf_counter() + 120
    while time.perf_counter() < until:
        row = await db.one(applied)
        if row is not None and row[0] >= count:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError(f"only {row} of {count} activities were applied within two minutes")
