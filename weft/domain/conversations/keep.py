"""Keeping conversations: filed by whoever writes, edits or deletes a direct post.

Each person of this server has their own row for a thread and the set of people in it; a post that
brings somebody else in begins another one, so that nobody answers to more people than they see. A post
is filed for its author at once, for whom it names when their notification is told: what waits as a
request is filed when the request is accepted.
"""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
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

from weft.domain.news import ConversationChanged
from weft.domain.posts.records import AudienceRole, Mention
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx
from weft.storage.schema.posts import post, post_audience
from weft.storage.schema.timelines import conversation, conversation_post, notification
from weft.storage.statements import any_of, insert_or_ignore, query

STEP = 200


class Holder(Struct, frozen=True):
    """Somebody's conversation that a post is in."""

    conversation_id: int
    owner_id: int
    unread: bool


class WaitingPost(Struct, frozen=True):
    notification_id: int
    post_id: int
    root_id: int | None
    author_id: int


class Moved(Struct, frozen=True):
    id: int
    owner_id: int
    people: str
    unread: bool


@query(bounded=True)
def conversation_of() -> Select:
    return select(conversation.c.id).where(
        conversation.c.owner_id == bindparam("owner"),
        conversation.c.root_id == bindparam("root_id"),
        conversation.c.people == bindparam("people"),
    )


@query()
def insert_conversation() -> Insert:
    names = ("id", "owner_id", "root_id", "people", "last_post_id", "unread")
    return insert(conversation).values({name: bindparam(name) for name in names})


@query()
def insert_conversation_post() -> Insert:
    return insert_or_ignore(conversation_post, "conversation_id", "post_id")


@query()
def grow_conversation() -> Update:
    """A post is in it; an old one does not become the last."""
    newest: ColumnElement[int] = case(
        (
            or_(
                conversation.c.last_post_id.is_(None),
                conversation.c.last_post_id < bindparam("last_post_id"),
            ),
            bindparam("last_post_id"),
        ),
        else_=conversation.c.last_post_id,
    )
    return (
        update(conversation)
        .where(conversation.c.id == bindparam("of_conversation"))
        .values(last_post_id=newest, unread=bindparam("unread"))
    )


@query(row=Holder, bounded=True)
def holders_of() -> Select:
    return (
        select(conversation.c.id, conversation.c.owner_id, conversation.c.unread)
        .join(conversation_post, conversation_post.c.conversation_id == conversation.c.id)
        .where(conversation_post.c.post_id == bindparam("post_id"))
    )


@query()
def take_out() -> Delete:
    return delete(conversation_post).where(
        conversation_post.c.conversation_id == bindparam("of_conversation"),
        conversation_post.c.post_id == bindparam("of_post"),
    )


@query()
def settle_last() -> Update:
    """The last post is the newest that is left."""
    newest = (
        select(func.max(conversation_post.c.post_id))
        .where(conversation_post.c.conversation_id == conversation.c.id)
        .scalar_subquery()
    )
    return (
        update(conversation)
        .where(conversation.c.id == bindparam("of_conversation"))
        .values(last_post_id=newest)
    )


@query()
def delete_if_empty() -> Delete:
    return delete(conversation).where(
        conversation.c.id == bindparam("of_conversation"), conversation.c.last_post_id.is_(None)
    )


@query()
def delete_conversation() -> Delete:
    return delete(conversation).where(
        conversation.c.id == bindparam("of_conversation"),
        conversation.c.owner_id == bindparam("of_owner"),
    )


@query()
def set_unread() -> Update:
    return (
        update(conversation)
        .where(
            conversation.c.id == bindparam("of_conversation"),
            conversation.c.owner_id == bindparam("of_owner"),
        )
        .values(unread=bindparam("unread"))
    )


@query()
def delete_conversations_with() -> Delete:
    """``:pattern`` is ``%,ID,%``."""
    comma: ColumnElement[str] = literal_column("','")
    return delete(conversation).where(
        conversation.c.owner_id == bindparam("of_owner"),
        comma.concat(conversation.c.people).concat(comma).like(bindparam("pattern")),
    )


@query(row=Moved, bounded=True)
def conversations_under() -> Select:
    return (
        select(
            conversation.c.id,
            conversation.c.owner_id,
            conversation.c.people,
            conversation.c.unread,
        )
        .where(any_of(conversation.c.root_id, "roots"))
        .limit(bindparam("limit"))
    )


@query()
def set_root() -> Update:
    return (
        update(conversation)
        .where(conversation.c.id == bindparam("of_conversation"))
        .values(root_id=bindparam("new_root"))
    )


@query(bounded=True)
def some_posts_in() -> Select:
    return (
        select(conversation_post.c.post_id)
        .where(
            conversation_post.c.conversation_id == bindparam("of_conversation"),
            conversation_post.c.post_id > bindparam("after_id"),
        )
        .order_by(conversation_post.c.post_id)
        .limit(bindparam("limit"))
    )


