"""Recording what the world must hear: one activity row, one delivery row per destination.

Runs inside the transaction of the use case that tells, so that a crash loses neither the fact nor
the word of it. Destinations are found in SQL, shared inboxes folded: a post to a thousand followers
is three statements.

Who hears (design section 6; Mastodon's addressing, A4): followers for public, unlisted and
followers-only posts; everybody a post names; the author of what is boosted, liked or followed.
Direct posts go to personal inboxes, the rest to shared ones.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Insert,
    Select,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    union,
)

from weft.domain.communities.keep import places_of
from weft.domain.events import (
    ActorDeleted,
    ActorMoved,
    Announced,
    Blocked,
    BlockUndone,
    Boosted,
    BoostUndone,
    CollectionChanged,
    CollectionMade,
    CollectionRemoved,
    Event,
    FeatureAnswered,
    FeatureRequested,
    FeatureRevoked,
    FollowAnswered,
    FollowRequested,
    FollowUndone,
    InteractionAllowed,
    JoinAnswered,
    JoinAsked,
    JoinUndone,
    LeaveAsked,
    Moderated,
    Passed,
    PersonFeatured,
    PersonUnfeatured,
    Pinned,
    PostDeleted,
    PostEdited,
    PostPublished,
    ProfileChanged,
    QuoteAnswered,
    QuoteRequested,
    QuoteRevoked,
    Reacted,
    ReactionUndone,
    RelayAsked,
    Relayed,
    RelayLeft,
    Reported,
    TagFeatured,
    VoteCast,
)
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post
from weft.domain.relays.records import announcer
from weft.domain.server import now_ms
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.standing import stands
from weft.domain.visibility.viewer import Visibility
from weft.federation.hosting import announce_told
from weft.federation.relay_routes import WHOEVER, deliver_to_inbox, deliver_to_relays
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection_entry
from weft.storage.schema.federation import activity, delivery, lane
from weft.storage.schema.operations import report
from weft.storage.schema.posts import poll_vote, post_audience, reaction
from weft.storage.schema.posts import post as posts
from weft.storage.schema.relations import block, follow
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, insert_or_ignore, query, upsert_rows

_encode = msgspec.json.Encoder().encode
_COLUMNS = ("activity_id", "inbox", "host", "created_at")


@query()
def insert_activity() -> Insert:
    names = ("id", "uri", "actor_id", "type", "object_id", "event", "visibility", "created_at")
    return insert(activity).values({name: bindparam(name) for name in names})


def _destinations(*, personal: bool) -> Select:
    """Where actors (joined by the caller) are reached; hosts that are away are left out."""
    inbox: ColumnElement[Any] = (
        actor.c.inbox if personal else func.coalesce(actor.c.shared_inbox, actor.c.inbox)
    )
    away = exists().where(lane.c.host == actor.c.host, lane.c.away_since_at.is_not(None))
    return (
        select(
            bindparam("activity_id", type_=Big),
            inbox,
            actor.c.host,
            bindparam("now", type_=Big),
        )
        .distinct()
        .where(
            not_(actor.c.local),
            stands(actor),
            not_(away),
        )
    )


def _into_deliveries(rows: Select, source: FromClause) -> Insert:
    return insert_or_ignore(delivery, *_COLUMNS, rows=rows.select_from(source))


@query()
def deliver_to_followers() -> Insert:
    """To the remote followers of ``:author``."""
    source = follow.join(actor, actor.c.id == follow.c.follower_id)
    rows = _destinations(personal=False).where(
        follow.c.target_id == bindparam("author"), follow.c.state == ACCEPTED
    )
    return _into_deliveries(rows, source)


@query()
def deliver_to_followers_elsewhere() -> Insert:
    """To the remote followers of ``:author`` that are not on ``:from_host``."""
    source = follow.join(actor, actor.c.id == follow.c.follower_id)
    rows = _destinations(personal=False).where(
        follow.c.target_id == bindparam("author"),
        follow.c.state == ACCEPTED,
        actor.c.host != bindparam("from_host"),
    )
    return _into_deliveries(rows, source)


@query()
def deliver_to_named(*, personal: bool) -> Insert:
    """To the remote actors that ``:post_id`` names; of a limited author only to their followers."""
    source = post_audience.join(actor, actor.c.id == post_audience.c.actor_id)
    author = actor.alias("author")
    limited = exists().where(
        posts.c.id == bindparam("post_id"),
        author.c.id == posts.c.author_id,
        author.c.silenced_at.is_not(None),
    )
    follows = exists().where(
        posts.c.id == bindparam("post_id"),
        follow.c.follower_id == actor.c.id,
        follow.c.target_id == posts.c.author_id,
        follow.c.state == ACCEPTED,
    )
    rows = _destinations(personal=personal).where(
        post_audience.c.post_id == bindparam("post_id"), or_(not_(limited), follows)
    )
    return _into_deliveries(rows, source)


@query()
def deliver_to_actors(*, personal: bool) -> Insert:
    """To ``:actor_ids``, as far as they are remote."""
    rows = _destinations(personal=personal).where(any_of(actor.c.id, "actor_ids"))
    return _into_deliveries(rows, actor)


@query()
def deliver_to_all_hosts() -> Insert:
    """To one inbox of every server that is known: for what all must hear, such as a deletion."""
    inbox = func.coalesce(actor.c.shared_inbox, actor.c.inbox)
    away = exists().where(lane.c.host == actor.c.host, lane.c.away_since_at.is_not(None))
    rows = (
        select(
            bindparam("activity_id", type_=Big),
            func.min(inbox),
            actor.c.host,
            bindparam("now", type_=Big),
        )
        .where(
            not_(actor.c.local),
            stands(actor),
            not_(away),
        )
        .group_by(actor.c.host)
    )
    return _into_deliveries(rows, actor)


@query()
def deliver_to_blockers() -> Insert:
    """To the remote actors that block ``:author``: they want to know where it has gone."""
    source = block.join(actor, actor.c.id == block.c.actor_id)
    rows = _destinations(personal=False).where(block.c.target_id == bindparam("author"))
    return _into_deliveries(rows, source)


@query()
def deliver_to_reporters() -> Insert:
    """To the remote actors that reported ``:author``: their moderators want to know."""
    source = report.join(actor, actor.c.id == report.c.reporter_id)
    rows = _destinations(personal=False).where(report.c.target_id == bindparam("author"))
    return _into_deliveries(rows, source)


@query()
def deliver_to_circle() -> Insert:
    """To the remote people who answered, boosted, quoted, liked or voted in ``:post_id``, and the
    authors of what it answers or quotes: they have it, and must hear what becomes of it."""
    near = posts.alias("near")
    itself = posts.alias("itself")
    authors = union(
        select(near.c.author_id).where(near.c.in_reply_to_id == bindparam("post_id")),
        select(near.c.author_id).where(near.c.boost_of_id == bindparam("post_id")),
        select(near.c.author_id).where(near.c.quote_of_id == bindparam("post_id")),
        select(reaction.c.actor_id).where(reaction.c.post_id == bindparam("post_id")),
        select(poll_vote.c.actor_id).where(poll_vote.c.post_id == bindparam("post_id")),
        select(near.c.author_id)
        .join(itself, or_(near.c.id == itself.c.in_reply_to_id, near.c.id == itself.c.quote_of_id))
        .where(itself.c.id == bindparam("post_id")),
    )
    rows = _destinations(personal=False).where(actor.c.id.in_(authors))
    return _into_deliveries(rows, actor)


@query()
def deliver_to_members() -> Insert:
    """To the remote people in ``:collection_id``, and those who are asked to be."""
    source = collection_entry.join(actor, actor.c.id == collection_entry.c.target_id)
    rows = _destinations(personal=False).where(
        collection_entry.c.collection_id == bindparam("collection_id"),
        collection_entry.c.target_kind == literal_column("1"),
        collection_entry.c.state <= literal_column("1"),
    )
    return _into_deliveries(rows, source)


@query()
def open_lanes() -> Insert:
    """Makes every lane of an activity due; one that backs off keeps its time."""
    hosts = (
        select(delivery.c.host, bindparam("now", type_=Big))
        .distinct()
        .where(delivery.c.activity_id == bindparam("activity_id"))
    )
    return upsert_rows(
        lane,
        key=["host"],
        columns=["host", "next_at"],
        rows=hosts,
        set_=lambda excluded: {"next_at": func.coalesce(lane.c.next_at, excluded.next_at)},
    )


@query(bounded=True)
def any_delivery() -> Select:
    """One row if an activity has anywhere to go."""
    return (
        select(literal_column("1"))
        .where(delivery.c.activity_id == bindparam("activity_id"))
        .limit(1)
    )


class Outbound:
    """What ``Server.tell`` is on a federating server."""

    def __init__(self, origin: str, wake: Callable[[], None]) -> None:
        self._origin = origin
        self._wake = wake

    async def tell(self, tx: Tx, event: Event) -> None:
        """Record an event and everywhere it must go."""
        post_id = getattr(event, "post_id", None)
        post: Post | None = None
        if post_id is not None:
            post = await tx.one(post_by_id, id=post_id)
        visibility = post.visibility if post is not None else Visibility.PUBLIC
        activity_id = tx.new_id()
        now = now_ms()
        uri = self._uri(event, activity_id, post)
        await tx.run(
            insert_activity,
            id=activity_id,
            uri=uri,
            actor_id=_actor_of(event, post),
            type=type(event).__name__,
            object_id=_object_of(event),
            event=_encode(event).decode(),
            visibility=visibility,
            created_at=now,
        )
        await _address(tx, event, post, {"activity_id": activity_id, "now": now})
        if await tx.one(any_delivery, activity_id=activity_id) is not None:
            await tx.run(open_lanes, activity_id=activity_id, now=now)
            tx.after_commit(self._wake)
        await announce_told(self.tell, tx, event, activity_id, uri)
        if isinstance(event, PostPublished) and post is not None and _is_for_relays(post):
            by = await tx.one(announcer)
            if by is not None:
                said = Relayed(post_id=post.id, actor_id=by[0], post_uri=post.uri)
                await self.tell(tx, said)

    def _uri(self, event: Event, activity_id: int, post: Post | None) -> str:
        """The id under which the activity is known; the same however often it is sent."""
        match event:
            case QuoteRequested() | FeatureRequested() | LeaveAsked() | Announced() | JoinAsked():
                return event.uri
            case RelayAsked() if not isinstance(event, RelayLeft):
                return event.uri
            case VoteCast():
                return f"{event.uri}/activity"
            case PostPublished() if post is not None:
                return f"{post.uri}/activity"
            case Boosted() if post is not None:
                return post.uri
            case FollowRequested() | Blocked():
                return f"{event.uri}#{activity_id}"
            case _:
                return f"{self._origin}/ap/activities/{activity_id}"


def _actor_of(event: Event, post: Post | None) -> int:
    match event:
        case PostDeleted() | BoostUndone():
            return event.author_id
        case FollowRequested() | FollowUndone():
            return event.follower_id
        case FollowAnswered():
            return event.target_id
        case PostPublished() | PostEdited() | Boosted():
            return post.author_id if post is not None else 0
        case _:
            return event.actor_id


def _object_of(event: Event) -> int | None:
    for name in ("post_id", "target_id", "actor_id"):
        value: int | None = getattr(event, name, None)
        if value is not None:
            return value
    return None


async def _address(tx: Tx, event: Event, post: Post | None, to: dict[str, int]) -> None:
    match event:
        case PostPublished() | PostEdited() | PostDeleted():
            if post is not None:
                await _address_post(tx, event, post, to)
        case Boosted() | BoostUndone():
            if post is None:
                return
            await tx.run(deliver_to_followers, author=post.author_id, **to)
            target = await tx.one(post_by_id, id=event.target_id)
            if target is not None:
                await tx.run(deliver_to_actors, personal=False, actor_ids=[target.author_id], **to)
        case Reacted() | ReactionUndone():
            if post is not None:
                await tx.run(deliver_to_actors, personal=True, actor_ids=[post.author_id], **to)
                places = await places_of(tx, post.id)
                if places:
                    await tx.run(deliver_to_actors, personal=False, actor_ids=places, **to)
        case FollowRequested() | FollowUndone() | Blocked() | BlockUndone():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.target_id], **to)
        case FollowAnswered():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.follower_id], **to)
        case Announced() if event.only_to:
            await tx.run(deliver_to_actors, personal=False, actor_ids=list(event.only_to), **to)
        case Announced():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
        case Moderated():
            concerned = [event.community_id, event.about_id]
            await tx.run(deliver_to_actors, personal=False, actor_ids=concerned, **to)
        case Passed():
            await tx.run(
                deliver_to_followers_elsewhere,
                author=event.actor_id,
                from_host=event.from_host,
                **to,
            )
        case ProfileChanged():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
            await tx.run(deliver_to_reporters, author=event.actor_id, **to)
            await tx.run(deliver_to_relays, to_litepub=True, author=event.actor_id, **to)
        case Pinned() | TagFeatured():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
        case ActorMoved():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
            await tx.run(deliver_to_blockers, author=event.actor_id, **to)
            await tx.run(deliver_to_relays, to_litepub=True, author=event.actor_id, **to)
        case ActorDeleted():
            await tx.run(deliver_to_all_hosts, **to)
            await tx.run(deliver_to_relays, to_litepub=True, author=WHOEVER, **to)
        case CollectionMade():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
        case CollectionChanged() | CollectionRemoved() | PersonFeatured():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
            await tx.run(deliver_to_members, collection_id=event.collection_id, **to)
        case PersonUnfeatured():
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
            await tx.run(deliver_to_actors, personal=False, actor_ids=[event.target_id], **to)
        case FeatureRequested() | LeaveAsked():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.target_id], **to)
        case JoinAsked() | JoinUndone():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.target_id], **to)
        case JoinAnswered():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.joiner_id], **to)
        case FeatureAnswered():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.owner_id], **to)
        case FeatureRevoked():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.owner_id], **to)
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
        case RelayAsked():
            await tx.run(
                deliver_to_inbox,
                activity_id=to["activity_id"],
                inbox=event.inbox,
                host=event.host,
                created_at=to["now"],
            )
        case Relayed() if post is not None:
            await tx.run(deliver_to_relays, announces=True, author=post.author_id, **to)
        case QuoteRequested():
            author = [event.target_author_id]
            await tx.run(deliver_to_actors, personal=True, actor_ids=author, **to)
        case InteractionAllowed():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.requester_id], **to)
        case QuoteAnswered():
            await tx.run(deliver_to_actors, personal=True, actor_ids=[event.quoter_id], **to)
        case QuoteRevoked():
            await tx.run(deliver_to_actors, personal=False, actor_ids=[event.quoter_id], **to)
            await tx.run(deliver_to_followers, author=event.actor_id, **to)
        case VoteCast():
            if post is not None:
                await tx.run(deliver_to_actors, personal=True, actor_ids=[post.author_id], **to)
        case Reported():
            await tx.run(deliver_to_actors, personal=False, actor_ids=[event.target_id], **to)


async def _address_post(
    tx: Tx, event: PostPublished | PostEdited | PostDeleted, post: Post, to: dict[str, int]
) -> None:
    """Followers and whom it names; for what is open to all also whoever has to do with it."""
    direct = post.visibility >= Visibility.DIRECT
    if not direct:
        await tx.run(deliver_to_followers, author=post.author_id, **to)
    await tx.run(deliver_to_named, personal=direct, post_id=post.id, **to)
    if post.visibility <= Visibility.UNLISTED and (
        not isinstance(event, PostPublished) or post.in_reply_to_id or post.quote_of_id
    ):
        await tx.run(deliver_to_circle, post_id=post.id, **to)
    if _is_for_relays(post):
        # New posts are announced to the other kind; what becomes of them, it passes on like this.
        later = not isinstance(event, PostPublished)
        author = WHOEVER if isinstance(event, PostDeleted) else post.author_id
        await tx.run(deliver_to_relays, to_litepub=later, author=author, **to)


def _is_for_relays(post: Post) -> bool:
    return post.visibility == Visibility.PUBLIC
