"""Messages for the push services of phones and browsers (Web Push), as pure functions.

A message is encrypted for the application that will read it, so that the push service in between
learns when something happened and nothing else: RFC 8291 (``aes128gcm``), or for older applications
the fourth draft of it (``aesgcm``), whose parameters travel in header fields. Who sends is proved by a
signed token (VAPID, RFC 8292, and its first draft for older applications).

Keys are P-256; public ones are 65 bytes (an uncompressed point), written in unpadded base64url.
"""

import base64
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

POINT_BYTES = 65
AUTH_BYTES = 16
SALT_BYTES = 16
RECORD_BYTES = 4096
"""One record holds the whole message: push services take no longer ones (RFC 8030, 7.2)."""
MOST_PLAIN_BYTES = RECORD_BYTES - 86 - 17
"""What fits: less the header (salt, size, key) and the tag with its delimiter."""
_CURVE = ec.SECP256R1()


class BadKey(ValueError):
    """The application's keys are none; the sentence says what they should be."""


class Message(Struct, frozen=True):
    """What is POSTed to the endpoint."""

    body: bytes
    headers: Mapping[str, str]


def encoded(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64, in either alphabet, padded or not.

    Raises:
        BadKey: it is none.
    """
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise BadKey("A key must be written in base64.") from None


def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """Raises BadKey for what is no point of the curve."""
    if len(point) != POINT_BYTES:
        raise BadKey(f"p256dh must be a P-256 key of {POINT_BYTES} bytes.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError:
        raise BadKey("p256dh is no point of the curve P-256.") from None


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def new_private_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(_CURVE)


def private_key(number: bytes) -> ec.EllipticCurvePrivateKey:
    """From its 32 bytes."""
    return ec.derive_private_key(int.from_bytes(number, "big"), _CURVE)


def number_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(32, "big")


def encrypt(
    plain: bytes,
    reader: bytes,
    auth: bytes,
    *,
    salt: bytes,
    key: ec.EllipticCurvePrivateKey,
    standard: bool,
) -> Message:
    """``plain`` for the one who holds the key of ``reader`` and the secret ``auth``.

    ``salt`` (16 random bytes) and ``key`` are for this message alone.

    Raises:
        BadKey: ``reader`` or ``auth`` is none.
        ValueError: ``plain`` is longer than ``MOST_PLAIN_BYTES``.
    """
    if len(plain) > MOST_PLAIN_BYTES:
        raise ValueError(f"a push message of {len(plain)} bytes does not fit")
    if len(auth) != AUTH_BYTES:
        raise BadKey(f"auth must have {AUTH_BYTES} bytes.")
    shared = key.exchange(ec.ECDH(), public_key(reader))
    sender = point_of(key.public_key())
    seal = _standard if standard else _draft
    return seal(plain, shared, reader, sender, auth, salt)


def _standard(
    plain: bytes, shared: bytes, reader: bytes, sender: bytes, auth: bytes, salt: bytes
) -> Message:
    """RFC 8291, section 3.4, in the content coding of RFC 8188."""
    secret = _derive(auth, shared, b"WebPush: info\0" + reader + sender, 32)
    cipher = AESGCM(_derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16))
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(sender)]) + sender
    return Message(
        head + cipher.encrypt(nonce, plain + b"\x02", None), {"Content-Encoding": "aes128gcm"}
    )


def _draft(
    plain: bytes, shared: bytes, reader: bytes, sender: bytes, auth: bytes, salt: bytes
) -> Message:
    """draft-ietf-webpush-encryption-04, in draft-ietf-httpbis-encryption-encoding-03."""
    secret = _derive(auth, shared, b"Content-Encoding: auth\0", 32)
    parties = b"P-256\0" + b"".join(
        len(each).to_bytes(2, "big") + each for each in (reader, sender)
    )
    cipher = AESGCM(_derive(salt, secret, b"Content-Encoding: aesgcm\0" + parties, 16))
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\0" + parties, 12)
    return Message(
        cipher.encrypt(nonce, b"\0\0" + plain, None),
        {
            "Content-Encoding": "aesgcm",
            "Encryption": f"salt={encoded(salt)}",
            "Crypto-Key": f"dh={encoded(sender)}",
        },
    )


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def with_sender(
    message: Message,
    endpoint: str,
    *,
    key: ec.EllipticCurvePrivateKey,
    subject: str,
    expires_at_s: int,
) -> Message:
    """``message`` with the proof of who sends it to ``endpoint``.

    ``subject`` is a ``mailto:`` or ``https:`` URI at which the push service reaches the operator;
    ``expires_at_s`` is at most a day from now (RFC 8292, section 2).
    """
    at = urlsplit(endpoint)
    claims = {"aud": f"{at.scheme}://{at.netloc}", "exp": expires_at_s, "sub": subject}
    token = _signed(claims, key)
    public = encoded(point_of(key.public_key()))
    headers = dict(message.headers)
    if "Crypto-Key" in headers:
        headers["Crypto-Key"] += f";p256ecdsa={public}"
        headers["Authorization"] = f"WebPush {token}"
    else:
        headers["Authorization"] = f"vapid t={token},k={public}"
    return Message(message.body, headers)


def _signed(claims: Mapping[str, object], key: ec.EllipticCurvePrivateKey) -> str:
    """A JSON Web Token with ES256 (RFC 7518, section 3.4)."""
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    text = ".".join(encoded(json.dumps(each, separators=(",", ":")).encode()) for each in parts)
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
