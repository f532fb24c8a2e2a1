"""Filing a report: by a person of this server, or as another server sends it (a Flag)."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Insert, Select, Update, bindparam, insert, literal_column, select, update

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.collections.queries import collection_by_id
from weft.domain.events import Reported
from weft.domain.moderation.notices import report_came
from weft.domain.notifications.notices import notify_report
from weft.domain.posts.queries import post_by_id
from weft.domain.reports.forward import receivers
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.operations import report, report_post
from weft.storage.statements import any_of, insert_or_ignore, query

COMMENT_LENGTH = 5000
MOST_POSTS = 100
MOST_COLLECTIONS = 100
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
    rule_ids: str | None = None
    resolved_by_id: int | None = None
    """The account of the moderator; None also for the command line."""
    updated_at: int | None = None
    collection_ids: str | None = None

    @property
    def collections(self) -> tuple[int, ...]:
        """Ids of the target's collections that it names."""
        kept = self.collection_ids
        return msgspec.json.decode(kept, type=tuple[int, ...]) if kept else ()

    @property
    def rules(self) -> tuple[int, ...]:
        return msgspec.json.decode(self.rule_ids, type=tuple[int, ...]) if self.rule_ids else ()


class NewReport(Struct, frozen=True, kw_only=True):
    """A report about to be filed."""

    reporter_id: int
    target_id: int
    category: Category = "other"
    comment: str = ""
    post_ids: tuple[int, ...] = ()
    collection_ids: tuple[int, ...] = ()
    rule_ids: tuple[int, ...] = ()
    """The rules of this server that were broken, in its opinion."""
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
        .values(
            state=bindparam("state"),
            resolved_at=bindparam("resolved_at"),
            resolved_by_id=bindparam("resolved_by"),
            updated_at=bindparam("now"),
        )
    )


@query()
def resolve_about() -> Update:
    """All that are open about ``:of_target``."""
    return (
        update(report)
        .where(
            report.c.target_id == bindparam("of_target"),
            report.c.state == literal_column(str(int(ReportState.OPEN))),
        )
        .values(
            state=ReportState.RESOLVED,
            resolved_at=bindparam("now"),
            resolved_by_id=bindparam("resolved_by"),
            updated_at=bindparam("now"),
        )
    )


async def file_report(
    tx: Tx,
    server: Server,
    new: NewReport,
    *,
    speaks_as: int | None = None,
    forward: bool = False,
    forward_to: Sequence[str] = (),
) -> Report:
    """Put a report into the moderators' queue, and tell them; a Flag that came before is the same
    report.

    ``speaks_as``: the server's own actor, to tell others without saying who reported: always whoever
    moderates the communities of this server that the posts are in; with ``forward`` also the target's
    server, the communities of other servers that the posts are in, and the servers in ``forward_to``,
    as far as somebody there is answered by the posts. Posts and collections that are not the target's
    are left out.

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
    collections = []
    for collection_id in dict.fromkeys(new.collection_ids[:MOST_COLLECTIONS]):
        found = await tx.one(collection_by_id, id=collection_id)
        if found is not None and found.owner_id == new.target_id:
            collections.append(found)
    told: list[Reported] = []
    if speaks_as is not None:
        named = [each.uri for each in collections]
        told = await receivers(tx, target, posts, named, forward=forward, to_domains=forward_to)
    now = server.now_ms()
    row = Report(
        id=tx.new_id(),
        uri=new.uri,
        reporter_id=new.reporter_id,
        target_id=new.target_id,
        local=new.local,
        forwarded=forward and bool(told),
        state=ReportState.OPEN,
        category=new.category,
        comment=new.comment[:COMMENT_LENGTH],
        unknown_uris=(
            msgspec.json.encode(new.unknown_uris[:MOST_POSTS]).decode()
            if new.unknown_uris
            else None
        ),
        assigned_to_id=None,
        created_at=now,
        resolved_at=None,
        rule_ids=msgspec.json.encode(new.rule_ids).decode() if new.rule_ids else None,
        updated_at=now,
        collection_ids=(
            msgspec.json.encode([each.id for each in collections]).decode() if collections else None
        ),
    )
    await tx.run(insert_report, **{name: getattr(row, name) for name in Report.__struct_fields__})
    for post in posts:
        await tx.run(insert_report_post, report_id=row.id, post_id=post.id)
    await notify_report(
        tx, server, report_id=row.id, reporter_id=row.reporter_id, target_id=row.target_id
    )
    for each in told:
        said = structs.replace(each, report_id=row.id, actor_id=speaks_as or 0, comment=row.comment)
        await server.tell(tx, said)
    reporter = await tx.one(actor_by_id, id=new.reporter_id)
    await report_came(
        tx,
        server,
        report_id=row.id,
        target=target,
        reporter=_who(reporter, local=new.local),
        category=row.category,
        comment=row.comment,
    )
    return row


def _who(reporter: Actor | None, *, local: bool) -> str:
    """Another server reports in its own name; who of its people it was stays there."""
    if reporter is None:
        return "Somebody"
    return f"@{reporter.username}" if local else reporter.domain


async def resolve_report(
    tx: Tx,
    server: Server,
    report_id: int,
    *,
    open_again: bool = False,
    by_account: int | None = None,
) -> bool:
    """Take a report off the queue, or put it back. False if there is none."""
    now = server.now_ms()
    changed = await tx.run(
        set_report_state,
        of_report=report_id,
        state=ReportState.OPEN if open_again else ReportState.RESOLVED,
        resolved_at=None if open_again else now,
        resolved_by=None if open_again else by_account,
        now=now,
    )
    return changed > 0


async def resolve_all_about(
    tx: Tx, server: Server, target_id: int, *, by_account: int | None
) -> int:
    """Something was done about an actor: what was reported of it is dealt with. How many."""
    return await tx.run(
        resolve_about, of_target=target_id, resolved_by=by_account, now=server.now_ms()
    )
