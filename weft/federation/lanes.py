"""Delivery: a lane per host.

A worker leases a host, not a row, and sends what waits for it in order, one request at a time; up
to ``CONCURRENCY`` hosts are worked on at once, so a slow host costs only its own lane. The database
is the truth: a wake-up only saves waiting, and a crash costs at most the memory that something was
delivered (it is delivered again, under the same id).

After a failure that may pass (no connection, 5xx, 408, 429) the lane backs off: one minute, doubled
each time up to six hours, with jitter; 429 and 503 are taken at their Retry-After. An answer that
will not change (any other 4xx) gives up that delivery alone; a host whose inboxes are all gone (404, 410) fares like one that fails. One delivery is tried at most
``TRIES`` times. A host that fails for ``AWAY_AFTER_MS`` is marked away: nothing more is queued for
it until it gives a sign of life. Of several Updates of one object in a run only the last is sent,
and what a Delete in the same run takes back is not sent at all.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import structlog

from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import Dialects
from weft.federation.lane_holders import new_holder, release_dead
from weft.federation.lane_store import (
    GIVEN_UP,
    DeliveryRow,
    DueLane,
    back_off,
    due_lanes,
    finish_lane,
    finish_refused_lane,
    forget_delivery,
    hold_lane,
    lease_lanes,
    mark_delivery,
    next_due,
    renew_lane,
    waiting_for,
)
from weft.federation.rendering import Renderer
from weft.federation.tries import LONGEST_ERROR, Try, TryOutcome, log_tries
from weft.storage.database import Database, Tx

CONCURRENCY = 64
RUN = 20
"""Deliveries of one host per lease."""
LEASE_MS = 60_000
RENEW_MS = 30_000
"""A lease that ends sooner than this is renewed before the next delivery."""
TRIES = 12
AWAY_AFTER_MS = 7 * 24 * 3_600_000
FIRST_BACKOFF_MS = 60_000
LONGEST_BACKOFF_MS = 6 * 3_600_000
IDLE_S = 5.0
"""How long to sleep when nobody wakes us: what a command or another machine has written is seen
after that."""

IN_FORMS = frozenset(
    ("PostPublished", "PostEdited", "Boosted", "BoostUndone", "Reacted", "ReactionUndone")
)
"""Events that are told in another form, or not at all, to servers of some kinds."""

log = structlog.get_logger("weft.lanes")


class Answer(Protocol):
    """What came back."""

    status: int
    retry_after_s: float | None

    @property
    def scheme(self) -> str:
        """How it was signed: ``cavage`` or ``rfc9421``."""


class Send(Protocol):
    """Sends one signed activity; raises OSError-like ``SendFailed`` when there was no answer."""

    async def __call__(
        self,
        inbox: str,
        body: bytes,
        actor_id: int,
        lane: DueLane,
        more: dict[str, str] | None = None,
    ) -> Answer: ...


FollowersHeader: TypeAlias = Callable[[int, str], Awaitable[dict[str, str]]]
"""Of an actor, for a host."""


class SendFailed(Exception):
    """No answer: the sentence says why."""


@dataclass(slots=True)
class Run:
    """How one lane's run went."""

    delivered: list[DeliveryRow] = field(default_factory=list)
    given_up: list[tuple[DeliveryRow, int, str]] = field(default_factory=list)
    failed: tuple[DeliveryRow, int | None, str] | None = None
    retry_after_s: float | None = None
    tries: list[Try] = field(default_factory=list)


