"""Whose word it is, when another brings it: integrity proofs, LD signatures, or a look at its origin.

An activity may be passed on by whoever has it (ActivityPub 7.1.2, relays). Who signed the request
then says nothing about it; it must carry a proof of its actor (FEP-8b32, or Mastodon's LD signature),
or what it is about is fetched from where it says it lives.
"""

import asyncio
from typing import Any

import msgspec

from weft.domain.actors.queries import actor_by_id, object_by_uri
from weft.domain.actors.records import Actor
from weft.federation.handlers.received import Tools, Verdict, ignored, refused
from weft.federation.keyring import KnownKey
from weft.federation.policing import KeptOut
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import (
    Document,
    MalformedDocument,
    first_id,
    objects,
    read_document,
)
from weft.protocol.contexts import UnknownContext, context
from weft.protocol.json_input import decode
from weft.protocol.ldsignatures import BadLdSignature, creator_of, verify_ld_signature
from weft.protocol.proofs import BadProof, method_of, proofs_of, verify_proof


class Vouched(msgspec.Struct, frozen=True):
    """An activity whose actor signed it, whoever brought it."""

    actor: Actor
    document: Document
    by: str
    """What vouches, for the inspector."""


async def vouched(
    tools: Tools, body: bytes, document: Document, actor_uri: str
) -> Vouched | Verdict | None:
    """Does the activity itself prove that it is its actor's? None if it says nothing of the kind.

    A proof that can be checked and does not hold ends the matter: it is not looked for another.

    Raises:
        Unresolved: the key cannot be had now.
    """
    if "proof" not in document and "signature" not in document:
        return None
    try:
        raw = decode(body)
    except MalformedDocument as error:
        return refused(str(error))
    proofs = proofs_of(raw)
    try:
        if proofs:
            return await _by_proofs(tools, raw, document, proofs, actor_uri)
        creator = creator_of(raw)
        if creator is not None:
            return await _by_ld_signature(tools, raw, creator, actor_uri)
    except (BadProof, BadLdSignature) as error:
        return refused(str(error))
    except Unresolved as error:
        if error.passing:
            raise
        return refused(f"the key of its proof cannot be had: {error}")
    return None


async def _by_proofs(
    tools: Tools, raw: Any, document: Document, proofs: list[dict[str, Any]], actor_uri: str
) -> Vouched:
    actor: Actor | None = None
    for proof in proofs:
        known = await _key_of(tools, method_of(proof), actor_uri)
        if known is None:
            raise BadProof("the key of its proof is not its actor's")
        verify_proof(raw, proof, known.key)
        actor = await tools.db.one(actor_by_id, id=known.owner.actor_id)
    if actor is None:
        raise BadProof("who made its proof is gone")
    return Vouched(actor, document, "with an integrity proof of its actor")


async def _by_ld_signature(tools: Tools, raw: Any, creator: str, actor_uri: str) -> Vouched:
    known = await _key_of(tools, creator, actor_uri)
    actor = await tools.db.one(actor_by_id, id=known.owner.actor_id) if known is not None else None
    if known is None or actor is None:
        raise BadLdSignature("the key of its LD signature is not its actor's")
    # Canonical labelling takes milliseconds, and on purpose more.
    async with asyncio.timeout(10):
        await asyncio.to_thread(verify_ld_signature, raw, known.key)
    try:
        document = read_document(msgspec.json.encode(only_signed(raw)))
    except MalformedDocument as error:
        raise BadLdSignature(str(error)) from None
    return Vouched(actor, document, "with an LD signature of its actor")


async def _key_of(tools: Tools, key_id: str, actor_uri: str) -> KnownKey | None:
    """The actor's own key of this id, fetched if it must be."""
    known = await tools.keys.known(key_id)
    if known is None:
        await tools.resolver.key_owner(key_id)
        known = await tools.keys.known(key_id)
    return known if known is not None and known.owner.actor_uri == actor_uri else None


def only_signed(raw: dict[str, Any]) -> dict[str, Any]:
    """The document without what its LD signature does not cover: names that no context knows."""
    kept: dict[str, Any] = _mapped(raw, _terms(raw.get("@context")))
    return kept


def _terms(listed: Any) -> frozenset[str]:
    names: set[str] = {"@context", "id", "type", "@id", "@type", "@value", "@language"}
    for each in listed if isinstance(listed, list) else [listed]:
        if isinstance(each, dict):
            names |= set(each)
        elif isinstance(each, str):
            try:
                names |= set(context(each)["@context"])
            except UnknownContext:
                continue
    return frozenset(names)


def _mapped(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_mapped(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    if "@context" in value:
        names = names | _terms(value["@context"])
    return {
        # The keys of a language map are languages, not names.
        name: each if name.endswith("Map") or name == "@context" else _mapped(each, names)
        for name, each in value.items()
        if name in names or (":" in name and name.partition(":")[0] in names)
    }


async def fetched_instead(tools: Tools, type_: str, document: Document) -> Verdict:
    """Nobody vouches for it: look at the origin, if it is about a thread that is here.

    Raises:
        Unresolved: the origin cannot be asked now.
    """
    uri = first_id(document.get("object"))
    if type_ not in {"Create", "Update"} or uri is None:
        return ignored("it was passed on by another, and nothing in it proves whose it is")
    inner = next(iter(objects(document.get("object"))), {})
    parent = first_id(inner.get("inReplyTo"))
    if parent is None or await tools.db.one(object_by_uri, uri=parent) is None:
        return ignored("it was passed on by another, and is not about anything here")
    try:
        post = await tools.resolver.post(uri)
    except KeptOut:
        raise
    except Unresolved as error:
        if error.passing:
            raise
        return ignored(f"it was passed on by another, and its origin says: {error}")
    return ignored("fetched from its origin" if post is not None else "the object is gone")
