"""A file that somebody brought along, worked off row by row.

The rows are written down at once, in one transaction with the job: what was accepted is never lost.
Whoever works on a job holds a lease of it and marks each row; after a crash the next one goes on
where it stopped. Every row can be done twice without harm.
"""

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from weft.domain.moving.carried import carried
from weft.domain.moving.gathered import by_handle
from weft.domain.moving.sheets import Kind, Row, row_of, stored_row
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.operations import import_job, import_row
from weft.storage.statements import any_of, query

WAITING, DONE, CANCELLED = 0, 1, 2
"""States of a job; of a row the last is ``FAILED``."""
FAILED = 2
LEASE_MS = 45_000
"""Longer than a few rows at once can take: each look-up ends after 15 s."""
MOST_ATTEMPTS = 3
MOST_WAITING = 3
"""Unfinished jobs of one person."""
KEPT_MS = 30 * 24 * 3_600_000
"""How long a finished job's report can be read."""


class ImportRefused(Exception):
    """The sentence is for who brought the file."""


class ImportJob(Struct, frozen=True):
    id: int
    account_id: int
    kind: str
    overwrites: bool
    state: int
    size: int
    done: int
    failed: int
    created_at: int
    finished_at: int | None


class WaitingRow(Struct, frozen=True):
    position: int
    data: str
    attempts: int

    @property
    def row(self) -> Row:
        return row_of(self.data)


class ReportedRow(Struct, frozen=True):
    position: int
    data: str
    state: int
    message: str | None

    @property
    def row(self) -> Row:
        return row_of(self.data)


_JOB = [import_job.c[name] for name in ImportJob.__struct_fields__]


@query()
def insert_import() -> Insert:
    names = ("id", "account_id", "kind", "overwrites", "size", "created_at")
    return insert(import_job).values({name: bindparam(name) for name in names})


@query()
def insert_import_row() -> Insert:
    names = ("job_id", "position", "data")
    return insert(import_row).values({name: bindparam(name) for name in names})


