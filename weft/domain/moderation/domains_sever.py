"""What a decision about a server leaves to be done, in small steps that may be done twice.

Follows between us and a blocked server are cut without a word to it, and written down: whoever lost
somebody is told, and when the block is taken back the follows are put back as they were, because the
other side never heard that they had ended. A follow comes back only if nothing speaks against it by
then: a block, a person who is gone, a follow that is there already.
"""

from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from weft.domain.actors.queries import actors_by_ids
from weft.domain.events import FollowRequested
from weft.domain.moderation.domains_hosts import WORK, standings
from weft.domain.notifications.about import SeveranceKind
from weft.domain.notifications.notices import notify_severed
from weft.domain.relations.follow import begin_follow, end_follow
from weft.domain.relations.queries import (
    FOLLOW_COLUMNS,
    Follow,
    FollowState,
    blocks_from,
    follow_between,
    follow_by_uri,
)
from weft.domain.relations.store import insert_follow
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.moderation import severed_follow, severing
from weft.storage.schema.operations import job
from weft.storage.schema.relations import follow, host_block
from weft.storage.statements import query

STEP = 50
TOLD_AT_ONCE = 100


class Severing(Struct, frozen=True):
    id: int
    kind: int
    target: str
    created_at: int
    restored_at: int | None


class Severed(Struct, frozen=True):
    """One person lost followers and people they follow, by one decision."""

    severance_id: int
    owner_id: int
    followers: int
    following: int


class Lost(Struct, frozen=True):
    """A follow that was cut; ``incoming``: the other followed the owner."""

    id: int
    severance_id: int
    owner_id: int
    other_id: int
    incoming: bool
    uri: str
    shows_boosts: bool
    notifies: bool
    languages: str | None
    created_at: int


class Progress(Struct, frozen=True, omit_defaults=True):
    """How far a host's job is; kept as JSON in its ``args``."""

    follows: int = 0
    """Cut, or put back."""
    told: int = 0
    """The last person who was told of it."""
    files: int = 0
    after: int = 0
    """The last file, or actor, that was looked at."""
    phase: Literal["follows", "tell", "files", "pictures"] = "follows"
    decided_at: int = 0
    """When it was last decided: tells a decision from the same one made again."""


class Work(Struct, frozen=True):
    id: int
    host: str
    args: str
    created_at: int

    @property
    def progress(self) -> Progress:
        return msgspec.json.decode(self.args, type=Progress)


