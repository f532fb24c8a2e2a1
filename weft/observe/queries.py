"""What metrics and health ask the database. None of it is in the way of a request: the counts run
in the executor, and at most once in ``metrics.KEPT_S`` seconds."""

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, case, func, literal_column, select

from weft.storage.schema.federation import delivery, inbox_log, lane
from weft.storage.statements import query

_WAITING: ColumnElement[int] = literal_column("2")
_PENDING: ColumnElement[int] = literal_column("0")


class WaitingByState(Struct, frozen=True):
    state: int
    count: int
    oldest_at: int


class LaneCounts(Struct, frozen=True):
    """``open``: has work, or none, and no failure; ``resting``: backs off after one; ``away``:
    given up until the host speaks."""

    open: int
    resting: int
    away: int


@query(row=WaitingByState)
def waiting_by_state() -> Select:
    """What the inbox log still has to do, through its index of what waits."""
    return (
        select(inbox_log.c.state, func.count(), func.min(inbox_log.c.received_at))
        .where(inbox_log.c.state < _WAITING)
        .group_by(inbox_log.c.state)
    )


@query()
def pending_deliveries() -> Select:
    return select(func.count()).select_from(delivery).where(delivery.c.state == _PENDING)


@query(row=LaneCounts)
def lane_counts() -> Select:
    away = lane.c.away_since_at.is_not(None)
    rests = lane.c.failures > literal_column("0")
    kind = case((away, "away"), (rests, "resting"), else_="open")

    def how_many(name: str) -> ColumnElement[int]:
        counted = case((kind == name, literal_column("1")), else_=literal_column("0"))
        return func.coalesce(func.sum(counted), literal_column("0"))

    return select(how_many("open"), how_many("resting"), how_many("away")).select_from(lane)


@query(bounded=True)
def answers() -> Select:
    """Does the database answer?"""
    return select(literal_column("1"))
