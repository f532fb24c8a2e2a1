"""Quoting, and what becomes of it: asked, allowed, refused, taken back.

The quoted author's server decides (FEP-044f). Its leave is a stamp, a document at an address of
its own; here that is ``/ap/stamps/ID``, where ID is the quoting post's. A post's ``quote_state``
says what became of its quote, ``quote_of_id`` which post it is, once that is known.
"""

from weft.domain.events import PostEdited, QuoteAnswered, QuoteRequested, QuoteRevoked
from weft.domain.news import PostChanged
from weft.domain.notifications.notify import NotificationKind, notify, withdraw
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import NewQuote, Post, QuoteState
from weft.domain.posts.store import add_to_stats, stats_delta
from weft.domain.quotes.policy import Leave, leave
from weft.domain.quotes.queries import (
    Quote,
    insert_quote,
    quotes_by_posts,
    quotes_waiting_for,
    set_quote_state,
    set_stamp,
    some_quoting,
)
from weft.domain.relations.queries import FollowState, follow_between
from weft.domain.server import Server
from weft.storage.database import Tx

STEP = 200


def stamp_uri(server: Server, quoting_id: int) -> str:
    """Where we answer for our leave to quote."""
    return f"{server.origin}/ap/stamps/{quoting_id}"


def request_uri(actor_uri: str, quoting_id: int) -> str:
    """The id of our question whether a post of another server may be quoted."""
    return f"{actor_uri}/quote_requests/{quoting_id}"


async def attach(tx: Tx, server: Server, quoting: Post, new: NewQuote) -> None:
    """Note what a stored post quotes; the part of publishing that is about quotes."""
    target = await tx.one(post_by_id, id=new.target_id) if new.target_id is not None else None
    stamp, asked = new.stamp_uri, None
    if target is not None and target.local and new.state is QuoteState.ACCEPTED:
        stamp = stamp_uri(server, quoting.id)
    if quoting.local and new.state is QuoteState.PENDING and target is not None:
        asked = request_uri(server.actor_uri(quoting.author_id), quoting.id)
    await tx.run(
        insert_quote,
        post_id=quoting.id,
        target_uri=new.target_uri,
        stamp_uri=stamp,
        request_uri=asked,
    )
    if target is None:
        return
    if new.state is QuoteState.ACCEPTED:
        await _accepted(tx, server, quoting, target)
    elif asked is not None:
        await server.tell(
            tx,
            QuoteRequested(
                post_id=quoting.id,
                uri=asked,
                actor_id=quoting.author_id,
                target_uri=target.uri,
                target_author_id=target.author_id,
            ),
        )


async def leave_for(tx: Tx, target: Post, quoter_id: int) -> Leave:
    """May this actor quote the post, as its policy and the follows between them are now?"""
    follows = await tx.one(follow_between, follower=quoter_id, target=target.author_id)
    followed = await tx.one(follow_between, follower=target.author_id, target=quoter_id)
    return leave(
        target,
        quoter_id=quoter_id,
        follows_author=follows is not None and follows.state == FollowState.ACCEPTED,
        followed_by_author=followed is not None and followed.state == FollowState.ACCEPTED,
    )


async def answer_request(tx: Tx, server: Server, quoting: Post, target: Post, request: str) -> bool:
    """Another server asks whether its post may quote one of ours; True if it may.

    Repeated questions get the same answer; what the author took back stays taken back.
    """
    allowed = (
        quoting.quote_state != QuoteState.REVOKED
        and await leave_for(tx, target, quoting.author_id) == "automatic"
    )
    await settle(
        tx,
        server,
        quoting,
        QuoteState.ACCEPTED if allowed else QuoteState.REJECTED,
        target=target,
        stamp=stamp_uri(server, quoting.id) if allowed else None,
    )
    await server.tell(
        tx,
        QuoteAnswered(
            post_id=quoting.id,
            uri=request,
            actor_id=target.author_id,
            target_uri=target.uri,
            quoter_id=quoting.author_id,
            quoting_uri=quoting.uri,
            stamp_uri=stamp_uri(server, quoting.id) if allowed else None,
        ),
    )
    return allowed


async def settle(
    tx: Tx, server: Server, quoting: Post, state: QuoteState, *, target: Post, stamp: str | None
) -> None:
    """Note what became of a quote. A post of ours that was allowed goes out again with its stamp."""
    was = quoting.quote_state
    await tx.run(set_quote_state, of_post=quoting.id, state=state, target_id=target.id)
    await tx.run(set_stamp, of_post=quoting.id, stamp_uri=stamp)
    if state != was:
        tx.say(PostChanged(quoting.id))
    if state is QuoteState.ACCEPTED and was != QuoteState.ACCEPTED:
        await _accepted(tx, server, quoting, target)
        if quoting.local:
            await server.tell(tx, PostEdited(post_id=quoting.id))
    elif state is not QuoteState.ACCEPTED and was == QuoteState.ACCEPTED:
        await tx.run(add_to_stats, of_post=target.id, **stats_delta(quotes=-1))
        await withdraw(tx, target.author_id, NotificationKind.QUOTE, quoting.author_id, quoting.id)


async def revoke(tx: Tx, server: Server, quoting: Post, target: Post) -> bool:
    """The author of a post of ours takes the leave back. False if there was none."""
    if quoting.quote_state != QuoteState.ACCEPTED or not target.local:
        return False
    await server.tell(
        tx,
        QuoteRevoked(
            post_id=quoting.id,
            actor_id=target.author_id,
            stamp_uri=stamp_uri(server, quoting.id),
            quoter_id=quoting.author_id,
            quoting_uri=quoting.uri,
            target_uri=target.uri,
        ),
    )
    await settle(tx, server, quoting, QuoteState.REVOKED, target=target, stamp=None)
    return True


async def forget_quoted(tx: Tx, gone: Post) -> None:
    """A post goes: its own quote no longer counts, and what quotes it shows that it is gone."""
    if gone.quote_of_id is not None and gone.quote_state == QuoteState.ACCEPTED:
        await tx.run(add_to_stats, of_post=gone.quote_of_id, **stats_delta(quotes=-1))
    while rows := await tx.all(some_quoting, target=gone.id, limit=STEP):
        for row in rows:
            await tx.run(set_quote_state, of_post=row[0], state=QuoteState.GONE, target_id=None)


async def find_waiting(tx: Tx, uri: str, post_id: int, author_id: int) -> None:
    """Posts that came before what they quote are linked to it now; still without leave, but for
    what an author quotes of their own."""
    for each in await tx.all(quotes_waiting_for, target_uri=uri, limit=STEP):
        quoting = await tx.one(post_by_id, id=each.post_id)
        if quoting is None or quoting.quote_state in {None, QuoteState.GONE}:
            continue
        state = quoting.quote_state
        if quoting.author_id == author_id:
            state = QuoteState.ACCEPTED
        await tx.run(set_quote_state, of_post=quoting.id, state=state, target_id=post_id)
        if state == QuoteState.ACCEPTED:
            await tx.run(add_to_stats, of_post=post_id, **stats_delta(quotes=1))


async def quote_of(tx: Tx, post_id: int) -> Quote | None:
    return await tx.one(quotes_by_posts, ids=[post_id])


async def _accepted(tx: Tx, server: Server, quoting: Post, target: Post) -> None:
    await tx.run(add_to_stats, of_post=target.id, **stats_delta(quotes=1))
    if target.local:
        await notify(
            tx,
            target.author_id,
            NotificationKind.QUOTE,
            quoting.author_id,
            quoting.id,
            server.now_ms(),
        )
