"""View: how often a video was seen, and how many watch it now (section 3 of the interop notes of PeerTube).

A view is told to the video's server, which passes it on; of another server's video only that counts. For
a video of ours whoever shows it may tell, each view once: by the id of the activity.
"""

from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import PostKind
from weft.domain.posts.watched import seen_once, watching
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.protocol.activitystreams import first_id, first_object, first_type, integer, when_ms
from weft.protocol.origins import same_origin
from weft.storage.database import Tx


async def receive_view(tools: Tools, got: Received) -> Apply | Verdict:
    """Somebody saw a video."""
    inner, uri = first_object(got.object), first_id(got.object)
    if inner is not None and first_type(inner, ("Story",)) is not None:
        return ignored("nobody here has stories of their own")
    if uri is None:
        return refused("a View names what was seen")
    until = when_ms(got.document.get("expires"))
    result = first_object(got.document.get("result")) or {}
    viewers = integer(result.get("userInteractionCount"))

    async def apply(tx: Tx) -> Verdict:
        post, now = await tx.one(post_by_uri, uri=uri), tools.server.now_ms()
        if post is None or post.kind != PostKind.VIDEO:
            return ignored("the video is not here")
        if not post.local and not same_origin(post.uri, got.signer.uri):
            return refused("how often a video was seen, its own server says")
        if "expires" not in got.document:
            await seen_once(tx, post)
        elif until is None or until <= now:
            return ignored("those who watched it then have gone")
        else:
            await watching(tx, post, 1 if viewers is None else viewers, until, now)
        return DONE

    return apply
