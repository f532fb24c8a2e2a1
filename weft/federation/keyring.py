"""Keys at hand: others' to verify with, ours to sign with; loaded once, bounded in number.

Loading a private key with its checks costs 31 ms, verifying with a loaded public key 18 µs: so both
kinds are kept as objects (design section 3, crypto).
"""

from collections import OrderedDict
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, or_, select

from weft.domain.keys.sealing import Sealer
from weft.protocol.keys import PrivateKey, PublicKey, load_private_key, load_public_key
from weft.storage.database import Database
from weft.storage.schema.actors import actor, actor_key
from weft.storage.statements import query

PUBLIC_KEPT = 4096
PRIVATE_KEPT = 1024


class KeyOwner(Struct, frozen=True):
    """A stored public key and whose it is."""

    key_id: str
    actor_id: int
    actor_uri: str
    host: str
    algorithm: str
    public_pem: str
    suspended_at: int | None
    refreshed_at: int | None
    local: bool


class OwnKeyRow(Struct, frozen=True):
    actor_id: int
    key_id: str
    algorithm: str
    private_sealed: bytes


@query(row=KeyOwner, bounded=True)
def key_owner() -> Select:
    return (
        select(
            actor_key.c.key_id,
            actor.c.id,
            actor.c.uri,
            actor.c.host,
            actor_key.c.algorithm,
            actor_key.c.public_pem,
            actor.c.suspended_at,
            actor.c.refreshed_at,
            actor.c.local,
        )
        .join(actor, actor.c.id == actor_key.c.actor_id)
        .where(
            actor_key.c.key_id == bindparam("key_id"),
            actor_key.c.revoked_at.is_(None),
            actor.c.deleted_at.is_(None),
        )
    )


@query(row=OwnKeyRow, bounded=True)
def own_keys() -> Select:
    return select(
        actor_key.c.actor_id,
        actor_key.c.key_id,
        actor_key.c.algorithm,
        actor_key.c.private_sealed,
    ).where(
        actor_key.c.actor_id == bindparam("actor_id"),
        actor_key.c.private_sealed.is_not(None),
        actor_key.c.revoked_at.is_(None),
    )


@query(bounded=True)
def suspended_actor() -> Select:
    """One row if the actor is suspended or gone."""
    return select(actor.c.id).where(
        actor.c.id == bindparam("id"),
        or_(actor.c.suspended_at.is_not(None), actor.c.deleted_at.is_not(None)),
    )


class KnownKey(Struct, frozen=True):
    """Somebody's key, ready to verify with."""

    owner: KeyOwner
    key: PublicKey


class SigningKey(Struct, frozen=True):
    """A key of ours, ready to sign with."""

    key_id: str
    key: PrivateKey


class KeyRing:
    """Both kinds of keys of one server."""

    def __init__(self, db: Database, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer
        self._public: OrderedDict[str, KnownKey] = OrderedDict()
        self._private: OrderedDict[tuple[int, str], SigningKey] = OrderedDict()

    async def known(self, key_id: str) -> KnownKey | None:
        """A key that is stored here, or None."""
        found = self._public.get(key_id)
        if found is not None:
            self._public.move_to_end(key_id)
            return found
        owner = await self._db.one(key_owner, key_id=key_id)
        if owner is None:
            return None
        known = KnownKey(owner=owner, key=load_public_key(owner.public_pem))
        _keep(self._public, key_id, known, PUBLIC_KEPT)
        return known

    async def is_suspended(self, actor_id: int) -> bool:
        """Asked anew each time: whoever decides it may be another process."""
        return await self._db.one(suspended_actor, id=actor_id) is not None

    def forget(self, key_ids: list[str]) -> None:
        """Their owner changed: read them anew."""
        for key_id in key_ids:
            self._public.pop(key_id, None)

    def forget_actor(self, actor_id: int) -> None:
        """Everything of an actor that was deleted, suspended or refreshed."""
        self.forget([k for k, known in self._public.items() if known.owner.actor_id == actor_id])
        for algorithm in ("rsa", "ed25519"):
            self._private.pop((actor_id, algorithm), None)

    async def signing(self, actor_id: int) -> SigningKey | None:
        """The RSA key of one of our actors, or None if it has none (any more)."""
        return await self._own(actor_id, "rsa")

    async def proving(self, actor_id: int) -> SigningKey | None:
        """The Ed25519 key of one of our actors, for integrity proofs; None if it has none yet."""
        return await self._own(actor_id, "ed25519")

    async def _own(self, actor_id: int, algorithm: str) -> SigningKey | None:
        found = self._private.get((actor_id, algorithm))
        if found is not None:
            return found
        rows = await self._db.all(own_keys, actor_id=actor_id)
        row = next((each for each in rows if each.algorithm == algorithm), None)
        if row is None:
            return None
        pem = self._sealer.open(row.private_sealed, row.key_id)
        signing = SigningKey(key_id=row.key_id, key=load_private_key(pem))
        _keep(self._private, (actor_id, algorithm), signing, PRIVATE_KEPT)
        return signing


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
