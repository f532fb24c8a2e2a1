"""POSTs to inboxes that are honest, broken or hostile: the status is what counts."""

import asyncio

import pytest

from tests.federation.http.peers import (
    NEVER_S,
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
from weft.federation.http.errors import Unreachable
from weft.federation.http.records import Limits

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
HEADERS = {"Date": "today", "Content-Type": "application/activity+json", "Signature": "s"}


async def test_a_delivery_arrives_whole(start_peer: StartPeer, make_client: MakeClient) -> None:
    peer = await start_peer(always(answer(b"thanks", "202 Accepted", Retry_After="3")))
    result = await make_client().post(f"{peer.url}/inbox?a=b", b"x" * 200_000, HEADERS)
    assert (result.status, result.body_start) == (202, b"thanks")
    assert result.headers["retry-after"] == "3"
    request = peer.requests[0]
    assert request.line == "POST /inbox?a=b HTTP/1.1"
    assert request.body == b"x" * 200_000
    assert request.headers == {
        "host": peer.url.removeprefix("http://"),
        "user-agent": "Weft/test (+http://a.test)",
        "content-length": "200000",
        "date": "today",
        "content-type": "application/activity+json",
        "signature": "s",
    }


async def test_framing_and_host_are_ours(start_peer: StartPeer, make_client: MakeClient) -> None:
    peer = await start_peer(always(ACCEPTED))
    theirs = {"Host": "evil.example", "Content-Length": "9", "Transfer-Encoding": "chunked"}
    await make_client().post(peer.url, b"{}", theirs)
    assert peer.requests[0].headers["host"] == peer.url.removeprefix("http://")
    assert "transfer-encoding" not in peer.requests[0].headers
    with pytest.raises(ValueError, match="line break"):
        await make_client().post(peer.url, b"{}", {"Date": "today\r\nX-Evil: 1"})


async def test_a_connection_is_kept_for_the_next_delivery(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(ACCEPTED))
    client = make_client()
    for _ in range(5):
        assert (await client.post(peer.url, b"{}", HEADERS)).status == 202
    assert (len(peer.requests), peer.connections) == (5, 1)


async def test_few_connections_are_kept_and_not_for_long(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(ACCEPTED)

    peers = [await start_peer(send, f"127.0.0.{n}") for n in range(1, 5)]
    client = make_client(limits=Limits(idle_per_host=2, idle_connections=5, idle_s=0.2))
    await asyncio.gather(*(client.post(peer.url, b"", {}) for peer in peers for _ in range(4)))
    idle = client._sender._idle
    assert sum(len(kept) for kept in idle.values()) == 5
    assert max(len(kept) for kept in idle.values()) <= 2
    await asyncio.sleep(0.5)
    assert idle == {}
    assert not client._sender._idle_in_order


async def test_a_kept_connection_that_the_peer_closed_is_replaced(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.body == b"close":
            writer.close()  # as a server does whose idle time is over: no byte of an answer
        else:
            writer.write(ACCEPTED)

    peer = await start_peer(send)
    client = make_client()
    assert (await client.post(peer.url, b"keep", {})).status == 202
    with pytest.raises(Unreachable, match="without an answer"):
        await client.post(peer.url, b"close", {})
    # Once on the kept connection, once on a new one, and no third time.
    assert [request.body for request in peer.requests] == [b"keep", b"close", b"close"]
    assert (await client.post(peer.url, b"keep", {})).status == 202


async def test_redirects_are_not_followed(start_peer: StartPeer, make_client: MakeClient) -> None:
    elsewhere = await start_peer(always(ACCEPTED))
    peer = await start_peer(always(redirect(elsewhere.url, "307 Temporary Redirect")))
    assert (await make_client().post(peer.url, b"{}", {})).status == 307
    assert elsewhere.requests == []


async def test_tls_is_verified(start_peer: StartPeer, make_client: MakeClient, tls: Tls) -> None:
    peer = await start_peer(always(ACCEPTED), tls=tls.server)
    client = make_client(ssl_context=tls.client)
    assert (await client.post(peer.url, b"{}", {})).status == 202
    assert (await client.post(peer.url, b"{}", {})).status == 202
    assert peer.connections == 1
    with pytest.raises(Unreachable, match="could not be connected"):
        await make_client().post(peer.url, b"{}", {})
    other_name = await start_peer(always(ACCEPTED), "127.0.0.9", tls=tls.server)
    with pytest.raises(Unreachable, match="could not be connected"):
        await client.post(other_name.url, b"{}", {})


async def test_a_tls_handshake_that_hangs_is_given_up(make_client: MakeClient, tls: Tls) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limits = Limits(connect_s=0.3, gap_s=NEVER_S, total_s=NEVER_S)
    client = make_client(limits=limits, ssl_context=tls.client)
    async with asyncio.timeout(SOON_S):
        with pytest.raises(Unreachable, match="did not accept a connection in time"):
            await client.post(f"https://127.0.0.1:{port}/", b"{}", {})
    server.close()


async def test_a_closed_port_is_unreachable(make_client: MakeClient, unused_tcp_port: int) -> None:
    with pytest.raises(Unreachable, match="could not be connected"):
        await make_client().post(f"http://127.0.0.1:{unused_tcp_port}/", b"{}", {})


async def test_interim_answers_are_skipped(start_peer: StartPeer, make_client: MakeClient) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    peer = await start_peer(always(b"HTTP/1.1 100 Continue\r\n\r\n", early, ACCEPTED))
    client = make_client()
    result = await client.post(peer.url, b"{}", {})
    assert (result.status, dict(result.headers)) == (202, {"content-length": "0"})
    assert (await client.post(peer.url, b"{}", {})).status == 202
    assert peer.connections == 1


@pytest.mark.parametrize(
    "head",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x00\x01\x02",
        b"HTTP/1.1 9999 Big\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 110,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 40_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    ],
)
async def test_a_head_that_is_no_good_is_unreachable(
    start_peer: StartPeer, make_client: MakeClient, head: bytes
) -> None:
    peer = await start_peer(always(head))
    limits = Limits(connect_s=NEVER_S, gap_s=NEVER_S, total_s=NEVER_S)
    async with asyncio.timeout(SOON_S):  # noticed, not timed out
        with pytest.raises(Unreachable):
            await make_client(limits=limits).post(peer.url, b"{}", {})


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 10\r\n\r\nshort",
        b"Content-Length: 9999999\r\n\r\n" + b"a" * 200_000,
        b"Transfer-Encoding: chunked\r\n\r\nnot a chunk",
        b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"a" * 1024 + b"\r\n",
        b"\r\n" + b"a" * 200_000,
        b"\r\n",
    ],
)
async def test_after_the_head_nothing_changes_the_verdict(
    start_peer: StartPeer, make_client: MakeClient, body: bytes
) -> None:
    peer = await start_peer(always(b"HTTP/1.1 202 Accepted\r\n" + body))
    client = make_client()
    result = await client.post(peer.url, b"{}", {})
    assert result.status == 202
    assert len(result.body_start) <= 4096
    assert client._sender._idle == {}


async def test_a_chunked_answer_is_read_and_the_connection_kept(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    head = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
    peer = await start_peer(always(head, b"3\r\nbad\r\n", b"5\r\n body\r\n", b"0\r\n\r\n"))
    client = make_client()
    for _ in range(2):
        result = await client.post(peer.url, b"{}", {})
        assert (result.status, result.body_start) == (400, b"bad body")
    assert peer.connections == 1


@pytest.mark.parametrize("extra", [ACCEPTED, b"HTTP/1.1 500 Oops\r\nConte", b"garbage"])
async def test_a_connection_with_unasked_bytes_is_not_used_again(
    start_peer: StartPeer, make_client: MakeClient, extra: bytes
) -> None:
    peer = await start_peer(always(ACCEPTED + extra))
    client = make_client()
    for count in (1, 2):
        assert (await client.post(peer.url, b"{}", {})).status == 202
        await asyncio.sleep(0.02)
        assert client._sender._idle == {}
        assert peer.connections == count


async def test_bytes_on_an_idle_connection_close_it(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(ACCEPTED)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 500 Forged\r\nContent-Length: 0\r\n\r\n")

    peer = await start_peer(send)
    client = make_client()
    assert (await client.post(peer.url, b"{}", {})).status == 202
    assert client._sender._idle != {}
    await asyncio.sleep(0.1)
    assert client._sender._idle == {}


async def test_silence_and_trickle_end_in_time(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        while request.path == "/trickle":
            writer.write(b"H" if not request.body else b"X: y\r\n")
            if not request.body:
                writer.write(b"TTP/1.1 200 OK\r\n")
                request.body = b"begun"
            await writer.drain()
            await asyncio.sleep(0.1)

    peer = await start_peer(send)
    for path, limits in (("/silent", SHORT_GAP), ("/trickle", SHORT_ALL)):
        client = make_client(limits=limits)
        async with asyncio.timeout(SOON_S):
            with pytest.raises(Unreachable, match="in time"):
                await client.post(peer.url + path, b"", {})


async def test_an_abandoned_delivery_leaves_no_connection(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        return

    peer = await start_peer(silent)
    client = make_client()
    task = asyncio.create_task(client.post(peer.url, b"{}", {}))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client._sender._idle == {}
