"""The life of an upload: written down, described, posted; or removed when no post came.

An upload without a post is its owner's alone. One whose post is deleted or edited is without a post
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

from weft.domain.media.records import NewUpload, StoredKeys
from weft.domain.moderation.holds import not_held
from weft.storage.database import Tx
from weft.storage.ids import id_at
from weft.storage.schema.messages import draft_media
from weft.storage.schema.posts import media, post_attachment
from weft.storage.statements import any_of, query

Forget = Callable[[list[StoredKeys]], object]
"""Called after the commit with what is to go from the store."""
_INSERTED = ("id", "num", *NewUpload.__struct_fields__, "created_at")


class TooManyUploads(Exception):
    """The sentence is for who uploads."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have {most} files that no post uses yet: post or delete some of them first."
        )


def _unposted() -> ColumnElement[bool]:
    """No post has it, and none that is scheduled."""
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


@query()
def unposted_before() -> Select:
    """Ids of uploads older than ``:before_id``, and not kept since ``:before``, that no post uses;
    after ``:after_id``, in order."""
    return (
        select(media.c.id)
        .where(
            media.c.id > bindparam("after_id"),
            media.c.id < bindparam("before_id"),
            media.c.remote_url.is_(None),
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
        .where(
            any_of(media.c.id, "ids"),
            media.c.remote_url.is_(None),
            _unposted(),
            not_held(media.c.owner_id),
        )
        .returning(media.c.store_key, media.c.small_key)
    )


async def add_upload(
    tx: Tx, new: NewUpload, now: int, *, most_unposted: int, unposted_ms: int
) -> int:
    """Write an upload down; its id.

    Raises:
        TooManyUploads: its owner has ``most_unposted`` others from the last ``unposted_ms``.
    """
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
    return media_id


async def remove_unposted(tx: Tx, media_ids: list[int], forget: Forget) -> int:
    """Remove uploads, but not those that a post uses by now; how many went."""
    gone = await tx.all(delete_unposted, ids=media_ids)
    if gone:
        tx.after_commit(forget, gone)
    return len(gone)
