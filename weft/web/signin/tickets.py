"""Words of ours that a browser carries for a few minutes: signed, for one purpose and one browser.

Nothing is stored for them, so that strangers cannot fill the database, and any process of the server
reads what another has written. Whoever takes one makes sure that it does something once: a step of
signing in is followed by a code that is good once, and a passkey takes only challenges that are newer
than its last use.
"""

import secrets
from collections.abc import Callable
from hmac import compare_digest, digest

from msgspec import Struct


class Ticket(Struct, frozen=True):
    content: str
    made_at: int


class Tickets:
    """Writes and reads them."""

    def __init__(self, key: bytes, now_ms: Callable[[], int]) -> None:
        self._key, self._now_ms = key, now_ms

    def write(self, purpose: str, browser: str, content: str = "") -> str:
        """``browser`` is the secret of its cookie; ``content`` has no dot in it."""
        signed = f"{self._now_ms()}.{secrets.token_hex(8)}.{content}"
        return f"{signed}.{self._mac(purpose, browser, signed)}"

    def read(self, purpose: str, browser: str, text: str, life_ms: int) -> Ticket | None:
        """None: not ours, not for this, not of this browser, or too old."""
        signed, _, mac = text.rpartition(".")
        if not compare_digest(mac.encode(), self._mac(purpose, browser, signed).encode()):
            return None
        made_at, _, content = signed.split(".", 2)
        if not 0 <= self._now_ms() - int(made_at) <= life_ms:
            return None
        return Ticket(content, int(made_at))

    def _mac(self, purpose: str, browser: str, signed: str) -> str:
        text = f"{purpose}\n{browser}\n{signed}".encode()
        return digest(self._key, text, "sha256").hex()[:40]
