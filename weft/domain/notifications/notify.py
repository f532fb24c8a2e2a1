"""Telling a person of this server what concerns them."""

from enum import IntEnum
from typing import Any

from sqlalchemy import (
    Delete,
    Insert,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    not_,
    or_,
    select,
)

from weft.domain.news import Notified
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post
from weft.storage.schema.relations import block, host_block, mute, thread_mute
from weft.storage.schema.timelines import notification
from weft.storage.statements import query


class NotificationKind(IntEnum):
    """The numbers are stored."""

    MENTION = 0
    BOOST = 1
    LIKE = 2
    FOLLOW = 3
    FOLLOW_REQUEST = 4
    POLL = 5
    EDIT = 6
    POST = 7
    QUOTE = 8
    REACTION = 9


@query(bounded=True)
def hears_of(*, about_post: bool) -> Select:
    """One row if ``:owner`` is a person of this server who wants to hear of ``:sender``.

    Blocks on either side silence, mutes if they hide notifications, muted threads theirs.
    """
    owner: Any = bindparam("owner")
    sender: Any = bindparam("sender")
    statement = select(account.c.actor_id).where(
        account.c.actor_id == owner,
        not_(exists().where(block.c.actor_id == owner, block.c.target_id == sender)),
        not_(exists().where(block.c.actor_id == sender, block.c.target_id == owner)),
        not_(
            exists().where(
                mute.c.actor_id == owner,
                mute.c.target_id == sender,
                mute.c.hides_notifications,
                or_(mute.c.expires_at.is_(None), mute.c.expires_at > bindparam("now")),
            )
        ),
        not_(
            exists().where(
                host_block.c.actor_id == owner,
                host_block.c.host == actor.c.host,
                actor.c.id == sender,
            )
        ),
    )
    if about_post:
        statement = statement.where(
            not_(
                exists().where(
                    and_(
                        post.c.id == bindparam("post_id"),
                        thread_mute.c.actor_id == owner,
                        thread_mute.c.root_id == post.c.root_id,
                    )
                )
            )
        )
    return statement


@query()
def insert_notification() -> Insert:
    names = ("id", "owner_id", "kind", "from_id", "post_id", "created_at")
    return insert(notification).values({name: bindparam(name) for name in names})


@query()
def delete_notification() -> Delete:
    return delete(notification).where(
        notification.c.owner_id == bindparam("owner"),
        notification.c.kind == bindparam("kind"),
        notification.c.from_id == bindparam("sender"),
        notification.c.post_id.is_not_distinct_from(bindparam("post_id")),
    )


async def notify(
    tx: Tx, owner: int, kind: NotificationKind, sender: int, post_id: int | None, now: int
) -> bool:
    """Notify ``owner``, once per kind, sender and post. False if they do not want to hear of it."""
    if owner == sender and kind is not NotificationKind.POLL:  # who asked waits for the answer
        return False
    params: dict[str, int] = {"owner": owner, "sender": sender, "now": now}
    if post_id is None:
        hears = await tx.one(hears_of, about_post=False, **params)
    else:
        hears = await tx.one(hears_of, about_post=True, post_id=post_id, **params)
    if hears is None:
        return False
    await withdraw(tx, owner, kind, sender, post_id)
    notification_id = tx.new_id()
    await tx.run(
        insert_notification,
        id=notification_id,
        owner_id=owner,
        kind=kind,
        from_id=sender,
        post_id=post_id,
        created_at=now,
    )
    tx.say(Notified(owner, notification_id))
    return True


async def withdraw(
    tx: Tx, owner: int, kind: NotificationKind, sender: int, post_id: int | None
) -> None:
    """Take a notification back, because what it told of was undone."""
    await tx.run(delete_notification, owner=owner, kind=kind, sender=sender, post_id=post_id)
