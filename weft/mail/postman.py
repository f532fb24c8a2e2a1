"""Takes letters from the queue to the mail server, with patience.

A letter is taken by moving its time on and counting the try, in one statement: of many processes one
gets it. Who dies with a letter in hand leaves it to be sent again after ``LEASE_MS``.
"""

import asyncio

import structlog

from weft.domain.mail.letters import (
    Letter,
    LetterState,
    end_letter,
    letters_due,
    put_off_letter,
    take_letter,
)
from weft.domain.server import Server
from weft.mail.transport import NotSent, Transport
from weft.storage.database import Database, Tx

AT_ONCE = 4
LOOK_EVERY_S = 10.0
"""Letters of other processes are found after this long; our own wake us."""
LEASE_MS = 5 * 60_000
_MINUTE = 60_000
BACK_OFF_MS = tuple(
    minutes * _MINUTE for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60)
)
"""Waits between tries: about two days, then the letter is given up."""

log = structlog.get_logger("weft.mail")


class Postman:
    def __init__(self, db: Database, server: Server, transport: Transport) -> None:
        self._db, self._server, self._transport = db, server, transport
        self._waiting = asyncio.Event()

    def wake(self) -> None:
        """There is a letter."""
        self._waiting.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._waiting.clear()
            if await self.send_due() < AT_ONCE:
                try:
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._waiting.wait()
                except TimeoutError:
                    pass

    async def send_due(self) -> int:
        """Send some of the letters that are due; the number that was looked at."""
        now = self._server.now_ms()
        letters: list[Letter] = await self._db.all(letters_due, now=now, limit=AT_ONCE)
        await asyncio.gather(*(self._send(each) for each in letters))
        return len(letters)

    async def _send(self, letter: Letter) -> None:
        if not await self._db.write(_take, letter, self._server.now_ms() + LEASE_MS):
            return
        try:
            said = await self._transport.send(letter)
        except NotSent as error:
            await self._not_sent(letter, error)
        except Exception as error:
            # A letter that we cannot even write must not hold up the others.
            log.exception("letter failed", to=letter.recipient)
            await self._db.write(_end, letter.id, LetterState.FAILED, f"{error!r}"[:500])
        else:
            await self._db.write(_end, letter.id, LetterState.SENT, said)

    async def _not_sent(self, letter: Letter, error: NotSent) -> None:
        over = error.for_good or letter.attempts >= len(BACK_OFF_MS)
        log.warning("letter not sent", to=letter.recipient, reason=str(error), given_up=over)
        if over:
            await self._db.write(_end, letter.id, LetterState.FAILED, str(error))
        else:
            at = self._server.now_ms() + BACK_OFF_MS[letter.attempts]
            await self._db.write(_put_off, letter.id, at, str(error))


async def _take(tx: Tx, letter: Letter, until: int) -> bool:
    return (
        await tx.run(take_letter, of_letter=letter.id, of_attempts=letter.attempts, until=until) > 0
    )


async def _end(tx: Tx, letter_id: int, state: LetterState, said: str) -> None:
    await tx.run(end_letter, of_letter=letter_id, to_state=state, error=said)


async def _put_off(tx: Tx, letter_id: int, at: int, reason: str) -> None:
    await tx.run(put_off_letter, of_letter=letter_id, at=at, error=reason)
