"""Boosting: passing a post on to one's own followers."""

from weft.domain.posts.compose import visible_post
from weft.domain.posts.records import NewPost, Post, PostKind
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Database


class BoostRefused(Exception):
    """The sentence is for the person who boosts."""


async def compose_boost(
    db: Database,
    server: Server,
    *,
    actor_id: int,
    post_id: int,
    visibility: Visibility = Visibility.PUBLIC,
) -> NewPost | None:
    """A boost of a post, or of what that boosts. None if the person may not see it.

    What its author gave to followers or to named people only is not passed on; one's own
    followers-only posts may be shown to one's followers again.

    Raises:
        BoostRefused: with a sentence.
    """
    post = await visible_post(db, server, actor_id, post_id)
    if post is not None and post.boost_of_id is not None:
        post = await visible_post(db, server, actor_id, post.boost_of_id)
    if post is None:
        return None
    return NewPost(
        author_id=actor_id,
        kind=PostKind.BOOST,
        visibility=_reach(actor_id, post, visibility),
        local_only=post.local_only,
        boost_of_id=post.id,
    )


def _reach(actor_id: int, post: Post, asked: Visibility) -> Visibility:
    if asked not in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS):
        raise BoostRefused("A boost is public, unlisted or private.")
    if post.visibility <= Visibility.UNLISTED:
        return asked
    if post.visibility == Visibility.FOLLOWERS and post.author_id == actor_id:
        return Visibility.FOLLOWERS
    raise BoostRefused("This post is not for everybody: it cannot be boosted.")
