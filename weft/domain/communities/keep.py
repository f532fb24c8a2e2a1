"""What is known of communities: where posts are, who moderates, who may not write."""

from collections.abc import Collection

from sqlalchemy import Delete, Insert, Select, bindparam, delete, exists, or_, select

from weft.domain.communities.create import add_moderator
from weft.domain.communities.queries import GROUP, IN_COMMUNITY, communities_of
from weft.domain.communities.records import Ban, Community, RemoteCommunity
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import AudienceRole, Mention, Post, post_facets
from weft.domain.posts.store import insert_audience
from weft.domain.server import Server
from weft.domain.visibility.standing import stands
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor, community, community_ban, community_moderator
from weft.storage.schema.posts import post_audience
from weft.storage.statements import any_of, query, upsert

MOST_MODERATORS = 50
MOST_ABOVE = 50
"""How deep comments may be (Lemmy's bound, too)."""


@query()
def save_community_row() -> Insert:
    told = ["title", "nsfw", "only_moderators_post", "moderators_uri"]
    return upsert(community, key=["actor_id"], values=["actor_id", *told], update=told)


@query(row=Community, bounded=True)
def community_by_id() -> Select:
    return select(*[community.c[name] for name in Community.__struct_fields__]).where(
        community.c.actor_id == bindparam("id")
    )


@query(bounded=True)
def moderates() -> Select:
    """One row if ``:actor_id`` moderates ``:community_id``."""
    return select(community_moderator.c.actor_id).where(
        community_moderator.c.community_id == bindparam("community_id"),
        community_moderator.c.actor_id == bindparam("actor_id"),
    )


@query()
def delete_moderator() -> Delete:
    return delete(community_moderator).where(
        community_moderator.c.community_id == bindparam("of_community"),
        community_moderator.c.actor_id == bindparam("of_actor"),
    )


@query()
def delete_moderators() -> Delete:
    return delete(community_moderator).where(
        community_moderator.c.community_id == bindparam("of_community")
    )


@query()
def delete_placement() -> Delete:
    """Takes a post out of a community."""
    return delete(post_audience).where(
        post_audience.c.post_id == bindparam("of_post"),
        post_audience.c.actor_id == bindparam("of_community"),
        post_audience.c.role == IN_COMMUNITY,
    )


@query()
def drop_name() -> Delete:
    """Whatever else a post says of an actor."""
    return delete(post_audience).where(
        post_audience.c.post_id == bindparam("of_post"),
        post_audience.c.actor_id == bindparam("of_actor"),
    )


@query(bounded=True)
def closed_to() -> Select:
    """Which of the communities ``:ids`` of this server take threads of their moderators only, and
    so none of ``:actor_id``."""
    speaks = exists().where(
        community_moderator.c.community_id == community.c.actor_id,
        community_moderator.c.actor_id == bindparam("actor_id"),
    )
    return (
        select(community.c.actor_id)
        .join(actor, actor.c.id == community.c.actor_id)
        .where(
            any_of(community.c.actor_id, "ids"),
            actor.c.local,
            community.c.only_moderators_post,
            ~speaks,
        )
    )


@query(row=Ban, bounded=True)
def bans_of() -> Select:
    """Bans of ``:actor_id`` in ``:ids`` that hold at ``:now``."""
    return select(*[community_ban.c[name] for name in Ban.__struct_fields__]).where(
        any_of(community_ban.c.community_id, "ids"),
        community_ban.c.actor_id == bindparam("actor_id"),
        or_(community_ban.c.expires_at.is_(None), community_ban.c.expires_at > bindparam("now")),
    )


async def keep_community(tx: Tx, actor_id: int, told: RemoteCommunity) -> None:
    """Take over what a group's own document says."""
    await tx.run(
        save_community_row,
        actor_id=actor_id,
        title=told.title,
        nsfw=told.nsfw,
        only_moderators_post=told.only_moderators_post,
        moderators_uri=told.moderators_uri,
    )


async def replace_moderators(
    tx: Tx, server: Server, community_id: int, actor_ids: Collection[int]
) -> None:
    """The community's own list, the first first."""
    await tx.run(delete_moderators, of_community=community_id)
    for each in list(actor_ids)[:MOST_MODERATORS]:
        await add_moderator(tx, server, community_id=community_id, actor_id=each)


async def places_of(reads: Database | Tx, post_id: int | None) -> list[int]:
    """The communities that a post is in."""
    if post_id is None:
        return []
    return [row.community_id for row in await reads.all(communities_of, ids=[post_id])]


