"""What a post of another server quotes, and whether it may (FEP-044f; A7 of the interop notes)."""

import contextlib
from typing import TYPE_CHECKING

from weft.domain.actors.records import Actor
from weft.domain.posts.records import NewQuote, Post, QuoteState
from weft.domain.quotes.policy import leave
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost
from weft.federation.unresolved import DEPTH, Unresolved
from weft.protocol.activitystreams import first_id, first_type
from weft.protocol.origins import same_origin

if TYPE_CHECKING:
    from weft.federation.resolve import Resolver

SHALLOW = DEPTH - 2
"""Quotes of quotes are followed twice, whatever thread they are in."""


async def judged_quote(
    resolver: "Resolver", described: RemotePost, author: Actor, depth: int = 0
) -> NewQuote | None:
    """What a post quotes and whether it may: the quoted post and its author's stamp are fetched.

    A failure to fetch leaves the quote pending: the post itself comes in any case.
    """
    quote = described.quote
    if quote is None or quote.uri == described.uri:
        return None
    if quote.gone:
        return NewQuote(target_uri=quote.uri, state=QuoteState.GONE)
    target = None
    if depth < DEPTH:
        with contextlib.suppress(Unresolved):
            target = await resolver.post(quote.uri, depth=max(depth + 1, SHALLOW))
    if target is None:
        state = QuoteState.LEGACY if quote.legacy else QuoteState.PENDING
        return NewQuote(target_uri=quote.uri, state=state)
    state = await _state(resolver, described, author, target)
    stamp = quote.stamp_uri if state is QuoteState.ACCEPTED and not target.local else None
    return NewQuote(target_uri=quote.uri, state=state, target_id=target.id, stamp_uri=stamp)


async def _state(
    resolver: "Resolver", described: RemotePost, author: Actor, target: Post
) -> QuoteState:
    quote = described.quote
    if quote is None or target.boost_of_id is not None:
        return QuoteState.REJECTED
    if target.author_id == author.id:
        return QuoteState.ACCEPTED
    if target.visibility > Visibility.UNLISTED:
        return QuoteState.REJECTED
    if target.local:
        # Whoever asks nobody has the leave that everybody has; the others ask in a moment.
        free = leave(target, quoter_id=None, follows_author=False, followed_by_author=False)
        if quote.legacy:
            return QuoteState.ACCEPTED if free == "automatic" else QuoteState.LEGACY
        return QuoteState.PENDING
    if quote.stamp_uri is not None and await stamp_holds(
        resolver, quote.stamp_uri, described.uri, target
    ):
        return QuoteState.ACCEPTED
    return QuoteState.LEGACY if quote.legacy else QuoteState.PENDING


async def stamp_holds(resolver: "Resolver", stamp_uri: str, quoting_uri: str, target: Post) -> bool:
    """Does the quoted author's server say that this post may quote that one?"""
    if not same_origin(stamp_uri, target.uri):
        return False
    try:
        stamp = await resolver.document(stamp_uri)
    except Unresolved:
        return False
    author = await resolver.author_uri(target)
    return (
        first_type(stamp, ("QuoteAuthorization",)) is not None
        and first_id(stamp.get("interactingObject")) == quoting_uri
        and first_id(stamp.get("interactionTarget")) == target.uri
        and first_id(stamp.get("attributedTo")) == author
    )
