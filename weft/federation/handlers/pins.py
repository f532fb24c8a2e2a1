"""Add and Remove: what an actor pins to its profile, or takes down (A5 of the interop notes)."""

from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.pins.pin import add_pin, feature_tag, remove_pin, unfeature_tag
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Tag
from weft.federation.handlers.collections import receive_collected
from weft.federation.handlers.communities import community_named, receive_listing
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.shelves import is_shelved, receive_shelved
from weft.federation.handlers.stories import is_story, receive_story
from weft.protocol.activitystreams import first_id, first_object, first_type, objects, text_of
from weft.storage.database import Tx


async def receive_pin(tools: Tools, got: Received) -> Apply | Verdict:
    """An actor's own featured collection, where only its own posts go; the others are communities', or
    people's collections of people."""
    if got.type == "Add" and is_story(first_object(got.object)):
        return await receive_story(tools, got)
    target = first_id(got.document.get("target"))
    if target is None:
        return refused(f"{got.type} names the collection that it changes")
    if target != got.signer.featured_uri:
        if is_shelved(got):
            inner = next(iter(objects(got.object)), None)
            return await receive_shelved(tools, got, target, inner)
        if await community_named(tools, got) is not None:
            return await receive_listing(tools, got, target)
        return await receive_collected(tools, got, target)
    if not got.is_proven:
        return ignored("what somebody pins, their own server says")
    inner = next(iter(objects(got.object)), {})
    if first_type(inner, ("Hashtag",)) is not None:
        return _hashtag(tools, got, inner)
    uri = first_id(got.object)
    if uri is None:
        return refused(f"{got.type} names a post or a hashtag")
    if got.type == "Add":
        await tools.resolver.post(uri)

    async def apply(tx: Tx) -> Verdict:
        post = await tx.one(post_by_uri, uri=uri)
        if post is None:
            return ignored("the post is not here")
        if post.author_id != got.signer.id:
            return refused("an actor may only pin its own posts")
        if got.type == "Add":
            await add_pin(tx, tools.server, got.signer.id, post.id)
        elif not await remove_pin(tx, got.signer.id, post.id):
            return ignored("the post was not pinned")
        return DONE

    return apply


def _hashtag(tools: Tools, got: Received, inner: dict[str, object]) -> Apply | Verdict:
    display = (text_of(inner.get("name")) or "").removeprefix("#")
    name = tag_name(display)
    if not name or not is_hashtag(display):
        return refused("the hashtag has no name")

    async def apply(tx: Tx) -> Verdict:
        if got.type == "Add":
            await feature_tag(tx, tools.server, got.signer.id, Tag(name=name, display=display))
        elif not await unfeature_tag(tx, got.signer.id, name):
            return ignored("the hashtag was not featured")
        return DONE

    return apply
