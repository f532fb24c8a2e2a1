"""Like, Dislike, EmojiReact, and taking them back."""

from weft.domain.posts.queries import post_by_uri
from weft.domain.reactions.react import ReactionKind, react, reaction_by_uri, unreact
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.undone import unknown, was_undone
from weft.protocol.activitystreams import first_id, objects, text_of
from weft.storage.database import Tx

_KINDS = {"Like": ReactionKind.LIKE, "Dislike": ReactionKind.DISLIKE}
_LONGEST_EMOJI = 130


async def receive_reaction(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer reacts to a post that is here. A Like that carries an emoji is a reaction with it
    (FEP-c0e0)."""
    uri = first_id(got.object)
    kind, value = _meaning(got.type, got.document)
    if uri is None:
        return refused("a reaction names what it reacts to")

    async def apply(tx: Tx) -> Verdict:
        post = await tx.one(post_by_uri, uri=uri)
        if post is None:
            return ignored("the post is not here")
        if await was_undone(tx, first_id(got.document.get("id"))):
            return ignored("it was taken back before it came")
        await react(
            tx,
            tools.server,
            actor_id=got.signer.id,
            post_id=post.id,
            kind=kind,
            value=value,
            uri=first_id(got.document.get("id")),
            local=False,
        )
        return DONE

    return apply


async def undo_reaction(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer takes a reaction back, by its id or by what it was about."""
    inner = next(iter(objects(got.object)), {})

    async def apply(tx: Tx) -> Verdict:
        known = await tx.one(reaction_by_uri, uri=first_id(got.object) or "")
        if known is not None:
            if known.actor_id != got.signer.id:
                return refused("only who reacted may take it back")
            post_id, kind, value = known.post_id, ReactionKind(known.kind), known.value
        else:
            post = await tx.one(post_by_uri, uri=first_id(inner.get("object")) or "")
            if post is None:
                return await unknown(tx, tools.server, got)
            post_id = post.id
            kind, value = _meaning(str(inner.get("type")), inner)
        undone = await unreact(
            tx,
            tools.server,
            actor_id=got.signer.id,
            post_id=post_id,
            kind=kind,
            value=value,
            local=False,
        )
        return DONE if undone else await unknown(tx, tools.server, got)

    return apply


def _meaning(type_: str, document: dict[str, object]) -> tuple[ReactionKind, str]:
    emoji = (text_of(document.get("content")) or "").strip()[:_LONGEST_EMOJI]
    if type_ != "Dislike" and emoji:
        return ReactionKind.EMOJI, emoji
    return _KINDS.get(type_, ReactionKind.LIKE), ""
