"""Reading actors."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, case, func, select

from weft.domain.actors.records import Actor
from weft.domain.visibility.standing import SINCE_EVER, silenced_since, suspended_since
from weft.storage.schema.actors import actor, actor_key, actor_stats
from weft.storage.schema.federation import host, object_
from weft.storage.statements import any_of, query

_AS_IT_HOLDS = {"silenced_at": silenced_since(actor), "suspended_at": suspended_since(actor)}
ACTOR_COLUMNS = [_AS_IT_HOLDS.get(name, actor.c[name]) for name in Actor.__struct_fields__]
"""With the standing of the actor's server taken in."""


class CountsRow(Struct, frozen=True):
    actor_id: int
    followers: int
    following: int
    posts: int
    origin_followers: int
    origin_following: int
    origin_posts: int
    last_post_at: int | None


class KeyRow(Struct, frozen=True):
    """A key of an actor; ``private_sealed`` only for our own."""

    id: int
    actor_id: int
    key_id: str
    algorithm: str
    public_pem: str
    private_sealed: bytes | None
    revoked_at: int | None


class ObjectRow(Struct, frozen=True):
    """What an IRI stands for; ``deleted_at`` makes it a tombstone."""

    uri: str
    kind: int
    id: int | None
    deleted_at: int | None


def _with_standing() -> Select:
    """With one look at the actor's server, not two."""
    held = {
        "silenced_at": func.coalesce(actor.c.silenced_at, case((host.c.silenced, SINCE_EVER))),
        "suspended_at": func.coalesce(actor.c.suspended_at, case((host.c.suspended, SINCE_EVER))),
    }
    columns = [held.get(name, actor.c[name]) for name in Actor.__struct_fields__]
    return select(*columns).select_from(actor.outerjoin(host, host.c.name == actor.c.host))


@query(row=Actor, bounded=True)
def actor_by_id() -> Select:
    return _with_standing().where(actor.c.id == bindparam("id"))


@query(row=Actor, bounded=True)
def signers_by_ids() -> Select:
    """As ``actor_by_id``, of ``:ids``: asked for the activities that come."""
    return _with_standing().where(any_of(actor.c.id, "ids"))


@query(row=Actor, bounded=True)
def actor_by_num() -> Select:
    return select(*ACTOR_COLUMNS).where(actor.c.num == bindparam("num"))


@query(row=Actor, bounded=True)
def actors_by_ids() -> Select:
    return select(*ACTOR_COLUMNS).where(any_of(actor.c.id, "ids"))


@query(row=Actor, bounded=True)
def actor_by_uri() -> Select:
    return select(*ACTOR_COLUMNS).where(actor.c.uri == bindparam("uri"))


@query(row=Actor, bounded=True)
def actors_by_uris() -> Select:
    return select(*ACTOR_COLUMNS).where(any_of(actor.c.uri, "uris"))


@query(row=Actor, bounded=True)
def actors_by_handles() -> Select:
    """By ``username@domain``, case-folded; newest row first where a server was reinstalled."""
    return select(*ACTOR_COLUMNS).where(
        any_of(actor.c.handle, "handles"), actor.c.deleted_at.is_(None)
    )


@query(row=CountsRow, bounded=True)
def counts_of() -> Select:
    return select(*[actor_stats.c[name] for name in CountsRow.__struct_fields__]).where(
        any_of(actor_stats.c.actor_id, "ids")
    )


@query(row=KeyRow, bounded=True)
def keys_of() -> Select:
    return select(*[actor_key.c[name] for name in KeyRow.__struct_fields__]).where(
        actor_key.c.actor_id == bindparam("actor_id"), actor_key.c.revoked_at.is_(None)
    )


@query(row=KeyRow, bounded=True)
def key_by_id() -> Select:
    return select(*[actor_key.c[name] for name in KeyRow.__struct_fields__]).where(
        actor_key.c.key_id == bindparam("key_id")
    )


@query(row=ObjectRow, bounded=True)
def object_by_uri() -> Select:
    return select(*[object_.c[name] for name in ObjectRow.__struct_fields__]).where(
        object_.c.uri == bindparam("uri")
    )


@query(row=ObjectRow, bounded=True)
def objects_by_uris() -> Select:
    return select(*[object_.c[name] for name in ObjectRow.__struct_fields__]).where(
        any_of(object_.c.uri, "uris")
    )