@query(row=Work)
def work_to_do() -> Select:
    """The longest waiting first."""
    return (
        select(job.c.id, job.c.unique_key, job.c.args, job.c.created_at)
        .where(job.c.kind == WORK, job.c.state == literal_column("0"))
        .order_by(job.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Work, bounded=True)
def work_by_id() -> Select:
    return select(job.c.id, job.c.unique_key, job.c.args, job.c.created_at).where(
        job.c.id == bindparam("id")
    )


@query()
def note_progress() -> Update:
    return (
        update(job)
        .where(job.c.id == bindparam("of_job"), job.c.args == bindparam("as_known"))
        .values(args=bindparam("args"))
    )


@query()
def end_work() -> Delete:
    return delete(job).where(job.c.id == bindparam("of_job"), job.c.args == bindparam("as_known"))


@query(row=Follow)
def follows_with_host() -> Select:
    """Follows, asked for or standing, between us and ``:host``."""
    ours, theirs = actor.alias("ours"), actor.alias("theirs")
    other = case(
        (theirs.c.id == follow.c.target_id, follow.c.follower_id), else_=follow.c.target_id
    )
    return (
        select(*FOLLOW_COLUMNS)
        .select_from(
            theirs.join(
                follow,
                or_(follow.c.target_id == theirs.c.id, follow.c.follower_id == theirs.c.id),
            ).join(ours, ours.c.id == other)
        )
        .where(theirs.c.host == bindparam("host"), ~theirs.c.local, ours.c.local)
        .limit(bindparam("limit"))
    )


@query(row=Severing)
def open_severing() -> Select:
    """The newest of ``:kind`` about ``:target`` that was not mended."""
    return (
        select(*[severing.c[name] for name in Severing.__struct_fields__])
        .where(
            severing.c.target == bindparam("target"),
            severing.c.kind == bindparam("kind"),
            severing.c.restored_at.is_(None),
        )
        .order_by(severing.c.id.desc())
        .limit(1)
    )


@query()
def insert_severing() -> Insert:
    names = ("id", "kind", "target", "created_at")
    return insert(severing).values({name: bindparam(name) for name in names})


@query()
def insert_lost() -> Insert:
    return insert(severed_follow).values({name: bindparam(name) for name in Lost.__struct_fields__})


@query(row=Severed)
def severed_owners() -> Select:
    """Who lost follows by ``:severance_id``, after ``:after``, and how many."""
    incoming = case((severed_follow.c.incoming, 1), else_=0)
    return (
        select(
            severed_follow.c.severance_id,
            severed_follow.c.owner_id,
            func.sum(incoming),
            func.count() - func.sum(incoming),
        )
        .where(
            severed_follow.c.severance_id == bindparam("severance_id"),
            severed_follow.c.owner_id > bindparam("after"),
        )
        .group_by(severed_follow.c.severance_id, severed_follow.c.owner_id)
        .order_by(severed_follow.c.owner_id)
        .limit(bindparam("limit"))
    )


@query(row=Lost, bounded=True)
def lost_follows() -> Select:
    return (
        select(*[severed_follow.c[name] for name in Lost.__struct_fields__])
        .where(severed_follow.c.severance_id == bindparam("severance_id"))
        .order_by(severed_follow.c.owner_id, severed_follow.c.id)
        .limit(bindparam("limit"))
    )


@query()
def forget_lost() -> Delete:
    return delete(severed_follow).where(severed_follow.c.id == bindparam("of_lost"))


@query()
def mark_restored() -> Update:
    return (
        update(severing)
        .where(severing.c.id == bindparam("of_severance"))
        .values(restored_at=bindparam("now"))
    )


@query(bounded=True)
def blocks_host_of() -> Select:
    """One row if ``:owner`` blocks the server of ``:other`` for themselves."""
    return select(actor.c.id).where(
        actor.c.id == bindparam("other"),
        exists().where(
            host_block.c.actor_id == bindparam("owner"), host_block.c.host == actor.c.host
        ),
    )


async def carry_out(db: Database, server: Server, work: Work) -> Work | None:
    """All of a host's job but the files; the job as it is then, or None if nothing is left."""
    while True:
        work_now = await db.write(_step, server, work.id)
        if work_now is None or work_now.progress.phase in ("files", "pictures"):
            return work_now


async def _step(tx: Tx, server: Server, work_id: int) -> Work | None:
    """The next step of a job, by what holds now."""
    work = await tx.one(work_by_id, id=work_id)
    if work is None:
        return None
    progress = work.progress
    standing = (await standings(tx, server, [work.host]))[work.host]
    if standing.blocked:
        progress = await _cut(tx, server, work.host, progress)
    else:
        mended = await _mend(tx, server, work.host, progress)
        if mended is None and not standing.rejects_media:
            await tx.run(end_work, of_job=work_id, as_known=work.args)
            return None
        if mended is not None:
            progress = mended
        elif progress.phase in ("follows", "tell"):
            progress = msgspec.structs.replace(progress, phase="files", after=0)
    return await save_progress(tx, work, progress)


async def save_progress(tx: Tx, work: Work, progress: Progress) -> Work:
    """The job as it is then: unchanged, if somebody decided anew since it was read."""
    args = msgspec.json.encode(progress).decode()
    await tx.run(note_progress, of_job=work.id, as_known=work.args, args=args)
    return msgspec.structs.replace(work, args=args)


async def finish(tx: Tx, work: Work) -> bool:
    """Take a job away. False if somebody decided anew since it was read."""
    return await tx.run(end_work, of_job=work.id, as_known=work.args) > 0


async def _cut(tx: Tx, server: Server, name: str, progress: Progress) -> Progress:
    """Cut some follows; when none are left, tell some people; when all know, go on to the files."""
    edges = await tx.all(follows_with_host, host=name, limit=STEP)
    if not edges:
        return await _tell(tx, server, name, progress)
    now = server.now_ms()
    known = await tx.one(open_severing, target=name, kind=SeveranceKind.DOMAIN_BLOCK)
    severance_id = known.id if known is not None else tx.new_id()
    if known is None:
        await tx.run(
            insert_severing,
            id=severance_id,
            kind=SeveranceKind.DOMAIN_BLOCK,
            target=name,
            created_at=now,
        )
    people = {each for edge in edges for each in (edge.follower_id, edge.target_id)}
    local = {each.id for each in await tx.all(actors_by_ids, ids=list(people)) if each.local}
    for edge in edges:
        if edge.state == FollowState.ACCEPTED:
            incoming = edge.target_id in local
            await tx.run(
                insert_lost,
                id=tx.new_id(),
                severance_id=severance_id,
                owner_id=edge.target_id if incoming else edge.follower_id,
                other_id=edge.follower_id if incoming else edge.target_id,
                incoming=incoming,
                uri=edge.uri,
                shows_boosts=edge.shows_boosts,
                notifies=edge.notifies,
                languages=edge.languages,
                created_at=edge.created_at,
            )
        await end_follow(tx, edge)
    return msgspec.structs.replace(progress, follows=progress.follows + len(edges), phase="tell")


async def _tell(tx: Tx, server: Server, name: str, progress: Progress) -> Progress:
    if progress.phase in ("files", "pictures"):
        return progress
    if progress.phase == "follows":
        # None were cut, so there is nothing to tell.
        return msgspec.structs.replace(progress, phase="files", after=0)
    known = await tx.one(open_severing, target=name, kind=SeveranceKind.DOMAIN_BLOCK)
    rows = (
        await tx.all(severed_owners, severance_id=known.id, after=progress.told, limit=TOLD_AT_ONCE)
        if known is not None
        else []
    )
    lost = {row.owner_id: (row.followers, row.following) for row in rows}
    await notify_severed(tx, server, SeveranceKind.DOMAIN_BLOCK, name, lost)
    if len(rows) == TOLD_AT_ONCE:
        return msgspec.structs.replace(progress, told=rows[-1].owner_id)
    return msgspec.structs.replace(progress, phase="files", after=0)


async def _mend(tx: Tx, server: Server, name: str, progress: Progress) -> Progress | None:
    """Put some follows back; None if there are none to be put back."""
    known = await tx.one(open_severing, target=name, kind=SeveranceKind.DOMAIN_BLOCK)
    if known is None:
        return None
    rows = await tx.all(lost_follows, severance_id=known.id, limit=STEP)
    if not rows:
        await tx.run(mark_restored, of_severance=known.id, now=server.now_ms())
    back = 0
    for row in rows:
        back += await _put_back(tx, server, row)
        await tx.run(forget_lost, of_lost=row.id)
    return msgspec.structs.replace(progress, follows=progress.follows + back, phase="follows")


async def _put_back(tx: Tx, server: Server, lost: Lost) -> bool:
    people = {
        each.id: each for each in await tx.all(actors_by_ids, ids=[lost.owner_id, lost.other_id])
    }
    if len(people) < 2 or not all(each.stands for each in people.values()):
        return False
    for one, other in ((lost.owner_id, lost.other_id), (lost.other_id, lost.owner_id)):
        if await tx.one(blocks_from, me=one, others=[other]) is not None:
            return False
    if await tx.one(blocks_host_of, owner=lost.owner_id, other=lost.other_id) is not None:
        return False
    follower, target = (
        (lost.other_id, lost.owner_id) if lost.incoming else (lost.owner_id, lost.other_id)
    )
    if (
        await tx.one(follow_between, follower=follower, target=target) is not None
        or await tx.one(follow_by_uri, uri=lost.uri) is not None
    ):
        return False
    row = Follow(
        id=tx.new_id(),
        follower_id=follower,
        target_id=target,
        state=FollowState.ACCEPTED,
        uri=lost.uri,
        shows_boosts=lost.shows_boosts,
        notifies=lost.notifies,
        languages=lost.languages,
        created_at=lost.created_at,
        accepted_at=server.now_ms(),
    )
    await tx.run(insert_follow, **msgspec.structs.asdict(row))
    await begin_follow(tx, row)
    if not lost.incoming:
        # They may have forgotten it meanwhile: a follow that is there already is asked for again.
        await server.tell(
            tx,
            FollowRequested(follow_id=row.id, uri=row.uri, follower_id=follower, target_id=target),
        )
    return True
