"""Passwords, tokens and codes: made here, kept as hashes only."""

import asyncio
import hashlib
import secrets
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# The prefix names the API family that a token was issued through (design section 4b).
TOKEN_PREFIXES = {"mastodon": "weftm_", "lemmy": "weftl_"}
MIN_PASSWORD = 8


class WeakPassword(Exception):
    """The sentence is for the person who chose it."""


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    # OWASP's second profile: 19 MiB, two passes: a small server can afford a few at a time.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hash_password(password: str) -> str:
    """Argon2id, in a thread (about 30 ms).

    Raises:
        WeakPassword: it is too short or too long.
    """
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(f"The password needs at least {MIN_PASSWORD} characters.")
    if len(password) > 1000:
        raise WeakPassword("The password may have at most 1000 characters.")
    return await asyncio.to_thread(_hasher().hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Compare; takes as long for an account that does not exist."""
    return await asyncio.to_thread(_verify, stored, password)


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def _verify(stored: str | None, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(stored or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def new_token(family: str) -> str:
    """A bearer token of 256 bits, prefixed by its family."""
    return TOKEN_PREFIXES[family] + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """How tokens, codes and client secrets are kept: they are random, so one SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
