"""What a signature is made over, and how it can fail."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from hmac import compare_digest

from msgspec import Struct

_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}

WINDOW_S = 3600
"""How far the clocks of two servers may be apart."""

MAX_VALIDITY_S = 12 * 3600
IMPLICIT_VALIDITY_S = 300


class SignatureError(Exception):
    """The sentence says what is wrong, without a full stop.

    ``only_the_key``: all is in order except that the key does not fit; it may have been changed
    at its origin since we read it.
    """

    def __init__(self, sentence: str, *, only_the_key: bool = False) -> None:
        super().__init__(sentence)
        self.only_the_key = only_the_key


class SignedRequest(Struct, frozen=True):
    """One HTTP request as it came."""

    method: str
    target: str
    """Path and query as they were sent."""
    url: str
    """The public address: the scheme and host that are configured, not the socket's."""
    headers: Mapping[str, str]
    """By lower-case name; repeated fields joined with ``, ``."""
    body: bytes


def check_window(created_s: int, expires_s: int | None, now_s: int) -> None:
    """Not from the future, not expired; an hour of clock difference is allowed both ways.

    An explicit expiry counts up to twelve hours after ``created``; without one it is five minutes.

    Raises:
        SignatureError: outside the window.
    """
    if created_s > now_s + WINDOW_S:
        raise SignatureError("it was made more than an hour from now; check the clocks")
    ends = created_s + IMPLICIT_VALIDITY_S if expires_s is None else expires_s
    if now_s > min(ends, created_s + MAX_VALIDITY_S) + WINDOW_S:
        raise SignatureError("it expired more than an hour ago; check the clocks")


def decode_base64(value: str) -> bytes:
    """Raises SignatureError unless it is base64 as RFC 4648 section 4 has it."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("the signature is not base64") from None


def check_digest(wanted: Mapping[str, bytes], body: bytes) -> None:
    """Hold the body against what its digests say; names are in lower case.

    Raises:
        SignatureError: one of the two that are known differs, or none is known.
    """
    known = {name: digest for name, digest in wanted.items() if name in _HASHES}
    if not known:
        raise SignatureError("there is no SHA-256 or SHA-512 digest of the body")
    for name, digest in known.items():
        if not compare_digest(_HASHES[name](body).digest(), digest):
            raise SignatureError("the digest is not that of the body")