async def is_in(reads: Database | Tx, post: Post, community_id: int) -> bool:
    """Is a post, or the thread that it belongs to, in this community?"""
    ids = [each for each in (post.id, post.in_reply_to_id, post.root_id) if each is not None]
    return any(row.community_id == community_id for row in await reads.all(communities_of, ids=ids))


async def banned_from(
    reads: Database | Tx, server: Server, actor_id: int, community_ids: Collection[int]
) -> Ban | None:
    """A ban that holds now."""
    if not community_ids:
        return None
    rows = await reads.all(bans_of, ids=list(community_ids), actor_id=actor_id, now=server.now_ms())
    return rows[0] if rows else None


async def is_closed(reads: Database | Tx, post: Post | None, author_id: int) -> bool:
    """May this author not answer a post of a community, because it or what it answers is locked?
    Moderators may."""
    if post is None or not (places := await places_of(reads, post.id)):
        return False
    if not await _locked_above(reads, post):
        return False
    for each in places:
        if await reads.one(moderates, community_id=each, actor_id=author_id) is not None:
            return False
    return True


async def _locked_above(reads: Database | Tx, post: Post) -> bool:
    above: Post | None = post
    for _ in range(MOST_ABOVE):
        if above is None:
            return False
        thread = post_facets(above.facets).thread
        if thread is not None and thread.locked:
            return True
        if above.in_reply_to_id is None:
            return False
        above = await reads.one(post_by_id, id=above.in_reply_to_id)
    return False


async def with_places(
    reads: Database | Tx,
    server: Server,
    parent_id: int | None,
    author_id: int,
    audience: tuple[Mention, ...],
) -> tuple[Mention, ...]:
    """The audience of an answer: it is where what it answers is, if its author may write there."""
    places = await places_of(reads, parent_id)
    if not places:
        return audience
    held = {row.community_id for row in await _bans(reads, server, author_id, places)}
    named = {each.actor_id: each for each in audience}
    for each in places:
        if each not in held:
            named[each] = Mention(each, AudienceRole.COMMUNITY)
    return tuple(named.values())


async def without_bans(
    tx: Tx, server: Server, author_id: int, audience: tuple[Mention, ...], *, is_thread: bool
) -> tuple[Mention, ...]:
    """Whom a community has banned is not in it, whatever their post says; nor is a thread where only
    moderators may begin one."""
    places = [each.actor_id for each in audience if each.role is AudienceRole.COMMUNITY]
    if not places:
        return audience
    held = {row.community_id for row in await _bans(tx, server, author_id, places)}
    if is_thread:
        held |= {row[0] for row in await tx.all(closed_to, ids=places, actor_id=author_id)}
    return tuple(
        Mention(each.actor_id, AudienceRole.SILENT) if each.actor_id in held else each
        for each in audience
    )


async def _bans(
    reads: Database | Tx, server: Server, author_id: int, places: list[int]
) -> list[Ban]:
    return await reads.all(bans_of, ids=places, actor_id=author_id, now=server.now_ms())


@query(bounded=True)
def groups_here() -> Select:
    """Which of ``:ids`` are standing communities of this server."""
    return select(actor.c.id).where(
        any_of(actor.c.id, "ids"), actor.c.local, actor.c.kind == GROUP, stands(actor)
    )


async def with_groups_named(
    reads: Database | Tx, server: Server, author_id: int, audience: tuple[Mention, ...]
) -> tuple[Mention, ...]:
    """Who begins a post for all by naming a community of this server, begins a thread there, as people
    of other microblogs do (section 3.4 of the interop notes of Lemmy)."""
    ids = [each.actor_id for each in audience]
    here = {row[0] for row in await reads.all(groups_here, ids=ids)} if ids else set()
    if not here:
        return audience
    here -= {row.community_id for row in await _bans(reads, server, author_id, sorted(here))}
    here -= {row[0] for row in await reads.all(closed_to, ids=sorted(here), actor_id=author_id)}
    return tuple(
        Mention(each.actor_id, AudienceRole.COMMUNITY) if each.actor_id in here else each
        for each in audience
    )


async def put_into(tx: Tx, post: Post, community_id: int) -> None:
    """A community says that a post is in it."""
    await tx.run(drop_name, of_post=post.id, of_actor=community_id)
    await tx.run(
        insert_audience, post_id=post.id, actor_id=community_id, role=AudienceRole.COMMUNITY
    )
