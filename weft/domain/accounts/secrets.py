"""Passwords, tokens and codes: made here, kept as hashes only."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# The prefix names the API family that a token was issued through (design section 4b).
TOKEN_PREFIXES = {"mastodon": "weftm_", "lemmy": "weftl_"}
MIN_PASSWORD = 8
HASHED_AT_ONCE = 2
"""Each takes 19 MiB: whoever sends a thousand passwords must not fill the memory."""
MOST_WAITING = 64
"""About a second of work for the threads above."""

T = TypeVar("T")


class WeakPassword(Exception):
    """The sentence is for the person who chose it."""


class PasswordsBusy(Exception):
    """More passwords wait than this machine should look at; the sentence is for one who waits."""


class _Hashing:
    """The threads in which passwords are looked at, apart from everybody else's."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(HASHED_AT_ONCE, "passwords")
        self._waiting = 0

    async def run(self, work: Callable[..., T], *args: object) -> T:
        if self._waiting >= MOST_WAITING:
            raise PasswordsBusy("Many people are signing in just now: try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._waiting -= 1


_hashing = cache(_Hashing)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    # OWASP's second profile: 19 MiB, two passes: a small server can afford a few at a time.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hash_password(password: str) -> str:
    """Argon2id, in a thread (about 30 ms).

    Raises:
        WeakPassword: it is too short or too long.
        PasswordsBusy: ask again later.
    """
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(f"The password needs at least {MIN_PASSWORD} characters.")
    if len(password) > 1000:
        raise WeakPassword("The password may have at most 1000 characters.")
    return await _hashing().run(_hasher().hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Compare; takes as long for an account that does not exist.

    Raises:
        PasswordsBusy: nothing was compared.
    """
    return await _hashing().run(_verify, stored, password)


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
