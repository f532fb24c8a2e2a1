"""HTTP signatures by draft-cavage-http-signatures-12, as the Fediverse uses them."""

import base64
import hashlib
import re
from calendar import timegm
from email.utils import formatdate, parsedate
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Struct

from weft.protocol.keys import PrivateKey, PublicKey
from weft.protocol.origins import authority_of
from weft.protocol.signatures.request import (
    SignatureError,
    SignedRequest,
    check_digest,
    check_window,
    decode_base64,
)

MAX_COVERED = 32
_ALGORITHMS = frozenset(("", "hs2019", "rsa-sha256", "rsa-sha512", "ed25519"))
_PARAMETER = re.compile(r'\s*([A-Za-z]\w{0,31})\s*=\s*(?:"([^"\\]*)"|(\d{1,16}))\s*(?:,|\Z)', re.A)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+\Z")
_USUAL = frozenset(("host", "date", "digest", "content-type", "content-length", "user-agent"))


class Cavage(Struct, frozen=True):
    """A ``Signature`` header that was read."""

    key_id: str
    algorithm: str
    covered: tuple[str, ...]
    created: int | None
    expires: int | None
    signature: bytes


@lru_cache(maxsize=64)
def read_cavage(header: str) -> Cavage:
    """Read a ``Signature`` header.

    Raises:
        SignatureError: it is malformed, a parameter comes twice or one is missing.
    """
    found = _parameters(header)
    key_id, encoded = found.get("keyid"), found.get("signature")
    if not key_id or not encoded:
        raise SignatureError("the Signature header has no keyId or no signature")
    algorithm = found.get("algorithm", "").lower()
    if algorithm not in _ALGORITHMS:
        raise SignatureError(f"the algorithm {algorithm[:40]} is not one that is taken")
    created, expires = _integer(found, "created"), _integer(found, "expires")
    default = "(created)" if algorithm in {"", "hs2019"} and created is not None else "date"
    covered = tuple(found.get("headers", default).lower().split())
    if len(covered) > MAX_COVERED or len(set(covered)) != len(covered):
        raise SignatureError("the list of covered headers is too long, or names one twice")
    return Cavage(
        key_id=key_id,
        algorithm=algorithm,
        covered=covered,
        created=created,
        expires=expires,
        signature=decode_base64(encoded),
    )


