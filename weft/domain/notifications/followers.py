"""Telling those who asked to be told: of every post of somebody they follow, and of edits of what they
boosted or quoted."""

from typing import Any

from sqlalchemy import Select, bindparam, literal_column, select

from weft.domain.notifications.kinds import NotificationKind
from weft.domain.notifications.notify import notify_many
from weft.domain.posts.records import NewPost, Post
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.posts import post
from weft.storage.schema.relations import follow
from weft.storage.statements import query

MOST_TOLD = 5000
"""People of this server who are told of one post, or of one edit."""


@query(bounded=True)
def who_asked() -> Select:
    """Local followers of ``:author`` who want to be told of each post."""
    return (
        select(follow.c.follower_id)
        .join(account, account.c.actor_id == follow.c.follower_id)
        .where(
            follow.c.target_id == bindparam("author"),
            follow.c.state == ACCEPTED,
            follow.c.notifies,
        )
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def local_boosters() -> Select:
    return (
        select(post.c.author_id)
        .join(account, account.c.actor_id == post.c.author_id)
        .where(post.c.boost_of_id == bindparam("post_id"))
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def local_quotes() -> Select:
    """``(author, quoting post)`` of quotes that stand."""
    quoting: Any = post
    return (
        select(quoting.c.author_id, quoting.c.id)
        .join(account, account.c.actor_id == quoting.c.author_id)
        .where(
            quoting.c.quote_of_id == bindparam("post_id"),
            quoting.c.quote_state == literal_column("1"),
        )
        .limit(bindparam("limit"))
    )


async def notify_followers(
    tx: Tx, new: NewPost, post_id: int, root_id: int, named: set[int], now: int
) -> None:
    """A new post, for those who asked; not of answers to others, which are not meant for them, and
    not twice for whom it names."""
    answered = new.reply_to
    if new.visibility > Visibility.FOLLOWERS or (
        answered is not None and answered.author_id != new.author_id
    ):
        return
    rows = await tx.all(who_asked, author=new.author_id, limit=MOST_TOLD)
    told = [(row[0], post_id) for row in rows if row[0] not in named]
    await notify_many(tx, NotificationKind.POST, new.author_id, told, now, root_id=root_id)


async def notify_of_edit(tx: Tx, edited: Post, now: int) -> None:
    """Who passed a post on, or quoted it, may not stand by what it says now."""
    root = edited.root_id or edited.id
    boosters = await tx.all(local_boosters, post_id=edited.id, limit=MOST_TOLD)
    await notify_many(
        tx,
        NotificationKind.EDIT,
        edited.author_id,
        [(row[0], edited.id) for row in boosters],
        now,
        root_id=root,
    )
    quoting = await tx.all(local_quotes, post_id=edited.id, limit=MOST_TOLD)
    await notify_many(
        tx,
        NotificationKind.QUOTED_EDIT,
        edited.author_id,
        [(row[0], row[1]) for row in quoting],
        now,
    )
