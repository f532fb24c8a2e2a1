"""The digest by which two servers see whether they agree on who follows whom (FEP-8fcf)."""

import hashlib
import re
from collections.abc import Iterable

from msgspec import Struct

HEADER = "collection-synchronization"
_PARAMETER = re.compile(r'\s*(\w{1,40})\s*=\s*"([^"\\]{0,2048})"\s*(?:,|$)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Offered(Struct, frozen=True):
    """The header as it came."""

    collection_id: str
    url: str
    digest: str


def digest_of(uris: Iterable[str]) -> str:
    """XOR of the SHA-256 of each id, in hex; of nobody, 64 noughts."""
    value = 0
    for uri in uris:
        value ^= int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return f"{value:064x}"


def header_of(followers_uri: str, url: str, digest: str) -> str:
    return f'collectionId="{followers_uri}", url="{url}", digest="{digest}"'


def read_header(value: str) -> Offered | None:
    """None if it is no such header."""
    found = {match[1]: match[2] for match in _PARAMETER.finditer(value[:8192])}
    collection_id, url = found.get("collectionId"), found.get("url")
    digest = found.get("digest", "").lower()
    if not collection_id or not url or not _DIGEST.fullmatch(digest):
        return None
    return Offered(collection_id, url, digest)
