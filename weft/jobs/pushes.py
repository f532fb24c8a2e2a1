"""Takes waiting messages to push services, with patience.

A message is taken by moving its time on and counting the try, in one statement: of many processes one
gets it, and who dies with it in hand leaves it to be sent again after ``LEASE_MS``. Few go to one host
at once; a host that does not answer, or says that it is too much, is left alone for a while.

What a push service refuses for good (any 4xx but 408 and 429) ends the subscription; so does an
endpoint at an address to which we do not go.
"""

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import structlog

from weft.domain.keys.sealing import Sealer, SecretKeyError
from weft.domain.push import waiting
from weft.domain.push.subscriptions import SEALED_FOR, delete_subscription
from weft.domain.push.vapid import Vapid
from weft.domain.push.waiting import Due
from weft.domain.server import Server
from weft.federation.http.client import HttpClient
from weft.federation.http.errors import FetchError, Refused
from weft.protocol.webpush import BadKey, Message, decoded, encrypt, new_private_key, with_sender
from weft.storage.database import Database, Tx

Render = Callable[[Due, str], Awaitable[bytes | None]]
"""What a message says, given the application's token; None if there is nothing to say any more."""

AT_ONCE = 16
PER_HOST = 4
LOOK_EVERY_S = 1.0
LEASE_MS = 5 * 60_000
BACK_OFF_MS = (30_000, 2 * 60_000, 10 * 60_000, 60 * 60_000, 3 * 60 * 60_000)
"""Waits between tries; after the last one a message is given up."""
MOST_FAILURES = 20
"""Messages given up in a row, after which the subscription is."""
TTL_S = 172_800
"""How long the push service may keep a message for a phone that is off."""
PROOF_S = 12 * 3600
PAUSE_S = 30.0
LONGEST_PAUSE_S = 3600.0
KEPT_PAUSES = 1000
BUSY_MS = 2_000
"""When a message is looked at again whose host has its hands full."""

log = structlog.get_logger("weft.push")


