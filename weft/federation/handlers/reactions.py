"""Like, Dislike, EmojiReact, and taking them back."""

from weft.domain.posts.queries import post_by_uri
from weft.domain.reactions.react import (
    ReactionKind,
    emoji_reaction_by,
    react,
    reaction_by,
    reaction_by_uri,
    unreact,
)
from weft.federation.handlers.listens import forget_favourite, receive_favourite
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
from weft.federation.reading.reactions import read_reaction
from weft.protocol.activitystreams import first_id, objects
from weft.storage.database import Tx


async def receive_reaction(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer reacts to a post that is here. A Like that carries an emoji is a reaction with it
    (FEP-c0e0)."""
    favourite = await receive_favourite(tools, got)
    if favourite is not None:
        return favourite
    uri = first_id(got.object)
    said = read_reaction(got.type, got.document, got.signer.host)
    if uri is None:
        return refused("a reaction names what it reacts to")
    if said is None:
        return refused("a reaction with an emoji is with exactly one")

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
            kind=said.kind,
            value=said.value,
            icon_url=said.icon_url,
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
                gone = await forget_favourite(tools, tx, got, first_id(got.object) or "")
                if gone is not None:
                    return gone
                return await unknown(tx, tools.server, got)
            post_id = post.id
            said = read_reaction(str(inner.get("type")), inner, got.signer.host)
            if said is None:
                return await unknown(tx, tools.server, got)
            kind, value = said.kind, said.value
            if kind is ReactionKind.LIKE:
                # The Misskey family knows one reaction of each person, and may say no more of it.
                other = await tx.one(emoji_reaction_by, post_id=post.id, actor_id=got.signer.id)
                liked = await tx.one(
                    reaction_by, post_id=post.id, actor_id=got.signer.id, kind=kind, value=value
                )
                if liked is None and other is not None:
                    kind, value = ReactionKind.EMOJI, other.value
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
