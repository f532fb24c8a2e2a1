"""Public and private keys: loaded once, used often; and how actors publish them.

RSA (draft-cavage, RFC 9421 ``rsa-v1_5-sha256``) and Ed25519 (FEP-521a, FEP-8b32). Loading checks
everything that may be wrong with a key, so that using one cannot fail.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from msgspec import Struct

from weft.protocol import base58
from weft.protocol.activitystreams import first_id, objects
from weft.protocol.origins import same_origin

MIN_RSA_BITS = 1024
MAX_RSA_BITS = 8192
OUR_RSA_BITS = 2048
MAX_KEYS = 16
MAX_PEM = 4096

_ED25519_PREFIX = b"\xed\x01"
_RSA_PREFIX = b"\x85\x24"
_PEM = re.compile(r"-----BEGIN ([A-Z ]{1,40})-----(.*?)-----END \1-----", re.DOTALL)
_HASHES = {"rsa-sha512": hashes.SHA512()}
_Public: TypeAlias = rsa.RSAPublicKey | ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_Private: TypeAlias = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class BadKey(ValueError):
    """The sentence says why the key is not taken."""


class PublicKey:
    """A key to verify with."""

    __slots__ = ("_key", "algorithm")

    def __init__(self, key: _Public) -> None:
        self._key = key
        if isinstance(key, rsa.RSAPublicKey):
            self.algorithm = "rsa"
        elif isinstance(key, ed25519.Ed25519PublicKey):
            self.algorithm = "ed25519"
        else:
            self.algorithm = "ecdsa-p256"

    def verifies(self, signature: bytes, message: bytes, *, hashed: str = "") -> bool:
        """Was ``signature`` made over ``message``? The key's type decides how; ``hashed`` names
        an algorithm only where one type has several (``rsa-sha512``, ``rsa-pss-sha512``)."""
        key = self._key
        try:
            if isinstance(key, rsa.RSAPublicKey):
                if hashed == "rsa-pss-sha512":
                    pss = padding.PSS(padding.MGF1(hashes.SHA512()), 64)
                    key.verify(signature, message, pss, hashes.SHA512())
                else:
                    kind = _HASHES.get(hashed, _SHA256)
                    key.verify(signature, message, _PKCS1, kind)
            elif isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, message)
            else:
                key.verify(_der_of(signature), message, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True

    def pem(self) -> str:
        """SPKI in PEM."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def multibase(self) -> str:
        """As FEP-521a writes it: ``z`` and base58btc of the multicodec prefix and the key.

        Raises:
            BadKey: the kind has no prefix there.
        """
        if isinstance(self._key, ed25519.Ed25519PublicKey):
            return "z" + base58.encode(_ED25519_PREFIX + self._key.public_bytes_raw())
        if isinstance(self._key, rsa.RSAPublicKey):
            der = self._key.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.PKCS1
            )
            return "z" + base58.encode(_RSA_PREFIX + der)
        raise BadKey("only RSA and Ed25519 keys are written as Multikey")


class PrivateKey:
    """A key to sign with."""

    __slots__ = ("_key", "cavage_algorithm")

    def __init__(self, key: _Private) -> None:
        self._key = key
        self.cavage_algorithm = "rsa-sha256" if isinstance(key, rsa.RSAPrivateKey) else "hs2019"

    def sign(self, message: bytes) -> bytes:
        """RSA PKCS#1 v1.5 with SHA-256, or Ed25519."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, _PKCS1, _SHA256)
        return self._key.sign(message)

    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key())


_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


def _der_of(signature: bytes) -> bytes:
    """DER of the fixed-width form that RFC 9421 section 3.3.4 sends for P-256."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(signature) != 64:
        raise ValueError("not 64 bytes")
    return encode_dss_signature(
        int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    )


def generate_rsa() -> tuple[bytes, str]:
    """A new RSA-2048 key: PKCS#8 PEM of the private part, SPKI PEM of the public one (40 ms)."""
    return _written(rsa.generate_private_key(public_exponent=65537, key_size=OUR_RSA_BITS))


