"""The statements behind quotes."""

from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, insert, literal_column, select, update

from weft.domain.posts.queries import POST_COLUMNS, shown, with_targets
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.posts import post, quote
from weft.storage.statements import any_of, query


class Quote(Struct, frozen=True):
    """What a post says that it quotes, and where the leave to do so is."""

    post_id: int
    target_uri: str
    stamp_uri: str | None
    request_uri: str | None


_COLUMNS = [quote.c[name] for name in Quote.__struct_fields__]


@query(row=Quote, bounded=True)
def quotes_by_posts() -> Select:
    return select(*_COLUMNS).where(any_of(quote.c.post_id, "ids"))


@query(row=Quote, bounded=True)
def quote_by_stamp() -> Select:
    return select(*_COLUMNS).where(quote.c.stamp_uri == bindparam("stamp_uri"))


@query(row=Quote, bounded=True)
def quotes_waiting_for() -> Select:
    """Quotes of a post that was not known here when they came."""
    return (
        select(*_COLUMNS)
        .join(post, post.c.id == quote.c.post_id)
        .where(quote.c.target_uri == bindparam("target_uri"), post.c.quote_of_id.is_(None))
        .order_by(quote.c.post_id)
        .limit(bindparam("limit"))
    )


@query(row=Post, bounded=True)
def quoting_posts(*, who: ViewerKind, newer: bool = False) -> Select:
    """Posts that quote ``:target`` with leave, as far as the viewer may see them."""
    statement = (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(
            post.c.quote_of_id == bindparam("target"),
            post.c.quote_state == literal_column("1"),
            post.c.id < bindparam("max_id"),
            post.c.id > bindparam("min_id"),
            shown(who, "list"),
        )
    )
    order = post.c.id if newer else post.c.id.desc()
    return statement.order_by(order).limit(bindparam("limit"))


@query(bounded=True)
def some_quoting() -> Select:
    """Some posts that quote ``:target``, whatever became of the quote."""
    return (
        select(post.c.id)
        .where(post.c.quote_of_id == bindparam("target"))
        .order_by(post.c.id)
        .limit(bindparam("limit"))
    )


@query()
def insert_quote() -> Insert:
    return insert(quote).values({name: bindparam(name) for name in Quote.__struct_fields__})


@query()
def set_stamp() -> Update:
    return (
        update(quote)
        .where(quote.c.post_id == bindparam("of_post"))
        .values(stamp_uri=bindparam("stamp_uri"))
    )


@query()
def set_quote_state() -> Update:
    """What became of a quote; the revision moves, so that kept renderings are made anew."""
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"))
        .values(
            quote_state=bindparam("state"),
            quote_of_id=bindparam("target_id"),
            revision=post.c.revision + 1,
        )
    )
