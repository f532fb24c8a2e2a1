"""The statements behind notifying, and the rows they read and write."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    bindparam,
    delete,
    exists,
    insert,
    literal_column,
    not_,
    null,
    select,
)

from weft.domain.actors.records import ActorKind
from weft.domain.notifications.hearing import silent_between
from weft.domain.notifications.kinds import NotificationKind
from weft.domain.notifications.policy import DEFAULTED_COLUMNS, Choice, Policy, Stranger
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.standing import limited
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post, post_audience
from weft.storage.schema.relations import block, follow, thread_mute
from weft.storage.schema.timelines import (
    notification,
    notification_permission,
    notification_policy,
    notification_request,
)
from weft.storage.statements import any_of, query, upsert

About: TypeAlias = Literal["nobody", "post", "mention"]

_BOTS = (int(ActorKind.SERVICE), int(ActorKind.APPLICATION))
_MENTION: ColumnElement[int] = literal_column("0")


class Hearer(Struct, frozen=True):
    """An owner who may want to hear of a sender, and what their policy needs to know."""

    follows: bool
    follower_since: int | None
    since: int
    limited: bool
    bot: bool
    permitted: bool
    moderator: bool
    visibility: int | None
    root_id: int | None
    not_following: int
    not_followers: int
    new_accounts: int
    private_mentions: int
    limited_accounts: int
    bots: int

    @property
    def policy(self) -> Policy:
        return Policy(*(Choice(getattr(self, name)) for name in Policy.__struct_fields__))

    @property
    def stranger(self) -> Stranger:
        return Stranger(*(getattr(self, name) for name in Stranger.__struct_fields__))


class NewNotification(Struct, frozen=True, kw_only=True):
    """A notification about to be written."""

    id: int
    owner_id: int
    kind: NotificationKind
    from_id: int
    created_at: int
    post_id: int | None = None
    about_id: int | None = None
    group_key: str | None = None
    filtered: bool = False


@query(row=Hearer, bounded=True)
def hears_of(*, about: About) -> Select:
    """One row if ``:owner`` is a person of this server who is not silent towards ``:sender``.

    Muted threads silence what is about a post; a mention also whom the owner blocks beside them.
    """
    owner: Any = bindparam("owner")
    sender = actor.alias("sender")
    moderator = account.alias("moderator")
    since = (
        select(follow.c.accepted_at)
        .where(
            follow.c.follower_id == sender.c.id,
            follow.c.target_id == owner,
            follow.c.state == ACCEPTED,
        )
        .scalar_subquery()
    )
    rows = account.outerjoin(
        notification_policy, notification_policy.c.owner_id == account.c.actor_id
    ).join(sender, sender.c.id == bindparam("sender"))
    place: list[ColumnElement[Any]] = [null(), null()]
    conditions = [account.c.actor_id == owner, not_(silent_between(owner, sender))]
    if about != "nobody":
        rows = rows.join(post, post.c.id == bindparam("post_id"))
        place = [post.c.visibility, post.c.root_id]
        conditions.append(
            not_(
                exists().where(
                    thread_mute.c.actor_id == owner, thread_mute.c.root_id == post.c.root_id
                )
            )
        )
    if about == "mention":
        conditions.append(
            not_(
                exists().where(
                    post_audience.c.post_id == post.c.id,
                    post_audience.c.role == _MENTION,
                    block.c.target_id == post_audience.c.actor_id,
                    block.c.actor_id == owner,
                )
            )
        )
    return (
        select(
            exists().where(
                follow.c.follower_id == owner,
                follow.c.target_id == sender.c.id,
                follow.c.state == ACCEPTED,
            ),
            since,
            sender.c.published_at,
            limited(sender),
            sender.c.kind.in_([literal_column(str(kind)) for kind in _BOTS]),
            exists().where(
                notification_permission.c.owner_id == owner,
                notification_permission.c.from_id == sender.c.id,
            ),
            exists().where(
                moderator.c.actor_id == sender.c.id, moderator.c.role > literal_column("0")
            ),
            *place,
            *DEFAULTED_COLUMNS,
        )
        .select_from(rows)
        .where(*conditions)
    )


@query(bounded=True)
def willing_among() -> Select:
    """Who of ``:owners`` is a person of this server, not silent towards ``:sender``, and has not
    muted the thread of ``:root_id``."""
    sender = actor.alias("sender")
    owner = account.c.actor_id
    return (
        select(owner)
        .select_from(account.join(sender, sender.c.id == bindparam("sender")))
        .where(
            any_of(owner, "owners"),
            not_(silent_between(owner, sender)),
            not_(
                exists().where(
                    thread_mute.c.actor_id == owner,
                    thread_mute.c.root_id == bindparam("root_id"),
                )
            ),
        )
    )


@query(bounded=True)
def spoke_to() -> Select:
    """A row if ``:owner`` has named ``:sender`` in the thread of ``:root_id``."""
    return (
        select(post.c.id)
        .join(post_audience, post_audience.c.post_id == post.c.id)
        .where(
            post.c.root_id == bindparam("root_id"),
            post.c.author_id == bindparam("owner"),
            post_audience.c.actor_id == bindparam("sender"),
            post_audience.c.role == _MENTION,
        )
        .limit(literal_column("1"))
    )


@query(bounded=True)
def latest_group(*, of_post: bool) -> Select:
    """The key of ``:owner``'s newest group of a kind (and a post)."""
    return (
        select(notification.c.group_key)
        .where(
            notification.c.owner_id == bindparam("owner"),
            notification.c.kind == bindparam("kind"),
            notification.c.post_id == bindparam("post_id")
            if of_post
            else notification.c.post_id.is_(None),
            notification.c.group_key.is_not(None),
        )
        .order_by(notification.c.id.desc())
        .limit(literal_column("1"))
    )


@query()
def insert_notification() -> Insert:
    names = NewNotification.__struct_fields__
    return insert(notification).values({name: bindparam(name) for name in names})


@query()
def delete_notification() -> Delete:
    return delete(notification).where(
        notification.c.owner_id == bindparam("owner"),
        notification.c.kind == bindparam("kind"),
        notification.c.from_id == bindparam("sender"),
        notification.c.post_id.is_not_distinct_from(bindparam("post_id")),
    )


@query()
def delete_about() -> Delete:
    """What ``:owners`` were told, in ``:kinds``, of something that is no post."""
    return delete(notification).where(
        any_of(notification.c.owner_id, "owners"),
        any_of(notification.c.kind, "kinds"),
        notification.c.about_id == bindparam("about_id"),
    )


@query()
def save_request() -> Insert:
    """Somebody's notifications wait; asking again only brings the newest post."""
    return upsert(
        notification_request,
        key=["owner_id", "from_id"],
        values=["id", "owner_id", "from_id", "last_post_id", "created_at", "updated_at"],
        update=["last_post_id", "updated_at"],
    )
