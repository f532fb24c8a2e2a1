"""Linked Data Signatures, ``RsaSignature2017``: what Mastodon signs activities with that others pass on.

What is signed is not the text but the meaning: the RDF of the document. A name that its contexts do
not know is therefore not protected, and ``verified_document`` leaves it out. PyLD is imported when
the first signature comes: it costs megabytes.
"""

import base64
import binascii
import hashlib
from datetime import UTC, datetime
from typing import Any

from weft.protocol.contexts import IDENTITY, UnknownContext, context
from weft.protocol.keys import PrivateKey, PublicKey
from weft.protocol.terms import ForeignTerm, Scope, enter

KIND = "RsaSignature2017"
_SIGNATURE_PARTS = frozenset(("type", "id", "signatureValue"))
_HIDING = frozenset(("@graph", "@included", "@reverse", "@nest"))
MAX_BLANK = 64
"""Objects without an id: labelling them costs exponentially when many look alike."""


class BadLdSignature(Exception):
    """The sentence says why it is not believed, without a full stop."""


def creator_of(document: dict[str, Any]) -> str | None:
    """The id of the key that it says it was signed with; None if it has no such signature."""
    signature = document.get("signature")
    if not isinstance(signature, dict) or signature.get("type") != KIND:
        return None
    creator = signature.get("creator")
    if isinstance(creator, dict):
        creator = creator.get("id")
    return creator if isinstance(creator, str) else None


def verify_ld_signature(document: dict[str, Any], key: PublicKey) -> None:
    """``document`` is the JSON as it came, not normalised.

    Raises:
        BadLdSignature: it does not hold, or the document could mean something else to others.
    """
    signature = document.get("signature")
    if not isinstance(signature, dict) or signature.get("type") != KIND:
        raise BadLdSignature(f"it has no {KIND}")
    if key.algorithm != "rsa":
        raise BadLdSignature("its key is no RSA key")
    _refuse_disguise(document, Scope(aliases={}))
    if _blank_nodes(document) > MAX_BLANK:
        raise BadLdSignature(f"it has more than {MAX_BLANK} objects without an id")
    try:
        value = base64.b64decode(str(signature.get("signatureValue")), validate=True)
    except (binascii.Error, ValueError):
        raise BadLdSignature("its signatureValue is not base64") from None
    if not key.verifies(value, signed_message(document, signature).encode()):
        raise BadLdSignature("the LD signature was not made with this key over this document")


def ld_sign(document: dict[str, Any], key: PrivateKey, key_id: str, now_s: int) -> dict[str, Any]:
    """The document with a signature, for those that verify nothing else (relays)."""
    created = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature: dict[str, Any] = {"type": KIND, "creator": key_id, "created": created}
    made = key.sign(signed_message(document, signature).encode())
    signature["signatureValue"] = base64.b64encode(made).decode()
    return document | {"signature": signature}


def signed_message(document: dict[str, Any], signature: dict[str, Any]) -> str:
    """Two hashes in hex: of the options and of the document, each as canonical N-Quads.

    Raises:
        BadLdSignature: the document is no JSON-LD that can be canonicalised here.
    """
    options = {name: each for name, each in signature.items() if name not in _SIGNATURE_PARTS}
    options["@context"] = IDENTITY
    without = {name: each for name, each in document.items() if name != "signature"}
    return _hash_of(options) + _hash_of(without)


def _hash_of(document: dict[str, Any]) -> str:
    return hashlib.sha256(n_quads(document).encode()).hexdigest()


def n_quads(document: dict[str, Any]) -> str:
    """URDNA2015.

    Raises:
        BadLdSignature: see ``signed_message``.
    """
    from pyld import jsonld  # type: ignore[import-untyped]

    def load(url: str, _options: Any) -> dict[str, Any]:
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": context(url),
        }

    try:
        normal: str = jsonld.normalize(
            document,
            {
                "algorithm": "URDNA2015",
                "format": "application/n-quads",
                "documentLoader": load,
                "processingMode": "json-ld-1.1",
            },
        )
    except UnknownContext as error:
        raise BadLdSignature(str(error)) from None
    except jsonld.JsonLdError as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        why = str(cause) if isinstance(cause, UnknownContext) else "it is no JSON-LD"
        raise BadLdSignature(why) from None
    except (RecursionError, ValueError, TypeError, KeyError, AttributeError):
        raise BadLdSignature("it is no JSON-LD that can be read here") from None
    return normal


def _blank_nodes(value: Any) -> int:
    """Objects that would be blank nodes in RDF."""
    if isinstance(value, list):
        return sum(map(_blank_nodes, value))
    if not isinstance(value, dict):
        return 0
    inner = sum(_blank_nodes(each) for name, each in value.items() if name != "@context")
    return inner + ("id" not in value and "@id" not in value)


def _refuse_disguise(value: Any, scope: Scope) -> None:
    """Words that hide a document in another, and contexts that give ours another meaning."""
    if isinstance(value, list):
        for each in value:
            _refuse_disguise(each, scope)
    elif isinstance(value, dict):
        if _HIDING & set(value):
            raise BadLdSignature("it uses a keyword that can hide one document in another")
        try:
            scope = enter(value.get("@context", []), scope)
        except ForeignTerm as error:
            raise BadLdSignature(str(error)) from None
        for name, each in value.items():
            if name != "@context":
                _refuse_disguise(each, scope)
