"""CPU of one POST to each of many distinct loopback hosts: our sender against aiohttp.

Run: ``python benchmarks/http_client.py [hosts]``. The peer runs in a process of its own and is not
counted. Prints µs of CPU and posts per second of wall time for both clients on both event loops;
``fresh`` is the first POST to each host, ``kept`` one on a connection that was kept. Signing
(274 µs for RSA-2048) and TLS come on top of it.
"""

import asyncio
import multiprocessing
import multiprocessing.connection
import sys
import time
from collections.abc import Awaitable, Callable
from typing import cast

import aiohttp
import uvloop

from weft.federation.http.client import HttpClient
from weft.federation.http.policy import Policy

BODY = b'{"type":"Create"}' + b" " * 2000
HEADERS = {
    "Date": "Mon, 23 Nov 2026 12:00:00 GMT",
    "Digest": "SHA-256=" + "x" * 44,
    "Content-Type": "application/activity+json",
    "Accept": "application/activity+json",
    "Signature": 'keyId="https://weft.example/ap/actors/1#main-key",signature="' + "x" * 344 + '"',
}
ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nServer: peer\r\n\r\n"
AT_ONCE = 64
KEPT_HOSTS = 200  # fewer than the connections that either client keeps


class Peer(asyncio.Protocol):
    """Answers 202 to whatever has a whole request in it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._received.endswith(BODY):
            self._received = b""
            self._transport.write(ANSWER)


def serve(ready: multiprocessing.connection.Connection) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Peer, "0.0.0.0", 0, backlog=4096)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(main())


Post = Callable[[str], Awaitable[int]]


async def measure(name: str, post: Post, urls: list[str]) -> None:
    await run("warming up", post, urls[-100:])
    print(f"{name:20} fresh {await run(name, post, urls[:-100])}")
    await run("opening", post, urls[:KEPT_HOSTS])
    print(f"{name:20} kept  {await run(name, post, urls[:KEPT_HOSTS] * 5)}")


async def run(name: str, post: Post, urls: list[str]) -> str:
    async def worker(queue: list[str]) -> None:
        while queue:
            url = queue.pop()
            if (status := await post(url)) != 202:
                raise RuntimeError(f"{name}: {url} answered {status}")

    queue = list(reversed(urls))
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker(queue) for _ in range(AT_ONCE)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return f"{cpu / len(urls) * 1e6:6.0f} µs CPU {len(urls) / wall:8.0f} /s wall"


async def compare(loop_name: str, urls: list[str]) -> None:
    client = HttpClient(Policy(insecure_loopback=True), "Weft/bench")

    async def ours(url: str) -> int:
        return (await client.post(url, BODY, HEADERS)).status

    await measure(f"sender, {loop_name}", ours, urls)
    await client.close()
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0, use_dns_cache=False),
        auto_decompress=False,
    ) as session:

        async def theirs(url: str) -> int:
            async with session.post(
                url, data=BODY, headers=HEADERS, allow_redirects=False
            ) as response:
                return response.status

        await measure(f"aiohttp, {loop_name}", theirs, urls)


def main() -> None:
    hosts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ours, theirs = multiprocessing.Pipe()
    peer = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    peer.start()
    port = ours.recv()
    urls = [f"http://127.0.{n // 250 + 1}.{n % 250 + 1}:{port}/inbox" for n in range(hosts + 100)]
    try:
        asyncio.run(compare("asyncio", urls))
        uvloop.run(compare("uvloop", urls))
    finally:
        peer.terminate()
        peer.join()


if __name__ == "__main__":
    main()
