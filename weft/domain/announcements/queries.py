"""The statements behind announcements."""

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

from weft.storage.schema.operations import (
    announcement,
    announcement_reaction,
    announcement_read,
)
from weft.storage.statements import any_of, insert_or_ignore, query


class Announcement(Struct, frozen=True):
    """``text`` as it was typed, ``content`` as HTML; times are milliseconds UTC."""

    id: int
    text: str
    content: str
    all_day: bool
    starts_at: int | None
    ends_at: int | None
    published_at: int | None
    updated_at: int


class ReactionRow(Struct, frozen=True):
    """How many chose ``name``, and whether the reader did (1 or 0)."""

    announcement_id: int
    name: str
    count: int
    mine: int


_COLUMNS = [announcement.c[name] for name in Announcement.__struct_fields__]


@query(row=Announcement)
def announcements_now(*, unread: bool) -> Select:
    """What is announced at ``:now``, oldest first; ``unread``: what ``:account_id`` has not put
    away."""
    statement = (
        select(*_COLUMNS)
        .where(
            announcement.c.published_at <= bindparam("now"),
            or_(announcement.c.ends_at.is_(None), announcement.c.ends_at > bindparam("now")),
        )
        .order_by(announcement.c.published_at, announcement.c.id)
        .limit(bindparam("limit"))
    )
    if unread:
        statement = statement.where(
            ~exists().where(
                announcement_read.c.announcement_id == announcement.c.id,
                announcement_read.c.account_id == bindparam("account_id"),
            )
        )
    return statement


@query(row=Announcement)
def all_announcements() -> Select:
    """Of the past and the future too, the last one first."""
    return select(*_COLUMNS).order_by(announcement.c.id.desc()).limit(bindparam("limit"))


@query(row=Announcement, bounded=True)
def announcement_by_id() -> Select:
    return select(*_COLUMNS).where(announcement.c.id == bindparam("id"))


@query()
def insert_announcement() -> Insert:
    names = (
        "id", "text", "content", "all_day", "starts_at", "ends_at", "published_at", "created_at",
        "updated_at",
    )  # fmt: skip
    return insert(announcement).values({name: bindparam(name) for name in names})


@query()
def delete_announcement() -> Delete:
    return delete(announcement).where(announcement.c.id == bindparam("of_announcement"))


@query(bounded=True)
def read_among() -> Select:
    """Which of ``:ids`` the account has put away."""
    return select(announcement_read.c.announcement_id).where(
        announcement_read.c.account_id == bindparam("account_id"),
        any_of(announcement_read.c.announcement_id, "ids"),
    )


@query()
def insert_read() -> Insert:
    return insert_or_ignore(announcement_read, "announcement_id", "account_id", "created_at")


@query(row=ReactionRow)
def reactions_of() -> Select:
    """The reactions to ``:ids``, the one that came first, first."""
    chosen = announcement_reaction.c
    mine = func.sum(case((chosen.account_id == bindparam("account_id"), 1), else_=0))
    return (
        select(chosen.announcement_id, chosen.name, func.count(), mine)
        .where(any_of(chosen.announcement_id, "ids"))
        .group_by(chosen.announcement_id, chosen.name)
        .order_by(chosen.announcement_id, func.min(chosen.created_at), chosen.name)
    )


@query()
def insert_reaction() -> Insert:
    return insert_or_ignore(
        announcement_reaction, "announcement_id", "account_id", "name", "created_at"
    )


@query()
def delete_reaction() -> Delete:
    return delete(announcement_reaction).where(
        announcement_reaction.c.announcement_id == bindparam("of_announcement"),
        announcement_reaction.c.account_id == bindparam("of_account"),
        announcement_reaction.c.name == bindparam("of_name"),
    )
