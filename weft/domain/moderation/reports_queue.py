"""The moderators' queue: what is open, whose it is, what they wrote to each other about it."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Insert,
    Select,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)

from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.moderation.audit import record
from weft.domain.reports.report import (
    CATEGORIES,
    Report,
    ReportRefused,
    ReportState,
    report_by_id,
    resolve_report,
)
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.operations import actor_moderation_note, report, report_note
from weft.storage.statements import any_of, query

NOTE_LENGTH = 2000
Narrowed: TypeAlias = Literal["all", "target", "reporter", "target_domain", "assigned"]

_COLUMNS = [report.c[name] for name in Report.__struct_fields__]


class Note(Struct, frozen=True):
    """Of one moderator, for the others; ``username`` is None when they are gone."""

    id: int
    account_id: int
    text: str
    created_at: int
    username: str | None


class Load(Struct, frozen=True):
    """What one moderator has to do, and has done since ``:since``."""

    account_id: int
    username: str
    role: int
    assigned: int
    resolved: int


@query(row=Report, bounded=True)
def queue_page(*, narrowed: Narrowed = "all", newer: bool = False) -> Select:
    """Reports in ``:state``; of one target, one reporter, one moderator, or (not bounded by an
    index, but by the open queue) about people of one domain."""
    statement = select(*_COLUMNS).where(
        report.c.state == bindparam("state"),
        report.c.id < bindparam("max_id"),
        report.c.id > bindparam("min_id"),
    )
    match narrowed:
        case "target":
            statement = statement.where(report.c.target_id == bindparam("target_id"))
        case "reporter":
            statement = statement.where(report.c.reporter_id == bindparam("reporter_id"))
        case "assigned":
            statement = statement.where(report.c.assigned_to_id == bindparam("assigned_id"))
        case "target_domain":
            statement = statement.join(actor, actor.c.id == report.c.target_id).where(
                actor.c.domain == bindparam("domain")
            )
    order = report.c.id if newer else report.c.id.desc()
    return statement.order_by(order).limit(bindparam("limit"))


@query(row=Report, bounded=True)
def reports_by_ids() -> Select:
    return select(*_COLUMNS).where(any_of(report.c.id, "ids"))


@query()
def count_open() -> Select:
    """How many are open, how many of those nobody has taken, and since when the oldest waits."""
    return select(
        func.count(),
        func.count().filter(report.c.assigned_to_id.is_(None)),
        func.min(report.c.created_at),
    ).where(report.c.state == literal_column(str(int(ReportState.OPEN))))


@query(row=Load)
def workload() -> Select:
    """Of each moderator."""
    mine = (
        select(func.count())
        .where(
            report.c.assigned_to_id == account.c.id,
            report.c.state == literal_column(str(int(ReportState.OPEN))),
        )
        .scalar_subquery()
    )
    done = (
        select(func.count())
        .where(
            report.c.resolved_by_id == account.c.id,
            report.c.resolved_at > bindparam("since"),
            report.c.state == literal_column(str(int(ReportState.RESOLVED))),
        )
        .scalar_subquery()
    )
    return (
        select(account.c.id, actor.c.username, account.c.role, mine, done)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(account.c.role > 0)
        .order_by(account.c.role.desc(), account.c.id)
        .limit(bindparam("limit"))
    )


@query()
def set_assigned() -> Update:
    return (
        update(report)
        .where(report.c.id == bindparam("of_report"))
        .values(assigned_to_id=bindparam("to_account"), updated_at=bindparam("now"))
    )


@query()
def set_category() -> Update:
    return (
        update(report)
        .where(report.c.id == bindparam("of_report"))
        .values(
            category=bindparam("category"),
            rule_ids=bindparam("rule_ids"),
            updated_at=bindparam("now"),
        )
    )


@query(row=Note, bounded=True)
def notes_of_report() -> Select:
    """The oldest first."""
    return (
        select(
            report_note.c.id,
            report_note.c.account_id,
            report_note.c.text,
            report_note.c.created_at,
            actor.c.username,
        )
        .select_from(
            report_note.outerjoin(account, account.c.id == report_note.c.account_id).outerjoin(
                actor, actor.c.id == account.c.actor_id
            )
        )
        .where(report_note.c.report_id == bindparam("report_id"))
        .order_by(report_note.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Note, bounded=True)
def notes_of_actor() -> Select:
    """The newest first."""
    table = actor_moderation_note
    return (
        select(table.c.id, table.c.account_id, table.c.text, table.c.created_at, actor.c.username)
        .select_from(
            table.outerjoin(account, account.c.id == table.c.account_id).outerjoin(
                actor, actor.c.id == account.c.actor_id
            )
        )
        .where(table.c.actor_id == bindparam("actor_id"))
        .order_by(table.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def insert_report_note() -> Insert:
    names = ("id", "report_id", "account_id", "text", "created_at")
    return insert(report_note).values({name: bindparam(name) for name in names})


@query()
def insert_actor_note() -> Insert:
    names = ("id", "actor_id", "account_id", "text", "created_at")
    return insert(actor_moderation_note).values({name: bindparam(name) for name in names})


async def assign(
    tx: Tx, server: Server, by: Moderator, report_id: int, *, taken: bool = True
) -> bool:
    """A moderator takes a report, or gives it back. False if there is none."""
    by.must(Permission.MANAGE_REPORTS)
    now = server.now_ms()
    if not await tx.run(
        set_assigned, of_report=report_id, to_account=by.account_id if taken else None, now=now
    ):
        return False
    verb = "assign" if taken else "unassign"
    await record(tx, by.account_id, f"report.{verb}", report_id, None, None, None, now)
    return True


async def decide(
    tx: Tx, server: Server, by: Moderator, report_id: int, *, open_again: bool = False
) -> bool:
    """Close a report without doing anything, or open it again. False if there is none."""
    by.must(Permission.MANAGE_REPORTS)
    if not await resolve_report(
        tx, server, report_id, open_again=open_again, by_account=by.account_id
    ):
        return False
    verb = "reopen" if open_again else "resolve"
    await record(tx, by.account_id, f"report.{verb}", report_id, None, None, None, server.now_ms())
    return True


async def recategorise(
    tx: Tx, server: Server, by: Moderator, report_id: int, category: str, rules: Sequence[int]
) -> bool:
    """What it is about, in the moderators' opinion. False if there is none.

    Raises:
        ReportRefused: no such category.
    """
    by.must(Permission.MANAGE_REPORTS)
    if category not in CATEGORIES:
        raise ReportRefused(f"category must be one of {', '.join(CATEGORIES)}.")
    now = server.now_ms()
    stored = msgspec.json.encode(list(rules)).decode() if rules else None
    if not await tx.run(
        set_category, of_report=report_id, category=category, rule_ids=stored, now=now
    ):
        return False
    await record(
        tx, by.account_id, "report.update", report_id, None, None, {"category": category}, now
    )
    return True


async def note_report(tx: Tx, server: Server, by: Moderator, report_id: int, text: str) -> bool:
    """For the other moderators. False if there is no such report.

    Raises:
        ReportRefused: nothing, or too much.
    """
    by.must(Permission.MANAGE_REPORTS)
    if await tx.one(report_by_id, id=report_id) is None:
        return False
    await tx.run(
        insert_report_note,
        id=tx.new_id(),
        report_id=report_id,
        account_id=by.account_id or 0,
        text=_checked(text),
        created_at=server.now_ms(),
    )
    return True


async def note_actor(tx: Tx, server: Server, by: Moderator, actor_id: int, text: str) -> None:
    """As ``note_report``, about a person."""
    by.must(Permission.MANAGE_REPORTS)
    await tx.run(
        insert_actor_note,
        id=tx.new_id(),
        actor_id=actor_id,
        account_id=by.account_id or 0,
        text=_checked(text),
        created_at=server.now_ms(),
    )


def _checked(text: str) -> str:
    text = text.strip()
    if not text or len(text) > NOTE_LENGTH:
        raise ReportRefused(f"A note has 1 to {NOTE_LENGTH} characters.")
    return text
