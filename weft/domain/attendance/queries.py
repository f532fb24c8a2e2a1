"""The statements behind attendance."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from weft.domain.attendance.records import Attendance, StateCount
from weft.domain.visibility.collections import person_visible_in
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.actors import actor
from weft.storage.schema.deeds import attendance
from weft.storage.statements import query

_ATTENDANCE = [attendance.c[name] for name in Attendance.__struct_fields__]


@query(row=Attendance, bounded=True)
def attendance_of() -> Select:
    """What ``:of_actor`` said of ``:of_post``."""
    return select(*_ATTENDANCE).where(
        attendance.c.post_id == bindparam("of_post"), attendance.c.actor_id == bindparam("of_actor")
    )


@query(row=Attendance, bounded=True)
def attendance_by_uri() -> Select:
    return select(*_ATTENDANCE).where(attendance.c.uri == bindparam("uri"))


@query(row=StateCount)
def attendance_counts() -> Select:
    """How many say what of ``:of_post``."""
    return (
        select(attendance.c.state, func.count())
        .where(attendance.c.post_id == bindparam("of_post"))
        .group_by(attendance.c.state)
    )


@query(bounded=True)
def attendees(*, who: ViewerKind) -> Select:
    """A page of those who go to ``:of_post`` as far as the viewer is shown them, and the cursor."""
    return (
        select(attendance.c.actor_id, attendance.c.id)
        .join(actor, actor.c.id == attendance.c.actor_id)
        .where(
            attendance.c.post_id == bindparam("of_post"),
            attendance.c.state == literal_column("1"),
            attendance.c.id < bindparam("max_id"),
            person_visible_in(actor, who=who),
        )
        .order_by(attendance.c.id.desc())
        .limit(bindparam("limit"))
    )


def _who_waits(*columns: ColumnElement[Any], who: ViewerKind) -> Select[Any]:
    return (
        select(*columns)
        .select_from(attendance)
        .join(actor, actor.c.id == attendance.c.actor_id)
        .where(
            attendance.c.post_id == bindparam("of_post"),
            attendance.c.state == literal_column("0"),
            person_visible_in(actor, who=who),
        )
    )


@query(bounded=True)
def waiting(*, who: ViewerKind) -> Select:
    """A page of those who wait for the answer of ``:of_post``'s organiser, newest first: the person,
    the cursor and what they say."""
    return (
        _who_waits(attendance.c.actor_id, attendance.c.id, attendance.c.note, who=who)
        .where(attendance.c.id < bindparam("max_id"))
        .order_by(attendance.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def count_waiting(*, who: ViewerKind) -> Select:
    """How many of them there are: of one event, at most ``records.MOST``."""
    return _who_waits(func.count(), who=who)


@query()
def insert_attendance() -> Insert:
    names = (*Attendance.__struct_fields__, "updated_at")
    return insert(attendance).values({name: bindparam(name) for name in names})


@query()
def update_attendance() -> Update:
    names = ("state", "uri", "note", "updated_at")
    return (
        update(attendance)
        .where(attendance.c.id == bindparam("of_attendance"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def delete_attendance() -> Delete:
    return delete(attendance).where(attendance.c.id == bindparam("of_attendance"))


@query()
def drop_attendance() -> Delete:
    """All that ``:of_actor`` said of events."""
    return delete(attendance).where(attendance.c.actor_id == bindparam("of_actor"))
