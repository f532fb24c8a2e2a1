"""The statements behind trends: public posts of people who agreed to be found, of the last days."""

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, func, or_, select

from weft.domain.cards.card import Card, CardState
from weft.domain.tags.queries import PUBLIC, TagRow, UsesRow
from weft.domain.visibility.predicate import found_by_all
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import card, post, post_card, post_stats, tag, tag_use
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, query

DAY_MS = 24 * 3_600_000


class PostHeat(Struct, frozen=True):
    """How often a post was liked and boosted, as this server knows."""

    id: int
    author_id: int
    published_at: int
    likes: int
    boosts: int


def _in_public() -> ColumnElement[bool]:
    return and_(post.c.visibility == PUBLIC, post.c.boost_of_id.is_(None))


def _of_the_agreed() -> ColumnElement[bool]:
    return and_(actor.c.discoverable, found_by_all(actor))


def _recent() -> Subquery:
    """The newest ``:most`` public posts, none older than ``:since_id``."""
    return (
        select(post.c.id)
        .where(_in_public(), post.c.id > bindparam("since_id"))
        .order_by(post.c.id.desc())
        .limit(bindparam("most"))
        .subquery("recent")
    )


@query(row=TagRow)
def warm_tags() -> Select:
    """Tags that at least ``:people`` people used since ``:first_day``, most people first."""
    people = func.count(tag_use.c.actor_id.distinct())
    return (
        select(tag.c.id, tag.c.name, tag.c.display)
        .select_from(
            tag_use.join(tag, tag.c.id == tag_use.c.tag_id).join(
                actor, actor.c.id == tag_use.c.actor_id
            )
        )
        .where(tag_use.c.day >= bindparam("first_day"), _of_the_agreed())
        .group_by(tag.c.id, tag.c.name, tag.c.display)
        .having(people >= bindparam("people"))
        .order_by(people.desc(), func.sum(tag_use.c.uses).desc(), tag.c.id)
        .limit(bindparam("limit"))
    )


@query(row=PostHeat)
def warm_posts() -> Select:
    """Posts that were liked and boosted ``:least`` times or more, the most often first. None that
    hides behind a warning, answers somebody else or stays on this server."""
    recent = _recent()
    heat: Any = post_stats.c.likes + post_stats.c.boosts
    return (
        select(
            post.c.id,
            post.c.author_id,
            post.c.published_at,
            post_stats.c.likes,
            post_stats.c.boosts,
        )
        .select_from(
            recent.join(post, post.c.id == recent.c.id)
            .join(post_stats, post_stats.c.post_id == post.c.id)
            .join(actor, actor.c.id == post.c.author_id)
        )
        .where(
            heat >= bindparam("least"),
            ~post.c.sensitive,
            ~post.c.local_only,
            or_(post.c.summary.is_(None), post.c.summary == ""),
            or_(post.c.in_reply_to_uri.is_(None), post.c.in_reply_to_author_id == post.c.author_id),
            _of_the_agreed(),
        )
        .order_by(heat.desc(), post.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Card)
def warm_cards() -> Select:
    """Pages that at least ``:people`` people linked to, most people first."""
    recent = _recent()
    people = func.count(post.c.author_id.distinct())
    columns = [card.c[name] for name in Card.__struct_fields__]
    return (
        select(*columns)
        .select_from(
            recent.join(post, post.c.id == recent.c.id)
            .join(post_card, post_card.c.post_id == post.c.id)
            .join(card, card.c.id == post_card.c.card_id)
            .join(actor, actor.c.id == post.c.author_id)
        )
        .where(
            card.c.state == int(CardState.FETCHED),
            card.c.title != "",
            ~post.c.sensitive,
            _of_the_agreed(),
        )
        .group_by(*columns)
        .having(people >= bindparam("people"))
        .order_by(people.desc(), card.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=UsesRow)
def uses_of_cards() -> Select:
    """How often pages (``:ids``) were linked to by day, from ``:since`` (milliseconds) on; the
    rows' ``tag_id`` is the card's id."""
    day: Any = (post.c.published_at // bindparam("day_ms", type_=Big)).label("day")
    counted = (
        select(post_card.c.card_id.label("card_id"), day, post.c.author_id.label("author_id"))
        .join(post, post.c.id == post_card.c.post_id)
        .where(
            any_of(post_card.c.card_id, "ids"),
            _in_public(),
            post.c.published_at >= bindparam("since"),
        )
        .subquery("counted")
    )
    return select(
        counted.c.card_id, counted.c.day, func.count(), func.count(counted.c.author_id.distinct())
    ).group_by(counted.c.card_id, counted.c.day)
