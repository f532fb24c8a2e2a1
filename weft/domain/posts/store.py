"""The statements that write posts."""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from weft.domain.posts.records import NewPoll, Post
from weft.domain.visibility.predicate import ACCEPTED
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor_stats
from weft.storage.schema.federation import object_
from weft.storage.schema.posts import (
    poll,
    poll_option,
    poll_vote,
    post,
    post_attachment,
    post_audience,
    post_edit,
    post_stats,
    post_tag,
    quote,
    tag,
)
from weft.storage.schema.relations import follow
from weft.storage.statements import any_of, insert_or_ignore, query, upsert

_INSERTED = [name for name in Post.__struct_fields__ if name not in {"revision", "edited_at"}]


@query()
def insert_post() -> Insert:
    return insert(post).values({name: bindparam(name) for name in (*_INSERTED, "sanitiser")})


@query()
def insert_post_stats() -> Insert:
    return insert(post_stats).values(post_id=bindparam("post_id"), active_at=bindparam("now"))


@query()
def insert_audience() -> Insert:
    return insert_or_ignore(post_audience, "post_id", "actor_id", "role")


@query()
def insert_tag() -> Insert:
    return insert_or_ignore(tag, "id", "name", "display", "created_at")


@query()
def insert_post_tag() -> Insert:
    return insert(post_tag).from_select(
        ["tag_id", "post_id"],
        select(tag.c.id, bindparam("of_post", type_=post.c.id.type)).where(
            tag.c.name == bindparam("name")
        ),
    )


@query()
def delete_tags() -> Delete:
    return delete(post_tag).where(post_tag.c.post_id == bindparam("of_post"))


@query()
def insert_attachment() -> Insert:
    return insert(post_attachment).values(
        post_id=bindparam("post_id"), position=bindparam("position"), media_id=bindparam("media_id")
    )


@query()
def delete_attachments() -> Delete:
    return delete(post_attachment).where(post_attachment.c.post_id == bindparam("of_post"))


@query()
def insert_poll() -> Insert:
    return insert(poll).values(
        {name: bindparam(name) for name in ("post_id", "multiple", "hide_totals", "ends_at")}
    )


@query()
def insert_poll_option() -> Insert:
    return insert(poll_option).values(
        post_id=bindparam("post_id"), position=bindparam("position"), title=bindparam("title")
    )


async def put_poll(tx: Tx, post_id: int, new: NewPoll) -> None:
    await tx.run(
        insert_poll,
        post_id=post_id,
        multiple=new.multiple,
        hide_totals=new.hide_totals,
        ends_at=new.ends_at,
    )
    for position, title in enumerate(new.options):
        await tx.run(insert_poll_option, post_id=post_id, position=position, title=title)


@query()
def delete_poll() -> Delete:
    return delete(poll).where(poll.c.post_id == bindparam("of_post"))


@query()
def delete_poll_options() -> Delete:
    return delete(poll_option).where(poll_option.c.post_id == bindparam("of_post"))


@query()
def delete_votes() -> Delete:
    return delete(poll_vote).where(poll_vote.c.post_id == bindparam("of_post"))


def _moved(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    """The counter plus ``:name``, never below nought."""
    moved = column + bindparam(name)
    return case((moved < 0, 0), else_=moved)


@query()
def add_to_stats() -> Update:
    """Adds to a post's own counters; a delta may be negative, no counter falls below nought."""
    names = ("replies", "boosts", "likes", "dislikes", "reactions", "quotes")
    return (
        update(post_stats)
        .where(post_stats.c.post_id == bindparam("of_post"))
        .values({name: _moved(post_stats.c[name], f"more_{name}") for name in names})
    )


@query()
def add_to_author() -> Update:
    """Counts posts of an author; ``:last_post_at`` only moves forward."""
    later = case(
        (
            func.coalesce(actor_stats.c.last_post_at, 0) < bindparam("last_post_at"),
            bindparam("last_post_at"),
        ),
        else_=actor_stats.c.last_post_at,
    )
    return (
        update(actor_stats)
        .where(actor_stats.c.actor_id == bindparam("of_actor"))
        .values(posts=_moved(actor_stats.c.posts, "more_posts"), last_post_at=later)
    )


@query()
def insert_edit() -> Insert:
    """Keeps a post as it was, before it is edited. Does nothing for a revision already kept."""
    names = ("title", "summary", "sensitive", "content", "source")
    return insert(post_edit).from_select(
        ["post_id", "revision", *names, "created_at"],
        select(
            post.c.id,
            post.c.revision,
            *[post.c[name] for name in names],
            func.coalesce(post.c.edited_at, post.c.published_at),
        ).where(post.c.id == bindparam("of_post")),
    )


@query()
def narrow_post() -> Update:
    """Who a post is for becomes fewer."""
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"))
        .values(visibility=bindparam("reach"), revision=post.c.revision + 1)
    )


