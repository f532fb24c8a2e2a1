"""What costs much to count and is told to everybody; found again once an hour at most."""

from dataclasses import dataclass

from weft.domain.kept import Kept
from weft.domain.known_servers import MOST_PEERS, known_hosts
from weft.domain.server import Server
from weft.domain.weeks import Week, weeks
from weft.storage.database import Database

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Told:
    weeks: Kept[list[Week]]
    peers: Kept[list[str]]


def told_by(db: Database, server: Server, kept_s: float = HOUR_S) -> Told:
    async def find_weeks() -> list[Week]:
        return await weeks(db, server)

    async def find_peers() -> list[str]:
        return [row[0] for row in await db.all(known_hosts, limit=MOST_PEERS)]

    return Told(Kept(find_weeks, kept_s), Kept(find_peers, kept_s))
