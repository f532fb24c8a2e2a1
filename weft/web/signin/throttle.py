"""How often a password may be tried: few times for one login from one place, some more in all.

A try is counted before its password is looked at, because a hundred can arrive at once; what proves
right is given back. Somebody who guesses from one place cannot lock the person out who sits at
another: only many places together can, for a quarter of an hour.

Counted in this process's memory: a restart forgives, and several machines allow a multiple. Each try
moves its counters to the end, so flooding the table does not make it forget a login under attack.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

WINDOW_S = 900.0
PER_LOGIN_AND_ADDRESS = 10
PER_ADDRESS = 40
PER_LOGIN = 100
"""NIST SP 800-63B allows 100 failures in a row."""
KEPT = 20_000
FACTOR_WINDOW_S = 3600.0
PER_FACTOR = 8
"""Codes have a million values, of which three are right: two hundred tries in a day find one in four
years, and only who knows the password may try at all."""


class Throttle:
    """Counts tries in windows that begin with the first of them."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        window_s: float = WINDOW_S,
        per_login: int = PER_LOGIN,
    ) -> None:
        self._clock = clock
        self._window_s = window_s
        self._most = (min(PER_LOGIN_AND_ADDRESS, per_login), per_login, PER_ADDRESS)
        self._tries: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, login: str, address: str) -> int:
        """Count a try. 0, or the seconds to wait if there were too many; then it is not counted."""
        limits = dict(zip(_keys(login, address), self._most, strict=True))
        wait = max(self._left_s(key, most) for key, most in limits.items())
        if not wait:
            for key in limits:
                began, count = self._current(key)
                self._tries[key] = (began, count + 1)
                self._tries.move_to_end(key)
            while len(self._tries) > KEPT:
                self._tries.popitem(last=False)
        return wait

    def give_back(self, login: str, address: str) -> None:
        """The try was none: no password was looked at."""
        for key in _keys(login, address):
            began, count = self._current(key)
            if count:
                self._tries[key] = (began, count - 1)

    def succeeded(self, login: str, address: str) -> None:
        """The password was right: what was mistyped before is forgiven."""
        self.give_back(login, address)
        pair, whole, _ = _keys(login, address)
        self._tries.pop(pair, None)
        self._tries.pop(whole, None)

    def _current(self, key: str) -> tuple[float, int]:
        now = self._clock()
        began, count = self._tries.get(key, (now, 0))
        return (began, count) if now - began < self._window_s else (now, 0)

    def _left_s(self, key: str, most: int) -> int:
        began, count = self._current(key)
        return int(self._window_s - (self._clock() - began)) + 1 if count >= most else 0


def _keys(login: str, address: str) -> tuple[str, str, str]:
    return f"both {address} {login}", f"login {login}", f"address {address}"