@query()
def update_post() -> Update:
    names = (
        "kind", "title", "summary", "sensitive", "content", "sanitiser", "source",
        "source_format", "language", "link_url", "facets", "edited_at",
    )  # fmt: skip
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"))
        .values({name: bindparam(name) for name in names} | {"revision": post.c.revision + 1})
    )


@query()
def delete_post() -> Delete:
    """What hangs on it goes with it."""
    return delete(post).where(post.c.id == bindparam("of_post"))


@query()
def bury_object() -> Insert:
    """Remembers that an IRI is gone, whether or not it was ever known."""
    return upsert(object_, key=["uri"], values=["uri", "kind", "deleted_at"], update=["deleted_at"])


@query()
def forget_parent() -> Update:
    """Replies of a deleted post keep its IRI, not its id."""
    return (
        update(post)
        .where(post.c.in_reply_to_id == bindparam("of_post"))
        .values(in_reply_to_id=None)
    )


@query()
def adopt_orphans() -> Update:
    """Links replies that came before their parent; returns their ids."""
    return (
        update(post)
        .where(
            post.c.in_reply_to_uri == bindparam("parent_uri"),
            post.c.in_reply_to_id.is_(None),
            post.c.in_reply_to_uri.is_not(None),
        )
        .values(
            in_reply_to_id=bindparam("parent_id"), in_reply_to_author_id=bindparam("parent_author")
        )
        .returning(post.c.id)
    )


class Ahead(Struct, frozen=True):
    """What is here of a post before it is stored; all nought for one that nothing waits for."""

    known: int
    """1 if its IRI stands for something here already."""
    replies: int
    """1 if one is here that came before it."""
    quotes: int
    followed: int
    """1 if a person of this server follows its author."""
    asked: int
    """1 if one of them wants to be told of each post."""


@query(row=Ahead, bounded=True)
def ahead_of() -> Select:
    """Everything in one look, because it is asked for each post that comes: of ``:uri`` by ``:author``."""
    uri: Any = bindparam("uri")
    replies = exists().where(
        post.c.in_reply_to_uri == uri,
        post.c.in_reply_to_id.is_(None),
        post.c.in_reply_to_uri.is_not(None),
    )
    followers = exists().where(
        follow.c.target_id == bindparam("author"),
        follow.c.state == ACCEPTED,
        account.c.actor_id == follow.c.follower_id,
    )
    one: Any = literal_column("1")
    none: Any = literal_column("0")
    return select(
        *(
            case((each, one), else_=none)
            for each in (
                exists().where(object_.c.uri == uri),
                replies,
                exists().where(quote.c.target_uri == uri),
                followers,
                followers.where(follow.c.notifies),
            )
        )
    )


@query()
def move_threads() -> Update:
    """Everything under ``:roots`` now belongs to the thread of ``:new_root``."""
    return update(post).where(any_of(post.c.root_id, "roots")).values(root_id=bindparam("new_root"))


def stats_delta(
    *,
    replies: int = 0,
    boosts: int = 0,
    likes: int = 0,
    dislikes: int = 0,
    reactions: int = 0,
    quotes: int = 0,
) -> dict[str, int]:
    """The parameters of ``add_to_stats``."""
    return {
        "more_replies": replies,
        "more_boosts": boosts,
        "more_likes": likes,
        "more_dislikes": dislikes,
        "more_reactions": reactions,
        "more_quotes": quotes,
    }
