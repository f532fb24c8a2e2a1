"""POSTs to inboxes: a small HTTP/1.1 sender, because delivery is the hot path.

aiohttp costs twice the CPU of this per POST to a new host: 260 µs against 130, of which 60 are the
kernel's, and thrice on a kept connection (``benchmarks/http_client.py``, uvloop). What a delivery
needs is little: write one prepared request, read the status (``connection``). Here are the request,
the dialling of checked addresses, and the connections kept for the next delivery: a few per host, a
bounded number of all. Redirects are not followed.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Mapping

from weft.federation.http.connection import Connection, NoAnswer, Origin
from weft.federation.http.errors import Unreachable
from weft.federation.http.policy import Policy, Target, check_url
from weft.federation.http.records import Limits, PostResult
from weft.federation.http.resolver import Resolver

_OURS = frozenset(("host", "content-length", "connection", "transfer-encoding", "user-agent"))


class Sender:
    """Sends POSTs over connections of its own, a few kept per host for the next one."""

    def __init__(
        self,
        policy: Policy,
        resolver: Resolver,
        ssl_context: ssl.SSLContext,
        user_agent: str,
        limits: Limits,
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._user_agent = user_agent
        self._limits = limits
        self._idle: dict[Origin, list[Connection]] = {}
        self._idle_in_order: OrderedDict[Connection, None] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostResult:
        """POST *body* with *headers* and return whatever the peer answers.

        ``Host``, ``User-Agent`` and the framing are ours. Raises Refused and Unreachable.
        """
        target = check_url(self._policy, url)
        request = self._head(target, len(body), headers) + body
        origin = (target.scheme, target.host, target.port)
        connection = self._take_idle(origin)
        if connection is not None:
            try:
                return await self._exchange(connection, request)
            except NoAnswer as failure:
                if not failure.is_stale:  # else the peer had just closed the kept connection
                    raise Unreachable(url, str(failure)) from None
        try:
            return await self._exchange(await self._connect(target, origin), request)
        except NoAnswer as failure:
            raise Unreachable(url, str(failure)) from None

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in list(self._idle_in_order):
            connection.close()

    def _head(self, target: Target, length: int, headers: Mapping[str, str]) -> bytes:
        lines = [
            f"POST {target.path} HTTP/1.1\r\nHost: {target.authority}\r\n"
            f"User-Agent: {self._user_agent}\r\nContent-Length: {length}"
        ]
        for name, value in headers.items():
            if name.lower() not in _OURS:
                if "\n" in value or "\r" in value or "\0" in value or not name.isascii():
                    raise ValueError(f"header field {name!r} has a line break in it")
                lines.append(f"{name}: {value}")
        lines.append("\r\n")
        return "\r\n".join(lines).encode("latin-1")

    async def _connect(self, target: Target, origin: Origin) -> Connection:
        loop = asyncio.get_running_loop()
        is_tls = target.scheme == "https"
        give_up_at = loop.time() + self._limits.total_s
        problem = "could not be connected to."
        for address in await self._resolver.addresses(target.host):
            try:
                async with asyncio.timeout(self._limits.connect_s):
                    _, connection = await loop.create_connection(
                        lambda: Connection(origin, self._limits, self._forget),
                        address,
                        target.port,
                        ssl=self._ssl_context if is_tls else None,
                        server_hostname=target.host if is_tls else None,
                    )
                    return connection
            except TimeoutError:
                problem = "did not accept a connection in time."
            except (OSError, ssl.CertificateError) as error:
                problem = f"could not be connected to: {error.strerror or error}."
            if loop.time() > give_up_at:
                break
        raise Unreachable(target.url, problem)

    async def _exchange(self, connection: Connection, request: bytes) -> PostResult:
        result = await connection.exchange(request)
        if connection.is_reusable:
            self._keep(connection)
        return result

    def _take_idle(self, origin: Origin) -> Connection | None:
        kept = self._idle.get(origin)
        if not kept:
            return None
        connection = kept[-1]
        self._forget(connection)
        return connection

    def _keep(self, connection: Connection) -> None:
        kept = self._idle.setdefault(connection.origin, [])
        if len(kept) >= self._limits.idle_per_host:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        kept.append(connection)
        self._idle_in_order[connection] = None
        if len(self._idle_in_order) > self._limits.idle_connections:
            oldest = next(iter(self._idle_in_order))
            self._forget(oldest)
            oldest.close()
        if self._sweep is None:
            self._sweep = loop.call_later(self._limits.idle_s, self._close_old)

    def _close_old(self) -> None:
        loop = asyncio.get_running_loop()
        for connection in list(self._idle_in_order):
            if connection.idle_since + self._limits.idle_s > loop.time():
                break
            self._forget(connection)
            connection.close()
        again = bool(self._idle_in_order)
        self._sweep = loop.call_later(self._limits.idle_s, self._close_old) if again else None

    def _forget(self, connection: Connection) -> None:
        """Take it off the shelf, if it is there."""
        if connection in self._idle_in_order:
            del self._idle_in_order[connection]
            kept = self._idle[connection.origin]
            kept.remove(connection)
            if not kept:
                del self._idle[connection.origin]
