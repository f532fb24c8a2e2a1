"""Suggestions, and the directory of people who agreed to be found."""

from functools import partial
from typing import get_args

from msgspec import Struct

from weft.domain.discovery.queries import (
    Order,
    directory,
    friends_of_friends,
    insert_dismissal,
    popular_here,
    still_shown,
)
from weft.domain.kept import Kept
from weft.domain.server import Server
from weft.storage.database import Database, Tx

FRIENDS = 200
"""Of those whom somebody follows, so many are asked whom they follow."""
LONGEST = 1000
"""As far as the directory can be leafed through."""


class Suggestion(Struct, frozen=True):
    """``friends``: followed by people whom one follows; else: of this server."""

    actor_id: int
    friends: bool


async def suggestions(db: Database, server: Server, me: int, limit: int) -> list[Suggestion]:
    """People whom somebody may want to follow, the best first."""
    now = server.now_ms()
    near = await db.all(friends_of_friends, me=me, now=now, friends=FRIENDS, limit=limit)
    found = {row.id: Suggestion(row.id, friends=True) for row in near}
    if len(found) < limit:
        for row in await db.all(popular_here, me=me, now=now, limit=limit):
            found.setdefault(row.id, Suggestion(row.id, friends=False))
    return list(found.values())[:limit]


async def dismiss(tx: Tx, server: Server, *, actor_id: int, target_id: int) -> None:
    """Never suggest somebody again."""
    await tx.run(
        insert_dismissal, actor_id=actor_id, target_id=target_id, created_at=server.now_ms()
    )


class Directory:
    """Sorts everybody anew when the last order is five minutes old; several who ask wait for one
    sorting. What is answered is checked again at each reading."""

    def __init__(self, db: Database, server: Server) -> None:
        self._db, self._server = db, server
        self._sorted: dict[tuple[Order, bool], Kept[list[int]]] = {
            (order, here): Kept(partial(self._sort, order, here=here))
            for order in get_args(Order)
            for here in (False, True)
        }

    async def page(
        self, order: Order, *, here: bool, offset: int, limit: int, viewer_id: int | None
    ) -> list[int]:
        """Ids of people; fewer than ``limit`` where some are not for this viewer."""
        ids = (await self._sorted[order, here].now())[offset : offset + limit]
        if not ids:
            return []
        params = {} if viewer_id is None else {"viewer": viewer_id, "now": self._server.now_ms()}
        rows = await self._db.all(still_shown, signed_in=viewer_id is not None, ids=ids, **params)
        shown = {row[0] for row in rows}
        return [each for each in ids if each in shown]

    async def _sort(self, order: Order, *, here: bool) -> list[int]:
        rows = await self._db.all(directory, order=order, here=here, limit=LONGEST)
        return [row[0] for row in rows]
