"""POSTs to inboxes: a small HTTP/1.1 sender, because delivery is the hot path.

aiohttp costs several times the CPU of this per POST (``benchmarks/http_client.py``). What a
delivery needs is little: write one prepared request, read the status. Once the head of the answer
is complete the peer has decided, so trouble after it (a body that is too long, too slow or cut
off) closes the connection and does not fail the delivery. Everything is bounded: head, fields,
interim answers, bytes, silence, total time, idle connections. Redirects are not followed.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import cast

import httptools

from weft.federation.http.errors import Unreachable
from weft.federation.http.policy import Policy, Target, check_url
from weft.federation.http.records import Limits, PostResult
from weft.federation.http.resolver import Resolver

_BODY_START_BYTES = 4096
_MAX_INTERIM = 5
_OURS = frozenset(("host", "content-length", "connection", "transfer-encoding", "user-agent"))
_Origin = tuple[str, str, int]


class _NoAnswer(Exception):
    """The exchange failed before a head was complete. *is_stale*: nothing came at all."""

    def __init__(self, problem: str, is_stale: bool = False) -> None:
        super().__init__(problem)
        self.is_stale = is_stale


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time. The ``on_`` methods are httptools' callbacks."""

    def __init__(self, origin: _Origin, limits: Limits, lost: Callable[["_Connection"], None]):
        self.origin = origin
        self.idle_since = 0.0
        self._limits = limits
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[PostResult] | None = None
        self._start_over()

    def _start_over(self) -> None:
        self.is_reusable = False
        self._status = 0
        self._fields: list[tuple[bytes, bytes]] = []
        self._body = b""
        self._received = 0
        self._interim = 0

    async def exchange(self, request: bytes) -> PostResult:
        """Send and read the answer. Raises _NoAnswer."""
        self._start_over()
        self._answer = self._loop.create_future()
        self._started = self._heard = self._loop.time()
        self._timer = self._loop.call_later(self._limits.gap_s, self._check_time)
        self._transport.write(request)
        try:
            return await self._answer
        finally:
            self._timer.cancel()
            self._answer = None
            if not self.is_reusable:
                self._transport.abort()

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.is_reusable = False  # bytes that nobody asked for: the next answer cannot be told
            self._transport.abort()
            return
        self._heard = self._loop.time()
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.is_reusable = False
            self._end("sent an answer that is not HTTP.")
            return
        if self._status == 0 and self._received > self._limits.max_head_bytes:
            self._end("sent an endless head.")
        elif self._received > self._limits.max_answer_bytes:
            self._end("")

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_reusable = False
        self._end("closed the connection without an answer.", is_stale=self._received == 0)
        self._lost(self)

    def on_message_begin(self) -> None:
        # What is raised in a callback comes out of feed_data as a parser error.
        if self._answer is None or self._answer.done():
            raise ValueError("a second answer to one request")

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self._fields) >= self._limits.max_header_fields:
            raise ValueError("too many header fields")
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
            return
        self._interim += 1
        self._fields.clear()
        if status == 101 or self._interim > _MAX_INTERIM:
            raise ValueError("too many interim answers")

    def on_body(self, data: bytes) -> None:
        if len(self._body) < _BODY_START_BYTES:
            self._body += data[: _BODY_START_BYTES - len(self._body)]

    def on_message_complete(self) -> None:
        if self._status and self._answer is not None and not self._answer.done():
            self.is_reusable = self._parser.should_keep_alive()
            self._answer.set_result(self._result())

    def _check_time(self) -> None:
        now = self._loop.time()
        over = self._started + self._limits.total_s
        next_at = min(self._heard + self._limits.gap_s, over)
        if now < next_at:
            self._timer = self._loop.call_at(next_at, self._check_time)
        else:
            self._end("did not answer in time.")

    def _end(self, problem: str, is_stale: bool = False) -> None:
        """The exchange is over before its message is: with the status, if that is known."""
        if self._answer is None or self._answer.done():
            return
        if self._status:
            self._answer.set_result(self._result())
        else:
            self._answer.set_exception(_NoAnswer(problem, is_stale))

    def _result(self) -> PostResult:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._fields
        }
        return PostResult(self._status, headers, self._body)


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
        self._idle: dict[_Origin, list[_Connection]] = {}
        self._idle_in_order: OrderedDict[_Connection, None] = OrderedDict()
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
            except _NoAnswer as failure:
                if not failure.is_stale:  # else the peer had just closed the kept connection
                    raise Unreachable(url, str(failure)) from None
        try:
            return await self._exchange(await self._connect(target, origin), request)
        except _NoAnswer as failure:
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

    async def _connect(self, target: Target, origin: _Origin) -> _Connection:
        loop = asyncio.get_running_loop()
        is_tls = target.scheme == "https"
        give_up_at = loop.time() + self._limits.total_s
        problem = "could not be connected to."
        for address in await self._resolver.addresses(target.host):
            try:
                async with asyncio.timeout(self._limits.connect_s):
                    _, connection = await loop.create_connection(
                        lambda: _Connection(origin, self._limits, self._forget),
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

    async def _exchange(self, connection: _Connection, request: bytes) -> PostResult:
        result = await connection.exchange(request)
        if connection.is_reusable:
            self._keep(connection)
        return result

    def _take_idle(self, origin: _Origin) -> _Connection | None:
        kept = self._idle.get(origin)
        if not kept:
            return None
        connection = kept[-1]
        self._forget(connection)
        return connection

    def _keep(self, connection: _Connection) -> None:
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

    def _forget(self, connection: _Connection) -> None:
        """Take it off the shelf, if it is there."""
        if connection in self._idle_in_order:
            del self._idle_in_order[connection]
            kept = self._idle[connection.origin]
            kept.remove(connection)
            if not kept:
                del self._idle[connection.origin]