def generate_ed25519() -> tuple[bytes, str]:
    """A new Ed25519 key, in the same forms."""
    return _written(ed25519.Ed25519PrivateKey.generate())


def _written(key: _Private) -> tuple[bytes, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, PublicKey(key.public_key()).pem()


def load_private_key(pem: bytes) -> PrivateKey:
    """One of our own keys.

    Raises:
        BadKey: it is no RSA or Ed25519 key.
    """
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"the private key cannot be read: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise BadKey("the private key is neither RSA nor Ed25519")
    return PrivateKey(key)


def load_public_key(pem: str) -> PublicKey:
    """SPKI or PKCS#1 in PEM, with line breaks, spaces or nothing between the lines.

    Raises:
        BadKey: it is no key that we verify with.
    """
    found = _PEM.search(pem) if len(pem) <= MAX_PEM else None
    if found is None:
        raise BadKey("the key is not PEM")
    label, body = found[1], "".join(found[2].replace("\\n", "").split())
    text = f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
    try:
        return _checked(serialization.load_pem_public_key(text.encode()))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("the PEM holds no public key") from None


def load_multikey(multibase: str) -> PublicKey:
    """A ``publicKeyMultibase`` of FEP-521a: Ed25519 or RSA.

    Raises:
        BadKey: it is neither.
    """
    if not multibase.startswith("z") or len(multibase) > MAX_PEM:
        raise BadKey("the Multikey is not base58btc")
    try:
        raw = base58.decode(multibase[1:])
        if raw.startswith(_ED25519_PREFIX):
            return PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(raw[2:]))
        if raw.startswith(_RSA_PREFIX):
            pem = base64.b64encode(raw[2:]).decode()
            label = "RSA PUBLIC KEY"
            return load_public_key(f"-----BEGIN {label}-----{pem}-----END {label}-----")
    except ValueError:
        pass
    raise BadKey("the Multikey is neither Ed25519 nor RSA")


def _checked(key: Any) -> PublicKey:
    if isinstance(key, rsa.RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise BadKey(f"an RSA key has {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
        return PublicKey(key)
    if isinstance(key, ed25519.Ed25519PublicKey):
        return PublicKey(key)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return PublicKey(key)
    raise BadKey("the key is of a kind that is not used here")


class PublishedKey(Struct, frozen=True):
    """A key as an actor's document lists it."""

    key_id: str
    algorithm: str
    """``rsa``, ``ed25519`` or ``ecdsa-p256``."""
    public_pem: str


def keys_of_actor(document: dict[str, Any]) -> tuple[PublishedKey, ...]:
    """The keys that an actor lists: ``publicKey`` and ``assertionMethod`` (FEP-521a).

    A key whose id is of another origin, whose owner is somebody else, or that is no key, is left
    out: an actor speaks for itself only.
    """
    actor = first_id(document.get("id"))
    if actor is None:
        return ()
    found: dict[str, PublishedKey] = {}
    for key_id, owner, load, written in _listed(document):
        if owner not in {None, actor} or not same_origin(key_id, actor) or key_id in found:
            continue
        try:
            key = load(written)
        except BadKey:
            continue
        found[key_id] = PublishedKey(key_id, key.algorithm, key.pem())
    return tuple(found.values())[:MAX_KEYS]


def _listed(document: dict[str, Any]) -> Iterator[tuple[str, str | None, Any, str]]:
    for each in objects(document.get("publicKey"))[:MAX_KEYS]:
        key_id, pem = first_id(each.get("id")), each.get("publicKeyPem")
        if key_id is not None and isinstance(pem, str):
            yield key_id, first_id(each.get("owner")), load_public_key, pem
    for each in objects(document.get("assertionMethod"))[:MAX_KEYS]:
        key_id, multibase = first_id(each.get("id")), each.get("publicKeyMultibase")
        if key_id is not None and isinstance(multibase, str):
            yield key_id, first_id(each.get("controller")), load_multikey, multibase
