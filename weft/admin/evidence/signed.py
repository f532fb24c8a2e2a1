"""Documents signed with the server's own key (FEP-8b32): whoever has the key's other half can check
them without the server."""

from typing import Any

from weft.app import Parts
from weft.domain.actors.queries import key_by_id
from weft.protocol.keys import load_public_key
from weft.protocol.proofs import BadProof, method_of, proofs_of, verify_proof, with_proof


async def sign(parts: Parts, document: dict[str, Any]) -> dict[str, Any]:
    """The document with a proof of the server's own actor."""
    actor_id = await parts.instance.ensure()
    key = await parts.keys.proving(actor_id)
    if key is None:
        raise LookupError("the server's own actor has no Ed25519 key: run weft serve once")
    return with_proof(document, key.key, key.key_id, parts.server.now_ms() // 1000)


async def check(parts: Parts, document: dict[str, Any]) -> None:
    """Raises BadProof unless this server signed this document, with a key that it has or had."""
    found = proofs_of(document)
    if not found:
        raise BadProof("the document is not signed")
    row = await parts.db.one(key_by_id, key_id=method_of(found[0]))
    if row is None or row.actor_id != await parts.instance.ensure():
        raise BadProof("the document is not signed with a key of this server")
    verify_proof(document, found[0], load_public_key(row.public_pem))
