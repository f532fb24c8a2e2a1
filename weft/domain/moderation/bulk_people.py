"""Many people who are in (or on another server) at once. Moderators are never among them."""

from msgspec import Struct

from weft.domain.accounts.queries import Role
from weft.domain.moderation.actors_list import Known, find_actors, is_in, network_of, pattern
from weft.domain.moderation.bulk_joining import Wanted
from weft.storage.database import Database
from weft.storage.ids import MAX_ID

PAGE = 500
MOST = 100_000
"""People who are looked at."""


class Chosen(Struct, frozen=True):
    rows: list[Known]
    whole: bool
    """False where there were more people than are looked at."""


async def people(db: Database, wanted: Wanted, *, domain: str = "") -> Chosen:
    """Who fits: of this server, or of another ``domain``; the newest first.

    Raises:
        BadNetwork
    """
    network = network_of(wanted.network) if wanted.network.strip() else None
    text = wanted.text.strip().casefold()
    found: list[Known] = []
    max_id, looked_at = MAX_ID, 0
    while looked_at < MOST:
        rows = await db.all(
            find_actors,
            origin="remote" if domain else "local",
            username=pattern(""),
            name=pattern(""),
            email=pattern(""),
            of_domain=domain.strip().casefold(),
            inviter=0,
            roles=[int(Role.USER)],
            max_id=max_id,
            min_id=0,
            limit=PAGE,
        )
        found += [
            row
            for row in rows
            if not row.is_applicant
            and _since(row) >= wanted.since
            and _since(row) < wanted.until
            and (not wanted.names or row.username.casefold() in wanted.names)
            and (network is None or is_in(network, row.address))
            and text in f"{row.username}\n{row.email or ''}\n{row.reason or ''}".casefold()
        ]
        looked_at += len(rows)
        if len(rows) < PAGE:
            return Chosen(found, whole=True)
        max_id = rows[-1].id
    return Chosen(found, whole=False)


def _since(row: Known) -> int:
    """When they came, here or into view."""
    return row.signed_up_at or row.arrived_at
