"""Works off the walks that were asked for; several processes may.

A process leases up to ``AT_ONCE`` walks. Twice a second it writes down how far each has come, if
that changed, and renews the lease; so "12 of 30" moves, and a dead process's walk is taken up by
another after a minute. What was fetched stays, so the second does only the rest. A walk has
``WALK_S``; what is not there by then comes when somebody opens the thread again.
"""

import asyncio
import contextlib
import os
import socket

import structlog

from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post
from weft.domain.server import Server
from weft.federation.lane_holders import MOST_HOLDERS, is_gone, new_holder
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.threads.courtesy import Courtesy
from weft.federation.threads.store import (
    LEASE_MS,
    PAUSE_MS,
    Walk,
    WalkState,
    drop_walk,
    due_walks,
    finish_walk,
    forget_walks,
    free_walks,
    lease_walks,
    rename_walk,
    report_walk,
    walk_holders,
    walks_of,
)
from weft.federation.threads.walk import ThreadWalk
from weft.storage.database import Database, Tx
from weft.storage.errors import StorageError

AT_ONCE = 8
WALK_S = 600.0
REPORT_S = 0.5
RENEW_MS = LEASE_MS // 3
IDLE_S = 2.0
"""Walks asked for by another process are seen after this long."""
FORGET_MS = 24 * 3_600_000
FORGET_EVERY_MS = 3_600_000

log = structlog.get_logger("weft.threads")


class _Elsewhere(Exception):
    """The walk is not ours any more, or another one covers it."""


class Walker:
    """Takes walks until it is stopped."""

    def __init__(
        self, db: Database, server: Server, resolver: Resolver, peers: Peers, courtesy: Courtesy
    ) -> None:
        self._db = db
        self._server = server
        self._resolver = resolver
        self._peers = peers
        self._courtesy = courtesy
        self._holder = new_holder()
        self._wake = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._forgot_at = 0

    @property
    def in_hand(self) -> int:
        """Walks that are worked on now."""
        return len(self._busy)

    def wake(self) -> None:
        """Somebody asked for a walk."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; what is half done then is free for the next who takes it."""
        await self._free_dead()
        try:
            while True:
                self._wake.clear()
                await self._take()
                await self._forget()
                with contextlib.suppress(TimeoutError):
                    # Not wait_for: on Python 3.11 that loses a cancellation that comes with a wake.
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            with contextlib.suppress(StorageError):
                await self._db.write(_free, [self._holder])

    async def _free_dead(self) -> None:
        """Free what dead processes of this machine hold."""
        rows = await self._db.all(walk_holders, now=self._server.now_ms(), limit=MOST_HOLDERS)
        machine, own = socket.gethostname(), os.getpid()
        gone = [each for each in {row[0] for row in rows} if is_gone(each, machine, own)]
        if gone:
            await self._db.write(_free, gone)

    async def _take(self) -> None:
        room = AT_ONCE - len(self._busy)
        if room <= 0:
            return
        now = self._server.now_ms()
        due = await self._db.all(due_walks, now=now, limit=room)
        if not due:
            return
        leased = await self._db.write(self._lease, [each.post_id for each in due], now)
        for each in due:
            if each.post_id in leased:
                name = f"thread {each.post_id}"
                self._busy[each.post_id] = asyncio.create_task(self._work(each), name=name)

    async def _forget(self) -> None:
        """Walks that ended long ago, now and then."""
        now = self._server.now_ms()
        if now - self._forgot_at > FORGET_EVERY_MS:
            self._forgot_at = now
            await self._db.write(_forget_before, now - FORGET_MS)

    async def _lease(self, tx: Tx, ids: list[int], now: int) -> set[int]:
        rows = await tx.all(
            lease_walks, ids=ids, now=now, holder=self._holder, until=now + LEASE_MS
        )
        return {row[0] for row in rows}

    async def _work(self, row: Walk) -> None:
        try:
            await _Run(self, row).go()
        except _Elsewhere:
            log.info("walk left to another", post=row.post_id)
        except Exception:
            # The lease runs out, and the thread is walked again.
            log.exception("walk failed", post=row.post_id)
        finally:
            self._busy.pop(row.post_id, None)
            self.wake()

    def new_walk(self) -> ThreadWalk:
        return ThreadWalk(self._db, self._server, self._resolver, self._peers, self._courtesy)


