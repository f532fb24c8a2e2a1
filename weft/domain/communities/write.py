"""Threads and comments: posts whose audience is a community."""

from weft.domain.communities.create import CommunityRefused
from weft.domain.communities.keep import banned_from, closed_to, is_closed
from weft.domain.posts.publish import Published, publish
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import AudienceRole, Mention, NewPost, PostKind, ReplyTo
from weft.domain.posts.written import write_html
from weft.domain.server import Server
from weft.storage.database import Tx


async def post_thread(
    tx: Tx,
    server: Server,
    *,
    author_id: int,
    community_id: int,
    title: str,
    text: str = "",
    link: str | None = None,
) -> Published:
    """Start a thread; ``text`` is plain.

    Raises:
        CommunityRefused: its author may not, with a sentence.
    """
    await _admit(tx, server, author_id, community_id)
    if await tx.all(closed_to, ids=[community_id], actor_id=author_id):
        raise CommunityRefused("Only moderators begin threads in this community.")
    return await publish(
        tx,
        server,
        NewPost(
            author_id=author_id,
            kind=PostKind.LINK if link else PostKind.THREAD,
            title=title,
            content=write_html(server, text, {}).html,
            source=text or None,
            source_format="text/plain",
            link_url=link,
            audience=(Mention(community_id, AudienceRole.COMMUNITY),),
        ),
    )


async def comment(
    tx: Tx, server: Server, *, author_id: int, community_id: int, parent_id: int, text: str
) -> Published:
    """Answer a thread or a comment of the same community.

    Raises:
        LookupError: the parent is gone.
        CommunityRefused: its author may not, with a sentence.
    """
    parent = await tx.one(post_by_id, id=parent_id)
    if parent is None:
        raise LookupError("the post that is answered is not here any more")
    await _admit(tx, server, author_id, community_id)
    if await is_closed(tx, parent, author_id):
        raise CommunityRefused("The thread is locked: only its moderators can answer.")
    return await publish(
        tx,
        server,
        NewPost(
            author_id=author_id,
            kind=PostKind.COMMENT,
            content=write_html(server, text, {}).html,
            source=text,
            source_format="text/plain",
            reply_to=ReplyTo(
                uri=parent.uri, id=parent.id, author_id=parent.author_id, root_id=parent.root_id
            ),
            audience=(Mention(community_id, AudienceRole.COMMUNITY),),
        ),
    )


async def _admit(tx: Tx, server: Server, author_id: int, community_id: int) -> None:
    ban = await banned_from(tx, server, author_id, [community_id])
    if ban is not None:
        reason = f": {ban.reason}" if ban.reason else "."
        raise CommunityRefused(f"The moderators of this community have banned you{reason}")