def _parameters(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None:
            raise SignatureError("the Signature header is malformed")
        name = match[1].lower()
        if name in found:
            raise SignatureError(f"the Signature header has {match[1]} twice")
        found[name] = match[3] if match[2] is None else match[2]
        position = match.end()
    return found


def _integer(found: dict[str, str], name: str) -> int | None:
    value = found.get(name)
    if value is None:
        return None
    if not value.isdecimal() or not value.isascii() or len(value) > 12:
        raise SignatureError(f"{name} is not a number of seconds")
    return int(value)


def verify_cavage(request: SignedRequest, read: Cavage, key: PublicKey, now_s: int) -> None:
    """Hold a request against its signature and the policy of section 6 of the interop notes.

    Raises:
        SignatureError: with ``only_the_key`` when nothing but the cryptography failed.
    """
    _check_coverage(request, read)
    _check_time(request, read, now_s)
    if request.body or request.method == "POST":
        check_digest(_digests(request.headers.get("digest", "")), request.body)
    message = _signing_string(request, read, request.target)
    if key.verifies(read.signature, message.encode(), hashed=read.algorithm):
        return
    path, mark, _ = request.target.partition("?")
    # Mastodon before 4.3 leaves the query out of what it signs.
    if mark and key.verifies(
        read.signature, _signing_string(request, read, path).encode(), hashed=read.algorithm
    ):
        return
    raise SignatureError("it was not made with this key over this request", only_the_key=True)


def _check_coverage(request: SignedRequest, read: Cavage) -> None:
    covered = read.covered
    if "(request-target)" not in covered:
        raise SignatureError("(request-target) is not covered")
    if "date" not in covered and "(created)" not in covered:
        raise SignatureError("neither date nor (created) is covered")
    if request.method == "GET" and "host" not in covered:
        raise SignatureError("host is not covered")
    if (request.body or request.method == "POST") and "digest" not in covered:
        raise SignatureError("digest is not covered")
    if read.algorithm == "rsa-sha256" and not {"(created)", "(expires)"}.isdisjoint(covered):
        raise SignatureError("(created) and (expires) go with hs2019 only")


def _check_time(request: SignedRequest, read: Cavage, now_s: int) -> None:
    if "(created)" in read.covered:
        if read.created is None:
            raise SignatureError("(created) is covered, but there is no created")
        created = read.created
    else:
        created = _http_date(request.headers.get("date", ""))
    check_window(created, read.expires if "(expires)" in read.covered else None, now_s)


@lru_cache(maxsize=256)
def _http_date(value: str) -> int:
    """Seconds of an HTTP date (RFC 9110 section 5.6.7)."""
    parsed = parsedate(value) if 0 < len(value) < 64 else None
    if parsed is None:
        raise SignatureError("the Date header is not an HTTP date")
    try:
        return timegm(parsed)
    except (ValueError, OverflowError):
        raise SignatureError("the Date header is not an HTTP date") from None


def _digests(header: str) -> dict[str, bytes]:
    """A ``Digest`` header (RFC 3230): names in any case, padded base64."""
    found: dict[str, bytes] = {}
    for each in header.split(",")[:8]:
        name, mark, value = each.strip().partition("=")
        if mark and name.lower() in {"sha-256", "sha-512"}:
            found[name.lower()] = decode_base64(value)
    return found


def _signing_string(request: SignedRequest, read: Cavage, target: str) -> str:
    lines: list[str] = []
    for name in read.covered:
        if name == "(request-target)":
            lines.append(f"(request-target): {request.method.lower()} {target}")
        elif name in {"(created)", "(expires)"}:
            value = read.created if name == "(created)" else read.expires
            if value is None:
                raise SignatureError(f"{name} is covered, but there is no {name.strip('()')}")
            lines.append(f"{name}: {value}")
        else:
            if name not in _USUAL and _NAME.match(name) is None:
                raise SignatureError("the list of covered headers is malformed")
            header = request.headers.get(name)
            if header is None:
                raise SignatureError(f"{name} is covered, but the request has no such header")
            lines.append(f"{name}: {header.strip()}")
    return "\n".join(lines)


def sign_post_cavage(
    url: str,
    body: bytes,
    key_id: str,
    key: PrivateKey,
    now_s: int,
    more: dict[str, str] | None = None,
) -> dict[str, str]:
    """Headers, ``host`` among them, that sign a POST of an activity. ``more`` are further fields
    (by lower-case name), which are covered too."""
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    host, target = _host_and_target(url)
    date = formatdate(now_s, usegmt=True)
    message = (
        f"(request-target): post {target}\nhost: {host}\ndate: {date}\ndigest: {digest}\n"
        "content-type: application/activity+json"
    )
    covered = "(request-target) host date digest content-type"
    for name, value in (more or {}).items():
        covered += f" {name}"
        message += f"\n{name}: {value}"
    return (more or {}) | {
        "host": host,
        "date": date,
        "digest": digest,
        "content-type": "application/activity+json",
        "signature": _header(key_id, key, covered, message),
    }


def sign_get_cavage(url: str, key_id: str, key: PrivateKey, now_s: int) -> dict[str, str]:
    """Headers, ``host`` among them, that sign a GET."""
    host, target = _host_and_target(url)
    date = formatdate(now_s, usegmt=True)
    message = f"(request-target): get {target}\nhost: {host}\ndate: {date}"
    return {
        "host": host,
        "date": date,
        "signature": _header(key_id, key, "(request-target) host date", message),
    }


def _header(key_id: str, key: PrivateKey, covered: str, message: str) -> str:
    signature = base64.b64encode(key.sign(message.encode())).decode()
    return (
        f'keyId="{key_id}",algorithm="{key.cavage_algorithm}",headers="{covered}",'
        f'signature="{signature}"'
    )


def _host_and_target(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    target = parts.path or "/"
    host = authority_of(url.partition("#")[0]) or parts.netloc
    return host, f"{target}?{parts.query}" if parts.query else target
