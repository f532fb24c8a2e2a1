"""The parts of a running server that are looked at; ``weft.app.Parts`` has them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from weft.config.settings import Settings
from weft.storage.database import Database


class Sending(Protocol):
    """The lanes."""

    @property
    def attempts(self) -> Counter[str]:
        """Deliveries that were tried in this process, by outcome."""

    @property
    def in_hand(self) -> int:
        """Lanes that are worked on now."""


class Judging(Protocol):
    """The inbox processor."""

    @property
    def judged(self) -> Counter[str]:
        """Activities that this process closed, by outcome."""

    @property
    def in_hand(self) -> int:
        """Activities that are worked on now."""


class Streaming(Protocol):
    """The hub."""

    @property
    def open(self) -> Counter[str]:
        """Open streams of this process, by transport."""

    @property
    def subscriptions(self) -> int:
        """What they have asked for, taken together."""

    @property
    def told(self) -> Counter[str]:
        """Events that were put before streams, by name."""

    @property
    def closed(self) -> Counter[str]:
        """Streams that ended, by reason."""

    @property
    def dropped(self) -> int:
        """News that was not told, because too much waited."""


class Observed(Protocol):
    """What metrics and health read."""

    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...
    @property
    def lanes(self) -> Sending: ...
    @property
    def processor(self) -> Judging: ...
    @property
    def hub(self) -> Streaming: ...
    @property
    def background(self) -> Sequence["asyncio.Task[None]"]:
        """The tasks that must run while the server does."""
