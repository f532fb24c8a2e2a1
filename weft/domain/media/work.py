"""What is still to be done to uploads: a ``job`` row for each, until its file is ready or has failed.

A job is taken by moving its time on, in one statement: of many processes one gets it, and holds it by
moving the time on again while it works. Who dies with it leaves it to be done anew after
``LEASE_MS``; after ``MOST_TRIES`` deaths the file is at fault.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, insert, select, update

from weft.domain.media.facets import facets_text, media_facets
from weft.domain.media.records import MediaState, StoredKeys
from weft.storage.database import Tx
from weft.storage.schema.operations import job
from weft.storage.schema.posts import media
from weft.storage.statements import query

KIND = "media"
LEASE_MS = 60_000
MOST_TRIES = 3


class Work(Struct, frozen=True):
    """One job; ``media_id`` is written as its unique key."""

    id: int
    unique_key: str
    attempts: int
    run_at: int

    @property
    def media_id(self) -> int:
        return int(self.unique_key)


class Waiting(Struct, frozen=True):
    """The upload that a job is about."""

    id: int
    owner_id: int
    kind: int
    content_type: str | None
    state: int
    hash: str | None
    store_key: str | None
    small_key: str | None
    blurhash: str | None
    facets: str | None


@query()
def insert_work() -> Insert:
    names = ("id", "kind", "unique_key", "args", "run_at", "created_at")
    return insert(job).values({name: bindparam(name) for name in names})


@query(row=Work, bounded=True)
def work_due() -> Select:
    """Jobs that nobody holds, the longest waiting first."""
    return (
        select(job.c.id, job.c.unique_key, job.c.attempts, job.c.run_at)
        .where(
            job.c.kind == bindparam("of_kind"), job.c.state == 0, job.c.run_at <= bindparam("now")
        )
        .order_by(job.c.run_at)
        .limit(bindparam("limit"))
    )


def _as_it_was() -> Update:
    return update(job).where(
        job.c.id == bindparam("of_job"), job.c.run_at == bindparam("was"), job.c.state == 0
    )


@query()
def take_work() -> Update:
    """Changes one row for the one who gets it."""
    return _as_it_was().values(run_at=bindparam("until"), attempts=job.c.attempts + 1)


@query()
def hold_work() -> Update:
    return _as_it_was().values(run_at=bindparam("until"))


@query()
def end_work() -> Delete:
    return delete(job).where(job.c.id == bindparam("of_job"))


@query(row=Waiting, bounded=True)
def waiting_by_id() -> Select:
    columns = [media.c[name] for name in Waiting.__struct_fields__]
    return select(*columns).where(media.c.id == bindparam("id"))


_RESULT = (
    "kind", "content_type", "store_key", "small_key", "blurhash", "width", "height", "duration_ms",
    "size_bytes", "facets", "state",
)  # fmt: skip


@query()
def finish_upload() -> Update:
    return (
        update(media)
        .where(media.c.id == bindparam("of_media"))
        .values({name: bindparam(name) for name in _RESULT})
    )


@query()
def set_poster() -> Update:
    return (
        update(media)
        .where(media.c.id == bindparam("of_media"))
        .values({name: bindparam(name) for name in ("small_key", "blurhash", "facets")})
    )


class Result(Struct, frozen=True, kw_only=True):
    """What became of an upload: the columns, and facets over those that it has."""

    kind: int
    content_type: str
    store_key: str
    small_key: str | None
    blurhash: str | None
    width: int | None
    height: int | None
    duration_ms: int
    size_bytes: int
    facets: dict[str, Any]


async def add_work(tx: Tx, media_id: int, now: int) -> None:
    """Have an upload worked on."""
    await tx.run(
        insert_work,
        id=tx.new_id(),
        kind=KIND,
        unique_key=str(media_id),
        args="{}",
        run_at=now,
        created_at=now,
    )


async def take(tx: Tx, work: Work, until: int) -> bool:
    """False if another was faster."""
    return await tx.run(take_work, of_job=work.id, was=work.run_at, until=until) > 0


async def hold(tx: Tx, job_id: int, was: int, until: int) -> bool:
    """Hold a job longer. False if it is not held any more."""
    return await tx.run(hold_work, of_job=job_id, was=was, until=until) > 0


async def drop(tx: Tx, job_id: int) -> None:
    """The upload is gone."""
    await tx.run(end_work, of_job=job_id)


async def finish(
    tx: Tx, job_id: int, media_id: int, made: Result, forget: Callable[[StoredKeys], object]
) -> bool:
    """The upload is ready; ``forget`` is called after the commit with what it leaves. A poster that
    its owner chose stays. False, and nothing changed, if the upload is gone."""
    await tx.run(end_work, of_job=job_id)
    row = await tx.one(waiting_by_id, id=media_id)
    if row is None or row.state != MediaState.WORKED_ON:
        return False
    before = media_facets(row.facets)
    facets = structs.replace(before, **made.facets, waiting_key=None, error=None)
    small_key, blurhash, left = made.small_key, made.blurhash, None
    if before.own_poster:
        facets = structs.replace(
            facets, small_width=before.small_width, small_height=before.small_height
        )
        small_key, blurhash, left = row.small_key, row.blurhash, made.small_key
    values = {name: getattr(made, name) for name in _RESULT if name not in ("facets", "state")}
    values |= {"small_key": small_key, "blurhash": blurhash, "facets": facets_text(facets)}
    await tx.run(finish_upload, of_media=media_id, state=MediaState.READY, **values)
    tx.after_commit(forget, StoredKeys(before.waiting_key, left))
    return True


async def fail(
    tx: Tx, job_id: int, media_id: int, why: str, forget: Callable[[StoredKeys], object]
) -> None:
    """The upload cannot be had; its owner reads why."""
    await tx.run(end_work, of_job=job_id)
    row = await tx.one(waiting_by_id, id=media_id)
    if row is None or row.state != MediaState.WORKED_ON:
        return
    before = media_facets(row.facets)
    await tx.run(
        finish_upload,
        of_media=media_id,
        kind=row.kind,
        content_type=row.content_type,
        store_key=None,
        small_key=None,
        blurhash=None,
        width=None,
        height=None,
        duration_ms=None,
        size_bytes=0,
        facets=facets_text(type(before)(error=why[:500])),
        state=MediaState.FAILED,
    )
    tx.after_commit(forget, StoredKeys(before.waiting_key, row.small_key))


async def choose_poster(
    tx: Tx,
    media_id: int,
    owner_id: int,
    *,
    key: str,
    blurhash: str,
    size: tuple[int, int],
    forget: Callable[[StoredKeys], object],
) -> bool:
    """Show an upload by a picture that its owner chose. False if it is not theirs, or gone."""
    row = await tx.one(waiting_by_id, id=media_id)
    if row is None or row.owner_id != owner_id:
        return False
    facets = structs.replace(
        media_facets(row.facets), own_poster=True, small_width=size[0], small_height=size[1]
    )
    await tx.run(
        set_poster,
        of_media=media_id,
        small_key=key,
        blurhash=blurhash,
        facets=facets_text(facets),
    )
    tx.after_commit(forget, StoredKeys(None, row.small_key))
    return True
