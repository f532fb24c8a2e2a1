"""How many fetches one cause may have: an activity must not send us around the Fediverse.

What is fetched for one activity (parents, authors, quotes, stamps) is counted in the context that
works on it, so that nobody need hand a counter through (section 10 of the interop notes).
"""

from contextvars import ContextVar
from dataclasses import dataclass

from weft.federation.unresolved import Unresolved

FETCHES = 20


@dataclass(slots=True)
class Purse:
    """What is left, and whether what was not fetched may be asked for later."""

    left: int
    hands_over: bool = False


_purse: ContextVar[Purse | None] = ContextVar("purse", default=None)


class Spent(Unresolved):
    """Enough was fetched for one cause."""


class limited:
    """At most so many fetches in here. With ``hands_over`` the rest of a thread is left to the
    walker; without, it is left out, so that one walk never leads to another."""

    __slots__ = ("_purse", "_token")

    def __init__(self, fetches: int = FETCHES, *, hands_over: bool = False) -> None:
        self._purse = Purse(fetches, hands_over)

    def __enter__(self) -> None:
        self._token = _purse.set(self._purse)

    def __exit__(self, *_: object) -> None:
        _purse.reset(self._token)


def spend(uri: str) -> None:
    """Count a fetch.

    Raises:
        Spent: there were enough.
    """
    purse = _purse.get()
    if purse is None:
        return
    if purse.left <= 0:
        raise Spent(f"{uri} is not fetched: enough was for one activity", passing=True)
    purse.left -= 1


def hands_over() -> bool:
    """May the rest be asked of the walker?"""
    purse = _purse.get()
    return purse is not None and purse.hands_over
