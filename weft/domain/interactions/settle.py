"""The author's answer: what waited goes out to everybody, or is taken away; and leave that is taken back."""

from weft.domain.events import Boosted, PostPublished, Reacted
from weft.domain.interactions.queries import save_answer, set_reach
from weft.domain.interactions.records import InteractionLeave, LeaveState
from weft.domain.news import PostCame, PostChanged
from weft.domain.posts.delete import delete, unboost
from weft.domain.posts.queries import post_by_id, tags_of
from weft.domain.posts.records import NewPost, Post, ReplyTo, Tag
from weft.domain.reactions.react import ReactionKind, reaction_by_id, unreact
from weft.domain.search.index import index_posts
from weft.domain.server import Server
from weft.domain.tags.uses import note_uses
from weft.domain.timelines.home import put_into_homes
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


async def allow(
    tx: Tx, server: Server, leave: InteractionLeave, *, stamp: str | None, accept: str | None
) -> bool:
    """The author says that it may be; also after a refusal. False if it is said already, or gone."""
    if leave.state == LeaveState.ACCEPTED:
        return False
    await _save(tx, leave, LeaveState.ACCEPTED, stamp, accept)
    if leave.reaction_id is not None:
        liked = await tx.one(reaction_by_id, id=leave.reaction_id)
        if liked is None:
            return False
        told = Reacted(reaction_id=liked.id, actor_id=liked.actor_id, post_id=liked.post_id)
        await server.tell(tx, told)
        return True
    post = await tx.one(post_by_id, id=leave.post_id)
    if post is None or not post.local:
        return False
    await _publish(tx, server, post, Visibility(leave.visibility))
    return True


async def _publish(tx: Tx, server: Server, post: Post, reach: Visibility) -> None:
    """What ``publish`` put off."""
    now = server.now_ms()
    if reach != post.visibility:
        await tx.run(set_reach, of_post=post.id, reach=reach)
        tags = tuple(Tag(row.name, row.display) for row in await tx.all(tags_of, ids=[post.id]))
        reply = None
        if post.in_reply_to_uri is not None:
            reply = ReplyTo(uri=post.in_reply_to_uri, author_id=post.in_reply_to_author_id)
        # ``uri``: the author has it in their timeline since they wrote it.
        like_new = NewPost(
            author_id=post.author_id, visibility=reach, boost_of_id=post.boost_of_id, tags=tags,
            reply_to=reply, uri=post.uri,
        )  # fmt: skip
        await put_into_homes(tx, like_new, post.id, now)
        if post.boost_of_id is None:
            await index_posts(tx, [post.id])
            if tags and reach == Visibility.PUBLIC:
                await note_uses(tx, post.author_id, post.id, post.published_at, now)
        tx.say(PostCame(post.id))
    if post.boost_of_id is not None:
        await server.tell(tx, Boosted(post_id=post.id, target_id=post.boost_of_id))
    else:
        await server.tell(tx, PostPublished(post_id=post.id))


async def refuse(tx: Tx, server: Server, leave: InteractionLeave) -> bool:
    """The author says no, or takes back what they allowed. Likes and boosts go; an answer of ours is
    left to its author alone, who sees what became of it; another server's goes. False if it is gone."""
    allowed = leave.state == LeaveState.ACCEPTED
    if leave.reaction_id is not None:
        liked = await tx.one(reaction_by_id, id=leave.reaction_id)
        return liked is not None and await unreact(
            tx, server, actor_id=liked.actor_id, post_id=liked.post_id,
            kind=ReactionKind(liked.kind), value=liked.value, local=False,
        )  # fmt: skip
    post = await tx.one(post_by_id, id=leave.post_id)
    if post is None:
        return False
    if post.boost_of_id is not None:
        # Who was told of it, is told that it is taken back.
        return await unboost(tx, server, post.author_id, post.boost_of_id, silently=not allowed)
    if not post.local:
        return await delete(tx, server, post.id)
    await _save(tx, leave, LeaveState.REJECTED, None, None)
    if post.visibility < Visibility.DIRECT:
        await tx.run(set_reach, of_post=post.id, reach=Visibility.LIMITED)
        await index_posts(tx, [post.id])
    tx.say(PostChanged(post.id))
    return True


async def _save(
    tx: Tx, leave: InteractionLeave, state: LeaveState, stamp: str | None, accept: str | None
) -> None:
    await tx.run(save_answer, of_leave=leave.id, state=state, stamp=stamp, accept=accept)
