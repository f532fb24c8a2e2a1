"""Notifications in groups: a page of groups, and what each is made of.

A page is walked from one end, and the first notification met of each group stands for it: paging back,
the newest of the group that is older than ``max_id``; paging on, the oldest that is newer than
``min_id``. So a group that is larger than a page comes again on the next one, with its key, by which
apps put it together. Two statements for a page, however large the groups are.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from weft.domain.notifications.hearing import heard
from weft.domain.notifications.queries import Notification, columns_of
from weft.storage.database import Database
from weft.storage.schema.actors import actor
from weft.storage.schema.timelines import notification
from weft.storage.statements import any_of, query

SAMPLE = 8
"""People of a group who are named."""


@query(row=Notification, bounded=True)
def group_page(
    *, newer: bool = False, from_one: bool = False, filtered_too: bool = False
) -> Select:
    """One notification for each group of ``:owner``, or for what stands alone; ``:kinds`` are
    shown, those of ``:grouped`` in groups."""
    me: Any = bindparam("owner")
    nearer, nearer_actor = notification.alias("nearer"), actor.alias("nearer_actor")
    between = (
        and_(nearer.c.id < notification.c.id, nearer.c.id > bindparam("min_id"))
        if newer
        else and_(nearer.c.id > notification.c.id, nearer.c.id < bindparam("max_id"))
    )
    met = exists().where(
        nearer.c.owner_id == me,
        nearer.c.group_key == notification.c.group_key,
        between,
        nearer_actor.c.id == nearer.c.from_id,
        heard(me, nearer_actor),
    )
    if from_one:
        met = met.where(nearer.c.from_id == bindparam("sender"))
    statement = (
        select(*columns_of(notification))
        .join(actor, actor.c.id == notification.c.from_id)
        .where(
            notification.c.owner_id == me,
            heard(me, actor),
            any_of(notification.c.kind, "kinds"),
            notification.c.id < bindparam("max_id"),
            notification.c.id > bindparam("min_id"),
            or_(
                notification.c.group_key.is_(None),
                not_(any_of(notification.c.kind, "grouped")),
                not_(met),
            ),
        )
    )
    if from_one:
        statement = statement.where(notification.c.from_id == bindparam("sender"))
    if not filtered_too:
        statement = statement.where(not_(notification.c.filtered))
    order = notification.c.id if newer else notification.c.id.desc()
    return statement.order_by(order).limit(bindparam("limit"))


class Member(Struct, frozen=True):
    """One of the newest of a group; ``size`` and what follows are the group's."""

    group_key: str
    id: int
    from_id: int
    place: int
    size: int
    page_min_id: int | None
    page_max_id: int | None
    page_at: int | None


@query(row=Member)
def newest_members() -> Select:
    """The newest ``SAMPLE`` of each of ``:keys``, with the size of the group and what of it lies
    on the page from ``:low`` to ``:high``."""
    me: Any = bindparam("owner")
    n = notification
    key: Any = n.c.group_key
    on_page = and_(n.c.id >= bindparam("low"), n.c.id <= bindparam("high"))
    members = (
        select(
            key,
            n.c.id,
            n.c.from_id,
            func.row_number().over(partition_by=key, order_by=n.c.id.desc()).label("place"),
            func.count().over(partition_by=key).label("size"),
            func.min(case((on_page, n.c.id))).over(partition_by=key).label("page_min_id"),
            func.max(case((on_page, n.c.id))).over(partition_by=key).label("page_max_id"),
            func.max(case((on_page, n.c.created_at))).over(partition_by=key).label("page_at"),
        )
        .join(actor, actor.c.id == n.c.from_id)
        .where(n.c.owner_id == me, any_of(key, "keys"), heard(me, actor))
        .subquery()
    )
    return (
        select(*members.c)
        .where(members.c.place <= literal_column(str(SAMPLE)))
        .order_by(members.c.group_key, members.c.place)
    )


class Group(Struct, frozen=True):
    """A group as one page shows it; what stands alone is a group of one."""

    key: str
    shown: Notification
    """The notification that stands for it."""
    newest_id: int
    size: int
    people: tuple[int, ...]
    page_min_id: int
    page_max_id: int
    page_at: int


async def as_groups(
    db: Database,
    owner: int,
    now: int,
    rows: list[Notification],
    grouped: list[int],
    part: tuple[int, int] | None = None,
) -> list[Group]:
    """What the rows of a page, newest first, stand for. ``part``: the ids that the page is about,
    where that is more than from its last row to its first."""
    keys = [row.group_key for row in rows if row.group_key is not None and row.kind in grouped]
    members: dict[str, list[Member]] = {}
    if keys:
        low, high = part or (rows[-1].id, rows[0].id)
        found = await db.all(newest_members, owner=owner, keys=keys, low=low, high=high, now=now)
        for member in found:
            members.setdefault(member.group_key, []).append(member)
    return [
        _group(row, members.get(row.group_key or "", []) if row.kind in grouped else [])
        for row in rows
    ]


def _group(row: Notification, members: list[Member]) -> Group:
    if not members or row.group_key is None:
        return Group(
            key=f"ungrouped-{row.id}",
            shown=row,
            newest_id=row.id,
            size=1,
            people=(row.from_id,),
            page_min_id=row.id,
            page_max_id=row.id,
            page_at=row.created_at,
        )
    first = members[0]
    return Group(
        key=row.group_key,
        shown=row,
        newest_id=first.id,
        size=first.size,
        people=tuple(dict.fromkeys(each.from_id for each in members)),
        page_min_id=first.page_min_id or row.id,
        page_max_id=first.page_max_id or row.id,
        page_at=first.page_at or row.created_at,
    )
