"""Writing actors: ours at sign-up, others' as their origin describes them."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Insert, Update, bindparam, false, insert, not_, true, update

from weft.domain.actors.queries import actor_by_uri, key_by_id
from weft.domain.actors.records import Actor, ActorFacets, ActorKind, stored_facets
from weft.domain.communities.records import RemoteCommunity
from weft.domain.moderation.domains_hosts import ensure_host
from weft.domain.posts.records import ObjectKind
from weft.domain.search.gaps import open_gap
from weft.domain.search.people_index import index_person
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor, actor_key, actor_stats
from weft.storage.schema.federation import object_
from weft.storage.statements import any_of, insert_or_ignore, query


class Key(Struct, frozen=True):
    """A key to keep: ``private_sealed`` only for our own actors."""

    key_id: str
    algorithm: str
    public_pem: str
    private_sealed: bytes | None = None


class RemoteActor(Struct, frozen=True, kw_only=True):
    """An actor as its origin describes it, checked and sanitised."""

    uri: str
    kind: ActorKind
    username: str
    domain: str
    host: str
    url: str
    inbox: str
    shared_inbox: str | None = None
    outbox: str | None = None
    followers_uri: str | None = None
    following_uri: str | None = None
    featured_uri: str | None = None
    name: str = ""
    summary: str = ""
    icon_url: str | None = None
    header_url: str | None = None
    locked: bool = False
    discoverable: bool = False
    indexable: bool = False
    sensitive: bool = False
    facets: ActorFacets = ActorFacets()
    keys: tuple[Key, ...] = ()
    published_at: int | None = None
    suspended: bool = False
    community: RemoteCommunity | None = None
    """Of a group: what makes it a community."""


_REMOTE_FIELDS = (
    "kind", "username", "domain", "host", "url", "inbox", "shared_inbox", "outbox",
    "followers_uri", "following_uri", "featured_uri", "name", "summary", "icon_url",
    "header_url", "locked", "discoverable", "indexable", "sensitive",
)  # fmt: skip


@query()
def insert_actor() -> Insert:
    names = [name for name in Actor.__struct_fields__ if name not in {"revision", "deleted_at"}]
    return insert(actor).values({name: bindparam(name) for name in names})


@query()
def update_remote_actor() -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in (*_REMOTE_FIELDS, "handle")}
    return (
        update(actor)
        .where(actor.c.id == bindparam("actor_id"))
        .values(
            **values,
            facets=bindparam("facets"),
            refreshed_at=bindparam("refreshed_at"),
            revision=actor.c.revision + 1,
        )
    )


@query()
def follow_origin(*, suspended: bool) -> Update:
    """An origin suspends its own, and lifts that again; what was decided here stays."""
    statement = update(actor).where(actor.c.id == bindparam("of_actor"))
    if suspended:
        return statement.where(actor.c.suspended_at.is_(None), actor.c.deleted_at.is_(None)).values(
            suspended_at=bindparam("at"), suspended_by_origin=true()
        )
    return statement.where(
        actor.c.suspended_by_origin, actor.c.suspended_at <= bindparam("at")
    ).values(suspended_at=None, suspended_by_origin=false())


@query()
def insert_actor_stats() -> Insert:
    return insert_or_ignore(actor_stats, "actor_id")


@query()
def insert_object() -> Insert:
    return insert_or_ignore(object_, "uri", "kind", "id")


@query()
def insert_key() -> Insert:
    return insert(actor_key).values(
        {
            name: bindparam(name)
            for name in (
                "id", "actor_id", "key_id", "algorithm", "public_pem", "private_sealed",
                "created_at",
            )
        }
    )  # fmt: skip


@query()
def retire_keys() -> Update:
    """Revokes an actor's keys, but for those in ``:keep``."""
    return (
        update(actor_key)
        .where(
            actor_key.c.actor_id == bindparam("of_actor"),
            not_(any_of(actor_key.c.key_id, "keep")),
            actor_key.c.revoked_at.is_(None),
        )
        .values(revoked_at=bindparam("now"))
    )


@query()
def renew_key() -> Update:
    """A key whose material changed at the origin under the same id."""
    return (
        update(actor_key)
        .where(
            actor_key.c.key_id == bindparam("of_key_id"),
            actor_key.c.actor_id == bindparam("of_actor"),
        )
        .values(
            algorithm=bindparam("algorithm"),
            public_pem=bindparam("public_pem"),
            revoked_at=None,
        )
    )


