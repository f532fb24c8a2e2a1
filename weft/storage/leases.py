"""Leases of node numbers: each process that mints ids holds one of 64, so that no two collide.

A lease lasts a minute and is renewed every fifteen seconds. A process that was stopped so long
that another took its number finds out at the next renewal, and takes a new one before it mints on.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import time
from typing import Any, Protocol

import structlog

from weft.storage.errors import NoNodeFree
from weft.storage.ids import NODES, IdMinter

log = structlog.get_logger("weft.storage")

LEASE_MS = 60_000
RENEW_S = 15.0

_FREE = """
INSERT INTO node_lease (node, holder, lease_until_at) VALUES ($1, $2, $3)
ON CONFLICT (node) DO UPDATE SET holder = $2, lease_until_at = $3
WHERE node_lease.lease_until_at < $4 RETURNING node
"""
_RENEW = "UPDATE node_lease SET lease_until_at = $1 WHERE node = $2 AND holder = $3 RETURNING node"
_TAKEN = "SELECT node FROM node_lease WHERE lease_until_at >= $1"
_RELEASE = "DELETE FROM node_lease WHERE node = $1 AND holder = $2 RETURNING node"


class LeaseTable(Protocol):
    """The two engines' way to run these statements, each in a transaction of its own."""

    async def execute(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Run one statement with ``$1`` parameters; its rows."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class NodeLease:
    """One process's node number, and the minter that uses it."""

    minter: IdMinter

    def __init__(self, table: LeaseTable, fixed: int | None) -> None:
        self._table = table
        self._fixed = fixed
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._renewal: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Lease a free number.

        Raises:
            NoNodeFree: 64 processes hold them all.
        """
        if self._fixed is not None:
            self.minter = IdMinter(self._fixed)
            return
        self.minter = IdMinter(await self._lease())
        self._renewal = asyncio.create_task(self._renew(), name="node-lease")

    async def release(self) -> None:
        """Give the number back."""
        if self._renewal is None:
            return
        self._renewal.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._renewal
        await self._table.execute(_RELEASE, (self.minter.node, self._holder))

    async def _lease(self) -> int:
        taken = {row[0] for row in await self._table.execute(_TAKEN, (_now_ms(),))}
        for node in range(NODES):
            if node in taken:
                continue
            now = _now_ms()
            won = await self._table.execute(_FREE, (node, self._holder, now + LEASE_MS, now))
            if won:
                return node
        raise NoNodeFree("all 64 node numbers are leased: that many processes use this database")

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                values = (_now_ms() + LEASE_MS, self.minter.node, self._holder)
                if not await self._table.execute(_RENEW, values):
                    self.minter.move_to(await self._lease())
            except Exception:  # whatever the driver raises: without renewals, ids would collide
                log.exception("the lease of the node number was not renewed", node=self.minter.node)
