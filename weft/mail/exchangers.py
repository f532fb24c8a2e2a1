"""Which machines take a domain's mail in (MX, RFC 1035 and RFC 5321, section 5).

The system's resolver has no call for this, so one question goes to the first name servers that
``/etc/resolv.conf`` names. It is only asked to recognise providers that are blocked; when there is no
answer in time nothing is known, and nobody is kept out for that.
"""

import asyncio
import secrets
import struct
from pathlib import Path

from weft.config.addresses import parse_address

RESOLVERS = Path("/etc/resolv.conf")
TIMEOUT_S = 2.0
MOST = 10
MOST_SERVERS = 2
_PORT = 53
_MX = 15
_IN = 1
_RECURSE = 0x0100
_ANSWER = 0x8000
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_MOST_POINTERS = 10


class BadAnswer(Exception):
    """What came is no answer to the question."""


def name_servers(file: Path = RESOLVERS) -> list[tuple[str, int]]:
    """Addresses and ports of the machine's name servers."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    named = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver"]
    return [(each, _PORT) for each in named if parse_address(each) is not None][:MOST_SERVERS]


async def exchangers(domain: str, servers: list[tuple[str, int]] | None = None) -> list[str]:
    """Names of at most ten machines, in lower case; empty where none could be found."""
    for server in name_servers() if servers is None else servers:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await _ask(server, domain)
        except (OSError, TimeoutError, BadAnswer, UnicodeError):
            continue
    return []


async def _ask(server: tuple[str, int], domain: str) -> list[str]:
    number = secrets.randbelow(1 << 16)
    asked = _HEADER.pack(number, _RECURSE, 1, 0, 0, 0) + question(domain)
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[bytes] = loop.create_future()
    # Connected: what another machine sends is not even seen.
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listener(answered, number), remote_addr=server
    )
    try:
        transport.sendto(asked)
        return read_answer(await answered, domain)
    finally:
        transport.close()


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, answered: asyncio.Future[bytes], number: int) -> None:
        self._answered, self._number = answered, number

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data[:2] == self._number.to_bytes(2, "big") and not self._answered.done():
            self._answered.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc)


def question(domain: str) -> bytes:
    """The question for a domain's MX records."""
    labels = [label.encode("ascii") for label in domain.split(".")]
    if any(not 0 < len(label) < 64 for label in labels):
        raise BadAnswer("this is no domain")
    name = b"".join(bytes([len(label)]) + label for label in labels)
    return name + b"\0" + struct.pack("!2H", _MX, _IN)


def read_answer(data: bytes, domain: str) -> list[str]:
    """The names in an answer to ``question(domain)``.

    Raises:
        BadAnswer: it is none.
    """
    try:
        _, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
        at = _HEADER.size
        asked = question(domain)
        if not flags & _ANSWER or questions != 1 or data[at : at + len(asked)].lower() != asked:
            raise BadAnswer("it answers another question")
        at += len(asked)
        found: list[str] = []
        for _ in range(min(answers, 50)):
            at = _name(data, at)[1]
            kind, class_, _, length = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            if (kind, class_) == (_MX, _IN) and len(found) < MOST:
                found.append(_name(data, at + 2)[0])
            at += length
    except (struct.error, IndexError, UnicodeError):
        raise BadAnswer("it ends too early") from None
    return [name for name in found if name]


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name, which may go on elsewhere (RFC 1035, section 4.1.4), and where it ends."""
    labels: list[str] = []
    end: int | None = None
    for _ in range(128 + _MOST_POINTERS):
        length = data[at]
        if length == 0:
            return ".".join(labels).lower(), at + 1 if end is None else end
        if length >= 0xC0:
            end = at + 2 if end is None else end
            at = (length & 0x3F) << 8 | data[at + 1]
            continue
        labels.append(data[at + 1 : at + 1 + length].decode("ascii"))
        if len(labels[-1]) != length:
            raise IndexError
        at += 1 + length
    raise BadAnswer("its names go round in circles")