class Lanes:
    """Works off the lanes until it is stopped."""

    def __init__(
        self,
        db: Database,
        server: Server,
        dialects: Dialects,
        renderer: Renderer,
        send: Send,
        followers_header: FollowersHeader,
    ) -> None:
        """``followers_header`` says what goes with a post for followers (FEP-8fcf)."""
        self._followers_header = followers_header
        self._db = db
        self._server = server
        self._dialects = dialects
        self._renderer = renderer
        self._send = send
        self.learns: Callable[[str], Awaitable[str | None]] = _not_known
        """Asks a host what it runs, for no longer than a lane may wait."""
        self._holder = new_holder()
        self._wake = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self.attempts: Counter[str] = Counter()
        """Tries of this process, by outcome; read by the metrics."""

    @property
    def in_hand(self) -> int:
        """Lanes that are worked on now."""
        return len(self._busy)

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; lanes in hand finish their current request."""
        await release_dead(self._db, self._holder)
        try:
            while True:
                self._wake.clear()
                if not await self._take():
                    await self._sleep()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _take(self) -> bool:
        """Lease what is due, as far as there is room. True if there may be more."""
        room = CONCURRENCY - len(self._busy)
        if room <= 0:
            return False
        now = self._server.now_ms()
        due = await self._db.all(due_lanes, now=now, limit=room)
        due = [each for each in due if each.host not in self._busy]
        if not due:
            return False
        leased = await self._db.write(self._lease, [each.host for each in due], now)
        for each in due:
            if each.host in leased:
                task = asyncio.create_task(self._work(each), name=f"lane {each.host}")
                self._busy[each.host] = task
        return len(due) == room

    async def _lease(self, tx: Tx, hosts: list[str], now: int) -> set[str]:
        rows = await tx.all(
            lease_lanes, hosts=hosts, now=now, holder=self._holder, until=now + LEASE_MS
        )
        return {row[0] for row in rows}

    async def _renew(self, tx: Tx, host: str, until: int) -> bool:
        """False if somebody else has the lane by now."""
        return await tx.run(renew_lane, of_host=host, holder=self._holder, until=until) > 0

    async def _sleep(self) -> None:
        row = await self._db.one(next_due, now=self._server.now_ms())
        wait_s = IDLE_S
        if row is not None:
            wait_s = min(IDLE_S, max(0.0, (row[0] - self._server.now_ms()) / 1000))
        with contextlib.suppress(TimeoutError):
            # Not wait_for: on Python 3.11 that loses a cancellation that comes with a wake.
            async with asyncio.timeout(max(wait_s, 0.01)):
                await self._wake.wait()

    async def _work(self, lane: DueLane) -> None:
        """One run of one lane: send in order until it is empty, fails, or has had its share."""
        try:
            rows = await self._db.all(waiting_for, host=lane.host, limit=RUN)
            run = await self._send_all(lane, rows)
            await self._db.write(self._finish, lane, run)
        except Exception:
            # The lease runs out, and the lane is tried again.
            log.exception("lane failed", host=lane.host)
        finally:
            self._busy.pop(lane.host, None)
            self.wake()

    async def _send_all(self, lane: DueLane, rows: Sequence[DeliveryRow]) -> Run:
        run = Run()
        until = self._server.now_ms() + LEASE_MS
        dialect = self._dialects.for_software(await self._software(lane, rows))
        skipped = superseded(rows)
        for row in rows:
            if (row.activity_id, row.inbox) in skipped:
                run.delivered.append(row)
                continue
            body = await self._renderer.body(
                row.activity_id, row.uri, row.actor_id, row.event, dialect, row.relayed
            )
            if body is None:
                self._omit(run, row, dialect.name)
                continue
            if until - self._server.now_ms() < RENEW_MS:
                until = self._server.now_ms() + LEASE_MS
                if not await self._db.write(self._renew, lane.host, until):
                    return run
            with structlog.contextvars.bound_contextvars(activity=row.uri):
                await self._try(run, row, body, lane)
            if run.failed is not None:
                return run
        return run

    async def _software(self, lane: DueLane, rows: Sequence[DeliveryRow]) -> str | None:
        """What the host runs. Who was never asked is asked before it is told anything whose form
        depends on it."""
        if lane.software_at is not None or all(row.type not in IN_FORMS for row in rows):
            return lane.software
        return await self.learns(lane.host)

    def _omit(self, run: Run, row: DeliveryRow, dialect: str) -> None:
        """There is nothing to send: note it, so that nobody looks for it in vain."""
        run.delivered.append(row)
        why = f"nothing for servers of this kind ({dialect}), or nothing is left to tell"
        run.tries.append(
            Try(
                activity_id=row.activity_id,
                host=row.host,
                inbox=row.inbox,
                outcome=TryOutcome.OMITTED,
                status=None,
                scheme=None,
                error=why,
                took_ms=0,
                tried_at=self._server.now_ms(),
            )
        )

    async def _try(self, run: Run, row: DeliveryRow, body: bytes, lane: DueLane) -> None:
        """Send one activity, and note in ``run`` how it went."""
        started = self._server.now_ms()

        def tried(outcome: TryOutcome, answer: Answer | None, why: str | None) -> None:
            now = self._server.now_ms()
            run.tries.append(
                Try(
                    activity_id=row.activity_id,
                    host=row.host,
                    inbox=row.inbox,
                    outcome=outcome,
                    status=answer.status if answer is not None else None,
                    scheme=answer.scheme if answer is not None else None,
                    error=why[:LONGEST_ERROR] if why is not None else None,
                    took_ms=max(0, now - started),
                    tried_at=now,
                )
            )

        try:
            more = {}
            if row.visibility == Visibility.FOLLOWERS and row.type == "PostPublished":
                more = await self._followers_header(row.actor_id, row.host)
            answer = await self._send(row.inbox, body, row.actor_id, lane, more)
        except SendFailed as error:
            tried(TryOutcome.UNANSWERED, None, str(error))
            run.failed = (row, None, str(error))
            self.attempts["unanswered"] += 1
            log.info("not delivered", inbox=row.inbox, attempts=row.attempts + 1, why=str(error))
            return
        if 200 <= answer.status < 300:
            run.delivered.append(row)
            tried(TryOutcome.DELIVERED, answer, None)
            self.attempts["delivered"] += 1
            log.debug("delivered", inbox=row.inbox, status=answer.status)
        elif _may_pass(answer.status) and row.attempts + 1 < TRIES:
            run.failed = (row, answer.status, f"answered {answer.status}")
            run.retry_after_s = answer.retry_after_s
            tried(TryOutcome.PUT_OFF, answer, None)
            self.attempts["put off"] += 1
            log.info("not delivered", inbox=row.inbox, status=answer.status, again=True)
        else:
            run.given_up.append((row, answer.status, f"answered {answer.status}"))
            tried(TryOutcome.GIVEN_UP, answer, None)
            self.attempts["given up"] += 1
            log.info("not delivered", inbox=row.inbox, status=answer.status, again=False)

    async def _finish(self, tx: Tx, lane: DueLane, run: Run) -> None:
        now = self._server.now_ms()
        await log_tries(tx, run.tries)
        for row in run.delivered:
            await tx.run(forget_delivery, of_activity=row.activity_id, to=row.inbox)
        for row, status, error in run.given_up:
            await _mark(tx, row, status, error, now, state=GIVEN_UP)
        await tx.one(hold_lane, of_host=lane.host)
        if run.failed is None and not run.delivered and _all_gone(run):
            since = lane.failing_since_at
            await tx.run(
                finish_refused_lane,
                of_host=lane.host,
                holder=self._holder,
                now=now,
                away_at=now if since is not None and now - since > AWAY_AFTER_MS else None,
                error=run.given_up[0][2],
            )
            return
        if run.failed is None:
            await tx.run(finish_lane, of_host=lane.host, holder=self._holder, now=now)
            return
        row, failed_status, error = run.failed
        last = row.attempts + 1 >= TRIES
        await _mark(tx, row, failed_status, error, now, state=GIVEN_UP if last else 0)
        since = lane.failing_since_at
        away = since is not None and now - since > AWAY_AFTER_MS
        await tx.run(
            back_off,
            of_host=lane.host,
            holder=self._holder,
            now=now,
            again_at=None if away else now + backoff_ms(lane.failures, run.retry_after_s),
            away_at=now if away else None,
            error=error[:500],
        )


async def _not_known(host: str) -> str | None:
    return None


def superseded(rows: Sequence[DeliveryRow]) -> set[tuple[int, str]]:
    """Deliveries of a run that a later one makes pointless: Updates before the last of the same
    object, and all of a post before its Delete (the Delete itself goes out)."""
    skipped: set[tuple[int, str]] = set()
    ahead: dict[tuple[str, int], str] = {}
    for row in reversed(rows):
        if row.object_id is None:
            continue
        key = (row.inbox, row.object_id)
        later = ahead.get(key)
        deleted = later == "PostDeleted" and row.type in {"PostPublished", "PostEdited", "Relayed"}
        updated = later == row.type and row.type in {"PostEdited", "ProfileChanged"}
        if deleted or updated:
            skipped.add((row.activity_id, row.inbox))
        elif row.type in {"PostDeleted", "PostEdited", "ProfileChanged"}:
            ahead[key] = row.type
    return skipped


def backoff_ms(failures: int, retry_after_s: float | None) -> int:
    """How long a lane rests after its ``failures + 1``-th failure in a row."""
    if retry_after_s is not None:
        return int(min(max(retry_after_s, 1.0) * 1000, LONGEST_BACKOFF_MS))
    step = min(FIRST_BACKOFF_MS * 2 ** min(failures, 20), LONGEST_BACKOFF_MS)
    return int(step * random.uniform(0.75, 1.25))  # noqa: S311  spreads retries, no secret


def _all_gone(run: Run) -> bool:
    """Were there inboxes to be tried, and none is there any more?"""
    return bool(run.given_up) and all(status in {404, 410} for _, status, _ in run.given_up)


def _may_pass(status: int) -> bool:
    return status in {401, 408, 425, 429} or status >= 500


async def _mark(
    tx: Tx, row: DeliveryRow, status: int | None, error: str, now: int, *, state: int
) -> None:
    await tx.run(
        mark_delivery,
        of_activity=row.activity_id,
        to=row.inbox,
        new_state=state,
        status=status,
        error=error[:500],
        now=now,
    )
