"""Keeping home timelines short: the newest 800 hints of each owner stay."""

from sqlalchemy import Delete, Select, bindparam, delete, func, literal_column, select

from weft.domain.timelines.home import KEPT_PER_OWNER
from weft.storage.database import Database, Tx
from weft.storage.schema.timelines import home_entry
from weft.storage.statements import query

SLACK = 100
"""How far a timeline may grow past what is kept before it is cut."""


@query()
def long_homes() -> Select:
    """Owners with more than ``:most`` entries."""
    return (
        select(home_entry.c.owner_id)
        .group_by(home_entry.c.owner_id)
        .having(func.count() > bindparam("most"))
    )


@query(bounded=True)
def oldest_kept() -> Select:
    """The last of the entries that stay."""
    return (
        select(home_entry.c.post_id)
        .where(home_entry.c.owner_id == bindparam("owner"))
        .order_by(home_entry.c.post_id.desc())
        .limit(literal_column("1"))
        .offset(bindparam("kept"))
    )


@query()
def cut_home() -> Delete:
    return delete(home_entry).where(
        home_entry.c.owner_id == bindparam("of_owner"), home_entry.c.post_id < bindparam("before")
    )


async def trim_homes(db: Database) -> int:
    """The number of entries taken away."""
    cut = 0
    for row in await db.all(long_homes, most=KEPT_PER_OWNER + SLACK):
        cut += await db.write(_trim, row[0])
    return cut


async def _trim(tx: Tx, owner: int) -> int:
    oldest = await tx.one(oldest_kept, owner=owner, kept=KEPT_PER_OWNER - 1)
    return 0 if oldest is None else await tx.run(cut_home, of_owner=owner, before=oldest[0])
