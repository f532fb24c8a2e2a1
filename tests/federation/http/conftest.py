"""Fixtures: peers to talk to, clients to talk with, and a certificate for both."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.federation.http.peers import (
    LOOPBACK,
    QUICK,
    Answer,
    MakeClient,
    Peer,
    StartPeer,
    Tls,
    read_request,
)
from weft.federation.http.client import HttpClient
from weft.federation.http.policy import Policy
from weft.federation.http.records import Limits


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test runs on both: the server is on uvloop, whose transports and errors differ."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def start_peer() -> AsyncIterator[StartPeer]:
    """``await start_peer(answer, address="127.0.0.1", tls=None)``; all are stopped at the end."""
    servers: list[asyncio.Server] = []
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(
        send: Answer, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> Peer:
        peer = Peer("")

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            peer.connections += 1
            try:
                while True:
                    request = await read_request(reader)
                    peer.requests.append(request)
                    peer.at_once += 1
                    peer.most_at_once = max(peer.most_at_once, peer.at_once)
                    try:
                        await send(request, writer)
                        await writer.drain()
                    finally:
                        peer.at_once -= 1
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                writer.transport.abort()

        server = await asyncio.start_server(talk, address, 0, ssl=tls)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        peer.url = f"{'https' if tls else 'http'}://{address}:{port}"
        return peer

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    for writer in writers:
        writer.transport.abort()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """``make_client(policy=…, limits=…, lookup=…, ssl_context=…)``; quick limits by default."""
    clients: list[HttpClient] = []

    def make(policy: Policy = LOOPBACK, limits: Limits = QUICK, **more: object) -> HttpClient:
        client = HttpClient(policy, "Weft/test (+http://a.test)", limits=limits, **more)  # type: ignore[arg-type]
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate for 127.0.0.0/29 and a.localhost, and a client context that trusts only it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName("a.localhost")]
    names += [x509.IPAddress(ipaddress.ip_address(f"127.0.0.{n}")) for n in range(1, 8)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "loopback.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return Tls(server, ssl.create_default_context(cafile=str(pem)))
