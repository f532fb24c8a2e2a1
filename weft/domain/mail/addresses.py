"""E-mail addresses: what is taken for one, and its canonical form.

Only the form that every mail server takes is let in: an ASCII local part without quotes, and a domain
name, which is kept IDNA-encoded. What an address may not have cannot end up in a letter's header.
"""

import hashlib
import re

from weft.config.values import Wrong, domain_name

MAX_LENGTH = 254
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# Providers that ignore dots in the local part: everybody there has thousands of spellings.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


class BadAddress(Exception):
    """The sentence is for the person who typed it."""


def checked_address(typed: str) -> str:
    """The address as it is kept: case-folded, its domain in ASCII.

    Raises:
        BadAddress: it is none.
    """
    local, _, domain = typed.strip().rpartition("@")
    if len(local) > 64 or len(typed) > 1000 or not _LOCAL.fullmatch(local):
        raise BadAddress("This is not an e-mail address.")
    try:
        address = f"{local.casefold()}@{domain_name(domain)}"
    except Wrong:
        raise BadAddress("This is not an e-mail address.") from None
    if len(address) > MAX_LENGTH:
        raise BadAddress("This e-mail address is too long.")
    return address


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def canonical(address: str) -> str:
    """One spelling for all that reach the same mailbox: without ``+tag``, and dots where they mean
    nothing."""
    local, _, domain = address.casefold().rpartition("@")
    local = local.partition("+")[0]
    if domain in _DOTLESS:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def canonical_hash(address: str) -> str:
    """As in ``email_block``: SHA-256 of the canonical form, in hexadecimal digits."""
    return hashlib.sha256(canonical(address).encode()).hexdigest()
