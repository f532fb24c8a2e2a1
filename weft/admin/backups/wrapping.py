"""The secret key inside a backup, wrapped by a passphrase.

scrypt (RFC 7914) makes a key of the passphrase, AES-256-GCM wraps with it. The manifest is the
associated data: who does not know the passphrase cannot change the list of checksums either, and so
nothing in the archive. 64 MiB and about half a second for each guess.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_SALT_BYTES = 16
_NONCE_BYTES = 12
_COST = {"n": 2**16, "r": 8, "p": 2}
MIN_PASSPHRASE = 10


class WrongPassphrase(Exception):
    """The passphrase does not open the key, or the archive's manifest was changed."""


def wrap(key: bytes, passphrase: str, manifest: bytes) -> bytes:
    """Salt, nonce and ciphertext."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    return salt + nonce + _cipher(passphrase, salt).encrypt(nonce, key, manifest)


def unwrap(wrapped: bytes, passphrase: str, manifest: bytes) -> bytes:
    """The key.

    Raises:
        WrongPassphrase: it was wrapped with another passphrase or for another manifest.
    """
    salt, rest = wrapped[:_SALT_BYTES], wrapped[_SALT_BYTES:]
    try:
        cipher = _cipher(passphrase, salt)
        return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], manifest)
    except (InvalidTag, ValueError):
        raise WrongPassphrase(
            "the passphrase does not open this backup, or the backup was changed after it was"
            " made: nothing was restored"
        ) from None


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, **_COST).derive(passphrase.encode()))
