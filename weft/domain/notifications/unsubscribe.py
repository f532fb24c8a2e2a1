"""The address in a letter that ends letters of its kind, without signing in (RFC 8058).

It holds the account's id and a signature that only this server can make; it stays good, because old
letters are opened, too, and all that it can do is to send less.
"""

from hmac import compare_digest, digest

from weft.domain.keys.sealing import Sealer
from weft.domain.server import Server

PATH = "/unsubscribe"


def unsubscribe_url(sealer: Sealer, server: Server, account_id: int) -> str:
    return f"{server.origin}{PATH}/{account_id}.{_mac(sealer, account_id)}"


def account_of(sealer: Sealer, word: str) -> int | None:
    """Whose letters end by the last part of the address; None: it is not one of ours."""
    number, _, mac = word.partition(".")
    if not (number.isascii() and number.isdigit()) or len(number) > 16:
        return None
    account_id = int(number)
    return account_id if compare_digest(mac.encode(), _mac(sealer, account_id).encode()) else None


def _mac(sealer: Sealer, account_id: int) -> str:
    key = sealer.derived("ending letters")
    return digest(key, str(account_id).encode(), "sha256").hex()[:40]
