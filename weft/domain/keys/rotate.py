"""Keys of our actors that come later: a proof key for those who have none, and new keys for old."""

from sqlalchemy import Select, Update, bindparam, exists, literal_column, not_, select, update

from weft.domain.actors.queries import actor_by_id, key_by_id
from weft.domain.actors.store import Key, insert_key
from weft.domain.events import ProfileChanged
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor, actor_key
from weft.storage.statements import query


@query()
def without_proof_key() -> Select:
    """Our own actors that have no Ed25519 key."""
    has = exists().where(
        actor_key.c.actor_id == actor.c.id,
        actor_key.c.algorithm == literal_column("'ed25519'"),
        actor_key.c.revoked_at.is_(None),
    )
    return (
        select(actor.c.id)
        .where(actor.c.local, actor.c.deleted_at.is_(None), not_(has))
        .order_by(actor.c.id)
        .limit(bindparam("limit"))
    )


@query()
def replace_key() -> Update:
    return (
        update(actor_key)
        .where(
            actor_key.c.key_id == bindparam("of_key"), actor_key.c.actor_id == bindparam("of_actor")
        )
        .values(
            public_pem=bindparam("public_pem"),
            private_sealed=bindparam("private_sealed"),
            created_at=bindparam("now"),
        )
    )


@query()
def touch_actor() -> Update:
    """Whatever is kept of its document is made anew."""
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"))
        .values(revision=actor.c.revision + 1)
    )


async def put_keys(tx: Tx, server: Server, actor_id: int, keys: tuple[Key, ...]) -> None:
    """Take these keys from now on; one of the same id is replaced. Followers' servers are told, and
    ask for the new key when a signature no longer fits the old one."""
    now = server.now_ms()
    for key in keys:
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
        else:
            await tx.run(
                replace_key,
                of_key=key.key_id,
                of_actor=actor_id,
                public_pem=key.public_pem,
                private_sealed=key.private_sealed,
                now=now,
            )
    await tx.run(touch_actor, of_actor=actor_id)
    changed = await tx.one(actor_by_id, id=actor_id)
    if changed is not None and changed.stands:
        await server.tell(tx, ProfileChanged(actor_id=actor_id))
