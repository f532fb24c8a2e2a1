"""Home timelines: hints, written when a post arrives.

A row (owner, post) says only "this may belong here": reading applies the follow edge or the followed
tag, the visibility rule, mutes and blocks again, so an unfollow or a block takes effect at once. Rows are
written for people of this server who were seen in the last 14 days; who returns later has the feed
rebuilt. Up to 800 are kept per owner; a job trims the rest.
"""

from sqlalchemy import Insert, bindparam, exists, insert, or_, select

from weft.domain.posts.records import NewPost
from weft.domain.tags.queries import put_for_tag_followers
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.posts import post_audience
from weft.storage.schema.relations import follow
from weft.storage.schema.tables import Big
from weft.storage.schema.timelines import home_entry
from weft.storage.statements import query

KEPT_PER_OWNER = 800
AWAY_MS = 14 * 24 * 3_600_000


@query()
def put_for_followers(*, reply: bool, boost: bool, named_only: bool) -> Insert:
    """A row for each local follower of ``:author``.

    A reply to somebody else goes only to those who also follow that one (``:answered``); a boost
    not to those who switched this author's boosts off; a direct post only to followers it names.
    """
    owner = follow.c.follower_id
    chosen = (
        select(owner, bindparam("post_id", type_=Big))
        .join(account, account.c.actor_id == owner)
        .where(
            follow.c.target_id == bindparam("author"),
            follow.c.state == ACCEPTED,
            or_(account.c.last_active_at.is_(None), account.c.last_active_at > bindparam("since")),
        )
    )
    if reply:
        other = follow.alias("other")
        chosen = chosen.where(
            or_(
                owner == bindparam("answered"),
                exists().where(
                    other.c.follower_id == owner,
                    other.c.target_id == bindparam("answered"),
                    other.c.state == ACCEPTED,
                ),
            )
        )
    if boost:
        chosen = chosen.where(follow.c.shows_boosts)
    if named_only:
        chosen = chosen.where(
            exists().where(
                post_audience.c.post_id == bindparam("post_id"), post_audience.c.actor_id == owner
            )
        )
    return insert(home_entry).from_select(["owner_id", "post_id"], chosen)


@query()
def put_for_owner() -> Insert:
    """The author's own row, if the author is a person of this server."""
    return insert(home_entry).from_select(
        ["owner_id", "post_id"],
        select(account.c.actor_id, bindparam("post_id", type_=Big)).where(
            account.c.actor_id == bindparam("author")
        ),
    )


async def put_into_homes(tx: Tx, new: NewPost, post_id: int, now: int) -> None:
    """Write the rows of one new post."""
    if new.uri is None:
        await tx.run(put_for_owner, post_id=post_id, author=new.author_id)
    answered = new.reply_to.author_id if new.reply_to else None
    to_other = new.reply_to is not None and answered != new.author_id
    params: dict[str, int] = {
        "post_id": post_id,
        "author": new.author_id,
        "since": now - AWAY_MS,
    }
    if to_other:
        # An unknown parent is answered by nobody that one could follow.
        params["answered"] = answered or 0
    await tx.run(
        put_for_followers,
        reply=to_other,
        boost=new.boost_of_id is not None,
        named_only=new.visibility >= Visibility.DIRECT,
        **params,
    )
    if new.tags and new.visibility == Visibility.PUBLIC and new.boost_of_id is None:
        await tx.run(put_for_tag_followers, post_id=post_id, since=params["since"])
