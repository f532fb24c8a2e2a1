"""Filing a report: by a person of this server, or as another server sends it (a Flag)."""

from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, insert, select, update

from weft.domain.actors.queries import actor_by_id
from weft.domain.events import Reported
from weft.domain.notifications.notices import notify_report
from weft.domain.posts.queries import post_by_id
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.operations import report, report_post
from weft.storage.statements import any_of, insert_or_ignore, query

COMMENT_LENGTH = 5000
MOST_POSTS = 100
CATEGORIES = ("other", "spam", "legal", "violation")
Category: TypeAlias = Literal["other", "spam", "legal", "violation"]


class ReportState(IntEnum):
    """The numbers are stored."""

    OPEN = 0
    RESOLVED = 1


class ReportRefused(Exception):
    """The sentence is for the person who reports."""


class Report(Struct, frozen=True):
    """One row of ``report``."""

    id: int
    uri: str | None
    reporter_id: int
    target_id: int
    local: bool
    forwarded: bool
    state: int
    category: str
    comment: str
    unknown_uris: str | None
    assigned_to_id: int | None
    created_at: int
    resolved_at: int | None


class NewReport(Struct, frozen=True, kw_only=True):
    """A report about to be filed."""

    reporter_id: int
    target_id: int
    category: Category = "other"
    comment: str = ""
    post_ids: tuple[int, ...] = ()
    unknown_uris: tuple[str, ...] = ()
    """What it names that is not here."""
    uri: str | None = None
    """The id of the Flag, for another server's."""
    local: bool = True


_COLUMNS = [report.c[name] for name in Report.__struct_fields__]


@query(row=Report, bounded=True)
def report_by_id() -> Select:
    return select(*_COLUMNS).where(report.c.id == bindparam("id"))


@query(row=Report, bounded=True)
def reports_by_ids() -> Select:
    return select(*_COLUMNS).where(any_of(report.c.id, "ids"))


@query(row=Report, bounded=True)
def report_by_uri() -> Select:
    return select(*_COLUMNS).where(report.c.uri == bindparam("uri"))


@query(row=Report, bounded=True)
def report_page() -> Select:
    """Reports in one state, newest first."""
    return (
        select(*_COLUMNS)
        .where(report.c.state == bindparam("state"), report.c.id < bindparam("max_id"))
        .order_by(report.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def posts_of_reports() -> Select:
    """``(report id, post id)``."""
    return select(report_post.c.report_id, report_post.c.post_id).where(
        any_of(report_post.c.report_id, "ids")
    )


@query()
def insert_report() -> Insert:
    return insert(report).values({name: bindparam(name) for name in Report.__struct_fields__})


@query()
def insert_report_post() -> Insert:
    return insert_or_ignore(report_post, "report_id", "post_id")


@query()
def set_report_state() -> Update:
    return (
        update(report)
        .where(report.c.id == bindparam("of_report"))
        .values(state=bindparam("state"), resolved_at=bindparam("resolved_at"))
    )


async def file_report(
    tx: Tx, server: Server, new: NewReport, *, forward_as: int | None = None
) -> Report:
    """Put a report into the moderators' queue; a Flag that came before is the same report.

    ``forward_as``: the server's own actor, to tell the target's server too, without saying who
    reported. Posts that are not the target's are left out.

    Raises:
        ReportRefused: of oneself, or of nobody.
    """
    if new.reporter_id == new.target_id:
        raise ReportRefused("One cannot report oneself.")
    target = await tx.one(actor_by_id, id=new.target_id)
    if target is None:
        raise ReportRefused("There is no such account.")
    if new.uri is not None and (known := await tx.one(report_by_uri, uri=new.uri)) is not None:
        return known
    posts = []
    for post_id in dict.fromkeys(new.post_ids[:MOST_POSTS]):
        post = await tx.one(post_by_id, id=post_id)
        if post is not None and post.author_id == new.target_id:
            posts.append(post)
    forwarded = forward_as is not None and not target.local
    row = Report(
        id=tx.new_id(),
        uri=new.uri,
        reporter_id=new.reporter_id,
        target_id=new.target_id,
        local=new.local,
        forwarded=forwarded,
        state=ReportState.OPEN,
        category=new.category,
        comment=new.comment[:COMMENT_LENGTH],
        unknown_uris=(
            msgspec.json.encode(new.unknown_uris[:MOST_POSTS]).decode()
            if new.unknown_uris
            else None
        ),
        assigned_to_id=None,
        created_at=server.now_ms(),
        resolved_at=None,
    )
    await tx.run(insert_report, **{name: getattr(row, name) for name in Report.__struct_fields__})
    for post in posts:
        await tx.run(insert_report_post, report_id=row.id, post_id=post.id)
    await notify_report(
        tx, server, report_id=row.id, reporter_id=row.reporter_id, target_id=row.target_id
    )
    if forwarded and forward_as is not None:
        uris = (target.uri, *(post.uri for post in posts))
        await server.tell(
            tx,
            Reported(
                report_id=row.id,
                actor_id=forward_as,
                target_id=target.id,
                uris=uris,
                comment=row.comment,
            ),
        )
    return row


async def resolve_report(
    tx: Tx, server: Server, report_id: int, *, open_again: bool = False
) -> bool:
    """Take a report off the queue, or put it back. False if there is none."""
    state = ReportState.OPEN if open_again else ReportState.RESOLVED
    done_at = None if open_again else server.now_ms()
    changed = await tx.run(set_report_state, of_report=report_id, state=state, resolved_at=done_at)
    return changed > 0
