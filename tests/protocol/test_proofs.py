"""Documents that speak for themselves: integrity proofs, LD signatures, Multikeys; all vectors."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.shared import shared
from weft.protocol import base58
from weft.protocol.contexts import UnknownContext, context
from weft.protocol.jcs import NotCanonical, canonical
from weft.protocol.keys import (
    PrivateKey,
    PublicKey,
    generate_ed25519,
    generate_rsa,
    load_multikey,
    load_private_key,
    load_public_key,
)
from weft.protocol.ldsignatures import (
    BadLdSignature,
    creator_of,
    ld_sign,
    n_quads,
    signed_message,
    verify_ld_signature,
)
from weft.protocol.proofs import (
    BadProof,
    method_of,
    proofs_of,
    signed_bytes,
    verify_proof,
    with_proof,
)

CORPUS = Path("corpus/signatures")
NOW_S = 1_800_000_000


def vectors(name: str) -> list[Any]:
    path = shared(str(CORPUS)) / name
    read = json.loads(path.read_text())["vectors"] if path.exists() else []
    return [pytest.param(each, id=each["id"]) for each in read]


def verdict(vector: dict[str, Any]) -> str:
    expected = str(vector["expect"])
    if "here: rejected" in expected:
        return "rejected"
    return expected.partition(":")[0].split()[0].rstrip(",;")


@pytest.fixture(scope="module")
def ours() -> PrivateKey:
    return load_private_key(generate_ed25519()[0])


@pytest.mark.parametrize("vector", vectors("fep-8b32.json"))
def test_integrity_proofs(vector: dict[str, Any]) -> None:
    document = vector.get("signed") or vector["document"]
    expected = verdict(vector)
    if "canonical_document" in vector and "proof_config" in vector:
        assert canonical(vector["proof_config"]).decode() == vector["canonical_proof_config"]
        assert canonical(vector["document"]).decode() == vector["canonical_document"]
        data = signed_bytes(vector["document"], vector["proof_config"])
        assert data[:32].hex() == vector["proof_config_sha256"]
    proofs = proofs_of(document)
    if expected == "not":
        assert proofs == []
        return
    multibase = vector.get("public_key_multibase") or ALICE
    key = load_multikey(multibase)
    if expected == "rejected":
        with pytest.raises(BadProof):
            hold_all(document, key)
        return
    assert proofs
    for each in proofs:
        assert method_of(each)
        verify_proof(document, each, key)
    if "secret_key_multibase" in vector and "proof_config" in vector:
        raw = base58.decode(vector["secret_key_multibase"][1:])[2:]
        signature = private_of(raw).sign(signed_bytes(vector["document"], vector["proof_config"]))
        assert "z" + base58.encode(signature) == vector["proof_value"]


ALICE = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


def hold_all(document: dict[str, Any], key: PublicKey) -> None:
    """Every proof that can be checked must hold; it is believed of its document's owner alone."""
    for each in proofs_of(document):
        assert_owner(document, method_of(each))
        verify_proof(document, each, key)


def assert_owner(document: dict[str, Any], method: str) -> None:
    owner = document.get("actor") or document.get("attributedTo") or ""
    if method.partition("#")[0] != owner:
        raise BadProof("the proof's key is another's")


def private_of(raw: bytes) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return PrivateKey(Ed25519PrivateKey.from_private_bytes(raw))


def test_what_we_sign_verifies_and_any_change_does_not(ours: PrivateKey) -> None:
    document = {
        "@context": [
            "https://www.w3.org/ns/activitystreams",
            {"toot": "http://joinmastodon.org/ns#"},
        ],
        "id": "https://weft.example/a/1",
        "actor": "https://weft.example/ap/actors/1",
        "object": {"content": "Grüße 🔥 \u2028", "size": 1.5e-7, "list": [1, None, True]},
    }
    signed = with_proof(document, ours, "https://weft.example/ap/actors/1#ed25519-key", NOW_S)
    assert signed["@context"][1] == "https://w3id.org/security/data-integrity/v2"
    (proof,) = proofs_of(signed)
    again = json.loads(json.dumps(signed))
    verify_proof(again, proofs_of(again)[0], ours.public())
    verify_proof(signed | {"signature": {"type": "RsaSignature2017"}}, proof, ours.public())
    for changed in (
        signed | {"actor": "https://evil.example"},
        signed | {"added": 1},
        signed | {"@context": document["@context"]},
        {name: value for name, value in signed.items() if name != "id"},
    ):
        with pytest.raises(BadProof):
            verify_proof(changed, proof, ours.public())
    with pytest.raises(BadProof):
        verify_proof(signed, proof | {"created": "2020-01-01T00:00:00Z"}, ours.public())


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (56.0, "56"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (-0.0, "0"), (1e-6, "0.000001"),
        (1e-7, "1e-7"), (123456.789, "123456.789"), (1.5e300, "1.5e+300"), (5e-324, "5e-324"),
        (0.1, "0.1"), (-1.25e-9, "-1.25e-9"), (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740992"), (10**30, "1e+30"), (True, "true"), ("\u007f\x1f\"", '"\u007f\\u001f\\""'),
        ({"\ufb33": 1, "\U0001f600": 2, "a": 3}, '{"a":3,"\U0001f600":2,"\ufb33":1}'),
    ],
)  # fmt: skip
def test_canonical_json(value: Any, written: str) -> None:
    assert canonical(value).decode() == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_canonical_number_reads_back(value: float) -> None:
    assert float(canonical(value)) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}])
