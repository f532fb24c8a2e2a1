"""Object integrity proofs (FEP-8b32), ``eddsa-jcs-2022``: a document that speaks for itself.

What is signed is the canonical text of the document, so it must be verified as it came, before any
normalising. The owner of the proof's key must be the owner of the document; that is for the caller.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from weft.protocol import base58
from weft.protocol.jcs import NotCanonical, canonical
from weft.protocol.keys import PrivateKey, PublicKey

KIND = "DataIntegrityProof"
SUITE = "eddsa-jcs-2022"
CONTEXT = "https://w3id.org/security/data-integrity/v2"
MAX_PROOFS = 4


class BadProof(Exception):
    """The sentence says why it is not believed, without a full stop."""


def proofs_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The proofs that we can check: those of another type or suite are as if they were not there."""
    listed = document.get("proof")
    found = listed if isinstance(listed, list) else [listed]
    return [
        each
        for each in found[:MAX_PROOFS]
        if isinstance(each, dict) and each.get("type") == KIND and each.get("cryptosuite") == SUITE
    ]


def method_of(proof: dict[str, Any]) -> str:
    """The id of the key that it says it was made with.

    Raises:
        BadProof: it names none, or is for another purpose.
    """
    method = proof.get("verificationMethod")
    if isinstance(method, dict):
        method = method.get("id")
    if not isinstance(method, str):
        raise BadProof("the proof names no key")
    if proof.get("proofPurpose") != "assertionMethod":
        raise BadProof("the proof is not for an assertion")
    return method


def verify_proof(document: dict[str, Any], proof: dict[str, Any], key: PublicKey) -> None:
    """Raises BadProof unless this key made this proof over this document."""
    if key.algorithm != "ed25519":
        raise BadProof("the proof's key is no Ed25519 key")
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z"):
        raise BadProof("the proofValue is not base58btc")
    try:
        signature = base58.decode(value[1:])
        message = signed_bytes(document, proof)
    except (ValueError, NotCanonical) as error:
        raise BadProof(f"the proof cannot be read: {error}") from None
    if not key.verifies(signature, message):
        raise BadProof("the proof was not made with this key over this document")


def with_proof(
    document: dict[str, Any], key: PrivateKey, method: str, now_s: int
) -> dict[str, Any]:
    """The document with a proof of ours; its context gets the one that proofs need."""
    listed = document.get("@context")
    contexts = list(listed) if isinstance(listed, list) else [listed] if listed else []
    if CONTEXT not in contexts:
        # Before inline contexts, as strings go in front.
        strings = [each for each in contexts if isinstance(each, str)]
        contexts = [*strings, CONTEXT, *(each for each in contexts if not isinstance(each, str))]
    document = document | {"@context": contexts}
    options: dict[str, Any] = {
        "@context": contexts,
        "type": KIND,
        "cryptosuite": SUITE,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "created": datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    value = "z" + base58.encode(key.sign(signed_bytes(document, options)))
    return document | {"proof": options | {"proofValue": value}}


def signed_bytes(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    """The two hashes, options first.

    Raises:
        NotCanonical
    """
    config = {name: each for name, each in options.items() if name != "proofValue"}
    plain = {name: each for name, each in document.items() if name not in {"proof", "signature"}}
    return hashlib.sha256(canonical(config)).digest() + hashlib.sha256(canonical(plain)).digest()
