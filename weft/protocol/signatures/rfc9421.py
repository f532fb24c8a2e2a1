"""HTTP Message Signatures (RFC 9421), in the profile that Mastodon and Fedify use."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from weft.protocol.keys import PrivateKey, PublicKey
from weft.protocol.signatures.components import component_value
from weft.protocol.signatures.request import (
    SignatureError,
    SignedRequest,
    check_digest,
    check_window,
)

MAX_LABELS = 3
MAX_COVERED = 32
_FITTING = {
    "rsa": {None, "rsa-v1_5-sha256", "rsa-v1_5-sha512", "rsa-pss-sha512"},
    "ed25519": {None, "ed25519"},
    "ecdsa-p256": {None, "ecdsa-p256-sha256"},
}
_HASHED = {"rsa-v1_5-sha512": "rsa-sha512", "rsa-pss-sha512": "rsa-pss-sha512"}


class MessageSignature(Struct, frozen=True):
    """One label that is in both headers."""

    label: str
    covered: list[tuple[str, dict[str, Any]]]
    parameters: dict[str, Any]
    signature: bytes

    @property
    def key_id(self) -> str:
        """Empty when there is none."""
        value = self.parameters.get("keyid")
        return value if isinstance(value, str) else ""


def read_message_signatures(input_header: str, header: str) -> list[MessageSignature]:
    """The labels that are in ``Signature-Input`` and in ``Signature``: three at most.

    Raises:
        SignatureError: a header is malformed, or no label is in both.
    """
    inputs, signatures = _dictionary(input_header), _dictionary(header)
    found = list(_labels(inputs, signatures))[:MAX_LABELS]
    if not found:
        raise SignatureError("no label is in both Signature-Input and Signature")
    return found


def _dictionary(header: str) -> dict[str, Any]:
    import http_sf

    try:
        read: Any = http_sf.parse(header.encode("ascii"), tltype="dictionary")
    except (ValueError, TypeError, KeyError, IndexError):
        raise SignatureError("Signature-Input or Signature is no structured field") from None
    return dict(read)


def _labels(inputs: dict[str, Any], signatures: dict[str, Any]) -> Iterator[MessageSignature]:
    for label, (covered, parameters) in inputs.items():
        signature = signatures.get(label)
        if not isinstance(covered, list) or len(covered) > MAX_COVERED or signature is None:
            continue
        if not isinstance(signature[0], bytes):
            continue
        if all(isinstance(name, str) for name, _ in covered):
            yield MessageSignature(label, covered, parameters, signature[0])


def signature_base(request: SignedRequest, read: MessageSignature) -> str:
    """What is signed (RFC 9421 section 2.5).

    Raises:
        SignatureError: a component is not there, comes twice or may not be covered.
    """
    import http_sf

    lines: list[str] = []
    seen: set[str] = set()
    for name, parameters in read.covered:
        identifier = http_sf.ser((name, parameters))
        if identifier in seen or name == "@signature-params":
            raise SignatureError(f"{identifier[:60]} is covered twice, or may not be covered")
        seen.add(identifier)
        value = component_value(
            name, parameters, request.method, request.url, lambda field: _lines(request, field)
        )
        lines.append(f"{identifier}: {value}")
    listed: Any = [(read.covered, read.parameters)]
    lines.append(f'"@signature-params": {http_sf.ser(listed)}')
    return "\n".join(lines)


def _lines(request: SignedRequest, field: str) -> list[str]:
    value = request.headers.get(field)
    return [] if value is None else [value]


def verify_message_signature(
    request: SignedRequest, read: MessageSignature, key: PublicKey, now_s: int
) -> None:
    """Hold a request against one of its signatures and the Fediverse's policy.

    Raises:
        SignatureError: with ``only_the_key`` when nothing but the cryptography failed.
    """
    algorithm = read.parameters.get("alg")
    if algorithm not in _FITTING[key.algorithm]:
        raise SignatureError("its alg is not one for this key")
    _check_coverage(request, read)
    created, expires = read.parameters.get("created"), read.parameters.get("expires")
    if type(created) is not int or not isinstance(expires, int | None):
        raise SignatureError("it has no time of creation")
    check_window(created, expires, now_s)
    if request.body or request.method == "POST":
        check_digest(_content_digests(request.headers.get("content-digest", "")), request.body)
    base = signature_base(request, read)
    if not key.verifies(read.signature, base.encode(), hashed=_HASHED.get(str(algorithm), "")):
        raise SignatureError("it was not made with this key over this request", only_the_key=True)


def covers_enough(request: SignedRequest, read: MessageSignature) -> bool:
    """Whether a label covers what one must cover to count here."""
    try:
        _check_coverage(request, read)
    except SignatureError:
        return False
    return True


def _check_coverage(request: SignedRequest, read: MessageSignature) -> None:
    covered = {name for name, parameters in read.covered if not parameters}
    whole = "@target-uri" in covered or {"@authority", "@path", "@query"} <= covered
    if "@target-uri" not in covered and "?" not in request.url:
        whole = {"@authority", "@path"} <= covered
    if "@method" not in covered or not whole:
        raise SignatureError("@method and @target-uri are not covered")
    if (request.body or request.method == "POST") and "content-digest" not in covered:
        raise SignatureError("content-digest is not covered")


def _content_digests(header: str) -> dict[str, bytes]:
    """A ``Content-Digest`` header (RFC 9530)."""
    found = _dictionary(header) if header else {}
    return {
        name: value[0] for name, value in found.items() if value and isinstance(value[0], bytes)
    }


def sign_message(
    method: str,
    url: str,
    body: bytes | None,
    key_id: str,
    key: PrivateKey,
    now_s: int,
    more: dict[str, str] | None = None,
) -> dict[str, str]:
    """Headers that sign a request; a POST's ``content-digest`` is among them. ``more`` are further
    fields (by lower-case name), which are covered too."""
    url = url.partition("#")[0]
    headers: dict[str, str] = {}
    covered = '"@method" "@target-uri"'
    lines = [f'"@method": {method}', f'"@target-uri": {url}']
    if body is not None:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["content-digest"] = f"sha-256=:{digest}:"
        covered += ' "content-digest"'
        lines.append(f'"content-digest": {headers["content-digest"]}')
    for name, value in (more or {}).items():
        headers[name] = value
        covered += f' "{name}"'
        lines.append(f'"{name}": {value}')
    parameters = f'({covered});created={now_s};keyid="{key_id}"'
    lines.append(f'"@signature-params": {parameters}')
    signature = base64.b64encode(key.sign("\n".join(lines).encode())).decode()
    headers["signature-input"] = f"sig1={parameters}"
    headers["signature"] = f"sig1=:{signature}:"
    return headers
