"""What the profile of a community has beyond that of a person: threads of others, some of them pinned."""

from weft.domain.communities.keep import is_in
from weft.domain.communities.moderate import set_thread
from weft.domain.posts.queries import post_by_id
from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import ids
from weft.storage.database import Tx


def names(document: JsonObject, group_uri: str) -> bool:
    """Does a post say that it is in this group, or sent to it?"""
    return any(
        group_uri in ids(document.get(name)) for name in ("audience", "to", "cc", "attributedTo")
    )


async def pin_threads(tx: Tx, community_id: int, post_ids: list[int]) -> None:
    """Threads that a community's own server shows at its top. Only those that are in it."""
    for each in post_ids:
        post = await tx.one(post_by_id, id=each)
        if (
            post is not None
            and post.in_reply_to_uri is None
            and await is_in(tx, post, community_id)
        ):
            await set_thread(tx, post, pinned=True)


async def unpin_thread(tx: Tx, community_id: int, post_id: int) -> None:
    """A thread that its community lists without it being among the pinned ones."""
    post = await tx.one(post_by_id, id=post_id)
    if post is not None and await is_in(tx, post, community_id):
        await set_thread(tx, post, pinned=False)
