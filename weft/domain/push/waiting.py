"""What is to be pushed: a row for each subscription, in the transaction of the notification.

A row goes when its message was taken, or is given up; a process that dies leaves it to the others.
"""

from enum import IntEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    exists,
    literal_column,
    or_,
    select,
    update,
)

from weft.domain.push.subscriptions import MOST_OF_ONE, kinds_in
from weft.storage.database import Tx
from weft.storage.schema.accounts import account, oauth_token, push_subscription, push_waiting
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import follow
from weft.storage.statements import insert_or_ignore, query

MOST_WAITING = 100
"""For one subscription: whoever was away for long looks into the app anyway."""


class Hearer(Struct, frozen=True):
    """A subscription, and what lies between its owner and who caused the notification."""

    id: int
    alerts: str
    policy: str
    follows: bool
    followed: bool

    def wants(self, kind: str) -> bool:
        near = {"all": True, "followed": self.follows, "follower": self.followed}
        return near.get(self.policy, False) and kind in kinds_in(self.alerts)


class Due(Struct, frozen=True):
    """A message to be sent, to whom. ``void``: the token is revoked, or its owner may not act."""

    subscription_id: int
    notification_id: int
    attempts: int
    endpoint: str
    p256dh: str
    auth: str
    standard: bool
    token_sealed: bytes | None
    failures: int
    owner_id: int
    locale: str | None
    void: bool


def _follows(who: str, whom: str) -> Any:
    return (
        exists()
        .where(
            follow.c.follower_id == bindparam(who),
            follow.c.target_id == bindparam(whom),
            follow.c.state == literal_column("1"),
        )
        .label(f"{who}_follows")
    )


@query(row=Hearer, bounded=True)
def hearers() -> Select:
    """Subscriptions of ``:owner``, some of them perhaps not for this kind."""
    return (
        select(
            push_subscription.c.id,
            push_subscription.c.alerts,
            push_subscription.c.policy,
            _follows("owner", "sender"),
            _follows("sender", "owner"),
        )
        .join(account, account.c.id == push_subscription.c.account_id)
        .where(account.c.actor_id == bindparam("owner"))
        .limit(literal_column(str(MOST_OF_ONE)))
    )


@query(bounded=True)
def waiting_for() -> Select:
    """One row for each message that waits for a subscription."""
    return (
        select(push_waiting.c.notification_id)
        .where(push_waiting.c.subscription_id == bindparam("subscription_id"))
        .limit(bindparam("limit"))
    )


@query()
def insert_waiting() -> Insert:
    return insert_or_ignore(push_waiting, "subscription_id", "notification_id", "send_at")


@query(row=Due, bounded=True)
def pushes_due() -> Select:
    """What is due, the longest due first."""
    void = or_(
        oauth_token.c.revoked_at.is_not(None),
        account.c.disabled_at.is_not(None),
        actor.c.suspended_at.is_not(None),
        actor.c.deleted_at.is_not(None),
    )
    return (
        select(
            push_waiting.c.subscription_id,
            push_waiting.c.notification_id,
            push_waiting.c.attempts,
            push_subscription.c.endpoint,
            push_subscription.c.p256dh,
            push_subscription.c.auth,
            push_subscription.c.standard,
            push_subscription.c.token_sealed,
            push_subscription.c.failures,
            account.c.actor_id,
            account.c.locale,
            void.label("void"),
        )
        .join(push_subscription, push_subscription.c.id == push_waiting.c.subscription_id)
        .join(oauth_token, oauth_token.c.id == push_subscription.c.token_id)
        .join(account, account.c.id == push_subscription.c.account_id)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(push_waiting.c.send_at <= bindparam("now"))
        .order_by(push_waiting.c.send_at)
        .limit(bindparam("limit"))
    )


def _this(subscription: Any, notification: Any) -> Any:
    return (push_waiting.c.subscription_id == subscription) & (
        push_waiting.c.notification_id == notification
    )


@query()
def take_push() -> Update:
    """Changes one row for the one who gets it."""
    return (
        update(push_waiting)
        .where(
            _this(bindparam("of_subscription"), bindparam("of_notification")),
            push_waiting.c.attempts == bindparam("of_attempts"),
            push_waiting.c.send_at <= bindparam("now"),
        )
        .values(send_at=bindparam("until"), attempts=push_waiting.c.attempts + 1)
    )


@query()
def put_off_pushes() -> Update:
    """All that waits for a subscription waits at least until ``:at``."""
    return (
        update(push_waiting)
        .where(
            push_waiting.c.subscription_id == bindparam("of_subscription"),
            push_waiting.c.send_at < bindparam("at"),
        )
        .values(send_at=bindparam("at"))
    )


@query()
def put_off_push() -> Update:
    """This one is due at ``:at``."""
    return (
        update(push_waiting)
        .where(_this(bindparam("of_subscription"), bindparam("of_notification")))
        .values(send_at=bindparam("at"))
    )


@query()
def delete_push() -> Delete:
    return delete(push_waiting).where(
        _this(bindparam("of_subscription"), bindparam("of_notification"))
    )


@query()
def count_failure(*, ended: bool) -> Update:
    """One more message that could not be delivered; or none in a row, when one was."""
    changed = literal_column("0") if ended else push_subscription.c.failures + 1
    return (
        update(push_subscription)
        .where(push_subscription.c.id == bindparam("of_subscription"))
        .values(failures=changed)
    )


async def push_later(
    tx: Tx, notification_id: int, owner: int, kind: IntEnum, sender: int, now: int
) -> None:
    """Let the owner's applications hear of a notification, those that want to."""
    for each in await tx.all(hearers, owner=owner, sender=sender):
        if not each.wants(kind.name.lower()):
            continue
        waiting = await tx.all(waiting_for, subscription_id=each.id, limit=MOST_WAITING)
        if len(waiting) >= MOST_WAITING:
            continue
        await tx.run(
            insert_waiting, subscription_id=each.id, notification_id=notification_id, send_at=now
        )
