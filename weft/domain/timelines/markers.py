"""How far a person has read: one marker per timeline."""

from msgspec import Struct
from sqlalchemy import Insert, Select, bindparam, select

from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.timelines import marker
from weft.storage.statements import query, upsert


class Marker(Struct, frozen=True):
    timeline: str
    last_read_id: int
    version: int
    updated_at: int


@query(row=Marker, bounded=True)
def markers_of() -> Select:
    """The markers of ``:owner``; there are two or three."""
    return select(*[marker.c[name] for name in Marker.__struct_fields__]).where(
        marker.c.owner_id == bindparam("owner")
    )


@query()
def save_marker() -> Insert:
    names = ["owner_id", "timeline", "last_read_id", "version", "updated_at"]
    return upsert(marker, key=names[:2], values=names, update=names[2:])


async def move_markers(
    tx: Tx, server: Server, *, owner_id: int, positions: dict[str, int]
) -> list[Marker]:
    """Set how far each timeline was read."""
    known = {row.timeline: row for row in await tx.all(markers_of, owner=owner_id)}
    moved = []
    for timeline, last_read_id in positions.items():
        before = known.get(timeline)
        row = Marker(timeline, last_read_id, before.version + 1 if before else 1, server.now_ms())
        await tx.run(
            save_marker,
            owner_id=owner_id,
            timeline=timeline,
            last_read_id=last_read_id,
            version=row.version,
            updated_at=row.updated_at,
        )
        moved.append(row)
    return moved
