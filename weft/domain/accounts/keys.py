"""The keys of our actors: made with them, made later for those who have none, made anew."""

import asyncio

from weft.domain.actors.store import Key
from weft.domain.keys.rotate import put_keys, without_proof_key
from weft.domain.keys.sealing import Sealer
from weft.domain.server import Server
from weft.protocol.keys import generate_ed25519, generate_rsa
from weft.storage.database import Database

STEP = 100


async def make_actor_keys(
    server: Server, sealer: Sealer, actor_id: int, uri: str | None = None
) -> tuple[Key, ...]:
    """The keys of a local actor: RSA-2048 for requests (about 40 ms, in a thread), Ed25519 for
    proofs. They are named after its id, ``uri`` where that is a special one."""
    owner = uri or server.actor_uri(actor_id)
    rsa = await asyncio.to_thread(generate_rsa)
    return (
        _sealed(owner, sealer, "rsa", rsa),
        _sealed(owner, sealer, "ed25519", generate_ed25519()),
    )


def make_proof_key(server: Server, sealer: Sealer, actor_id: int) -> Key:
    """An Ed25519 key (FEP-521a)."""
    return _sealed(server.actor_uri(actor_id), sealer, "ed25519", generate_ed25519())


_FRAGMENTS = {"rsa": "main-key", "ed25519": "ed25519-key"}


def _sealed(owner: str, sealer: Sealer, algorithm: str, made: tuple[bytes, str]) -> Key:
    private_pem, public_pem = made
    key_id = f"{owner}#{_FRAGMENTS[algorithm]}"
    return Key(
        key_id=key_id,
        algorithm=algorithm,
        public_pem=public_pem,
        private_sealed=sealer.seal(private_pem, key_id),
    )


async def make_missing_keys(db: Database, server: Server, sealer: Sealer) -> int:
    """Proof keys for actors of an older release; the number of actors."""
    made = 0
    while rows := await db.all(without_proof_key, limit=STEP):
        for row in rows:
            key = make_proof_key(server, sealer, row[0])
            await db.write(put_keys, server, row[0], (key,))
            made += 1
    return made
