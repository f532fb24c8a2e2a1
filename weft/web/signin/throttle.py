"""How often a password may be tried: few times for one account, some more from one address.

Counted in this process's memory: a restart forgives, and several machines allow a multiple; what
makes guessing hopeless is Argon2 and the length of passwords, this keeps the machine free.
"""

import time
from collections import OrderedDict

WINDOW_S = 900.0
PER_ACCOUNT = 10
PER_ADDRESS = 40
KEPT = 10_000


class Throttle:
    """Counts failures in a window that begins with the first of them."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, login: str, address: str) -> int:
        """Seconds until another try is welcome; 0 for now."""
        return max(
            self._left(f"login {login.casefold()}", PER_ACCOUNT),
            self._left(f"address {address}", PER_ADDRESS),
        )

    def failed(self, login: str, address: str) -> None:
        for key in (f"login {login.casefold()}", f"address {address}"):
            began, count = self._failures.pop(key, (time.monotonic(), 0))
            if time.monotonic() - began > WINDOW_S:
                began, count = time.monotonic(), 0
            self._failures[key] = (began, count + 1)
        while len(self._failures) > KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, login: str) -> None:
        self._failures.pop(f"login {login.casefold()}", None)

    def _left(self, key: str, most: int) -> int:
        began, count = self._failures.get(key, (0.0, 0))
        if count < most:
            return 0
        return max(0, int(WINDOW_S - (time.monotonic() - began)) + 1)
