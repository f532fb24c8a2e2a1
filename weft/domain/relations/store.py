"""The statements that write edges between actors."""

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Update,
    bindparam,
    case,
    delete,
    exists,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from weft.domain.relations.queries import Follow
from weft.domain.visibility.viewer import Visibility
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor_stats
from weft.storage.schema.posts import post
from weft.storage.schema.relations import block, follow, host_block, mute
from weft.storage.schema.timelines import home_entry
from weft.storage.statements import insert_or_ignore, query, upsert


@query()
def insert_follow() -> Insert:
    return insert(follow).values({name: bindparam(name) for name in Follow.__struct_fields__})


@query()
def update_follow() -> Update:
    return (
        update(follow)
        .where(follow.c.id == bindparam("of_follow"))
        .values(
            state=bindparam("state"),
            uri=bindparam("uri"),
            shows_boosts=bindparam("shows_boosts"),
            notifies=bindparam("notifies"),
            languages=bindparam("languages"),
            accepted_at=bindparam("accepted_at"),
        )
    )


@query()
def delete_follow() -> Delete:
    return delete(follow).where(follow.c.id == bindparam("of_follow"))


def _moved(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    moved = column + bindparam(name)
    return case((moved < 0, 0), else_=moved)


@query()
def count_edges() -> Update:
    """Adds to an actor's followers and following; neither falls below nought."""
    return (
        update(actor_stats)
        .where(actor_stats.c.actor_id == bindparam("of_actor"))
        .values(
            followers=_moved(actor_stats.c.followers, "more_followers"),
            following=_moved(actor_stats.c.following, "more_following"),
        )
    )


@query()
def sweep_home() -> Delete:
    """Takes an author's posts, and boosts of them, out of ``:owner``'s home timeline."""
    boosted = post.alias("boosted")
    return delete(home_entry).where(
        home_entry.c.owner_id == bindparam("owner"),
        exists().where(
            post.c.id == home_entry.c.post_id,
            or_(
                post.c.author_id == bindparam("author"),
                exists().where(
                    boosted.c.id == post.c.boost_of_id, boosted.c.author_id == bindparam("author")
                ),
            ),
        ),
    )


@query()
def fill_home() -> Insert:
    """Puts an author's newest posts into the home timeline of who just followed them."""
    newest = (
        select(bindparam("owner", type_=post.c.id.type), post.c.id)
        .where(
            post.c.author_id == bindparam("author"),
            # Letters to others would take the places of what the owner may read.
            post.c.visibility < literal_column(str(int(Visibility.DIRECT))),
            exists().where(account.c.actor_id == bindparam("owner")),
        )
        .order_by(post.c.id.desc())
        .limit(bindparam("limit"))
    )
    return insert_or_ignore(home_entry, "owner_id", "post_id", rows=newest)


@query()
def insert_block() -> Insert:
    return insert(block).values(
        {name: bindparam(name) for name in ("id", "actor_id", "target_id", "uri", "created_at")}
    )


@query()
def delete_block() -> Delete:
    return delete(block).where(
        block.c.actor_id == bindparam("of_actor"), block.c.target_id == bindparam("of_target")
    )


@query()
def save_mute() -> Insert:
    return upsert(
        mute,
        key=["actor_id", "target_id"],
        values=["id", "actor_id", "target_id", "hides_notifications", "created_at", "expires_at"],
        update=["hides_notifications", "expires_at"],
    )


@query()
def delete_mute() -> Delete:
    return delete(mute).where(
        mute.c.actor_id == bindparam("of_actor"), mute.c.target_id == bindparam("of_target")
    )


@query()
def insert_host_block() -> Insert:
    return insert_or_ignore(host_block, "id", "actor_id", "host", "created_at")


@query()
def delete_host_block() -> Delete:
    return delete(host_block).where(
        host_block.c.actor_id == bindparam("of_actor"), host_block.c.host == bindparam("of_host")
    )
