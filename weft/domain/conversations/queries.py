"""Reading conversations: a thread of direct posts, as one of its people has it before them."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, select

from weft.domain.posts.queries import POST_COLUMNS
from weft.domain.posts.records import Post
from weft.domain.visibility.predicate import visible
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post
from weft.storage.schema.timelines import conversation, conversation_post
from weft.storage.statements import query


class Conversation(Struct, frozen=True):
    id: int
    root_id: int
    people: str
    """Ids of the others, sorted, with commas between."""
    last_post_id: int | None
    unread: bool

    @property
    def others(self) -> list[int]:
        return [int(each) for each in self.people.split(",") if each]


COLUMNS = [conversation.c[name] for name in Conversation.__struct_fields__]


@query(row=Conversation, bounded=True)
def conversation_page(*, newer: bool = False) -> Select:
    """Conversations of ``:viewer``, whose last post is the newest first; the bounds are ids of last
    posts. Left out while the last post is by somebody whom the viewer does not want to read."""
    last = conversation.c.last_post_id
    return (
        select(*COLUMNS)
        .join(post, post.c.id == last)
        .join(actor, actor.c.id == post.c.author_id)
        .where(
            conversation.c.owner_id == bindparam("viewer"),
            last < bindparam("max_id"),
            last > bindparam("min_id"),
            visible(post, actor, who="local", purpose="list"),
        )
        .order_by(last if newer else last.desc())
        .limit(bindparam("limit"))
    )


@query(row=Conversation, bounded=True)
def conversation_by_id() -> Select:
    return select(*COLUMNS).where(
        conversation.c.id == bindparam("id"), conversation.c.owner_id == bindparam("owner")
    )


@query(row=Post)
def direct_page(*, newer: bool = False) -> Select:
    """All posts of ``:viewer``'s conversations, as one timeline."""
    me: Any = bindparam("viewer")
    rows = (
        conversation.join(
            conversation_post, conversation_post.c.conversation_id == conversation.c.id
        )
        .join(post, post.c.id == conversation_post.c.post_id)
        .join(actor, actor.c.id == post.c.author_id)
    )
    entry = conversation_post.c.post_id
    return (
        select(*POST_COLUMNS)
        .select_from(rows)
        .where(
            conversation.c.owner_id == me,
            conversation.c.last_post_id > bindparam("min_id"),
            entry < bindparam("max_id"),
            entry > bindparam("min_id"),
            visible(post, actor, who="local", purpose="list"),
        )
        .order_by(entry if newer else entry.desc())
        .limit(bindparam("limit"))
    )