def test_what_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


BRAUCA = "brauca-actor.json"


@pytest.mark.parametrize("vector", vectors("ld-signatures.json"))
def test_ld_signatures(vector: dict[str, Any]) -> None:
    actor = json.loads((shared(str(CORPUS)) / BRAUCA).read_text())
    key = load_public_key(actor["publicKey"]["publicKeyPem"])
    signed = vector["signed"]
    expected = verdict(vector)
    if vector["id"] == "mastodon-create":
        for name, text in hashes_of(vector).items():
            assert name in text
    if expected in {"verifies", "the"}:
        verify_ld_signature(signed, key)
        return
    if expected == "not":
        assert creator_of(signed) is None
        return
    creator = creator_of(signed)
    if creator is None or creator.partition("#")[0] != signed["actor"]:
        return  # the key's owner is not the actor: it is not even verified
    with pytest.raises(BadLdSignature):
        verify_ld_signature(signed, key)


def hashes_of(vector: dict[str, Any]) -> dict[str, str]:
    """The hashes that the vector prints, each with the message that must have it."""
    message = signed_message(vector["signed"], vector["signed"]["signature"])
    printed = [str(value) for name, value in vector.items() if name.endswith("sha256")]
    return dict.fromkeys(printed, message)


def test_an_ld_signature_of_ours_verifies_and_any_change_does_not() -> None:
    key = load_private_key(generate_rsa()[0])
    document = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": "https://weft.example/a/1",
        "type": "Create",
        "actor": "https://weft.example/ap/actors/1",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "object": {"id": "https://weft.example/p/1", "type": "Note", "content": "<p>Hi</p>"},
    }
    signed = ld_sign(document, key, "https://weft.example/ap/actors/1#main-key", NOW_S)
    verify_ld_signature(json.loads(json.dumps(signed)), key.public())
    for changed in (
        signed | {"actor": "https://evil.example"},
        signed | {"summary": "added"},
        signed | {"signature": signed["signature"] | {"created": "2020-01-01T00:00:00Z"}},
    ):
        with pytest.raises(BadLdSignature):
            verify_ld_signature(changed, key.public())


@pytest.mark.parametrize(
    "extra",
    [
        {"@context": "https://evil.example/context"},
        {"@context": ["https://www.w3.org/ns/activitystreams", {"content": "as:summary"}]},
        {"@graph": []},
        {"object": {"@reverse": {}}},
        {"tag": [{"name": str(n)} for n in range(100)]},
    ],
)
def test_what_could_mean_something_else_is_refused(extra: dict[str, Any]) -> None:
    key = PublicKey(load_private_key(generate_rsa()[0]).public()._key)
    signature = {
        "type": "RsaSignature2017",
        "creator": "https://a.example#k",
        "signatureValue": "aa==",
    }
    document = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Note"} | extra
    with pytest.raises(BadLdSignature):
        verify_ld_signature(document | {"signature": signature}, key)


@pytest.mark.parametrize("url", json.loads(
    (shared(str(CORPUS)) / "contexts/index.json").read_text()
    if (shared(str(CORPUS)) / "contexts/index.json").exists() else "{}"
))  # fmt: skip
def test_our_contexts_are_the_published_ones(url: str) -> None:
    folder = shared(str(CORPUS)) / "contexts"
    file = json.loads((folder / "index.json").read_text())[url]
    published = json.loads((folder / file).read_text())["@context"]
    mine = context(url)["@context"]
    if url == "https://w3id.org/identity/v1":
        # Only what the options of a signature use.
        published = {name: each for name, each in published.items() if name in mine}
    assert set(mine) == set(published)
    assert expanded(mine) == expanded(published)


def expanded(terms: dict[str, Any]) -> dict[str, Any]:
    """Term definitions with their IRIs written out."""
    prefixes = {name: iri for name, iri in terms.items() if isinstance(iri, str)}

    def whole(iri: Any) -> Any:
        if isinstance(iri, str) and ":" in iri and iri.partition(":")[0] in prefixes:
            prefix, _, rest = iri.partition(":")
            if not rest.startswith("//"):
                return prefixes[prefix] + rest
        return iri

    found: dict[str, Any] = {}
    for name, each in terms.items():
        if isinstance(each, dict):
            found[name] = {
                key: expanded(value) if key == "@context" else whole(value)
                for key, value in each.items()
            }
        else:
            found[name] = whole(each)
    return found


def test_an_unknown_context_is_not_fetched() -> None:
    with pytest.raises(UnknownContext):
        context("https://evil.example/context")
    with pytest.raises(BadLdSignature, match="not known"):
        n_quads({"@context": "https://evil.example/context", "type": "Note"})
