"""The statements behind finding people. Nobody is shown who did not agree to be found."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    select,
)

from weft.domain.actors.records import ActorKind
from weft.domain.visibility.predicate import ACCEPTED, found_by_all, hidden_between
from weft.domain.visibility.standing import stands
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.schema.relations import follow, suggestion_dismissal
from weft.storage.statements import any_of, insert_or_ignore, query

Order: TypeAlias = Literal["active", "new"]


class SharedRow(Struct, frozen=True):
    """Somebody, and how many of those whom the viewer follows follow them too."""

    id: int
    shared: int


class FamiliarRow(Struct, frozen=True):
    """``id`` follows ``target_id``, and the viewer follows ``id``."""

    target_id: int
    id: int


def _agreed() -> list[ColumnElement[bool]]:
    """Who may be shown to people who did not ask for them."""
    return [
        actor.c.discoverable,
        actor.c.kind != literal_column(str(int(ActorKind.APPLICATION))),
        actor.c.moved_to_id.is_(None),
        found_by_all(actor),
    ]


def _new_to(me: Any) -> list[ColumnElement[bool]]:
    """Neither the viewer, nor followed or asked, nor dismissed, nor hidden."""
    return [
        actor.c.id != me,
        not_(exists().where(follow.c.follower_id == me, follow.c.target_id == actor.c.id)),
        not_(
            exists().where(
                suggestion_dismissal.c.actor_id == me,
                suggestion_dismissal.c.target_id == actor.c.id,
            )
        ),
        not_(hidden_between(me, actor)),
    ]


@query(row=SharedRow)
def friends_of_friends() -> Select:
    """Whom those follow whom ``:me`` follows (the ``:friends`` newest), most shared first."""
    me: Any = bindparam("me")
    friend = actor.alias("friend")
    mine = (
        select(follow.c.target_id)
        .join(friend, friend.c.id == follow.c.target_id)
        .where(
            follow.c.follower_id == me,
            follow.c.state == ACCEPTED,
            not_(friend.c.hides_network),
        )
        .order_by(follow.c.id.desc())
        .limit(bindparam("friends"))
        .subquery("mine")
    )
    theirs = follow.alias("theirs")
    return (
        select(actor.c.id, func.count())
        .select_from(
            mine.join(
                theirs,
                and_(theirs.c.follower_id == mine.c.target_id, theirs.c.state == ACCEPTED),
            ).join(actor, actor.c.id == theirs.c.target_id)
        )
        .where(*_agreed(), *_new_to(me))
        .group_by(actor.c.id)
        .order_by(func.count().desc(), actor.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=SharedRow)
def popular_here() -> Select:
    """People of this server, those with the most followers first."""
    return (
        select(actor.c.id, actor_stats.c.followers)
        .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .where(actor.c.local, *_agreed(), *_new_to(bindparam("me")))
        .order_by(actor_stats.c.followers.desc(), actor.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def insert_dismissal() -> Insert:
    return insert_or_ignore(suggestion_dismissal, "actor_id", "target_id", "created_at")


@query(row=FamiliarRow)
def familiar_followers() -> Select:
    """Who follows ``:targets``, among those whom ``:me`` follows; who hides their network, on
    either side, is left out."""
    familiar = follow.alias("familiar")
    them = actor.alias("them")
    return (
        select(familiar.c.target_id, familiar.c.follower_id)
        .select_from(
            familiar.join(
                follow,
                and_(
                    follow.c.target_id == familiar.c.follower_id,
                    follow.c.follower_id == bindparam("me"),
                    follow.c.state == ACCEPTED,
                ),
            )
            .join(actor, actor.c.id == familiar.c.follower_id)
            .join(them, them.c.id == familiar.c.target_id)
        )
        .where(
            any_of(familiar.c.target_id, "targets"),
            familiar.c.state == ACCEPTED,
            not_(actor.c.hides_network),
            not_(them.c.hides_network),
            stands(actor),
        )
        .order_by(familiar.c.target_id, familiar.c.id)
        .limit(bindparam("limit"))
    )


@query()
def directory(*, order: Order, here: bool) -> Select:
    """Ids of all who agreed to be found: who wrote last first, or who is new here."""
    statement = (
        select(actor.c.id)
        .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .where(*_agreed())
        .limit(bindparam("limit"))
    )
    if here:
        statement = statement.where(actor.c.local)
    if order == "active":
        return statement.where(actor_stats.c.last_post_at.is_not(None)).order_by(
            actor_stats.c.last_post_at.desc(), actor.c.id.desc()
        )
    return statement.order_by(actor.c.id.desc())


@query(bounded=True)
def still_shown(*, signed_in: bool) -> Select:
    """Which of ``:ids`` may be shown now; to somebody, as far as neither hides from the other."""
    statement = select(actor.c.id).where(any_of(actor.c.id, "ids"), *_agreed())
    if signed_in:
        statement = statement.where(not_(hidden_between(bindparam("viewer"), actor)))
    return statement
