"""Working off the inbox log: in order per actor, many actors at once, each effect exactly once.

For each entry: verify what is still unverified (fetching the key), read, hold it against its signer,
find the handler, let it look things up, and then write the effect and close the entry in one
transaction. Closing changes a row only while it still waits, so an entry that two processes took,
or that a crash interrupted, has its effect once.

A failure that may pass (a key or an object that cannot be fetched now, a database error) is tried
again after one minute, doubled each time, up to ``TRIES``; then the entry is FAILED and can be
replayed. Every verdict is kept with its sentence.

The inbox offers each entry as it becomes durable. While this process is level with the log, that is
where entries come from, in the order of their commits and with their documents, parsed already.
When it falls behind (more than ``IN_HAND``) offers are refused, and the log is read from the first
one that was, until both are level again: entries of one actor are never overtaken.
"""

import asyncio
from collections import Counter, deque
from typing import Any

import msgspec
import structlog

from weft.domain.actors.records import Actor
from weft.domain.policy.quarantine import (
    HoldState,
    NoRoom,
    decided_otherwise,
    hold_entry,
    state_of_entry,
)
from weft.federation.authenticity import fetched_instead, vouched
from weft.federation.forwarding import answered_here, pass_on, speaks_for_itself
from weft.federation.handlers.received import (
    Outcome,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.table import handler_for
from weft.federation.hosting import announce_received, concerned_before
from weft.federation.inbox import KeptRequest
from weft.federation.inbox_store import (
    LogState,
    Waiting,
    close_entry,
    retry_entry,
    verdicts_of,
    waiting_activities,
)
from weft.federation.peers import Peers
from weft.federation.policing import KeptOut, judging
from weft.federation.relaying import relayed_instead
from weft.federation.signers import Signers
from weft.federation.spending import limited
from weft.federation.unresolved import Unresolved
from weft.federation.verdicts import Step, Trail, read_verdicts, written
from weft.protocol.activitystreams import (
    Document,
    MalformedDocument,
    first_id,
    first_object,
    first_type,
    read_document,
)
from weft.protocol.origins import same_origin
from weft.protocol.signatures.request import SignatureError, SignedRequest
from weft.protocol.signatures.verify import verify
from weft.storage.database import Tx
from weft.storage.errors import StorageError

BATCH = 256
IN_HAND = 1024
ACTORS_AT_ONCE = 32
TRIES = 8
FIRST_RETRY_MS = 60_000
IDLE_S = 5.0
"""What was replayed by a command is seen after this long."""

log = structlog.get_logger("weft.inbox")

BY_SIGNATURE = Step("signature", "passed", "with a key that was at hand")
AFTER_FETCH = Step("signature", "passed", "with a key that was fetched")

_ENDS = {
    "done": LogState.DONE,
    "ignored": LogState.IGNORED,
    "refused": LogState.REFUSED,
    "quarantined": LogState.QUARANTINED,
}
_kept = msgspec.json.Decoder(KeptRequest)


OF_SUSPENDED = frozenset({"Delete", "Reject", "Undo", "Update"})
"""What a suspended actor may still say (A5): only what takes back, or lifts its own suspension."""


class _Raced(Exception):
    """Another process closed the entry first: our effect must not stay."""


class _TryLater(Exception):
    """The sentence says what was missing."""


class Processor:
    """Takes entries until it is stopped."""

    def __init__(self, tools: Tools, peers: Peers) -> None:
        self._tools = tools
        self._db = tools.db
        self._peers = peers
        self._signers = Signers(tools.db)
        self._wake = asyncio.Event()
        self._lines: dict[str, deque[tuple[Waiting, Document | None]]] = {}
        self._idle_lines: deque[str] = deque()
        """Actors whose lines nobody works on yet."""
        self._workers = 0
        """Not the number of tasks: a task is still there for a moment when its work has ended."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken: set[int] = set()
        self._newest = 0
        self._level = False
        """Is everything that waits in hand, so that what is offered may be taken?"""
        self.judged: Counter[str] = Counter()
        """What this process closed or put off, by outcome; read by the metrics."""

    @property
    def in_hand(self) -> int:
        """Activities that are worked on now."""
        return len(self._taken)

    def wake(self) -> None:
        """Something arrived."""
        self._wake.set()

    def offer(self, entry: Waiting, document: Document | None) -> None:
        """An entry that is durable now; called in the order of the commits."""
        if self._level and len(self._taken) < IN_HAND:
            self._newest = max(self._newest, entry.id)
            self._line_up(entry, document)
            return
        self._level = False
        self._newest = min(self._newest, entry.id - 1)
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; what is half done is done again at the next start."""
        try:
            while True:
                self._wake.clear()
                if await self._take(self._newest):
                    continue
                if self._wake.is_set():
                    self._level = False
                    continue
                try:
                    # Not wait_for: on Python 3.11 that loses a cancellation that comes with a wake.
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()
                except TimeoutError:
                    # What is due for another try, or was committed out of order, is older.
                    await self._take(0)
        finally:
            self._level = False
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> bool:
        """Is nothing due, and nothing in hand? For tests and for a clean stop."""
        return not self._taken and not await self._due(0)

    async def _due(self, after_id: int) -> list[Waiting]:
        now = self._tools.server.now_ms()
        return await self._db.all(waiting_activities, after_id=after_id, now=now, limit=BATCH)

    async def _take(self, after_id: int) -> bool:
        """Put what is due into the lines of its actors. True if there is more, and room for it."""
        if len(self._taken) >= IN_HAND:
            return False
        rows = await self._due(after_id)
        for row in rows:
            self._newest = max(self._newest, row.id)
            self._line_up(row, None)
        self._level = len(rows) < BATCH
        return len(rows) == BATCH

    def _line_up(self, entry: Waiting, document: Document | None) -> None:
        """At the end of its actor's line, unless it is there."""
        if entry.id in self._taken:
            return
        self._taken.add(entry.id)
        line = self._lines.get(entry.actor_uri)
        if line is not None:
            line.append((entry, document))
            return
        self._lines[entry.actor_uri] = deque(((entry, document),))
        self._idle_lines.append(entry.actor_uri)
        if self._workers < ACTORS_AT_ONCE:
            self._workers += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """Work off lines, each in order, until there is none left without a worker."""
        try:
            while self._idle_lines:
                actor_uri = self._idle_lines.popleft()
                await self._work_off(self._lines[actor_uri])
                del self._lines[actor_uri]
                if not self._level and len(self._taken) < IN_HAND:
                    self.wake()
        finally:
            self._workers -= 1

    async def _work_off(self, line: deque[tuple[Waiting, Document | None]]) -> None:
        """One actor's line."""
        while line:
            entry, document = line[0]
            # For the records of everything that happens in it; the next entry overwrites it.
            structlog.contextvars.bind_contextvars(activity=entry.activity_uri)
            try:
                await self._process(entry, document)
            except StorageError:
                # It could not even be put off: the log has it, and the line is read again in order.
                log.exception("activity not put off")
                self._taken.difference_update(each.id for each, _ in line)
                self._level = False
                line.clear()
                return
            self._taken.discard(entry.id)
            line.popleft()

    async def _process(self, entry: Waiting, document: Document | None) -> None:
        trail: Trail = []
        try:
            with limited(hands_over=True):
                await self._judge(entry, document, trail)
        except _Raced:
            log.info("closed by another process")
        except (_TryLater, Unresolved, NoRoom, StorageError) as error:
            await self._later(entry, str(error), trail)
        except Exception as error:  # a fault of ours: keep the entry, and say so
            log.exception("activity failed")
            await self._later(entry, f"{type(error).__name__}: {error}", trail)

    async def _judge(self, entry: Waiting, document: Document | None, trail: Trail) -> None:
        signer = await self._signer(entry)
        if isinstance(signer, Verdict):
            await self._close(entry, signer, trail, "signature")
            return
        at_the_door = entry.state == LogState.RECEIVED
        trail.append(BY_SIGNATURE if at_the_door else AFTER_FETCH)
        try:
            with judging(trail, await self._released(entry)):
                await self._applied(entry, document, signer, trail)
        except KeptOut as kept:
            if kept.passing:
                raise
            outcome: Outcome = "refused" if kept.held is None else "quarantined"
            verdict = Verdict(outcome, str(kept), kept.held)
            await self._close(entry, verdict, trail, "policy", signer.id)

    async def _applied(
        self, entry: Waiting, document: Document | None, signer: Actor, trail: Trail
    ) -> None:
        """The effect of what was signed; raises KeptOut."""
        got = await self._received(entry, document, signer, trail)
        if isinstance(got, Verdict):
            await self._close(entry, got, trail, "origin")
            return
        handler = handler_for(got)
        if handler is None:
            verdict = ignored(f"Weft does nothing with {got.type}")
            await self._close(entry, verdict, trail, "handler")
            return
        await self._tools.policing.activity(got.type, got.signer)
        trail.append(Step("handler", "passed", handler.__name__))
        try:
            apply = await handler(self._tools, got)
        except KeptOut:
            raise
        except Unresolved as error:
            if error.passing:
                raise
            apply = ignored(str(error))
        if isinstance(apply, Verdict):
            await self._close(entry, apply, trail, "look-up")
            return
        await self._db.write(self._effect, entry, got, apply, trail)

    async def _effect(
        self, tx: Tx, entry: Waiting, got: Received, apply: Any, trail: Trail
    ) -> None:
        passable = speaks_for_itself(got)
        answers = await answered_here(tx, got) if passable and got.type == "Delete" else None
        hosted = await concerned_before(tx, got)
        verdict: Verdict = await apply(tx)
        if verdict.outcome == "done":
            await announce_received(tx, self._tools.server, got, hosted)
        if passable and verdict.outcome == "done":
            answers = answers or await answered_here(tx, got)
            if answers is not None:
                await pass_on(tx, self._tools.server, got, answers)
        await self._peers.saw(tx, entry.host)
        await self._end(tx, entry, verdict, trail, "effect")

    async def _released(self, entry: Waiting) -> str | None:
        """What of it a moderator let in, if one did."""
        if not entry.attempts:
            return None
        row = await self._db.one(state_of_entry, entry_id=entry.id)
        if row is None or row[0] != HoldState.RELEASED:
            return None
        about = read_document(entry.body).get("object")
        passed_on = first_object(about)
        if passed_on is not None and first_type(passed_on, ("Create", "Update")) is not None:
            about = passed_on.get("object")  # A group's Announce of what somebody made.
        return first_id(about) or ""

    async def _close(
        self,
        entry: Waiting,
        verdict: Verdict,
        trail: Trail,
        step: str,
        actor_id: int | None = None,
    ) -> None:
        await self._db.write(self._end, entry, verdict, trail, step, actor_id)

    async def _end(
        self,
        tx: Tx,
        entry: Waiting,
        verdict: Verdict,
        trail: Trail,
        step: str,
        actor_id: int | None = None,
    ) -> None:
        earlier = await self._earlier(tx, entry) if entry.attempts else []
        changed = await tx.run(
            close_entry,
            of_entry=entry.id,
            new_state=_ENDS[verdict.outcome],
            verdicts=written(earlier, trail, Step(step, verdict.outcome, verdict.why)),
            now=self._tools.server.now_ms(),
        )
        if changed == 0:
            raise _Raced
        now = self._tools.server.now_ms()
        if verdict.held is not None:
            await hold_entry(tx, entry.id, actor_id, entry.host, verdict.held, now)
        elif entry.attempts:
            await tx.run(decided_otherwise, of_entry=entry.id, now=now)
        tx.after_commit(self._closed, entry, verdict)

    def _closed(self, entry: Waiting, verdict: Verdict) -> None:
        self.judged[verdict.outcome] += 1
        log.debug(
            "activity judged",
            activity=entry.activity_uri,
            type=entry.type,
            outcome=verdict.outcome,
            why=verdict.why,
        )

    async def _earlier(self, tx: Tx, entry: Waiting) -> list[Step]:
        """The steps of the tries before."""
        row = await tx.one(verdicts_of, id=entry.id)
        return read_verdicts(row[0]).steps if row is not None else []

    async def _later(self, entry: Waiting, why: str, trail: Trail) -> None:
        """Try again later, or give it up."""
        now = self._tools.server.now_ms()
        if entry.attempts + 1 >= TRIES:
            await self._db.write(self._give_up, entry, why, trail)
            self.judged["failed"] += 1
            log.warning("activity given up", why=why)
            return
        self.judged["put off"] += 1
        again_at = now + FIRST_RETRY_MS * 2**entry.attempts
        await self._db.write(self._put_off, entry, why, again_at, trail)

    async def _put_off(self, tx: Tx, entry: Waiting, why: str, again_at: int, trail: Trail) -> None:
        earlier = await self._earlier(tx, entry)
        await tx.run(
            retry_entry,
            of_entry=entry.id,
            again_at=again_at,
            verdicts=written(earlier, trail, Step("try", "put off", why)),
        )

    async def _give_up(self, tx: Tx, entry: Waiting, why: str, trail: Trail) -> None:
        earlier = await self._earlier(tx, entry)
        await tx.run(
            close_entry,
            of_entry=entry.id,
            new_state=LogState.FAILED,
            verdicts=written(earlier, trail, Step("try", "failed", why)),
            now=self._tools.server.now_ms(),
        )

    async def _signer(self, entry: Waiting) -> Actor | Verdict:
        """Whose signature it is; verified now if it was not at the door."""
        if entry.state == LogState.RECEIVED:
            known = await self._tools.keys.known(entry.key_id)
            if known is not None:
                actor = await self._signers.by_id(known.owner.actor_id)
                return actor if actor is not None else refused("its signer is gone")
            # The key went between the door and here: the signature was good when it came.
        try:
            actor = await self._tools.resolver.key_owner(entry.key_id)
        except Unresolved as error:
            if error.passing:
                raise _TryLater(str(error)) from None
            return refused(f"its key cannot be had: {error}")
        if entry.state == LogState.RECEIVED:
            return actor
        return await self._verified(entry, actor)

    async def _verified(self, entry: Waiting, actor: Actor) -> Actor | Verdict:
        known = await self._tools.keys.known(entry.key_id)
        if known is None:
            return refused("its key is not among the keys of its actor")
        if entry.request is None:
            return refused("what it signed was not kept")
        kept = _kept.decode(entry.request)
        request = SignedRequest(
            method=kept.method,
            target=kept.target,
            url=f"{self._tools.server.origin}{kept.target}",
            headers=kept.headers,
            body=entry.body,
        )
        try:
            verify(request, known.key, kept.received_s)
        except SignatureError as error:
            return refused(f"the signature does not hold: {error}")
        return actor

    async def _received(
        self, entry: Waiting, document: Document | None, signer: Actor, trail: Trail
    ) -> Received | Verdict:
        """The activity, held against who signed it, or against what it carries itself."""
        if document is None:
            try:
                document = read_document(entry.body)
            except MalformedDocument as error:
                return refused(str(error))
        actor_uri = first_id(document.get("actor"))
        relay = await self._peers.relay(signer.uri)
        if actor_uri != signer.uri:
            type_ = first_type(document) or entry.type
            found = await vouched(self._tools, entry.body, document, actor_uri or "")
            if found is None:
                if actor_uri is None or same_origin(actor_uri, signer.uri):
                    return refused("it was signed by another actor than it names")
                if relay is not None:
                    return await relayed_instead(self._tools, type_, document)
                return await fetched_instead(self._tools, type_, document)
            if isinstance(found, Verdict):
                return found
            trail.append(Step("proof", "passed", found.by))
            document, signer = found.document, found.actor
        uri = first_id(document.get("id"))
        if uri is not None and not same_origin(uri, signer.uri):
            return refused("its id is of another server than its actor")
        if signer.deleted_at is not None:
            return refused("its actor is deleted")
        kind = first_type(document) or entry.type
        if await self._peers.is_suspended(signer.host):
            return refused("its actor's server is suspended here")
        if signer.suspended_at is not None and kind not in OF_SUSPENDED:
            return refused("its actor is suspended here")
        return Received(
            document=document,
            type=kind,
            signer=signer,
            recipient_id=entry.recipient_id,
            body=entry.body,
            relay=relay,
        )
