"""Sealing what must not be read from a stolen database: private keys, second-factor secrets.

The key is 32 random bytes in a file outside the database (``WEFT_DATA/secret.key``). ``weft
backup`` carries it wrapped by a passphrase; ``weft doctor`` compares its fingerprint with the one
that the database remembers.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
KEY_BYTES = 32


class SecretKeyError(Exception):
    """The sealing key is missing or is not the one that sealed."""


class Sealer:
    """Seals and opens small secrets with AES-256-GCM; ``purpose`` binds each to its place."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise SecretKeyError(f"the secret key has {len(key)} bytes, and must have {KEY_BYTES}")
        self._cipher = AESGCM(key)
        self._root = hashlib.sha256(b"weft derived keys" + key).digest()
        self.fingerprint = hashlib.sha256(b"weft fingerprint" + key).hexdigest()[:32]

    def derived(self, purpose: str) -> bytes:
        """32 bytes that only this server can make, for one purpose."""
        return hmac.new(self._root, purpose.encode(), hashlib.sha256).digest()

    def seal(self, secret: bytes, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises SecretKeyError if this key did not seal it, or not for this purpose."""
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
            )
        except InvalidTag:
            raise SecretKeyError(
                "a secret in the database was sealed with another key: restore the secret.key "
                "that belongs to this database"
            ) from None


def load_or_make_key(path: Path) -> bytes:
    """The key in ``path``; made, readable by its owner only and on disk, if there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    key = os.urandom(KEY_BYTES)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, key)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(temporary, path)  # never replaces a key that another process just made
    except FileExistsError:
        return path.read_bytes()
    finally:
        temporary.unlink()
    return key
