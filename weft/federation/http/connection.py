"""One connection for POSTs: write a prepared request, read the status.

Once the head of the answer is complete the peer has decided, so trouble after it (a body that is
too long, too slow or cut off) closes the connection and does not fail the delivery. Everything that
a peer could make endless is bounded: head, fields, interim answers, bytes, silence, total time.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

from weft.federation.http.records import Limits, PostResult

_BODY_START_BYTES = 4096
_MAX_INTERIM = 5
Origin = tuple[str, str, int]
"""Scheme, host, port."""


class NoAnswer(Exception):
    """The exchange failed before a head was complete. *is_stale*: nothing came at all."""

    def __init__(self, problem: str, is_stale: bool = False) -> None:
        super().__init__(problem)
        self.is_stale = is_stale


class Connection(asyncio.Protocol):
    """One connection, one exchange at a time. The ``on_`` methods are httptools' callbacks."""

    def __init__(self, origin: Origin, limits: Limits, lost: Callable[["Connection"], None]):
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
        """Send and read the answer. Raises NoAnswer."""
        self._start_over()
        self._answer = self._loop.create_future()
        self._started = self._heard = self._loop.time()
        first = min(self._limits.gap_s, self._limits.total_s)
        self._timer = self._loop.call_later(first, self._check_time)
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
        del self._parser  # it holds our callbacks: a cycle that the collector would have to find

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
            self._answer.set_exception(NoAnswer(problem, is_stale))

    def _result(self) -> PostResult:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._fields
        }
        return PostResult(self._status, headers, self._body)
