"""What goes in and out of the HTTP client."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Time and size limits of one client (interop protocol table, section 10)."""

    connect_s: float = 5.0
    """TCP and TLS together, for each address tried."""
    gap_s: float = 10.0
    """Longest silence while an answer is read."""
    total_s: float = 30.0
    """One request with all its redirects."""
    slot_s: float = 30.0
    """Longest wait for one of the host's, or of our, places for fetches."""
    redirects: int = 3
    per_host: int = 2
    """Fetches from one host at once."""
    at_once: int = 64
    """Fetches at once."""
    max_header_fields: int = 100
    max_head_bytes: int = 32 * 1024
    """Of an answer to a POST: status line and fields."""
    max_answer_bytes: int = 64 * 1024
    """Of an answer to a POST: what is read before we hang up."""
    idle_per_host: int = 2
    idle_connections: int = 256
    idle_s: float = 15.0
    """How long a connection for POSTs is kept for the next one."""


class Signer(msgspec.Struct, frozen=True):
    """Signs GETs; called again for each hop of a redirect."""

    name: str
    """Who signs (the key id): what is fetched for one signer is not shown to another."""
    headers: Callable[[str], Awaitable[Mapping[str, str]]]
    """URL to the header fields that carry the signature (``Signature``, ``Date`` …)."""
    again: Callable[[str], Awaitable[Mapping[str, str]]] | None = None
    """The same in another form, for a host that did not believe the first."""


class Validators(msgspec.Struct, frozen=True):
    """What an earlier answer from *url* said to ask with next time."""

    url: str
    etag: str = ""
    last_modified: str = ""


class Response(msgspec.Struct, frozen=True):
    """The answer to a GET. *headers* have lower-case names; *body* is decoded, and empty unless
    the status is 2xx; *url* is where the redirects ended."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class PostResult(msgspec.Struct, frozen=True):
    """The answer to a POST: any status, and the first bytes of the body for the log."""

    status: int
    headers: Mapping[str, str]
    body_start: bytes
