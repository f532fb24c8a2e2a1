"""The life of an upload: written down, described, posted; or removed when no post came.

An upload without a post is its owner's alone. Video and sound are written down as they came, together
with the job that works on them (``work.py``), so that a killed process loses none. One whose post is deleted or edited is without a post
again. ``sweep`` removes those that are older than a day, so that there is time to write anew what
one deleted. Rows go first, files after the commit: a crash between the two leaves a file that
nothing leads to, never a post whose picture is gone.
"""

from collections.abc import Callable

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningDelete

from weft.domain.media.records import Allowance, MediaState, NewUpload, StoredKeys, Used
from weft.domain.media.work import add_work
from weft.domain.moderation.holds import not_held
from weft.storage.database import Tx
from weft.storage.ids import id_at
from weft.storage.schema.messages import draft_media
from weft.storage.schema.posts import media, post_attachment
from weft.storage.statements import any_of, query

Forget = Callable[[list[StoredKeys]], object]
"""Called after the commit with what is to go from the store."""
_INSERTED = ("id", "num", *NewUpload.__struct_fields__, "created_at")


class QuotaPassed(Exception):
    """The sentence is for who uploads."""

    def __init__(self, allowed: Allowance, used: Used) -> None:
        super().__init__(
            f"Your files may take {in_words(allowed.most_bytes)} here, and be {allowed.most_files}; they"
            f" take {in_words(used.size_bytes)} and are {used.files}. Delete posts with files that you"
            " no longer need: their room is free a day later."
        )


class TooManyUploads(Exception):
    """The sentence is for who uploads."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have {most} files that no post uses yet: post or delete some of them first."
        )


def in_words(size_bytes: int) -> str:
    """``12 MB``, ``1.5 GB``."""
    if size_bytes < 1024**3:
        return f"{size_bytes / 1024**2:.0f} MB"
    return f"{size_bytes / 1024**3:.1f} GB"


def _unposted() -> ColumnElement[bool]:
    """Neither in a post nor in one that is to come."""
    return and_(
        ~exists().where(post_attachment.c.media_id == media.c.id),
        ~exists().where(draft_media.c.media_id == media.c.id),
    )


@query()
def insert_upload() -> Insert:
    return insert(media).values({name: bindparam(name) for name in _INSERTED})


@query()
def unposted_count() -> Select:
    """How many uploads since ``:since_id`` an owner has that no post uses; counts to ``:limit``."""
    found = (
        select(media.c.id)
        .where(
            media.c.owner_id == bindparam("owner_id"),
            media.c.id >= bindparam("since_id"),
            media.c.remote_url.is_(None),
            _unposted(),
        )
        .limit(bindparam("limit"))
        .subquery()
    )
    return select(func.count()).select_from(found)


@query(row=Used)
def used_by() -> Select:
    """What the uploads of ``:owner_id`` take."""
    return select(func.coalesce(func.sum(media.c.size_bytes), 0), func.count()).where(
        media.c.owner_id == bindparam("owner_id"), media.c.remote_url.is_(None)
    )


@query()
def unposted_before() -> Select:
    """Ids of files older than ``:before_id``, and not kept since ``:before``, that no post uses, after
    ``:after_id``, in order: also what is known of files of posts of other servers that are gone."""
    return (
        select(media.c.id)
        .where(
            media.c.id > bindparam("after_id"),
            media.c.id < bindparam("before_id"),
            func.coalesce(media.c.seen_at, literal_column("0")) < bindparam("before"),
            _unposted(),
            not_held(media.c.owner_id),
        )
        .order_by(media.c.id)
        .limit(bindparam("limit"))
    )


@query()
def mark_kept() -> Update:
    return (
        update(media)
        .where(any_of(media.c.id, "ids"), media.c.owner_id == bindparam("of_owner"))
        .values(seen_at=bindparam("now"))
    )


async def keep_longer(tx: Tx, media_ids: list[int], owner_id: int, now: int) -> None:
    """Files whose post is about to be deleted: their day begins anew."""
    await tx.run(mark_kept, ids=media_ids, of_owner=owner_id, now=now)


@query(row=StoredKeys)
def delete_unposted() -> ReturningDelete:
    """Removes those of ``:ids`` that no post uses; returns what they leave in the store."""
    return (
        delete(media)
        .where(any_of(media.c.id, "ids"), _unposted(), not_held(media.c.owner_id))
        .returning(media.c.store_key, media.c.small_key, media.c.facets)
    )


async def add_upload(
    tx: Tx,
    new: NewUpload,
    now: int,
    *,
    most_unposted: int,
    unposted_ms: int,
    allowed: Allowance | None = None,
    wake: Callable[[], object] = lambda: None,
) -> int:
    """Write an upload down; its id. If it is to be worked on, so is the job, and ``wake`` is called
    after the commit.

    Raises:
        TooManyUploads: its owner has ``most_unposted`` others from the last ``unposted_ms``.
        QuotaPassed: its owner keeps as much here as is ``allowed``.
    """
    if allowed is not None:
        used = await tx.one(used_by, owner_id=new.owner_id) or Used(0, 0)
        if (
            used.size_bytes + new.size_bytes > allowed.most_bytes
            or used.files + 1 > allowed.most_files
        ):
            raise QuotaPassed(allowed, used)
    counted = await tx.one(
        unposted_count,
        owner_id=new.owner_id,
        since_id=id_at(now - unposted_ms),
        limit=most_unposted,
    )
    if counted is not None and counted[0] >= most_unposted:
        raise TooManyUploads(most_unposted)
    media_id = tx.new_id()
    values = {name: getattr(new, name) for name in NewUpload.__struct_fields__}
    await tx.run(
        insert_upload, id=media_id, num=await tx.next_num("media"), created_at=now, **values
    )
    if new.state is MediaState.WORKED_ON:
        await add_work(tx, media_id, now)
        tx.after_commit(wake)
    return media_id


async def remove_unposted(tx: Tx, media_ids: list[int], forget: Forget) -> int:
    """Remove uploads, but not those that a post uses by now; how many went."""
    gone = await tx.all(delete_unposted, ids=media_ids)
    if gone:
        tx.after_commit(forget, gone)
    return len(gone)