@query(row=ImportJob, bounded=True)
def imports_of() -> Select:
    """An account's newest jobs."""
    return (
        select(*_JOB)
        .where(import_job.c.account_id == bindparam("account_id"))
        .order_by(import_job.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=ImportJob, bounded=True)
def import_by_id() -> Select:
    return select(*_JOB).where(import_job.c.id == bindparam("id"))


@query()
def waiting_count() -> Select:
    return select(func.count()).where(
        import_job.c.account_id == bindparam("account_id"),
        import_job.c.state == literal_column("0"),
    )


@query(row=ImportJob)
def free_imports() -> Select:
    """Jobs that nobody works on, oldest first."""
    return (
        select(*_JOB)
        .where(
            import_job.c.state == literal_column("0"),
            or_(
                import_job.c.leased_until_at.is_(None),
                import_job.c.leased_until_at < bindparam("now"),
            ),
        )
        .order_by(import_job.c.id)
        .limit(bindparam("limit"))
    )


@query()
def lease_import() -> Update:
    """Changes one row for the one who gets it."""
    return (
        update(import_job)
        .where(
            import_job.c.id == bindparam("of_job"),
            import_job.c.state == literal_column("0"),
            or_(
                import_job.c.leased_until_at.is_(None),
                import_job.c.leased_until_at < bindparam("now"),
            ),
        )
        .values(leased_until_at=bindparam("until"))
    )


@query()
def hold_import() -> Update:
    """Keep a lease; with nought give it back."""
    return (
        update(import_job)
        .where(import_job.c.id == bindparam("of_job"))
        .values(leased_until_at=bindparam("until"))
    )


@query(row=WaitingRow, bounded=True)
def waiting_rows() -> Select:
    """The next rows to be done: in order, those that failed once after the others."""
    return (
        select(*[import_row.c[name] for name in WaitingRow.__struct_fields__])
        .where(
            import_row.c.job_id == bindparam("job_id"),
            import_row.c.state == literal_column("0"),
            import_row.c.position > bindparam("after"),
        )
        .order_by(import_row.c.position)
        .limit(bindparam("limit"))
    )


@query(row=ReportedRow, bounded=True)
def reported_rows() -> Select:
    """A job's rows of ``:state``, in order, after ``:after``."""
    return (
        select(*[import_row.c[name] for name in ReportedRow.__struct_fields__])
        .where(
            import_row.c.job_id == bindparam("job_id"),
            import_row.c.state == bindparam("state"),
            import_row.c.position > bindparam("after"),
        )
        .order_by(import_row.c.position)
        .limit(bindparam("limit"))
    )


@query()
def mark_row() -> Update:
    return (
        update(import_row)
        .where(
            import_row.c.job_id == bindparam("of_job"),
            import_row.c.position == bindparam("of_position"),
            import_row.c.state == literal_column("0"),
        )
        .values(
            state=bindparam("state"),
            message=bindparam("message"),
            attempts=import_row.c.attempts + literal_column("1"),
        )
    )


@query()
def count_rows() -> Update:
    return (
        update(import_job)
        .where(import_job.c.id == bindparam("of_job"))
        .values(
            done=import_job.c.done + bindparam("more_done"),
            failed=import_job.c.failed + bindparam("more_failed"),
        )
    )


@query()
def end_import() -> Update:
    return (
        update(import_job)
        .where(import_job.c.id == bindparam("of_job"), import_job.c.state == literal_column("0"))
        .values(state=bindparam("state"), finished_at=bindparam("now"), leased_until_at=None)
    )


@query()
def reopen_rows() -> Update:
    return (
        update(import_row)
        .where(
            import_row.c.job_id == bindparam("of_job"), import_row.c.state == literal_column("2")
        )
        .values(state=literal_column("0"), attempts=literal_column("0"), message=None)
    )


@query()
def reopen_import() -> Update:
    return (
        update(import_job)
        .where(import_job.c.id == bindparam("of_job"), import_job.c.state == literal_column("1"))
        .values(
            state=literal_column("0"),
            failed=case(
                (
                    import_job.c.failed > bindparam("again"),
                    import_job.c.failed - bindparam("again"),
                ),
                else_=literal_column("0"),
            ),
            finished_at=None,
            leased_until_at=None,
        )
    )


@query()
def old_imports() -> Select:
    return (
        select(import_job.c.id)
        .where(import_job.c.finished_at < bindparam("before"))
        .order_by(import_job.c.id)
        .limit(bindparam("limit"))
    )


@query()
def delete_imports() -> Delete:
    return delete(import_job).where(any_of(import_job.c.id, "ids"))


async def plan(
    db: Database, actor_id: int, kind: Kind, rows: list[Row], *, overwrites: bool
) -> list[Row]:
    """What is to be done: the rows of the file, and, if it replaces what is here, taking away what
    is not in it. Taking away comes last: who breaks off has lost nothing."""
    if kind is Kind.COLLECTIONS:
        rows = await by_handle(db, rows)
    if not overwrites:
        return rows
    named = {(row.name.casefold(), row.list_title) for row in rows}
    if kind is Kind.COLLECTIONS:
        named |= {("", row.list_title) for row in rows}
    extra = [
        Row(each.name, list_title=each.list_title, undo=True)
        async for page in carried(db, actor_id, kind)
        for each in page
        if (each.name.casefold(), each.list_title) not in named
    ]
    return rows + extra


async def start_import(
    tx: Tx, server: Server, account_id: int, kind: Kind, rows: list[Row], overwrites: bool
) -> int:
    """Write a planned import down; its id.

    Raises:
        ImportRefused: others of this person are not finished.
    """
    waiting = await tx.one(waiting_count, account_id=account_id)
    if waiting is not None and waiting[0] >= MOST_WAITING:
        raise ImportRefused(
            f"{MOST_WAITING} of your imports are not finished: wait for them, or cancel one."
        )
    job_id = tx.new_id()
    await tx.run(
        insert_import,
        id=job_id,
        account_id=account_id,
        kind=kind.value,
        overwrites=overwrites,
        size=len(rows),
        created_at=server.now_ms(),
    )
    await tx.many(
        insert_import_row,
        [
            {"job_id": job_id, "position": number, "data": stored_row(row)}
            for number, row in enumerate(rows, start=1)
        ],
    )
    return job_id


async def take_import(tx: Tx, job_id: int, now: int) -> bool:
    """Lease a job. False if another was faster."""
    return await tx.run(lease_import, of_job=job_id, now=now, until=now + LEASE_MS) > 0


async def end_rows(
    tx: Tx, job_id: int, outcomes: list[tuple[int, int, str | None]], now: int
) -> None:
    """Note how rows ended, as (position, state, message), and keep the lease. A row that stays
    ``WAITING`` has one attempt less."""
    done = failed = 0
    for position, state, message in outcomes:
        changed = await tx.run(
            mark_row, of_job=job_id, of_position=position, state=state, message=message
        )
        done += changed * (state == DONE)
        failed += changed * (state == FAILED)
    await tx.run(count_rows, of_job=job_id, more_done=done, more_failed=failed)
    await tx.run(hold_import, of_job=job_id, until=now + LEASE_MS)


async def finish_import(tx: Tx, job_id: int, now: int) -> None:
    await tx.run(end_import, of_job=job_id, state=DONE, now=now)


async def cancel_import(tx: Tx, server: Server, account_id: int, job_id: int) -> bool:
    """Do no more of it; what is done stays done. False if it is none of this account's, or ended."""
    job = await tx.one(import_by_id, id=job_id)
    if job is None or job.account_id != account_id:
        return False
    return await tx.run(end_import, of_job=job_id, state=CANCELLED, now=server.now_ms()) > 0


async def retry_failed(tx: Tx, account_id: int, job_id: int) -> int:
    """Try the rows that failed once more; how many."""
    job = await tx.one(import_by_id, id=job_id)
    if job is None or job.account_id != account_id or job.state != DONE:
        return 0
    again = await tx.run(reopen_rows, of_job=job_id)
    if again:
        await tx.run(reopen_import, of_job=job_id, again=again)
    return again


async def forget_imports(db: Database, server: Server) -> int:
    """Remove the reports of imports that ended a month ago; how many."""
    gone = 0
    before = server.now_ms() - KEPT_MS
    while rows := await db.all(old_imports, before=before, limit=20):
        gone += await db.write(_delete_imports, [row[0] for row in rows])
    return gone


async def _delete_imports(tx: Tx, ids: list[int]) -> int:
    return await tx.run(delete_imports, ids=ids)