@query(row=WaitingPost, bounded=True)
def waiting_posts() -> Select:
    """Direct posts of ``:sender`` whose notifications wait for ``:owner``, the oldest first."""
    return (
        select(notification.c.id, post.c.id, post.c.root_id, post.c.author_id)
        .join(post, notification.c.post_id == post.c.id)
        .where(
            notification.c.owner_id == bindparam("owner"),
            notification.c.from_id == bindparam("sender"),
            notification.c.kind == literal_column("0"),
            notification.c.filtered,
            notification.c.id > bindparam("after_id"),
            post.c.visibility == literal_column(str(int(Visibility.DIRECT))),
        )
        .order_by(notification.c.id)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def named_in() -> Select:
    """``(post id, actor id)`` of whom ``:ids`` mention."""
    return select(post_audience.c.post_id, post_audience.c.actor_id).where(
        any_of(post_audience.c.post_id, "ids"),
        post_audience.c.role == literal_column(str(int(AudienceRole.MENTION))),
    )


def mentioned(audience: Iterable[Mention]) -> set[int]:
    """Whom a post shows that it names."""
    return {each.actor_id for each in audience if each.role is AudienceRole.MENTION}


async def file_post(
    tx: Tx,
    *,
    post_id: int,
    root_id: int,
    author_id: int,
    named: set[int],
    owners: Iterable[int],
) -> None:
    """Put a direct post into the conversations of ``owners``, people of this server."""
    for owner in dict.fromkeys(owners):
        await _file(tx, owner, post_id, root_id, named | {author_id}, unread=owner != author_id)


async def refile_post(
    tx: Tx, *, post_id: int, root_id: int, author_id: int, named: set[int]
) -> None:
    """An edit named somebody else: the post moves to the conversation of those whom it names now."""
    people = named | {author_id}
    for holder in await tx.all(holders_of, post_id=post_id):
        await _take_out(tx, holder.conversation_id, post_id)
        await _file(tx, holder.owner_id, post_id, root_id, people, unread=holder.unread)


async def forget_post(tx: Tx, post_id: int) -> None:
    """A direct post is about to be deleted."""
    for holder in await tx.all(holders_of, post_id=post_id):
        await _take_out(tx, holder.conversation_id, post_id)


async def move_conversations(tx: Tx, roots: list[int], new_root: int) -> None:
    """Threads were joined, because the post between them came: so are their conversations."""
    roots = [each for each in roots if each != new_root]
    while rows := await tx.all(conversations_under, roots=roots, limit=STEP):
        for row in rows:
            there = await tx.one(
                conversation_of, owner=row.owner_id, root_id=new_root, people=row.people
            )
            if there is None:
                await tx.run(set_root, of_conversation=row.id, new_root=new_root)
            else:
                await _pour(tx, row.id, there[0])
                if row.unread:
                    await mark(tx, row.owner_id, there[0], unread=True)
                await tx.run(delete_conversation, of_conversation=row.id, of_owner=row.owner_id)


async def file_waiting(tx: Tx, owner: int, sender: int) -> None:
    """The owner lets a sender through: direct posts that waited take their places."""
    after = 0
    while rows := await tx.all(
        waiting_posts, owner=owner, sender=sender, after_id=after, limit=STEP
    ):
        named: dict[int, set[int]] = {}
        for post_id, actor_id in await tx.all(named_in, ids=[row.post_id for row in rows]):
            named.setdefault(post_id, set()).add(actor_id)
        for row in rows:
            await file_post(
                tx,
                post_id=row.post_id,
                root_id=row.root_id or row.post_id,
                author_id=row.author_id,
                named=named.get(row.post_id, set()),
                owners=[owner],
            )
        after = rows[-1].notification_id


async def forget_conversations_with(tx: Tx, owner: int, other: int) -> None:
    """``owner`` blocks ``other``."""
    await tx.run(delete_conversations_with, of_owner=owner, pattern=f"%,{other},%")


async def mark(tx: Tx, owner: int, conversation_id: int, *, unread: bool) -> bool:
    """False if the owner has no such conversation."""
    return (
        await tx.run(set_unread, of_conversation=conversation_id, of_owner=owner, unread=unread) > 0
    )


async def put_away(tx: Tx, owner: int, conversation_id: int) -> bool:
    """The conversation leaves the owner's list; its posts stay. False if there is none."""
    return await tx.run(delete_conversation, of_conversation=conversation_id, of_owner=owner) > 0


async def _file(
    tx: Tx, owner: int, post_id: int, root_id: int, people: set[int], *, unread: bool
) -> None:
    others = ",".join(map(str, sorted(people - {owner})))
    known = await tx.one(conversation_of, owner=owner, root_id=root_id, people=others)
    conversation_id = known[0] if known is not None else tx.new_id()
    if known is None:
        await tx.run(
            insert_conversation,
            id=conversation_id,
            owner_id=owner,
            root_id=root_id,
            people=others,
            last_post_id=post_id,
            unread=unread,
        )
    else:
        await tx.run(
            grow_conversation,
            of_conversation=conversation_id,
            last_post_id=post_id,
            unread=unread,
        )
    await tx.run(insert_conversation_post, conversation_id=conversation_id, post_id=post_id)
    tx.say(ConversationChanged(owner, conversation_id))


async def _take_out(tx: Tx, conversation_id: int, post_id: int) -> None:
    await tx.run(take_out, of_conversation=conversation_id, of_post=post_id)
    await tx.run(settle_last, of_conversation=conversation_id)
    await tx.run(delete_if_empty, of_conversation=conversation_id)


async def _pour(tx: Tx, from_id: int, into_id: int) -> None:
    after = 0
    while rows := await tx.all(some_posts_in, of_conversation=from_id, after_id=after, limit=STEP):
        for row in rows:
            await tx.run(insert_conversation_post, conversation_id=into_id, post_id=row[0])
        after = rows[-1][0]
    await tx.run(settle_last, of_conversation=into_id)
