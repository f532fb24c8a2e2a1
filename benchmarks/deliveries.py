"""One post to 1,000 followers on 1,000 hosts."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Select, func, select

from benchmarks.figures import Figure
from benchmarks.load import post, send_all
from benchmarks.peers import Peers, peers
from benchmarks.people import described, followers, local_person, remote_people
from benchmarks.server import Running, running
from benchmarks.windows import Bench, Run
from weft.app import Parts
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.scopes import parse_scopes
from weft.protocol.keys import generate_rsa
from weft.storage.database import open_database
from weft.storage.schema.federation import delivery
from weft.storage.statements import query

HOSTS = 1000
POSTS = 3


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """Posts through the Mastodon API until the last host has them; one more, and the answers to follows,
    are for warming up. A window counts deliveries, and a post is ``HOSTS`` of them."""
    _, public_pem = generate_rsa()
    token = ""
    with peers() as hosts:
        people = [described(hosts.host(n), n, public_pem) for n in range(HOSTS)]

        async def prepare(parts: Parts) -> None:
            nonlocal token
            author = await local_person(parts, "author")
            await followers(parts, author, await remote_people(parts, people))
            token = await token_for(parts, author.id)

        async with running(prepare) as server:

            async def window(count: int) -> Run:
                async def run() -> None:
                    for number in range(count // HOSTS):
                        sent = hosts.received
                        await _post(server.port, token, number)
                        await _received(hosts, sent + HOSTS)

                return run

            await _post(server.port, token, 0)
            await _all_sent(server)
            yield Bench(server, window)


async def measure() -> Figure:
    async with bench() as ready:
        return await ready.figure("deliveries to 1,000 hosts", HOSTS * POSTS, 1200)


async def token_for(parts: Parts, actor_id: int) -> str:
    """A token with which a client acts for an account."""
    from weft.domain.accounts.queries import account_by_actor

    account = await parts.db.one(account_by_actor, actor_id=actor_id)
    if account is None:
        raise RuntimeError("the account is not there")
    issued = await issue_token(
        parts.db,
        parts.server,
        account_id=account.id,
        scopes=parse_scopes("read write follow"),
        family="mastodon",
    )
    return issued.token


async def _post(port: int, token: str, number: int) -> None:
    body = f'{{"status":"Post {number} for everybody"}}'.encode()
    headers = {
        "Host": f"127.0.0.1:{port}",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }
    load = await send_all(port, [post("/api/v1/statuses", headers, body)], 1)
    if load.answers != {200: 1}:
        raise RuntimeError(f"the post was not taken: {load.answers}")


@query()
def waiting() -> Select:
    return select(func.count()).where(delivery.c.state == 0)


async def _all_sent(server: Running) -> None:
    """Nothing waits any more, and what is done once for each host (what does it run?) is done."""
    db = await open_database(server.settings.database_url)
    try:
        until = time.perf_counter() + 120
        while (row := await db.one(waiting)) is None or row[0]:
            if time.perf_counter() > until:
                raise RuntimeError("what was to be sent before the measurement was not sent")
            await asyncio.sleep(0.05)
    finally:
        await db.close()


async def _received(hosts: Peers, count: int) -> None:
    until = time.perf_counter() + 120
    while hosts.received < count:
        if time.perf_counter() > until:
            raise RuntimeError(f"only {hosts.received} of {count} deliveries arrived")
        await asyncio.sleep(0.02)
