"""GETs from peers that are honest, slow, endless, or want us to go elsewhere."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Mapping

import pytest

from tests.federation.http.peers import (
    LOOPBACK,
    NEVER_S,
    QUICK,
    SHORT_ALL,
    SHORT_GAP,
    SOON_S,
    MakeClient,
    Request,
    StartPeer,
    Tls,
    always,
    answer,
    redirect,
)
from weft.federation.http.client import HttpClient
from weft.federation.http.errors import BadContentType, Budget, Refused, TooLarge, Unreachable
from weft.federation.http.policy import Policy
from weft.federation.http.records import Limits, Response, Signer, Validators


async def get(client: HttpClient, url: str, max_bytes: int = 10_000, **more: object) -> Response:
    return await client.get(url, accept="application/activity+json", max_bytes=max_bytes, **more)  # type: ignore[arg-type]


async def test_an_answer_is_read(start_peer: StartPeer, make_client: MakeClient) -> None:
    peer = await start_peer(always(answer(b'{"id":1}', ETag='"a"')))
    response = await get(make_client(), f"{peer.url}/x?y=1#z")
    assert (response.status, response.body) == (200, b'{"id":1}')
    assert response.url == f"{peer.url}/x?y=1"
    assert response.headers["etag"] == '"a"'
    asked = peer.requests[0]
    assert asked.line == "GET /x?y=1 HTTP/1.1"
    assert asked.headers["host"] == peer.url.removeprefix("http://")
    assert asked.headers["user-agent"] == "Weft/test (+http://a.test)"
    assert asked.headers["accept"] == "application/activity+json"
    assert asked.headers["accept-encoding"] == "gzip"


async def test_a_named_loopback_peer_is_reached_at_127_0_0_1(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(answer()))
    port = peer.url.rpartition(":")[2]
    assert (await get(make_client(), f"http://b.localhost:{port}/")).status == 200
    assert peer.requests[0].headers["host"] == f"b.localhost:{port}"


async def test_loopback_is_refused_by_default(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(answer()))
    with pytest.raises(Refused):
        await get(make_client(Policy()), peer.url)
    with pytest.raises(Refused):
        await make_client(Policy()).post(peer.url, b"", {})
    assert peer.connections == 0


@pytest.mark.parametrize("policy", [Policy(), LOOPBACK])
async def test_a_name_that_resolves_to_this_machine_is_refused(
    start_peer: StartPeer, make_client: MakeClient, policy: Policy
) -> None:
    peer = await start_peer(always(answer()))
    port = int(peer.url.rpartition(":")[2])
    policy = Policy(insecure_loopback=policy.insecure_loopback, ports=(port,))

    async def lookup(host: str) -> list[str]:
        return ["127.0.0.1", "::1", "169.254.169.254"]

    client = make_client(policy, lookup=lookup)
    with pytest.raises(Refused, match="no public address"):
        await get(client, f"https://rebind.example:{port}/")
    with pytest.raises(Refused, match="no public address"):
        await client.post(f"https://rebind.example:{port}/", b"", {})
    assert peer.connections == 0


async def test_a_name_that_does_not_resolve_is_unreachable(make_client: MakeClient) -> None:
    async def lookup(host: str) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(Unreachable):
        await get(make_client(lookup=lookup), "https://nowhere.example/")


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "https://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "https://rebind.example/",
        "http://localhost:1/",
        "file:///etc/passwd",
        "//[::1]:80/",
        "https://exa mple/",
        "http://[",
    ],
)
async def test_a_redirect_to_a_forbidden_place_is_refused(
    start_peer: StartPeer, make_client: MakeClient, location: str
) -> None:
    async def lookup(host: str) -> list[str]:
        return ["10.0.0.1"]

    peer = await start_peer(always(redirect(location)))
    with pytest.raises(Refused):
        await get(make_client(lookup=lookup), peer.url)
    assert len(peer.requests) == 1


async def test_three_redirects_are_followed_and_each_is_signed_anew(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        step = int(request.path[1:])
        writer.write(redirect(f"/{step + 1}") if step < 3 else answer(b"done"))

    async def headers(url: str) -> Mapping[str, str]:
        return {"Signature": f"over {url}"}

    peer = await start_peer(send)
    response = await get(make_client(), f"{peer.url}/0", sign=Signer("me", headers))
    assert (response.body, response.url) == (b"done", f"{peer.url}/3")
    signed = [request.headers["signature"] for request in peer.requests]
    assert signed == [f"over {peer.url}/{step}" for step in range(4)]


async def test_a_fourth_redirect_is_one_too_many(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(redirect("/again")))
    with pytest.raises(Unreachable, match="one redirect too many"):
        await get(make_client(), peer.url)
    assert len(peer.requests) == 4


async def test_https_never_leads_to_http(
    start_peer: StartPeer, make_client: MakeClient, tls: Tls
) -> None:
    plain = await start_peer(always(answer(b"plain")))
    secure = await start_peer(always(redirect(plain.url)), "127.0.0.2", tls=tls.server)
    client = make_client(ssl_context=tls.client)
    with pytest.raises(Refused, match="not https"):
        await get(client, secure.url)
    assert plain.requests == []
    assert len(secure.requests) == 1
    up = await start_peer(always(redirect(f"{secure.url}/up")))
    with pytest.raises(Refused, match="not https"):
        await get(client, up.url)


async def test_an_untrusted_certificate_is_unreachable(
    start_peer: StartPeer, make_client: MakeClient, tls: Tls
) -> None:
    peer = await start_peer(always(answer()), tls=tls.server)
    assert (await get(make_client(ssl_context=tls.client), peer.url)).status == 200
    with pytest.raises(Unreachable):
        await get(make_client(), peer.url)
    other_name = await start_peer(always(answer()), "127.0.0.9", tls=tls.server)
    with pytest.raises(Unreachable):
        await get(make_client(ssl_context=tls.client), other_name.url)


async def test_gzip_is_read_and_other_encodings_are_not(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        encoding = request.path[1:]
        body = {
            "gzip": gzip.compress(b"a" * 5000),
            "broken": b"not gzip at all",
            "short": gzip.compress(b"a" * 5000)[:-12],
        }.get(encoding, zlib.compress(b"a"))
        name = "gzip" if encoding in ("broken", "short") else encoding.replace("-", ", ")
        writer.write(answer(body, content_encoding=name))

    peer = await start_peer(send)
    client = make_client()
    assert (await get(client, f"{peer.url}/gzip")).body == b"a" * 5000
    for encoding in ("br", "zstd", "deflate", "gzip-gzip"):
        with pytest.raises(BadContentType):
            await get(client, f"{peer.url}/{encoding}")
    for encoding in ("broken", "short"):
        with pytest.raises(Unreachable, match="gzip"):
            await get(client, f"{peer.url}/{encoding}")


async def test_a_compression_bomb_is_stopped_at_the_limit(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    assert len(bomb) < 100_000
    peer = await start_peer(always(answer(bomb, content_encoding="gzip")))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            await get(make_client(), peer.url, max_bytes=100_000)
        unpacked = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert unpacked < 8 * 1024 * 1024


async def _endless(request: Request, writer: asyncio.StreamWriter) -> None:
    what = request.path[1:]
    head = b"HTTP/1.1 200 OK\r\n"
    if what == "chunked":
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
        piece = b"400\r\n" + b"a" * 1024 + b"\r\n"
    elif what == "gzip":  # stored blocks of no bytes: endless, and unpacks to nothing
        writer.write(head + b"Content-Encoding: gzip\r\n\r\n")
        writer.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")
        piece = b"\x00\x00\x00\xff\xff" * 1000
    elif what == "fields":
        writer.write(head)
        piece = b"X-More: again\r\n" * 100
    elif what == "field":
        writer.write(head + b"X-More: ")
        piece = b"a" * 1024
    elif what == "interim":
        piece = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    else:
        writer.write(head + b"\r\n")
        piece = b"a" * 1024
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize("what", ["chunked", "gzip", "until-close"])
async def test_an_endless_body_is_too_large(
    start_peer: StartPeer, make_client: MakeClient, what: str
) -> None:
    peer = await start_peer(_endless)
    with pytest.raises(TooLarge):
        await get(make_client(), f"{peer.url}/{what}")


@pytest.mark.parametrize("what", ["fields", "field", "interim"])
async def test_an_endless_head_is_unreachable(
    start_peer: StartPeer, make_client: MakeClient, what: str
) -> None:
    peer = await start_peer(_endless)
    with pytest.raises(Unreachable):
        await get(make_client(), f"{peer.url}/{what}")


async def test_an_announced_length_over_the_limit_is_not_read(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"))
    # No body comes, so whoever wanted to read it would run into a time limit instead.
    with pytest.raises(TooLarge):
        await get(make_client(), peer.url)


async def test_silence_and_slow_bodies_end_in_time(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/silent":
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while request.path == "/slow":
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.1)

    peer = await start_peer(send)
    for path, limits in (("/silent", SHORT_GAP), ("/stalled", SHORT_GAP), ("/slow", SHORT_ALL)):
        client = make_client(limits=limits)
        async with asyncio.timeout(SOON_S):
            with pytest.raises(Unreachable):
                await get(client, peer.url + path)


async def test_a_body_that_breaks_off_is_unreachable(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    peer = await start_peer(send)
    with pytest.raises(Unreachable):
        await get(make_client(), peer.url)


async def test_a_closed_port_is_unreachable(make_client: MakeClient, unused_tcp_port: int) -> None:
    with pytest.raises(Unreachable):
        await get(make_client(), f"http://127.0.0.1:{unused_tcp_port}/")


async def test_the_body_of_an_error_is_not_read(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\n\r\n")
        while True:
            writer.write(b"a" * 1024)
            await writer.drain()

    peer = await start_peer(send)
    # Whoever wanted to read it would never come to an end.
    client = make_client(limits=Limits(connect_s=NEVER_S, gap_s=NEVER_S, total_s=NEVER_S))
    async with asyncio.timeout(SOON_S):
        response = await get(client, peer.url)
    assert (response.status, response.body) == (404, b"")


async def test_two_fetches_per_host_at_once(start_peer: StartPeer, make_client: MakeClient) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(answer())

    peer = await start_peer(send)
    client = make_client()
    await asyncio.gather(*(get(client, f"{peer.url}/{n}") for n in range(8)))
    assert peer.most_at_once == 2
    assert peer.connections <= 2
    assert client._host_places == {}


async def test_waiting_for_a_place_is_bounded_and_not_the_hosts_fault(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        return

    peer = await start_peer(silent)
    client = make_client(limits=Limits(gap_s=0.5, total_s=1, per_host=1, slot_s=0.1))
    first = asyncio.create_task(get(client, f"{peer.url}/1"))
    await asyncio.sleep(0.05)
    with pytest.raises(Budget):
        await get(client, f"{peer.url}/2")
    with pytest.raises(Unreachable):
        await first


async def test_validators_go_only_to_the_url_that_gave_them(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/old":
            writer.write(redirect("/new"))
        elif "if-none-match" in request.headers:
            writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "v"\r\n\r\n')
        else:
            writer.write(answer())

    peer = await start_peer(send)
    known = Validators(f"{peer.url}/new", '"v"', "Mon, 23 Nov 2026 12:00:00 GMT")
    response = await get(make_client(), f"{peer.url}/old", validators=known)
    assert response.status == 304
    assert "if-none-match" not in peer.requests[0].headers
    assert peer.requests[1].headers["if-modified-since"] == "Mon, 23 Nov 2026 12:00:00 GMT"


async def test_cookies_are_not_kept(start_peer: StartPeer, make_client: MakeClient) -> None:
    peer = await start_peer(always(answer(Set_Cookie="a=b; Path=/")))
    client = make_client(limits=QUICK)
    await get(client, peer.url)
    await get(client, peer.url)
    assert "cookie" not in peer.requests[1].headers
