"""The facts of the rule for many viewers at once: a few statements for an event, however many listen.

``Among`` knows what lies between some authors and some people of this server, and asks ``can_see``.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from weft.domain.visibility.evaluator import PostFacts, Relation, can_see
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.standing import limited, stands
from weft.domain.visibility.viewer import Local, Purpose, Visibility
from weft.storage.database import Database
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post_audience
from weft.storage.schema.relations import block, follow, host_block, mute
from weft.storage.statements import any_of, query

FOLLOWS, FOLLOWS_BOOSTS, FOLLOWED, BLOCKED, BLOCKS, MUTES, BLOCKS_HOST, NAMED = range(8)


class LinkRow(Struct, frozen=True):
    """One link of ``kind``; ``subject`` is an author, for NAMED a post."""

    kind: int
    subject: int
    viewer: int


class StandingRow(Struct, frozen=True):
    actor_id: int
    """Of an author in good standing."""
    heard: bool
    """No operator has limited them."""


@query(row=LinkRow)
def links_among() -> Select:
    """What lies between ``:authors`` (and ``:posts``) and ``:viewers``."""

    def kind(number: int) -> ColumnElement[int]:
        return literal_column(str(number)).label("kind")

    follows = and_(
        any_of(follow.c.target_id, "authors"),
        any_of(follow.c.follower_id, "viewers"),
        follow.c.state == ACCEPTED,
    )
    each = union_all(
        select(
            kind(FOLLOWS), follow.c.target_id.label("subject"), follow.c.follower_id.label("viewer")
        ).where(follows),
        select(kind(FOLLOWS_BOOSTS), follow.c.target_id, follow.c.follower_id).where(
            follows, follow.c.shows_boosts
        ),
        select(kind(FOLLOWED), follow.c.follower_id, follow.c.target_id).where(
            any_of(follow.c.follower_id, "authors"),
            any_of(follow.c.target_id, "viewers"),
            follow.c.state == ACCEPTED,
        ),
        select(kind(BLOCKED), block.c.actor_id, block.c.target_id).where(
            any_of(block.c.actor_id, "authors"), any_of(block.c.target_id, "viewers")
        ),
        select(kind(BLOCKS), block.c.target_id, block.c.actor_id).where(
            any_of(block.c.target_id, "authors"), any_of(block.c.actor_id, "viewers")
        ),
        select(kind(MUTES), mute.c.target_id, mute.c.actor_id).where(
            any_of(mute.c.target_id, "authors"),
            any_of(mute.c.actor_id, "viewers"),
            or_(mute.c.expires_at.is_(None), mute.c.expires_at > bindparam("now")),
        ),
        select(kind(BLOCKS_HOST), actor.c.id, host_block.c.actor_id)
        .join(actor, actor.c.host == host_block.c.host)
        .where(any_of(actor.c.id, "authors"), any_of(host_block.c.actor_id, "viewers")),
        select(kind(NAMED), post_audience.c.post_id, post_audience.c.actor_id).where(
            any_of(post_audience.c.post_id, "posts"), any_of(post_audience.c.actor_id, "viewers")
        ),
    ).subquery()
    return select(each.c.kind, each.c.subject, each.c.viewer)


@query(row=StandingRow, bounded=True)
def standing_among() -> Select:
    """Those of ``:ids`` that are in good standing."""
    return select(actor.c.id, not_(limited(actor))).where(any_of(actor.c.id, "ids"), stands(actor))


class Shown(Struct, frozen=True):
    """What the rule needs to know of one post."""

    post_id: int
    author_id: int
    visibility: int
    local_only: bool


class Among:
    """Some authors and posts, and some people of this server."""

    __slots__ = ("_links", "_standing")

    def __init__(self, links: Sequence[frozenset[tuple[int, int]]], standing: dict[int, bool]):
        self._links, self._standing = links, standing

    def has(self, kind: int, subject: int, viewer: int) -> bool:
        return (subject, viewer) in self._links[kind]

    def is_heard(self, author_id: int) -> bool:
        """False for who is limited by an operator."""
        return self._standing.get(author_id, False)

    def can_see(self, viewer: int, post: Shown, *, purpose: Purpose) -> bool:
        """The rule, for one post and one person."""
        author = post.author_id
        pair = (author, viewer)
        links = self._links
        relation = Relation(
            follows=pair in links[FOLLOWS],
            named=(post.post_id, viewer) in links[NAMED],
            blocked_by=pair in links[BLOCKED],
            hides=pair in links[BLOCKS] or pair in links[MUTES] or pair in links[BLOCKS_HOST],
        )
        facts = PostFacts(
            author,
            Visibility(post.visibility),
            post.local_only,
            author_stands=author in self._standing,
        )
        return can_see(Local(viewer), facts, relation, purpose=purpose)


async def load_among(
    db: Database,
    now_ms: int,
    authors: Iterable[int],
    posts: Iterable[int],
    viewers: Collection[int],
    named: Iterable[tuple[int, int]] = (),
) -> Among:
    """Two statements. ``named``: what is known of a post that is gone, as (post, person)."""
    ids = list(set(authors))
    rows = await db.all(
        links_among, authors=ids, posts=list(set(posts)), viewers=list(viewers), now=now_ms
    )
    links: list[set[tuple[int, int]]] = [set() for _ in range(8)]
    for row in rows:
        links[row.kind].add((row.subject, row.viewer))
    links[NAMED].update(named)
    standing = {row.actor_id: bool(row.heard) for row in await db.all(standing_among, ids=ids)}
    return Among([frozenset(each) for each in links], standing)
