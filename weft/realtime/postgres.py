"""Words carried by PostgreSQL's LISTEN and NOTIFY, over one connection of its own.

NOTIFY is sent after the commit and not inside of it: a transaction that notifies takes a lock of the
whole database at its end, and all writing would wait in one line for it. Words that come together go in
one statement. A process that dies between its commit and the NOTIFY has told nobody; nothing is lost
but the moment.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from typing import Any

import asyncpg
import msgspec
import structlog

from weft.domain.news import Word, decode_words, encode_word
from weft.realtime.carriers import MOST_KEPT, Arrived

CHANNEL = "weft_news"
MOST_BYTES = 7_900
"""Of one notification; PostgreSQL takes less than 8,000."""
RETRY_S = (0.2, 1.0, 5.0, 15.0)

log = structlog.get_logger("weft.realtime")


class PostgresCarrier:
    """Connects when the first word is said, or somebody listens."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._me = secrets.token_hex(8)
        """Our own words come back to us, and are not heard twice."""
        self._waiting: deque[bytes] = deque()
        self._woken = asyncio.Event()
        self._arrived: Arrived | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.dropped = 0

    def send(self, word: Word) -> None:
        if self._closed or len(self._waiting) >= MOST_KEPT:
            self.dropped += 1
            return
        self._waiting.append(encode_word(word))
        self._wake()

    def hear(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._wake()

    async def close(self) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _wake(self) -> None:
        self._woken.set()
        if self._task is None and not self._closed:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="news")

    async def _run(self) -> None:
        """Hold a connection for as long as the process runs, and one after another when it breaks."""
        failures = 0
        while True:
            try:
                connection = await asyncpg.connect(self._url, command_timeout=30)
            except (OSError, asyncpg.PostgresError, TimeoutError) as error:
                failures += 1
                log.warning("news not carried", reason=str(error))
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S)) - 1])
                continue
            try:
                failures = 0
                await self._carry(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("news interrupted", reason=str(error))
                await asyncio.sleep(RETRY_S[0])
            finally:
                with contextlib.suppress(Exception):
                    connection.terminate()

    async def _carry(self, connection: Any) -> None:
        """Until the connection breaks."""
        connection.add_termination_listener(lambda _: self._woken.set())
        listening = False
        while not connection.is_closed():
            self._woken.clear()
            if self._arrived is not None and not listening:
                await connection.add_listener(CHANNEL, self._heard)
                listening = True
            while self._waiting:
                await connection.execute(
                    "SELECT pg_notify($1, said) FROM unnest($2::text[]) said",
                    CHANNEL,
                    self._packed(),
                )
            await self._woken.wait()
        raise ConnectionError("the connection was closed")

    def _packed(self) -> list[str]:
        """All words that wait, in as few notifications as they fit into."""
        head = f"{self._me}[".encode()
        packed: list[str] = []
        part, size = list[bytes](), len(head)
        while self._waiting:
            word = self._waiting.popleft()
            if part and size + len(word) + 1 > MOST_BYTES:
                packed.append((head + b",".join(part) + b"]").decode())
                part, size = [], len(head)
            if len(head) + len(word) + 1 > MOST_BYTES:
                self.dropped += 1
                continue
            part.append(word)
            size += len(word) + 1
        if part:
            packed.append((head + b",".join(part) + b"]").decode())
        return packed

    def _heard(self, _connection: object, _process: int, _channel: str, said: object) -> None:
        text = str(said)
        sender, words = text[: len(self._me)], text[len(self._me) :]
        if sender == self._me or self._arrived is None:
            return
        try:
            self._arrived(decode_words(words))
        except msgspec.MsgspecError as error:
            log.warning("news not understood", reason=str(error))
