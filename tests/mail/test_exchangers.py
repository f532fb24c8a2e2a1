"""Which machines take a domain's mail in: asked of a name server on loopback, and of liars."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from weft.mail.exchangers import BadAnswer, exchangers, question, read_answer

DOMAIN = "mail.example"


def answer(asked: bytes, *names: bytes, flags: int = 0x8180) -> bytes:
    """What a name server says; a name may point back at the question (``\\xc0\\x0c``)."""
    head = asked[:2] + struct.pack("!5H", flags, 1, len(names), 0, 0) + asked[12:]
    for number, name in enumerate(names):
        data = struct.pack("!H", number) + name
        head += b"\xc0\x0c" + struct.pack("!HHIH", 15, 1, 60, len(data)) + data
    return head


class Named(asyncio.DatagramProtocol):
    def __init__(self, reply: Callable[[bytes], bytes | None]) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        reply = self._reply(data)
        if reply is not None:
            self._transport.sendto(reply, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def name_server(
    reply: Callable[[bytes], bytes | None],
) -> AsyncIterator[tuple[str, int]]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Named(reply), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()


async def test_the_machines_are_named() -> None:
    names = (b"\x02MX\x04spam\x07example\x00", b"\x03mx2\xc0\x0c")
    async with name_server(lambda asked: answer(asked, *names)) as server:
        assert await exchangers(DOMAIN, [server]) == ["mx.spam.example", "mx2.mail.example"]


@pytest.mark.parametrize(
    "reply",
    [
        lambda asked: b"",
        lambda asked: asked,
        lambda asked: asked[:2] + b"\xff" * 5,
        lambda asked: answer(asked, b"\x02mx\x00")[:-4],
        lambda asked: answer(asked, b"\xc0\xff"),
        lambda asked: answer(asked[:12] + question("other.example"), b"\x02mx\x00"),
        lambda asked: answer(asked, b"\xc0" + bytes([len(answer(asked)) + 14])),
    ],
)
async def test_what_is_no_answer_names_nobody(reply: Callable[[bytes], bytes]) -> None:
    async with name_server(reply) as server:
        assert await exchangers(DOMAIN, [server]) == []


async def test_a_server_that_is_silent_or_not_there_keeps_nobody_out() -> None:
    async with name_server(lambda _: None) as silent:
        assert await exchangers(DOMAIN, [silent]) == []
    assert await exchangers(DOMAIN, []) == []


@pytest.mark.parametrize("domain", ["", "a..b", "x" * 64 + ".example"])
def test_no_domain_is_no_question(domain: str) -> None:
    with pytest.raises(BadAnswer):
        question(domain)


def test_an_answer_is_read_no_further_than_it_goes() -> None:
    asked = b"\x00\x01" + b"\x00" * 10 + question(DOMAIN)
    whole = answer(asked, b"\x02mx\xc0\x0c")
    for end in range(len(whole)):
        with pytest.raises(BadAnswer):
            read_answer(whole[:end], DOMAIN)
    assert read_answer(whole, DOMAIN) == ["mx.mail.example"]
