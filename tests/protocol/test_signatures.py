"""HTTP signatures against the vectors of the corpus, and our own against our own reader."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.shared import shared
from weft.protocol import base58
from weft.protocol.keys import (
    BadKey,
    PublicKey,
    generate_ed25519,
    generate_rsa,
    keys_of_actor,
    load_multikey,
    load_private_key,
    load_public_key,
)
from weft.protocol.signatures.cavage import sign_get_cavage, sign_post_cavage
from weft.protocol.signatures.components import component_value
from weft.protocol.signatures.request import SignatureError, SignedRequest
from weft.protocol.signatures.rfc9421 import read_message_signatures, sign_message, signature_base
from weft.protocol.signatures.verify import key_id_of, verify

NOW = 1_800_000_000


def vectors(name: str) -> list[dict[str, Any]]:
    path = shared("corpus/signatures") / name
    return json.loads(path.read_text())["vectors"] if path.exists() else []


def named(name: str) -> list[Any]:
    return [pytest.param(each, id=each["id"]) for each in vectors(name)]


def request_of(vector: dict[str, Any]) -> SignedRequest:
    message = vector["message"]
    headers: dict[str, str] = {}
    for name, value in message["headers"]:
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    for field in ("signature_input", "signature"):
        if vector.get(field):
            headers[field.replace("_", "-")] = vector[field]
    if vector.get("signature_header"):
        headers["signature"] = vector["signature_header"]
    parts = urlsplit(message["url"])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = (message["body"] or "").encode()
    return SignedRequest(message["method"], target, message["url"], headers, body)


def key_of(vector: dict[str, Any], root: Path) -> PublicKey:
    return load_public_key((root / vector["key"]).read_text())


OURS = {
    # The index leaves to the reader what the policy makes of these.
    "cavage-C.1-default": "refused",
    "cavage-C.2-basic": "refused",
    "post-sha512-digest-only": "verifies",
    "post-content-digest-sha512": "verifies",
}


@pytest.mark.parametrize("vector", [*named("cavage.json"), *named("rfc9421-fediverse.json")])
def test_vectors_of_the_fediverse(vector: dict[str, Any]) -> None:
    request = request_of(vector)
    key = key_of(vector, shared("corpus/signatures"))
    wanted = OURS.get(vector["id"]) or (
        "verifies" if vector["expect"].startswith("verifies") else "refused"
    )
    if wanted == "verifies":
        assert key_id_of(request)
        verify(request, key, vector["now"])
        return
    with pytest.raises(SignatureError, match=r"\w"):
        _named_and_verified(request, key, vector["now"])


def _named_and_verified(request: SignedRequest, key: PublicKey, now_s: int) -> None:
    key_id_of(request)
    verify(request, key, now_s)


# One vector signs a response: Weft reads signed requests only.
REQUESTS = [each for each in named("rfc9421.json") if "url" in each.values[0]["message"]]


@pytest.mark.parametrize("vector", REQUESTS)
def test_signature_base_is_rebuilt(vector: dict[str, Any]) -> None:
    request = request_of(vector)
    read = read_message_signatures(vector["signature_input"], vector["signature"])[0]
    if "mismatch" in vector["expect"]:
        key = key_of(vector, shared("corpus/signatures"))
        assert not key.verifies(read.signature, signature_base(request, read).encode())
        return
    assert signature_base(request, read) == vector["signature_base"]
    if vector["algorithm"] == "hmac-sha256":
        return
    key = key_of(vector, shared("corpus/signatures"))
    hashed = "rsa-pss-sha512" if vector["algorithm"] == "rsa-pss-sha512" else ""
    assert key.verifies(read.signature, signature_base(request, read).encode(), hashed=hashed)


@pytest.mark.parametrize("row", vectors("rfc9421-components.json"))
def test_components(row: dict[str, Any]) -> None:
    component = row["component"]
    if not component.startswith('"'):
        component = f'"{component}"'
    read = read_message_signatures(f"s=({component})", "s=:AAAA:")[0]
    [(name, parameters)] = read.covered
    headers = row.get("headers", [])

    def lines(field: str) -> list[str]:
        return [value for key, value in headers if key.lower() == field]

    if "error" in row:
        with pytest.raises(SignatureError):
            component_value(name, parameters, row["method"], row["url"], lines)
    else:
        assert component_value(name, parameters, row["method"], row["url"], lines) == row["value"]


@pytest.mark.parametrize("row", vectors("fep-521a.json"))
def test_multikeys(row: dict[str, Any]) -> None:
    raw = base58.decode(row["publicKeyMultibase"][1:])
    assert raw.hex() == row["prefix_hex"] + row["key_hex"]
    assert load_multikey(row["publicKeyMultibase"]).multibase() == row["publicKeyMultibase"]


def test_a_pem_with_spaces_is_read() -> None:
    actor = json.loads((shared("corpus/signatures") / "brauca-actor.json").read_text())
    [key] = keys_of_actor(actor)
    assert key.algorithm == "rsa"


def test_an_actor_lists_no_keys_of_others() -> None:
    _, pem = generate_rsa()
    actor = {
        "id": "https://a.example/u",
        "publicKey": [
            {"id": "https://a.example/u#k", "owner": "https://a.example/u", "publicKeyPem": pem},
            {"id": "https://b.example/u#k", "owner": "https://a.example/u", "publicKeyPem": pem},
            {"id": "https://a.example/u#l", "owner": "https://a.example/v", "publicKeyPem": pem},
            {"id": "https://a.example/u#m", "owner": "https://a.example/u", "publicKeyPem": "no"},
        ],
    }
    assert [key.key_id for key in keys_of_actor(actor)] == ["https://a.example/u#k"]


@pytest.mark.parametrize("generate", [generate_rsa, generate_ed25519])
@pytest.mark.parametrize("form", ["cavage", "rfc9421"])
def test_what_we_sign_verifies_and_nothing_else(generate: Any, form: str) -> None:
    private_pem, public_pem = generate()
    private, public = load_private_key(private_pem), load_public_key(public_pem)
    url, body = "https://b.example/inbox?x=1", b'{"type":"Follow"}'
    if form == "cavage":
        headers = sign_post_cavage(url, body, "https://a.example/u#k", private, NOW)
    else:
        headers = sign_message("POST", url, body, "https://a.example/u#k", private, NOW)
        headers["host"] = "b.example"
    request = SignedRequest("POST", "/inbox?x=1", url, headers, body)
    assert key_id_of(request) == "https://a.example/u#k"
    verify(request, public, NOW + 60)

    changed = SignedRequest("POST", "/inbox?x=1", url, headers, body + b" ")
    with pytest.raises(SignatureError, match="digest"):
        verify(changed, public, NOW)
    elsewhere = SignedRequest("POST", "/other", "https://b.example/other", headers, body)
    with pytest.raises(SignatureError) as error:
        verify(elsewhere, public, NOW)
    assert error.value.only_the_key
    with pytest.raises(SignatureError):
        verify(request, load_public_key(generate_rsa()[1]), NOW)
    with pytest.raises(SignatureError, match="hour"):
        verify(request, public, NOW + 8 * 3600)


def test_a_signed_get_covers_its_host() -> None:
    private_pem, public_pem = generate_rsa()
    url = "http://127.0.0.1:8001/ap/actors/1"
    headers = sign_get_cavage(url, "https://a.example/u#k", load_private_key(private_pem), NOW)
    assert headers["host"] == "127.0.0.1:8001"
    verify(
        SignedRequest("GET", "/ap/actors/1", url, headers, b""), load_public_key(public_pem), NOW
    )


@pytest.mark.parametrize(
    "pem", ["", "x" * 10_000, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
def test_what_is_no_key_is_refused_with_a_sentence(pem: str) -> None:
    with pytest.raises(BadKey, match=r"key|PEM"):
        load_public_key(pem)
