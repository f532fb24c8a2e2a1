"""Profiles of other servers that somebody opens.

A profile that nobody here follows has only what was fetched by chance. So the first who opens it
has it read.
"""

from weft.domain.actors.records import Actor
from weft.federation.threads.profile import ProfileReading
from weft.federation.threads.profile_store import claim_profile, set_walked_at, walked_at
from weft.federation.threads.readings import Readings
from weft.federation.threads.walk import Progress


class Profiles(Readings[Actor]):
    """What this process reads of profiles."""

    kind = "profile"
    read_s = 120.0
    walked_at = walked_at
    claim = claim_profile
    set_walked_at = set_walked_at

    def may_be_read(self, row: Actor) -> bool:
        return not row.local and row.stands

    async def read(self, row: Actor, progress: Progress) -> None:
        await ProfileReading(
            self._db, self._server, self._resolver, self._peers, self._courtesy, row, progress
        ).read()
