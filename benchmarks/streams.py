"""Posts to 2,000 people who listen: half at home, as followers of who posts, half to public posts."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.deliveries import token_for
from benchmarks.figures import Figure
from benchmarks.load import post, send_all
from benchmarks.people import local_person
from benchmarks.server import Running, running
from weft.app import Parts
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import insert_account
from weft.domain.accounts.queries import Role
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import create_local_actor
from weft.domain.relations.follow import accept, follow
from weft.storage.database import Tx

LISTENERS = 2000
POSTS = 30
WARM_UP = 3
OF_ADDRESS = 200
"""The server lets 300 in from one address; 127.0.0.0/8 has many."""
WAIT_S = 60.0
TARGET = 10.0


@dataclass(frozen=True)
class StreamFigure(Figure):
    """Posts, and what it is like for those who listen."""

    median_ms: float
    late_ms: float
    listener_kb: float

    def row(self) -> str:
        return "\n".join(
            (
                super().row(),
                f"| … until half of them have it, and 99 of 100 | {self.median_ms:,.0f} ms,"
                f" {self.late_ms:,.0f} ms | | | |",
                f"| … memory of a listener (PSS) | {self.listener_kb:,.0f} kB | | | |",
            )
        )


class _Ear(asyncio.Protocol):
    """One stream: counts the events that come, and notes when."""

    def __init__(self, request: bytes, arrived: list[float]) -> None:
        self._request, self._arrived = request, arrived
        self._rest = b""
        self.began = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.began.done() and b":)" in data:
            self.began.set_result(None)
        # An event's name may be cut in two.
        seen = self._rest + data
        for _ in range(seen.count(b"event: update\n")):
            self._arrived.append(time.perf_counter())
        self._rest = seen[-13:] if not seen.endswith(b"event: update\n") else b""

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.began.done():
            self.began.set_exception(ConnectionError(f"a stream was refused: {self._rest!r}"))


async def measure() -> StreamFigure:
    """Each post is sent when everybody has the one before."""
    author_token, tokens = "", list[str]()

    async def prepare(parts: Parts) -> None:
        nonlocal author_token
        author = await local_person(parts, "author")
        author_token = await token_for(parts, author.id)
        for at in range(0, LISTENERS, 100):
            for account_id in await parts.db.write(_people, parts, author, at):
                issued = await issue_token(
                    parts.db,
                    parts.server,
                    account_id=account_id,
                    scopes=frozenset({"read"}),
                    family="mastodon",
                )
                tokens.append(issued.token)

    async with running(prepare) as server:
        await _post(server, author_token, 0)  # the family is built at its first request
        await asyncio.sleep(1)
        empty_mb = server.pss_mb()
        arrived: list[float] = []
        ears = [
            await _listen(server, number, token, arrived) for number, token in enumerate(tokens)
        ]
        await asyncio.sleep(1)
        listener_kb = (server.pss_mb() - empty_mb) * 1000 / LISTENERS
        for number in range(WARM_UP):
            await _told(server, author_token, number, arrived)
        before, started, delays = server.cpu_s(), time.perf_counter(), list[float]()
        for number in range(POSTS):
            delays += await _told(server, author_token, number, arrived)
        cpu, seconds = server.cpu_s() - before, time.perf_counter() - started
        for ear in ears:
            ear.transport.close()
    delays.sort()
    return StreamFigure(
        f"posts to {LISTENERS:,} listeners",
        POSTS,
        seconds,
        cpu,
        TARGET,
        delays[len(delays) // 2] * 1000,
        delays[len(delays) * 99 // 100] * 1000,
        listener_kb,
    )


async def _people(tx: Tx, parts: Parts, author: Actor, first: int) -> list[int]:
    """A hundred accounts without keys, which nobody here needs; half follow the author."""
    made = []
    for number in range(first, first + 100):
        person = await create_local_actor(
            tx,
            parts.server,
            username=f"listener{number}",
            kind=ActorKind.PERSON,
            actor_id=tx.new_id(),
            keys=(),
        )
        account_id, now = tx.new_id(), parts.server.now_ms()
        await tx.run(
            insert_account,
            id=account_id,
            actor_id=person.id,
            email=None,
            password_hash=None,
            role=Role.USER,
            created_at=now,
            confirmed_at=now,
            approved_at=now,
        )
        if number % 2 == 0:
            await follow(tx, parts.server, follower=person, target=author)
            await accept(tx, parts.server, follower_id=person.id, target_id=author.id)
        made.append(account_id)
    return made


async def _listen(server: Running, number: int, token: str, arrived: list[float]) -> _Ear:
    path = "public" if number % 2 else "user"
    request = (
        f"GET /api/v1/streaming/{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
    _, ear = await asyncio.get_running_loop().create_connection(
        lambda: _Ear(request, arrived),
        "127.0.0.1",
        server.port,
        local_addr=(f"127.1.0.{number // OF_ADDRESS + 1}", 0),
    )
    await ear.began
    return ear


async def _post(server: Running, token: str, number: int) -> None:
    body = b'{"status": "Post %d: the tide comes in twice a day, and twice it goes."}' % number
    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }
    load = await send_all(server.port, [post("/api/v1/statuses", headers, body)], 1)
    if load.answers != {200: 1}:
        raise RuntimeError(f"the post was not taken: {load.answers}")


async def _told(server: Running, token: str, number: int, arrived: list[float]) -> list[float]:
    """Post, wait until everybody has it; how long each waited, in seconds."""
    arrived.clear()
    started = time.perf_counter()
    await _post(server, token, number)
    async with asyncio.timeout(WAIT_S):
        while len(arrived) < LISTENERS:  # noqa: ASYNC110  protocols call back, and many of them
            await asyncio.sleep(0.005)
    return [each - started for each in arrived]
