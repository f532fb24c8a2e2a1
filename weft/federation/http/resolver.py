"""From a host name to the addresses that may be dialled.

Names are looked up once, every answer is checked, and the connection is made to a checked address:
a name that answers differently the second time (DNS rebinding) is never asked a second time.
Forbidden answers are dropped; if none is left, the host is refused.
"""

import asyncio
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address

from aiohttp.abc import AbstractResolver, ResolveResult

from weft.config.values import is_loopback_address
from weft.federation.http.errors import Refused, Unreachable
from weft.federation.http.policy import Policy, may_dial, parse_answer

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""Host name to addresses in text; raises OSError. Tests put their own here."""

DNS_TIMEOUT_S = 5.0
_CACHE_S = 60.0
_CACHE_ENTRIES = 4096
_MAX_ANSWERS = 64
_PER_FAMILY = 2  # as Mastodon: enough for a broken address, too few to make us scan a network
_LOOKUPS_AT_ONCE = 16


class Resolver:
    """Looks names up, checks the answers, and remembers them for a minute."""

    def __init__(self, policy: Policy, lookup: Lookup | None = None) -> None:
        self._policy = policy
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="weft-dns")
        self._lookup = lookup or self._system_lookup
        self._cache: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()

    async def addresses(self, host: str) -> tuple[str, ...]:
        """At most two IPv4 and two IPv6 addresses, IPv4 first. Raises Refused, Unreachable."""
        known = self._cache.get(host)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        checked = self._checked(host, await self._answers(host))
        self._cache[host] = (time.monotonic() + _CACHE_S, checked)
        self._cache.move_to_end(host)
        if len(self._cache) > _CACHE_ENTRIES:
            self._cache.popitem(last=False)
        return checked

    async def _answers(self, host: str) -> Sequence[str]:
        if is_loopback_address(host):
            return [host]
        if host.endswith(".localhost"):
            return ["127.0.0.1"]
        try:
            async with asyncio.timeout(DNS_TIMEOUT_S):
                return await self._lookup(host)
        except (OSError, UnicodeError, TimeoutError):
            raise Unreachable(host, "could not be found in DNS.") from None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _checked(self, host: str, answers: Sequence[str]) -> tuple[str, ...]:
        four: dict[str, None] = {}
        six: dict[str, None] = {}
        for answer in answers[:_MAX_ANSWERS]:
            address = parse_answer(answer)
            if isinstance(address, IPv4Address) and may_dial(self._policy, host, address):
                four[str(address)] = None
            elif isinstance(address, IPv6Address) and may_dial(self._policy, host, address):
                six[str(address)] = None
        checked = (*list(four)[:_PER_FAMILY], *list(six)[:_PER_FAMILY])
        if not checked:
            raise Refused(host, "resolves to no public address.")
        return checked

    async def _system_lookup(self, host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _getaddrinfo, host)


def _getaddrinfo(host: str) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class ConnectorResolver(AbstractResolver):
    """The same, in the form that aiohttp's connector asks for: it dials what this returns."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._resolver.addresses(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing of its own; the resolver is closed by its owner."""
