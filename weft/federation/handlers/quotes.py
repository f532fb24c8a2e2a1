"""Quotes between servers: being asked, and the answers (FEP-044f)."""

from weft.domain.posts.queries import post_by_id, post_by_uri
from weft.domain.posts.records import NewQuote, Post, QuoteState
from weft.domain.quotes.queries import quote_by_stamp
from weft.domain.quotes.quote import answer_request, request_uri, settle
from weft.federation.dialects import RemotePost, Unreadable
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    number_after,
    refused,
)
from weft.federation.quoting import stamp_holds
from weft.protocol.activitystreams import first_id, first_type, objects
from weft.protocol.origins import same_origin
from weft.storage.database import Tx


async def receive_quote_request(tools: Tools, got: Received) -> Apply | Verdict:
    """May the signer's post (``instrument``) quote one of ours (``object``)?"""
    quoted, quoting = first_id(got.object), first_id(got.document.get("instrument"))
    request = first_id(got.document.get("id"))
    if quoted is None or quoting is None or request is None:
        return refused("a QuoteRequest needs an id, an object and an instrument")
    if not same_origin(quoting, got.signer.uri):
        return refused("the quoting post is of another server than who asks")
    target = await tools.db.one(post_by_uri, uri=quoted)
    if target is None or not target.local or target.boost_of_id is not None:
        return ignored("the post to be quoted is not of this server")
    brought = _brought(tools, got, quoting)
    if brought is None:
        await tools.resolver.post(quoting)
    else:
        brought = await tools.policing.post(brought, got.signer, "post", got.type)

    async def apply(tx: Tx) -> Verdict:
        if brought is not None:
            pending = NewQuote(target_uri=target.uri, state=QuoteState.PENDING, target_id=target.id)
            await tools.arrivals.store(tx, brought, got.signer, None, pending)
        now_quoting = await tx.one(post_by_uri, uri=quoting)
        now_quoted = await tx.one(post_by_id, id=target.id)
        if now_quoting is None or now_quoted is None:
            return ignored("one of the two posts is gone")
        if now_quoting.author_id != got.signer.id:
            return refused("only its author may ask for a post")
        if now_quoting.quote_of_id != target.id:
            return refused("the post does not quote what it asks for")
        allowed = await answer_request(tx, tools.server, now_quoting, now_quoted, request)
        return DONE if allowed else Verdict("done", "the author's policy does not allow it")

    return apply


def _brought(tools: Tools, got: Received, uri: str) -> RemotePost | None:
    """The quoting post as the request itself brings it; None if it must be fetched."""
    document = next(iter(objects(got.document.get("instrument"))), None)
    if document is None or set(document) <= {"id", "type"}:
        return None
    try:
        described = tools.dialects.read_post(document, got.signer.followers_uri)
    except Unreadable:
        return None
    if described.uri != uri or described.author_uri != got.signer.uri:
        return None
    return described


async def answered_request(tools: Tools, got: Received) -> Apply | Verdict | None:
    """Accept or Reject of a QuoteRequest of ours; None if the answer is of something else."""
    inner = next(iter(objects(got.object)), None)
    if inner is not None and first_type(inner) not in {"QuoteRequest", None}:
        return None
    post = await _asked_for(tools, first_id(got.object), inner)
    if post is None:
        return None if inner is None or first_type(inner) is None else ignored("we did not ask")
    target = await tools.db.one(post_by_id, id=post.quote_of_id)
    if target is None:
        return ignored("the quoted post is gone")
    if target.author_id != got.signer.id:
        return refused("only the quoted author may answer")
    stamp = first_id(got.document.get("result"))
    accepted = got.type == "Accept"
    if accepted and (
        stamp is None or not await stamp_holds(tools.resolver, stamp, post.uri, target)
    ):
        return refused("the acceptance has no stamp that holds")

    async def apply(tx: Tx) -> Verdict:
        state = QuoteState.ACCEPTED if accepted else QuoteState.REJECTED
        now_quoting = await tx.one(post_by_id, id=post.id)
        if now_quoting is None:
            return ignored("the quoting post is gone")
        await settle(
            tx,
            tools.server,
            now_quoting,
            state,
            target=target,
            stamp=stamp if accepted else None,
        )
        return DONE

    return apply


async def _asked_for(
    tools: Tools, request: str | None, inner: dict[str, object] | None
) -> Post | None:
    """Our post that a QuoteRequest was about: by the request's id, else by its instrument."""
    uri = first_id(inner.get("instrument")) if inner is not None else None
    post = None
    if request is not None and (number := number_after(request, "/quote_requests/")) is not None:
        post = await tools.db.one(post_by_id, id=number)
        if post is not None and request != request_uri(
            tools.server.actor_uri(post.author_id), post.id
        ):
            post = None
    if post is None and uri is not None:
        post = await tools.db.one(post_by_uri, uri=uri)
    return post if post is not None and post.local and post.quote_of_id is not None else None


async def revoke_stamp(tools: Tools, tx: Tx, got: Received, stamp_uri: str) -> Verdict | None:
    """The quoted author deletes a stamp; None if it is no stamp that is known here."""
    known = await tx.one(quote_by_stamp, stamp_uri=stamp_uri)
    if known is None:
        return None
    post = await tx.one(post_by_id, id=known.post_id)
    target = await tx.one(post_by_id, id=post.quote_of_id) if post is not None else None
    if post is None or target is None:
        return ignored("one of the two posts is gone")
    if target.author_id != got.signer.id:
        return refused("only the quoted author may take the leave back")
    await settle(tx, tools.server, post, QuoteState.REVOKED, target=target, stamp=None)
    return DONE
