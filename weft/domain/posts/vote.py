"""Voting in the polls of this server: once per person, until the poll ends."""

from sqlalchemy import Insert, Select, Update, bindparam, insert, select, update

from weft.domain.events import VoteCast
from weft.domain.posts.queries import poll_options_of, polls_of, post_by_id
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.posts import poll, poll_option, poll_vote
from weft.storage.statements import query


class VoteRefused(Exception):
    """The sentence is for the person who votes."""


@query(bounded=True)
def has_voted() -> Select:
    return (
        select(poll_vote.c.position)
        .where(poll_vote.c.post_id == bindparam("post_id"), poll_vote.c.actor_id == bindparam("me"))
        .limit(1)
    )


@query(bounded=True)
def has_voted_for() -> Select:
    return select(poll_vote.c.position).where(
        poll_vote.c.post_id == bindparam("post_id"),
        poll_vote.c.actor_id == bindparam("me"),
        poll_vote.c.position == bindparam("position"),
    )


@query()
def insert_vote() -> Insert:
    return insert(poll_vote).values(
        {name: bindparam(name) for name in ("post_id", "actor_id", "position", "uri", "created_at")}
    )


@query()
def count_vote() -> Update:
    return (
        update(poll_option)
        .where(
            poll_option.c.post_id == bindparam("of_post"),
            poll_option.c.position == bindparam("of_position"),
        )
        .values(votes=poll_option.c.votes + 1)
    )


@query()
def set_votes() -> Update:
    """What another server counted for an option of its poll."""
    return (
        update(poll_option)
        .where(
            poll_option.c.post_id == bindparam("of_post"),
            poll_option.c.position == bindparam("of_position"),
        )
        .values(votes=bindparam("counted"))
    )


@query()
def set_voters() -> Update:
    return (
        update(poll)
        .where(poll.c.post_id == bindparam("of_post"))
        .values(voters=bindparam("counted"), closed_at=bindparam("closed_at"))
    )


@query()
def count_voter() -> Update:
    return (
        update(poll).where(poll.c.post_id == bindparam("of_post")).values(voters=poll.c.voters + 1)
    )


async def vote(
    tx: Tx, server: Server, *, actor_id: int, post_id: int, choices: frozenset[int]
) -> None:
    """Vote for one option, or for several where the poll allows it. A poll of another server is
    told of each choice, and counts it there; what is shown here is our vote on top of its count.

    Raises:
        VoteRefused: ended, voted already, own poll, no such option, or too many.
    """
    post = await tx.one(post_by_id, id=post_id)
    poll_row = await tx.one(polls_of, ids=[post_id])
    if post is None or poll_row is None:
        raise VoteRefused("There is no such poll.")
    if post.author_id == actor_id:
        raise VoteRefused("You cannot vote in your own poll.")
    now = server.now_ms()
    if poll_row.closed_at is not None or (poll_row.ends_at is not None and poll_row.ends_at <= now):
        raise VoteRefused("The poll has already ended.")
    if not choices:
        raise VoteRefused("Choose at least one option.")
    if len(choices) > 1 and not poll_row.multiple:
        raise VoteRefused("This poll allows one choice only.")
    if await tx.one(has_voted, post_id=post_id, me=actor_id) is not None:
        raise VoteRefused("You have already voted in this poll.")
    titles = {each.position: each.title for each in await tx.all(poll_options_of, ids=[post_id])}
    for position in sorted(choices):
        if not await tx.run(count_vote, of_post=post_id, of_position=position):
            raise VoteRefused(f"The poll has no option {position}.")
        await tx.run(
            insert_vote,
            post_id=post_id,
            actor_id=actor_id,
            position=position,
            uri=None,
            created_at=now,
        )
        if not post.local:
            uri = f"{server.actor_uri(actor_id)}#votes/{post_id}/{position}"
            await server.tell(
                tx,
                VoteCast(post_id=post_id, actor_id=actor_id, uri=uri, title=titles[position]),
            )
    await tx.run(count_voter, of_post=post_id)


async def count_remote_vote(
    tx: Tx, server: Server, *, actor_id: int, post_id: int, title: str
) -> None:
    """A person of another server chose an option, named by its title; where several may be chosen,
    each comes by itself. The same choice twice is one.

    Raises:
        VoteRefused: ended, voted already, or no such poll or option.
    """
    poll_row = await tx.one(polls_of, ids=[post_id])
    if poll_row is None:
        raise VoteRefused("There is no such poll.")
    now = server.now_ms()
    if poll_row.closed_at is not None or (poll_row.ends_at is not None and poll_row.ends_at <= now):
        raise VoteRefused("The poll has already ended.")
    options = await tx.all(poll_options_of, ids=[post_id])
    position = next((each.position for each in options if each.title == title), None)
    if position is None:
        raise VoteRefused("The poll has no such option.")
    if await tx.one(has_voted_for, post_id=post_id, me=actor_id, position=position) is not None:
        return
    first = await tx.one(has_voted, post_id=post_id, me=actor_id) is None
    if not first and not poll_row.multiple:
        raise VoteRefused("You have already voted in this poll.")
    await tx.run(count_vote, of_post=post_id, of_position=position)
    await tx.run(
        insert_vote,
        post_id=post_id,
        actor_id=actor_id,
        position=position,
        uri=None,
        created_at=now,
    )
    if first:
        await tx.run(count_voter, of_post=post_id)


async def take_tally(
    tx: Tx, post_id: int, votes: tuple[int, ...], voters: int, closed_at: int | None
) -> None:
    """Take over the count of a poll on another server. A poll that has other options by now than
    when it came keeps the count that it has."""
    row = await tx.one(polls_of, ids=[post_id])
    if row is None or len(await tx.all(poll_options_of, ids=[post_id])) != len(votes):
        return
    for position, counted in enumerate(votes):
        await tx.run(set_votes, of_post=post_id, of_position=position, counted=counted)
    await tx.run(set_voters, of_post=post_id, counted=voters, closed_at=closed_at or row.closed_at)
