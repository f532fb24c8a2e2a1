"""Who signed: read in one statement for all activities that are taken up in one turn of the loop.

Each activity that comes needs its signer's row as it is now. What is durable together is offered
together, so that most of a batch asks in the same turn: one statement for all of them is a third of
the work on SQLite, and on PostgreSQL one round trip instead of thirty.
"""

import asyncio

from weft.domain.actors.queries import signers_by_ids
from weft.domain.actors.records import Actor
from weft.storage.database import Database


class Signers:
    """Reads actors by their ids. No more are asked for at once than there are workers."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._asked: list[tuple[int, asyncio.Future[Actor | None]]] = []
        self._reading: set[asyncio.Task[None]] = set()

    async def by_id(self, id_: int) -> Actor | None:
        """The actor, with what holds for its server; None if it is not here.

        Raises:
            StorageError: as any read may.
        """
        if not self._asked:
            task = asyncio.create_task(self._read(), name="signers")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        waiting: asyncio.Future[Actor | None] = asyncio.get_running_loop().create_future()
        self._asked.append((id_, waiting))
        return await waiting

    async def _read(self) -> None:
        asked, self._asked = self._asked, []
        try:
            rows = await self._db.all(signers_by_ids, ids=list({id_ for id_, _ in asked}))
        except BaseException as error:
            for _, waiting in asked:
                if not waiting.done():
                    waiting.set_exception(error)
            if isinstance(error, Exception):
                return
            raise
        found = {row.id: row for row in rows}
        for id_, waiting in asked:
            if not waiting.done():
                waiting.set_result(found.get(id_))
