"""What carries words (``weft/domain/news.py``) between the processes of one server.

A carrier gets words that are durable already, never waits, and keeps no more than ``MOST_KEPT``: news
that cannot be told in time is dropped, because whoever missed it reads it when they next look. On
SQLite there is one process, and nothing to carry.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from weft.domain.news import Word

MOST_KEPT = 10_000
"""Words that wait to be carried, or to be told."""

Arrived = Callable[[Sequence[Word]], None]


class Carrier(Protocol):
    """Takes words to the other processes, and brings theirs."""

    @property
    def dropped(self) -> int:
        """Words that were never carried."""

    def send(self, word: Word) -> None:
        """To all processes but this one."""

    def hear(self, arrived: Arrived) -> None:
        """From now on ``arrived`` is called with what others say."""

    async def close(self) -> None: ...


class Alone:
    """The carrier of a server that is one process."""

    dropped = 0

    def send(self, word: Word) -> None:
        pass

    def hear(self, arrived: Arrived) -> None:
        pass

    async def close(self) -> None:
        pass


def carrier_for(database_url: str) -> Carrier:
    """The carrier that fits a database."""
    if database_url.startswith("sqlite:"):
        return Alone()
    from weft.realtime.postgres import PostgresCarrier

    return PostgresCarrier(database_url)
