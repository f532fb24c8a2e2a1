"""Doing one row of an import: the same use cases as if its owner had pressed the button."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from weft.domain.actors.queries import actor_by_id, actors_by_handles
from weft.domain.actors.records import Actor
from weft.domain.collections.keep import CollectionRefused, FeatureRefused, NoSuchPerson
from weft.domain.lists.keep import ListRefused, NoSuchMember
from weft.domain.moving.gathered import collection_row, list_row
from weft.domain.moving.sheets import Kind, Row
from weft.domain.posts.keep import bookmark, unbookmark
from weft.domain.posts.queries import post_by_uri, posts_for
from weft.domain.relations import block as blocking
from weft.domain.relations import follow as following
from weft.domain.relations.follow import FollowRefused
from weft.domain.resolving import Found
from weft.domain.server import Server
from weft.domain.visibility.viewer import Local, viewer_params
from weft.storage.database import Database


class RowFailed(Exception):
    """The sentence stands in the report. ``passing`` is worth another try."""

    def __init__(self, sentence: str, *, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing


LookUp: TypeAlias = Callable[[str], Awaitable[Found]]
"""``await look_up("@name@domain")`` or a URL, as ``Resolve``, but it raises RowFailed."""


async def do_row(
    db: Database, server: Server, look_up: LookUp, me: Actor, kind: Kind, row: Row
) -> None:
    """Do what a row says; doing it twice is doing it once.

    Raises:
        RowFailed: with a sentence.
    """
    match kind:
        case Kind.DOMAIN_BLOCKS:
            await _host(db, server, me, row)
        case Kind.BOOKMARKS:
            await _bookmark(db, server, look_up, me, row)
        case Kind.LISTS | Kind.COLLECTIONS:
            await _gathered(db, server, look_up, me, kind, row)
        case _:
            other = await _account(db, server, look_up, row)
            if other.id == me.id:
                raise RowFailed("This is your own account.")
            await _account_row(db, server, me, kind, row, other)


async def _account_row(
    db: Database, server: Server, me: Actor, kind: Kind, row: Row, other: Actor
) -> None:
    mine, theirs = me.id, other.id
    match kind, row.undo:
        case Kind.FOLLOWING, False:
            try:
                await db.write(
                    following.follow,
                    server,
                    follower=me,
                    target=other,
                    shows_boosts=row.shows_boosts,
                    notifies=row.notifies,
                    languages=list(row.languages) or None,
                )
            except FollowRefused as refused:
                raise RowFailed(str(refused)) from None
        case Kind.FOLLOWING, True:
            await db.write(following.unfollow, server, follower_id=mine, target_id=theirs)
        case Kind.BLOCKS, False:
            await db.write(blocking.block, server, actor_id=mine, target_id=theirs)
        case Kind.BLOCKS, True:
            await db.write(blocking.unblock, server, actor_id=mine, target_id=theirs)
        case Kind.MUTES, False:
            await db.write(
                blocking.mute,
                server,
                actor_id=mine,
                target_id=theirs,
                hides_notifications=row.hides_notifications,
            )
        case Kind.MUTES, True:
            await db.write(blocking.unmute, actor_id=mine, target_id=theirs)
        case _:
            raise ValueError(f"{kind} names no accounts")


async def _gathered(
    db: Database, server: Server, look_up: LookUp, me: Actor, kind: Kind, row: Row
) -> None:
    other = await _account(db, server, look_up, row) if row.name else None
    try:
        if kind is Kind.COLLECTIONS:
            await db.write(collection_row, server, me, row, other)
        elif other is not None:
            await db.write(list_row, server, me, row, other)
    except (
        CollectionRefused,
        FeatureRefused,
        FollowRefused,
        ListRefused,
        NoSuchMember,
        NoSuchPerson,
    ) as refused:
        raise RowFailed(str(refused)) from None


async def _account(db: Database, server: Server, look_up: LookUp, row: Row) -> Actor:
    """The account of a handle, or of an address: the one that is known, or it is looked up."""
    if row.name.startswith(("https://", "http://")):
        return await _at(db, look_up, row.name, row.name)
    known = await db.all(actors_by_handles, handles=[row.name.casefold()])
    found = max(known, key=lambda each: each.id, default=None)
    if found is not None:
        return found
    name, _, domain = row.name.rpartition("@")
    if row.undo or domain == server.domain:
        raise RowFailed(f"There is no account {name} here.")
    return await _at(db, look_up, f"@{row.name}", row.name)


async def _at(db: Database, look_up: LookUp, query: str, name: str) -> Actor:
    looked_up = await look_up(query)
    if looked_up.kind != "actor":
        raise RowFailed(f"There is no account {name}.")
    actor = await db.one(actor_by_id, id=looked_up.id)
    if actor is None:
        raise RowFailed("The account went away while it was looked up.", passing=True)
    return actor


async def _host(db: Database, server: Server, me: Actor, row: Row) -> None:
    if row.name in (server.domain, server.host):
        raise RowFailed("You cannot block your own server.")
    if row.undo:
        await db.write(blocking.unblock_host, actor_id=me.id, host=row.name)
    else:
        await db.write(blocking.block_host, server, actor_id=me.id, host=row.name)


async def _bookmark(db: Database, server: Server, look_up: LookUp, me: Actor, row: Row) -> None:
    known = await db.one(post_by_uri, uri=row.name)
    post_id = known.id if known is not None else None
    if post_id is None and not row.undo:
        found = await look_up(row.name)
        if found.kind != "post":
            raise RowFailed("There is no post at this address.")
        post_id = found.id
    if post_id is None:
        return
    if row.undo:
        await db.write(unbookmark, actor_id=me.id, post_id=post_id)
        return
    seen = await db.all(
        posts_for,
        who="local",
        purpose="show",
        ids=[post_id],
        **viewer_params(Local(me.id), server.now_ms(), "show"),
    )
    if not seen:
        raise RowFailed("This post is not for you to see.")
    await db.write(bookmark, server, actor_id=me.id, post_id=seen[0].boost_of_id or post_id)
