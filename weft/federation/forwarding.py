"""Passing on what others say about posts of ours (ActivityPub 7.1.2, as Mastodon does it).

Whoever follows an author here sees the replies to them only if their server gets those too. A reply
that carries a signature of its own (an LD signature or a FEP-8b32 proof) can be passed on: it goes,
not a byte changed, to the servers of the author's followers. So do its edits and its deletion.
"""

from weft.domain.actors.queries import actor_by_id
from weft.domain.events import Passed
from weft.domain.posts.queries import post_by_id, post_by_uri
from weft.domain.posts.records import Post
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.handlers.received import Received
from weft.protocol.activitystreams import first_id
from weft.storage.database import Tx

MAX_BYTES = 64 * 1024
_PASSED_ON = frozenset(("Create", "Update", "Delete"))


def speaks_for_itself(got: Received) -> bool:
    """Can others check it, whoever brings it?"""
    return (
        got.type in _PASSED_ON
        and len(got.body) <= MAX_BYTES
        and ("signature" in got.document or "proof" in got.document)
    )


async def answered_here(tx: Tx, got: Received) -> int | None:
    """The local author whose open post the activity's object answers; asked before it is applied
    for a Delete, and after it for the others."""
    post = await tx.one(post_by_uri, uri=first_id(got.object) or "")
    if post is None or post.local or post.author_id != got.signer.id:
        return None
    if post.visibility > Visibility.UNLISTED:
        return None
    return await _local_author(tx, post)


async def pass_on(tx: Tx, server: Server, got: Received, author_id: int) -> None:
    """To the servers of the author's followers, but not back to where it came from."""
    await server.tell(
        tx, Passed(actor_id=author_id, from_host=got.signer.host, body=got.body.decode())
    )


async def _local_author(tx: Tx, post: Post) -> int | None:
    parent = await tx.one(post_by_id, id=post.in_reply_to_id)
    if parent is None or not parent.local or parent.local_only:
        return None
    if parent.visibility > Visibility.UNLISTED:
        return None
    author = await tx.one(actor_by_id, id=parent.author_id)
    return author.id if author is not None and author.stands else None
