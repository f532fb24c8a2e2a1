"""Carries out what was decided about servers: follows are cut or put back, people told, files removed.

The decision itself holds at once (``domain/moderation/domains_hosts``); this is what takes longer.
Every step may be done twice, so several processes may work on one host.
"""

import asyncio
from contextlib import suppress

import msgspec
import structlog

from weft.domain.moderation.domains_files import people_of_host, pictures_of_people
from weft.domain.moderation.domains_hosts import settle_all, standings
from weft.domain.moderation.domains_rules import covering
from weft.domain.moderation.domains_sever import (
    Work,
    carry_out,
    finish,
    save_progress,
    work_to_do,
)
from weft.domain.server import Server
from weft.media.remote import RemoteFiles
from weft.protocol.origins import authority_of
from weft.storage.database import Database

LOOK_EVERY_S = 5.0
AT_ONCE = 20
FILES = 200
PEOPLE = 50

log = structlog.get_logger("weft.jobs")


class DomainWork:
    """The worker."""

    def __init__(self, db: Database, server: Server, remote: RemoteFiles) -> None:
        self._db, self._server, self._remote = db, server, remote

    async def run(self) -> None:
        """Until it is cancelled; begins with holding every known server to the rules."""
        await settle_all(self._db, self._server)
        while True:
            await self.run_waiting()
            with suppress(TimeoutError):
                await asyncio.sleep(LOOK_EVERY_S)

    async def run_waiting(self) -> int:
        """Do all that waits; how many servers that was about."""
        done = 0
        while rows := await self._db.all(work_to_do, limit=AT_ONCE):
            for row in rows:
                await self._do(row)
                done += 1
        return done

    async def _do(self, work: Work) -> None:
        left: Work | None = work
        while left is not None:
            left = await carry_out(self._db, self._server, left)
            if left is not None and not await self._rejected(left.host):
                continue  # decided anew meanwhile
            if left is not None and left.progress.phase == "files":
                left = await self._copies(left)
            elif left is not None:
                left = await self._pictures(left)
        log.info("decided about a server", host=work.host)

    async def _rejected(self, host: str) -> bool:
        """Is it still so?"""
        return (await standings(self._db, self._server, [host]))[host].rejects_media

    async def _copies(self, work: Work) -> Work:
        """Copies of what the host and those under it serve."""
        rows = await self._remote.kept_after(work.progress.after, FILES)
        theirs = [row for row in rows if work.host in covering(authority_of(row.url) or "")]
        await self._remote.drop(theirs)
        more = len(rows) == FILES
        progress = msgspec.structs.replace(
            work.progress,
            files=work.progress.files + len(theirs),
            after=rows[-1].id if more else 0,
            phase="files" if more else "pictures",
        )
        return await self._db.write(save_progress, work, progress)

    async def _pictures(self, work: Work) -> Work | None:
        """Copies of what the host's people have elsewhere."""
        people = await self._db.all(
            people_of_host, host=work.host, after=work.progress.after, limit=PEOPLE
        )
        if not people:
            return None if await self._db.write(finish, work) else work
        urls = await self._db.all(pictures_of_people, ids=[row[0] for row in people])
        found = await self._remote.kept_of([row[0] for row in urls])
        await self._remote.drop(found)
        progress = msgspec.structs.replace(
            work.progress, files=work.progress.files + len(found), after=people[-1][0]
        )
        return await self._db.write(save_progress, work, progress)