class _Run:
    """One leased walk, and its row."""

    def __init__(self, walker: Walker, row: Walk) -> None:
        self._walker = walker
        self._db, self._server = walker._db, walker._server
        self._holder = walker._holder
        self._only_above = row.state == WalkState.ABOVE
        self._started_at = row.started_at
        self._id = row.post_id
        self._walk = walker.new_walk()
        self._told = (0, 0)
        self._told_at = self._server.now_ms()
        self._writing = asyncio.Lock()

    async def go(self) -> None:
        opened = await self._db.one(post_by_id, id=self._id)
        if opened is not None and not self._is_stale:
            walking = asyncio.create_task(self._go(opened))
            try:
                await self._report_until(walking)
            finally:
                walking.cancel()
                await asyncio.gather(walking, return_exceptions=True)
        await self._db.write(self._finish)

    @property
    def _is_stale(self) -> bool:
        """It was begun again and again: something is wrong with it."""
        return self._server.now_ms() - self._started_at > PAUSE_MS

    async def _go(self, opened: Post) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WALK_S):
                top = await self._walk.up(opened)
                if self._only_above:
                    return
                # Its root may be another since it was read: what came above it adopted it.
                top = await self._db.one(post_by_id, id=top.id) or top
                await self._rename(top.root_id or top.id)
                await self._walk.down(opened, top)

    async def _report_until(self, walking: asyncio.Task[None]) -> None:
        while not walking.done():
            await asyncio.wait((walking,), timeout=REPORT_S)
            now = self._server.now_ms()
            known, fetched = self._walk.progress.known, self._walk.progress.fetched
            if (known, fetched) != self._told or now - self._told_at > RENEW_MS:
                async with self._writing:
                    if not await self._db.write(self._report, known, fetched, now):
                        raise _Elsewhere
                self._told, self._told_at = (known, fetched), now
        await walking

    async def _report(self, tx: Tx, known: int, fetched: int, now: int) -> bool:
        reported = await tx.run(
            report_walk,
            of_post=self._id,
            holder=self._holder,
            known=known,
            fetched=fetched,
            until=now + LEASE_MS,
        )
        return reported > 0

    async def _rename(self, root_id: int) -> None:
        """The walk is the root's from now on, so that whoever opens another post of the thread
        finds it; unless the thread is being walked already, or was a moment ago."""
        if root_id == self._id:
            return
        async with self._writing:
            if not await self._db.write(self._take_over, root_id):
                raise _Elsewhere
            self._id = root_id

    async def _take_over(self, tx: Tx, root_id: int) -> bool:
        other = next(iter(await tx.all(walks_of, ids=[root_id])), None)
        if other is not None:
            covers = other.state != WalkState.ABOVE and (
                other.finished_at is None or other.finished_at > self._server.now_ms() - PAUSE_MS
            )
            if covers:
                await tx.run(drop_walk, own=True, of_post=self._id, holder=self._holder)
                return False
            await tx.run(drop_walk, own=False, of_post=root_id)
        await tx.run(rename_walk, of_post=self._id, root=root_id, holder=self._holder)
        return True

    async def _finish(self, tx: Tx) -> None:
        if self._only_above:
            await tx.run(drop_walk, own=True, of_post=self._id, holder=self._holder)
            return
        await tx.run(
            finish_walk,
            of_post=self._id,
            holder=self._holder,
            known=self._walk.progress.known,
            fetched=self._walk.progress.fetched,
            now=self._server.now_ms(),
        )


async def _forget_before(tx: Tx, before: int) -> None:
    await tx.run(forget_walks, before=before)


async def _free(tx: Tx, gone: list[str]) -> None:
    await tx.run(free_walks, gone=gone)
