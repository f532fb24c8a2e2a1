"""The statements behind the numbers: each counts by day, over at most ``MOST_DAYS`` days.

Days are whole ones of UTC, as days since 1970. What has an id of ours is counted along its ids, which
hold the time; what has not, along a column of its own.
"""

from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select

from weft.storage.schema.accounts import account, oauth_app
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.schema.moderation import account_day
from weft.storage.schema.operations import report
from weft.storage.schema.posts import media, post, post_tag, reaction, tag_use
from weft.storage.schema.relations import follow
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, query

DAY_MS = 24 * 3_600_000
MOST_DAYS = 92


class DayCount(Struct, frozen=True):
    day: int
    count: int


class Named(Struct, frozen=True):
    """One line of a dimension."""

    name: str | None
    count: int


def _day(column: Any) -> Any:
    return (column // literal_column(str(DAY_MS), type_=Big)).label("day")


def _between(column: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.between(bindparam("since"), bindparam("until"))
    return found


def _by_day(column: Any) -> Select:
    """Counted by the day of a column of milliseconds, from ``:since`` to ``:until``."""
    day = _day(column)
    return select(day, func.count()).where(_between(column)).group_by(day)


@query(row=DayCount)
def active_by_day() -> Select:
    day = account_day.c.day
    return (
        select(day, func.count())
        .where(day.between(bindparam("first"), bindparam("last")))
        .group_by(day)
    )


@query()
def active_between() -> Select:
    """How many different people were here."""
    return select(func.count(account_day.c.account_id.distinct())).where(
        account_day.c.day.between(bindparam("first"), bindparam("last"))
    )


@query(row=DayCount)
def counted(
    *,
    what: Literal[
        "new_users", "opened_reports", "resolved_reports", "likes", "answers",
    ],
) -> Select:  # fmt: skip
    """``likes`` and ``answers`` (boosts and replies) are those by people here."""
    match what:
        case "new_users":
            return _by_day(account.c.created_at)
        case "opened_reports":
            return _by_day(report.c.created_at)
        case "resolved_reports":
            return _by_day(report.c.resolved_at)
        case "likes":
            day = _day(reaction.c.created_at)
            return (
                select(day, func.count())
                .join(actor, actor.c.id == reaction.c.actor_id)
                .where(
                    reaction.c.id.between(bindparam("since_id"), bindparam("until_id")),
                    _between(reaction.c.created_at),
                    actor.c.local,
                )
                .group_by(day)
            )
        case _:
            day = _day(post.c.arrived_at)
            return (
                select(day, func.count())
                .where(
                    post.c.id.between(bindparam("since_id"), bindparam("until_id")),
                    _between(post.c.arrived_at),
                    post.c.local,
                    post.c.boost_of_id.is_not(None) | post.c.in_reply_to_uri.is_not(None),
                )
                .group_by(day)
            )


@query(row=DayCount)
def tag_by_day(*, what: Literal["tag_uses", "tag_accounts", "tag_servers"]) -> Select:
    day = tag_use.c.day
    count = {
        "tag_uses": func.coalesce(func.sum(tag_use.c.uses), 0),
        "tag_accounts": func.count(),
        "tag_servers": func.count(actor.c.host.distinct()),
    }[what]
    return (
        select(day, count)
        .join(actor, actor.c.id == tag_use.c.actor_id)
        .where(
            tag_use.c.tag_id == bindparam("tag_id"),
            day.between(bindparam("first"), bindparam("last")),
        )
        .group_by(day)
    )


@query(row=DayCount)
def host_by_day(
    *,
    what: Literal[
        "instance_accounts", "instance_statuses", "instance_media_attachments",
        "instance_reports", "instance_follows", "instance_followers",
    ],
) -> Select:  # fmt: skip
    """What there is more of ``:hosts`` by day."""
    theirs = any_of(actor.c.host, "hosts")
    match what:
        case "instance_accounts":
            return _by_day(actor.c.arrived_at).where(theirs)
        case "instance_statuses":
            joined = post.join(actor, actor.c.id == post.c.author_id)
            return _by_day(post.c.arrived_at).select_from(joined).where(theirs)
        case "instance_media_attachments":
            joined = media.join(actor, actor.c.id == media.c.owner_id)
            return _by_day(media.c.created_at).select_from(joined).where(theirs)
        case "instance_reports":
            joined = report.join(actor, actor.c.id == report.c.target_id)
            return _by_day(report.c.created_at).select_from(joined).where(theirs)
        case "instance_follows":
            joined = follow.join(actor, actor.c.id == follow.c.target_id)
        case _:
            joined = follow.join(actor, actor.c.id == follow.c.follower_id)
    return (
        _by_day(follow.c.created_at)
        .select_from(joined)
        .where(theirs, follow.c.state == literal_column("1"))
    )


def _most(column: Any, count: Any) -> Select:
    return select(column, count).group_by(column).order_by(count.desc()).limit(bindparam("limit"))


@query(row=Named)
def dimension(*, what: Literal["languages", "sources", "servers"]) -> Select:
    """Languages of active people, applications that people signed up with, servers by posts."""
    match what:
        case "languages":
            people = func.count(account.c.id.distinct())
            return (
                _most(account.c.locale, people)
                .select_from(account.join(account_day, account_day.c.account_id == account.c.id))
                .where(account_day.c.day.between(bindparam("first"), bindparam("last")))
            )
        case "sources":
            joined = account.outerjoin(oauth_app, oauth_app.c.id == account.c.app_id)
            return (
                _most(oauth_app.c.name, func.count())
                .select_from(joined)
                .where(_between(account.c.created_at))
            )
        case _:
            joined = post.join(actor, actor.c.id == post.c.author_id)
            return (
                _most(actor.c.host, func.count())
                .select_from(joined)
                .where(post.c.id.between(bindparam("since_id"), bindparam("until_id")))
            )


@query(row=Named)
def tag_dimension(*, what: Literal["tag_servers", "tag_languages"]) -> Select:
    column: Any = actor.c.host if what == "tag_servers" else post.c.language
    return (
        _most(column, func.count())
        .select_from(
            post_tag.join(post, post.c.id == post_tag.c.post_id).join(
                actor, actor.c.id == post.c.author_id
            )
        )
        .where(
            post_tag.c.tag_id == bindparam("tag_id"),
            post_tag.c.post_id.between(bindparam("since_id"), bindparam("until_id")),
        )
    )


@query(row=Named)
def host_dimension(*, what: Literal["instance_accounts", "instance_languages"]) -> Select:
    if what == "instance_accounts":
        return (
            select(actor.c.handle, actor_stats.c.followers)
            .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
            .where(any_of(actor.c.host, "hosts"))
            .order_by(actor_stats.c.followers.desc(), actor.c.id)
            .limit(bindparam("limit"))
        )
    return (
        _most(post.c.language, func.count())
        .select_from(post.join(actor, actor.c.id == post.c.author_id))
        .where(
            any_of(actor.c.host, "hosts"),
            post.c.id.between(bindparam("since_id"), bindparam("until_id")),
        )
    )


@query()
def stored_bytes() -> Select:
    """How much the uploads take."""
    return select(func.coalesce(func.sum(media.c.size_bytes), 0)).where(
        media.c.store_key.is_not(None)
    )


class Came(Struct, frozen=True):
    """Somebody who joined on one day was here on another."""

    account_id: int
    joined: int
    day: int


@query(row=Came)
def comings() -> Select:
    """Who opened an account from ``:since`` to ``:until`` and was here from ``:first`` to ``:last``,
    a row for each of their days; at most ``:limit``."""
    joined = (account.c.created_at // literal_column(str(DAY_MS), type_=Big)).label("joined")
    return (
        select(account.c.id, joined, account_day.c.day)
        .select_from(account.join(account_day, account_day.c.account_id == account.c.id))
        .where(
            _between(account.c.created_at),
            account_day.c.day.between(bindparam("first"), bindparam("last")),
        )
        .limit(bindparam("limit"))
    )