class Pushes:
    """The worker."""

    def __init__(
        self,
        db: Database,
        server: Server,
        sealer: Sealer,
        http: HttpClient,
        vapid: Vapid,
        render: Render,
        *,
        contact: str,
    ) -> None:
        """``contact``: where push services reach the operator (``mailto:`` or ``https:``)."""
        self._db, self._server, self._sealer, self._http = db, server, sealer, http
        self._vapid, self._render, self._contact = vapid, render, contact
        self._flying: dict[str, int] = {}
        self._paused: OrderedDict[str, float] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await self._start_due()
                if self._tasks:
                    await asyncio.wait(
                        self._tasks, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                    )
                else:
                    await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def send_due(self) -> int:
        """Send what is due now, and wait until it is done; how much was tried."""
        count = 0
        while started := await self._start_due():
            count += started
            await asyncio.gather(*self._tasks)
        return count

    async def _start_due(self) -> int:
        free = AT_ONCE - len(self._tasks)
        if free <= 0:
            return 0
        now = self._server.now_ms()
        rows: list[Due] = await self._db.all(waiting.pushes_due, now=now, limit=free)
        started = 0
        for row in rows:
            host = urlsplit(row.endpoint).netloc
            wait_ms = self._wait_ms(host)
            if wait_ms:
                await self._db.write(_put_off, row, now + wait_ms)
            elif await self._db.write(_take, row, now, now + LEASE_MS):
                self._flying[host] = self._flying.get(host, 0) + 1
                task = asyncio.create_task(self._send(row, host), name="push")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                started += 1
        return started

    def _wait_ms(self, host: str) -> int:
        left_s = self._paused.get(host, 0.0) - time.monotonic()
        if left_s > 0:
            return int(left_s * 1000) + 1
        self._paused.pop(host, None)
        return BUSY_MS if self._flying.get(host, 0) >= PER_HOST else 0

    def _pause(self, host: str, seconds: float) -> None:
        self._paused[host] = time.monotonic() + min(seconds, LONGEST_PAUSE_S)
        if len(self._paused) > KEPT_PAUSES:
            self._paused.popitem(last=False)

    async def _send(self, row: Due, host: str) -> None:
        try:
            await self._try(row, host)
        except Exception:
            # One message that nobody foresaw must not keep the others waiting; it is due again later.
            log.exception("push failed", host=host)
        finally:
            self._flying[host] -= 1
            if not self._flying[host]:
                del self._flying[host]

    async def _try(self, row: Due, host: str) -> None:
        if row.void or row.token_sealed is None:
            await self._db.write(_end_subscription, row)
            return
        try:
            token = self._sealer.open(row.token_sealed, SEALED_FOR).decode()
            plain = await self._render(row, token)
            message = await self._sealed(row, plain) if plain is not None else None
        except (BadKey, SecretKeyError) as error:
            await self._end(row, host, str(error))
            return
        if message is None:
            await self._db.write(_forget, row)
            return
        try:
            said = await self._http.post(row.endpoint, message.body, message.headers)
        except Refused as error:
            await self._end(row, host, str(error))
            return
        except FetchError as error:
            self._pause(host, PAUSE_S)
            await self._again(row, host, str(error), PAUSE_S)
            return
        if 200 <= said.status < 300:
            await self._db.write(_done, row)
        elif 400 <= said.status < 500 and said.status not in (408, 429):
            await self._end(row, host, f"the push service answers {said.status}")
        else:
            wait_s = _retry_after(said.headers)
            if said.status in (429, 503):
                self._pause(host, wait_s)
            await self._again(row, host, f"the push service answers {said.status}", wait_s)

    async def _sealed(self, row: Due, plain: bytes) -> Message:
        message = encrypt(
            plain,
            decoded(row.p256dh),
            decoded(row.auth),
            salt=os.urandom(16),
            key=new_private_key(),
            standard=row.standard,
        )
        message = with_sender(
            message,
            row.endpoint,
            key=await self._vapid.key(),
            subject=self._contact,
            expires_at_s=self._server.now_ms() // 1000 + PROOF_S,
        )
        usual = {
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": "normal",
        }
        return Message(message.body, usual | dict(message.headers))

    async def _again(self, row: Due, host: str, reason: str, wait_s: float) -> None:
        """Later; or never, if it was tried often enough."""
        over = row.attempts >= len(BACK_OFF_MS)
        log.info("push not sent", host=host, reason=reason, given_up=over)
        if not over:
            wait_ms = max(BACK_OFF_MS[row.attempts], int(min(wait_s, LONGEST_PAUSE_S) * 1000))
            await self._db.write(_wait, row, self._server.now_ms() + wait_ms)
        elif row.failures + 1 >= MOST_FAILURES:
            await self._end(row, host, reason)
        else:
            await self._db.write(_give_up, row)

    async def _end(self, row: Due, host: str, reason: str) -> None:
        log.info("push subscription ended", host=host, reason=reason)
        await self._db.write(_end_subscription, row)


def _retry_after(headers: Mapping[str, str]) -> float:
    given = headers.get("retry-after", "")
    with suppress(ValueError):
        return max(1.0, min(float(given), LONGEST_PAUSE_S))
    return PAUSE_S


def _names(row: Due) -> dict[str, int]:
    return {"of_subscription": row.subscription_id, "of_notification": row.notification_id}


async def _take(tx: Tx, row: Due, now: int, until: int) -> bool:
    taken = await tx.run(
        waiting.take_push, of_attempts=row.attempts, now=now, until=until, **_names(row)
    )
    return taken > 0


async def _put_off(tx: Tx, row: Due, at: int) -> None:
    await tx.run(waiting.put_off_push, at=at, **_names(row))


async def _wait(tx: Tx, row: Due, at: int) -> None:
    """What else waits for this subscription need not be tried before."""
    await tx.run(waiting.put_off_push, at=at, **_names(row))
    await tx.run(waiting.put_off_pushes, of_subscription=row.subscription_id, at=at)


async def _forget(tx: Tx, row: Due) -> None:
    await tx.run(waiting.delete_push, **_names(row))


async def _done(tx: Tx, row: Due) -> None:
    await _forget(tx, row)
    if row.failures:
        await tx.run(waiting.count_failure, ended=True, of_subscription=row.subscription_id)


async def _give_up(tx: Tx, row: Due) -> None:
    await _forget(tx, row)
    await tx.run(waiting.count_failure, ended=False, of_subscription=row.subscription_id)


async def _end_subscription(tx: Tx, row: Due) -> None:
    await tx.run(delete_subscription, of_subscription=row.subscription_id)
