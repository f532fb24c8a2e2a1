"""Telling a person of this server what concerns them.

Who is silenced is not heard at all; about strangers the person's policy decides: what it holds back is
stored as filtered, and a request tells that somebody waits. Likes, boosts, follows and sign-ups carry
the key of a group: the same event within twelve hours, counted from the hour of the first.
"""

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import structs

from weft.domain.news import Notified
from weft.domain.notifications.kinds import ASKING, FROM_ONESELF, GROUPED, NotificationKind
from weft.domain.notifications.policy import Choice, is_bound, judge
from weft.domain.notifications.store import (
    Hearer,
    NewNotification,
    delete_about,
    delete_notification,
    hears_of,
    insert_notification,
    latest_group,
    save_request,
    spoke_to,
    willing_among,
)
from weft.domain.push.waiting import push_later
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

__all__ = [
    "NewNotification",
    "NotificationKind",
    "Verdict",
    "keep",
    "notify",
    "notify_many",
    "withdraw",
    "withdraw_about",
]

HOUR_MS = 3_600_000
GROUP_SPAN_HOURS = 12
Verdict: TypeAlias = Choice
"""What became of it: ACCEPT means told, FILTER that it waits, DROP that nothing was written."""


async def notify(
    tx: Tx,
    owner: int,
    kind: NotificationKind,
    sender: int,
    post_id: int | None,
    now: int,
    *,
    about_id: int | None = None,
) -> Verdict:
    """Notify ``owner``, once per kind, sender and post, or per thing that it is about."""
    if owner == sender and kind not in FROM_ONESELF:
        return Choice.DROP
    params: dict[str, int] = {"owner": owner, "sender": sender, "now": now}
    if post_id is None:
        hearer = await tx.one(hears_of, about="nobody", **params)
    else:
        about = "mention" if kind is NotificationKind.MENTION else "post"
        hearer = await tx.one(hears_of, about=about, post_id=post_id, **params)
    if hearer is None:
        return Choice.DROP
    verdict = await _judged(tx, hearer, owner, kind, sender, now)
    if verdict is Choice.DROP:
        return verdict
    if about_id is None:
        await withdraw(tx, owner, kind, sender, post_id)
    else:
        await withdraw_about(tx, [owner], [kind], about_id)
    told = verdict is Choice.ACCEPT
    made = NewNotification(
        id=tx.new_id(),
        owner_id=owner,
        kind=kind,
        from_id=sender,
        created_at=now,
        post_id=post_id,
        about_id=about_id,
        group_key=await _group_key(tx, owner, kind, post_id, now) if told else None,
        filtered=not told,
    )
    await keep(tx, made)
    if not told and kind in ASKING:
        await tx.run(
            save_request,
            id=tx.new_id(),
            owner_id=owner,
            from_id=sender,
            last_post_id=post_id,
            created_at=now,
            updated_at=now,
        )
    return verdict


async def keep(tx: Tx, *rows: NewNotification) -> None:
    """Write notifications down, whoever may have wanted them or not. Every new one comes through
    here: what else a new notification sets off belongs here, or into ``tx.after_commit``."""
    written = [structs.asdict(row) for row in rows]
    if len(written) == 1:
        await tx.run(insert_notification, **written[0])
    elif written:
        await tx.many(insert_notification, written)
    for row in rows:
        if not row.filtered:
            tx.say(Notified(row.owner_id, row.id))
            await push_later(tx, row.id, row.owner_id, row.kind, row.from_id, row.created_at)


async def notify_many(
    tx: Tx,
    kind: NotificationKind,
    sender: int,
    told: Sequence[tuple[int, int | None]],
    now: int,
    *,
    root_id: int = 0,
    about_id: int | None = None,
) -> None:
    """Notify several owners of one event: ``(owner, post)`` each. For kinds that no policy
    concerns; what they were told of the same thing before is replaced."""
    owners = [owner for owner, _ in told if owner != sender]
    if not owners:
        return
    found = await tx.all(willing_among, owners=owners, sender=sender, root_id=root_id, now=now)
    willing = {row[0] for row in found}
    told = [(owner, post_id) for owner, post_id in told if owner in willing]
    if about_id is None:
        old = [
            {"owner": owner, "kind": kind, "sender": sender, "post_id": post_id}
            for owner, post_id in told
        ]
        await tx.many(delete_notification, old)
    rows = [
        NewNotification(
            id=tx.new_id(),
            owner_id=owner,
            kind=kind,
            from_id=sender,
            created_at=now,
            post_id=post_id,
            about_id=about_id,
            group_key=await _group_key(tx, owner, kind, post_id, now),
        )
        for owner, post_id in told
    ]
    await keep(tx, *rows)


async def withdraw(
    tx: Tx, owner: int, kind: NotificationKind, sender: int, post_id: int | None
) -> None:
    """Take a notification back, because what it told of was undone."""
    await tx.run(delete_notification, owner=owner, kind=kind, sender=sender, post_id=post_id)


async def withdraw_about(
    tx: Tx, owners: Sequence[int], kinds: Sequence[NotificationKind], about_id: int
) -> None:
    """The same for what is about no post."""
    await tx.run(
        delete_about, owners=list(owners), kinds=[int(each) for each in kinds], about_id=about_id
    )


async def _judged(
    tx: Tx, hearer: Hearer, owner: int, kind: NotificationKind, sender: int, now: int
) -> Verdict:
    policy, stranger = hearer.policy, hearer.stranger
    verdict = judge(policy, kind, stranger, now)
    unasked = (
        kind is NotificationKind.MENTION
        and hearer.visibility is not None
        and hearer.visibility >= Visibility.DIRECT
        and not stranger.follows
        and is_bound(kind, stranger)
    )
    if unasked and policy.private_mentions > verdict:
        spoken = await tx.one(spoke_to, owner=owner, sender=sender, root_id=hearer.root_id)
        if spoken is None:
            return policy.private_mentions
    return verdict


async def _group_key(
    tx: Tx, owner: int, kind: NotificationKind, post_id: int | None, now: int
) -> str | None:
    """The newest group goes on for twelve hours from the hour in which it began."""
    if kind not in GROUPED:
        return None
    hour = now // HOUR_MS
    if post_id is None:
        newest = await tx.one(latest_group, of_post=False, owner=owner, kind=kind)
    else:
        newest = await tx.one(latest_group, of_post=True, owner=owner, kind=kind, post_id=post_id)
    if newest is not None:
        began = int(newest[0].rpartition("-")[2])
        if hour - GROUP_SPAN_HOURS < began:
            return str(newest[0])
    head = GROUPED[kind] if post_id is None else f"{GROUPED[kind]}-{post_id}"
    return f"{head}-{hour}"
