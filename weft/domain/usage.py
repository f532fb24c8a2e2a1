"""How much a server is used: what it tells everybody who asks, counted at most every few minutes."""

import asyncio
import time

from msgspec import Struct
from sqlalchemy import Select, bindparam, func, select

from weft.domain.server import Server
from weft.storage.database import Database
from weft.storage.schema.accounts import account
from weft.storage.schema.federation import host
from weft.storage.schema.posts import post
from weft.storage.statements import query

KEPT_S = 300.0
DAY_MS = 24 * 3_600_000


class Usage(Struct, frozen=True):
    """People here, those of them active in the last day, week, month and half year, their posts,
    and the other servers that are known."""

    people: int = 0
    day: int = 0
    week: int = 0
    month: int = 0
    half_year: int = 0
    posts: int = 0
    hosts: int = 0


@query(row=Usage)
def usage() -> Select:
    """Active means: seen since ``:day``, ``:week``, ``:month`` or ``:half_year``."""
    people = (
        select(func.count())
        .select_from(account)
        .where(account.c.confirmed_at.is_not(None), account.c.approved_at.is_not(None))
    )
    return select(
        people.scalar_subquery(),
        people.where(account.c.last_active_at > bindparam("day")).scalar_subquery(),
        people.where(account.c.last_active_at > bindparam("week")).scalar_subquery(),
        people.where(account.c.last_active_at > bindparam("month")).scalar_subquery(),
        people.where(account.c.last_active_at > bindparam("half_year")).scalar_subquery(),
        select(func.count()).select_from(post).where(post.c.local).scalar_subquery(),
        select(func.count()).select_from(host).scalar_subquery(),
    )


class UsageCounter:
    """Counts again when the last count is five minutes old; several who ask wait for one count."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db, self._server = db, server
        self._known = Usage()
        self._until = 0.0
        self._counting = asyncio.Lock()

    async def now(self) -> Usage:
        if time.monotonic() < self._until:
            return self._known
        async with self._counting:
            if time.monotonic() >= self._until:
                now = self._server.now_ms()
                found = await self._db.one(
                    usage,
                    day=now - DAY_MS,
                    week=now - 7 * DAY_MS,
                    month=now - 30 * DAY_MS,
                    half_year=now - 180 * DAY_MS,
                )
                self._known = found or Usage()
                self._until = time.monotonic() + KEPT_S
        return self._known
