"""Many applicants at once: chosen by where they came from, when, and what they wrote."""

from msgspec import Struct

from weft.domain.moderation.actors_list import BadNetwork, is_in, network_of
from weft.domain.signup.store import Applicant, waiting_for_approval
from weft.storage.database import Database

MOST = 10_000


class Wanted(Struct, frozen=True):
    """All that is given must fit; nothing given is everybody."""

    text: str = ""
    """In the name, the address or the reason, whatever its case."""
    network: str = ""
    since: int = 0
    until: int = 2**53
    names: frozenset[str] = frozenset()
    """Case-folded."""


async def applicants(db: Database, wanted: Wanted) -> list[Applicant]:
    """Who waits for approval and fits, the oldest first.

    Raises:
        ValueError: ``network`` is none.
    """
    try:
        network = network_of(wanted.network) if wanted.network.strip() else None
    except BadNetwork as error:
        raise ValueError(str(error)) from None
    text = wanted.text.strip().casefold()
    return [
        row
        for row in await db.all(waiting_for_approval, limit=MOST)
        if wanted.since <= row.created_at < wanted.until
        and (not wanted.names or row.username.casefold() in wanted.names)
        and (network is None or is_in(network, row.address))
        and text in f"{row.username}\n{row.email or ''}\n{row.reason or ''}".casefold()
    ]