async def create_local_actor(
    tx: Tx,
    server: Server,
    *,
    username: str,
    kind: ActorKind = ActorKind.PERSON,
    name: str = "",
    locked: bool = False,
    actor_id: int,
    keys: tuple[Key, ...],
    uri: str | None = None,
) -> Actor:
    """Store an actor of this server. Its id is minted before, because its keys are named after it.
    ``uri`` is for the server's own.

    Raises:
        Conflict: the name is taken.
    """
    uri = uri or server.actor_uri(actor_id)
    page = {ActorKind.GROUP: "c"}.get(kind)
    now = server.now_ms()
    row = Actor(
        id=actor_id,
        num=await tx.next_num("actor"),
        kind=kind,
        local=True,
        uri=uri,
        handle=f"{username}@{server.domain}".casefold(),
        username=username,
        domain=server.domain,
        host=server.host,
        url=f"{server.origin}/{page}/{username}" if page else f"{server.origin}/@{username}",
        inbox=f"{uri}/inbox",
        shared_inbox=f"{server.origin}/inbox",
        outbox=f"{uri}/outbox",
        followers_uri=f"{uri}/followers",
        following_uri=f"{uri}/following",
        featured_uri=f"{uri}/collections/featured",
        name=name or username,
        summary="",
        summary_source=None,
        icon_url=None,
        header_url=None,
        locked=locked,
        discoverable=True,
        indexable=False,
        sensitive=False,
        hides_network=False,
        facets=None,
        moved_to_id=None,
        revision=1,
        published_at=now,
        arrived_at=now,
        refreshed_at=None,
        silenced_at=None,
        suspended_at=None,
        deleted_at=None,
    )
    await _insert(tx, row, keys, now)
    return row


async def save_remote_actor(tx: Tx, server: Server, described: RemoteActor) -> Actor:
    """Store or refresh an actor of another server, keyed by its URI.

    A deleted actor stays deleted; a suspension made here is never lifted by its origin.
    """
    now = server.now_ms()
    known = await tx.one(actor_by_uri, uri=described.uri)
    handle = f"{described.username}@{described.domain}".casefold()
    values = {name: getattr(described, name) for name in _REMOTE_FIELDS}
    if known is None:
        await ensure_host(tx, server, described.host)
        row = Actor(
            id=tx.new_id(),
            num=await tx.next_num("actor"),
            local=False,
            uri=described.uri,
            handle=handle,
            summary_source=None,
            hides_network=False,
            facets=stored_facets(described.facets),
            moved_to_id=None,
            revision=1,
            published_at=described.published_at or now,
            arrived_at=now,
            refreshed_at=now,
            silenced_at=None,
            suspended_at=None,
            deleted_at=None,
            **values,
        )
        await _insert(tx, row, described.keys, now)
        if not described.suspended:
            return row
        await tx.run(follow_origin, suspended=True, of_actor=row.id, at=now)
        return replace(row, suspended_at=now)
    if known.local or known.deleted_at is not None:
        return known
    await tx.run(
        update_remote_actor,
        actor_id=known.id,
        handle=handle,
        facets=stored_facets(described.facets),
        refreshed_at=now,
        **values,
    )
    await tx.run(follow_origin, suspended=described.suspended, of_actor=known.id, at=now)
    if (known.username, known.name) != (described.username, described.name):
        await index_person(tx, known.id, described.username, described.name)
    if described.indexable and not known.indexable:
        await open_gap(tx, server, known.id)
    await tx.run(retire_keys, of_actor=known.id, keep=[k.key_id for k in described.keys], now=now)
    for key in described.keys:
        await _save_key(tx, known.id, key, now)
    refreshed = await tx.one(actor_by_uri, uri=described.uri)
    if refreshed is None:
        raise LookupError(f"the actor {described.uri} vanished while it was being refreshed")
    return refreshed


async def _insert(tx: Tx, row: Actor, keys: tuple[Key, ...], now: int) -> None:
    values = {
        name: getattr(row, name)
        for name in Actor.__struct_fields__
        if name not in {"revision", "deleted_at"}
    }
    await tx.run(insert_actor, **values)
    await tx.run(insert_actor_stats, actor_id=row.id)
    await tx.run(insert_object, uri=row.uri, kind=ObjectKind.ACTOR, id=row.id)
    await index_person(tx, row.id, row.username, row.name)
    for key in keys:
        await _save_key(tx, row.id, key, now)


async def _save_key(tx: Tx, actor_id: int, key: Key, now: int) -> None:
    known = await tx.one(key_by_id, key_id=key.key_id)
    if known is None:
        await tx.run(
            insert_key,
            id=tx.new_id(),
            actor_id=actor_id,
            key_id=key.key_id,
            algorithm=key.algorithm,
            public_pem=key.public_pem,
            private_sealed=key.private_sealed,
            created_at=now,
        )
    elif known.actor_id == actor_id:
        await tx.run(
            renew_key,
            of_key_id=key.key_id,
            of_actor=actor_id,
            algorithm=key.algorithm,
            public_pem=key.public_pem,
        )
