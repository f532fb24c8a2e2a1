"""Archives: all that a person posted and kept, as one file for them to take away."""

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from weft.domain.posts.lists import CursorRow
from weft.domain.posts.queries import shown, target, target_author
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.operations import archive
from weft.storage.schema.posts import post, reaction
from weft.storage.statements import query

WAITING, READY, FAILED = 0, 1, 2
EVERY_MS = 6 * 24 * 3_600_000
KEPT_MS = 7 * 24 * 3_600_000
LEASE_MS = 600_000


class ArchiveRefused(Exception):
    """The sentence is for who asked."""


class Archive(Struct, frozen=True):
    id: int
    account_id: int
    state: int
    file: str | None
    size_bytes: int | None
    error: str | None
    created_at: int
    finished_at: int | None


class KeptUri(Struct, frozen=True):
    """A post that is kept in a list, by its address."""

    cursor: int
    uri: str


_COLUMNS = [archive.c[name] for name in Archive.__struct_fields__]


@query()
def insert_archive() -> Insert:
    names = ("id", "account_id", "created_at")
    return insert(archive).values({name: bindparam(name) for name in names})


@query(row=Archive, bounded=True)
def archives_of() -> Select:
    return (
        select(*_COLUMNS)
        .where(archive.c.account_id == bindparam("account_id"))
        .order_by(archive.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Archive, bounded=True)
def archive_by_id() -> Select:
    return select(*_COLUMNS).where(archive.c.id == bindparam("id"))


@query(row=Archive)
def free_archives() -> Select:
    """Those that are to be made and that nobody makes."""
    return (
        select(*_COLUMNS)
        .where(
            archive.c.state == literal_column("0"),
            or_(archive.c.leased_until_at.is_(None), archive.c.leased_until_at < bindparam("now")),
        )
        .order_by(archive.c.id)
        .limit(bindparam("limit"))
    )


@query()
def lease_archive() -> Update:
    """Changes one row for the one who gets it."""
    return (
        update(archive)
        .where(
            archive.c.id == bindparam("of_archive"),
            archive.c.state == literal_column("0"),
            or_(archive.c.leased_until_at.is_(None), archive.c.leased_until_at < bindparam("now")),
        )
        .values(leased_until_at=bindparam("until"))
    )


@query()
def hold_archive() -> Update:
    return (
        update(archive)
        .where(archive.c.id == bindparam("of_archive"))
        .values(leased_until_at=bindparam("until"))
    )


@query()
def end_archive() -> Update:
    names = ("state", "file", "size_bytes", "error", "finished_at")
    return (
        update(archive)
        .where(archive.c.id == bindparam("of_archive"))
        .values({name: bindparam(name) for name in names} | {"leased_until_at": None})
    )


@query(row=Archive)
def old_archives() -> Select:
    return (
        select(*_COLUMNS)
        .where(archive.c.finished_at < bindparam("before"))
        .order_by(archive.c.id)
        .limit(bindparam("limit"))
    )


@query()
def delete_archive() -> Delete:
    return delete(archive).where(archive.c.id == bindparam("of_archive"))


@query(row=CursorRow, bounded=True)
def own_posts() -> Select:
    """Everything that ``:author`` posted and boosted, oldest first."""
    return (
        select(post.c.id.label("cursor"), post.c.id)
        .where(post.c.author_id == bindparam("author"), post.c.id > bindparam("after"))
        .order_by(post.c.id)
        .limit(bindparam("limit"))
    )


@query(row=KeptUri, bounded=True)
def liked_uris() -> Select:
    """Posts that ``:viewer`` likes and may still see, oldest first."""
    rows = (
        reaction.join(post, post.c.id == reaction.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
        .outerjoin(target, target.c.id == post.c.boost_of_id)
        .outerjoin(target_author, target_author.c.id == target.c.author_id)
    )
    return (
        select(reaction.c.id, post.c.uri)
        .select_from(rows)
        .where(
            reaction.c.actor_id == bindparam("viewer"),
            reaction.c.kind == literal_column("0"),
            reaction.c.id > bindparam("after"),
            shown("local", "show"),
        )
        .order_by(reaction.c.id)
        .limit(bindparam("limit"))
    )


async def ask_for_archive(tx: Tx, server: Server, account_id: int) -> int:
    """Have an archive made; its id.

    Raises:
        ArchiveRefused: one is being made, or the last is younger than six days.
    """
    now = server.now_ms()
    last = await tx.one(archives_of, account_id=account_id, limit=1)
    if last is not None and last.state == WAITING:
        raise ArchiveRefused("An archive is being made already.")
    if last is not None and last.state == READY and now - last.created_at < EVERY_MS:
        raise ArchiveRefused("Your last archive is younger than six days: take that one.")
    archive_id = tx.new_id()
    await tx.run(insert_archive, id=archive_id, account_id=account_id, created_at=now)
    return archive_id


async def take_archive(tx: Tx, archive_id: int, now: int) -> bool:
    """Lease the making. False if another was faster."""
    return await tx.run(lease_archive, of_archive=archive_id, now=now, until=now + LEASE_MS) > 0


async def keep_lease(tx: Tx, archive_id: int, now: int) -> None:
    await tx.run(hold_archive, of_archive=archive_id, until=now + LEASE_MS)


async def finish_archive(
    tx: Tx,
    archive_id: int,
    now: int,
    *,
    file: str | None,
    size_bytes: int | None,
    error: str | None,
) -> None:
    await tx.run(
        end_archive,
        of_archive=archive_id,
        state=READY if file is not None else FAILED,
        file=file,
        size_bytes=size_bytes,
        error=error,
        finished_at=now,
    )


async def drop_archive(tx: Tx, archive_id: int) -> None:
    await tx.run(delete_archive, of_archive=archive_id)
