"""The database as the rest of Weft sees it: reads, and writes in a transaction."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from weft.storage.ids import IdMinter
from weft.storage.statements import Engine, Query

R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")


class Tx(ABC):
    """One write. A function that gets one awaits nothing else; see docs/architecture.md."""

    __slots__ = ("_attempt", "_callbacks", "_ears", "_ids")

    def __init__(self, ids: IdMinter, ears: "Ears", attempt: int = 0) -> None:
        self._ids = ids
        self._ears = ears
        self._attempt = attempt
        self._callbacks: list[tuple[Callable[..., object], tuple[Any, ...]]] = []

    @abstractmethod
    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Every row."""

    @abstractmethod
    async def one(self, query: Query[R], **params: Any) -> R | None:
        """The first row, or None."""

    @abstractmethod
    async def run(self, query: Query[Any], **params: Any) -> int:
        """Run a statement that returns no rows; the number of rows it changed."""

    @abstractmethod
    async def many(self, query: Query[Any], rows: Sequence[dict[str, Any]]) -> None:
        """Run a statement once per dict of parameters."""

    @abstractmethod
    async def next_num(self, noun: str) -> int:
        """The next 31-bit number of a noun."""

    def new_id(self, *, at_ms: int | None = None) -> int:
        """A new id; ``at_ms`` dates it back, for what comes from before."""
        return self._ids.mint() if at_ms is None else self._ids.mint_at(at_ms, self._attempt)

    def after_commit(self, callback: Callable[..., object], *args: Any) -> None:
        """Call ``callback`` in the event loop once this write is durable; never otherwise."""
        self._callbacks.append((callback, args))

    def say(self, word: object) -> None:
        """Let everybody who listens to this database hear ``word`` (``weft/domain/news.py``) once
        this write is durable; never otherwise."""
        self._callbacks.append((self._ears.hear, (word,)))


class Ears:
    """Who listens to what the writes of a database say."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[Callable[[Any], object]] = []

    def add(self, ear: Callable[[Any], object]) -> None:
        """``ear`` is called in the event loop, and may not wait."""
        self._all.append(ear)

    def hear(self, word: object) -> None:
        for ear in self._all:
            ear(word)


class Database(ABC):
    """An open database. Made by ``open_database``."""

    engine: Engine
    ids: IdMinter
    ears: Ears

    @abstractmethod
    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Every row."""

    @abstractmethod
    async def one(self, query: Query[R], **params: Any) -> R | None:
        """The first row, or None."""

    @abstractmethod
    async def write(
        self,
        fn: Callable[Concatenate[Tx, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run ``fn(tx, …)`` in a transaction and return its result once it is durable.

        Raises:
            StorageFull, StorageFailed: nothing was kept.
            Exception: whatever ``fn`` raised; nothing of it was kept.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what is being written, give the node number back, and close."""


async def open_database(url: str, *, node: int | None = None) -> Database:
    """Open ``sqlite:///path`` or ``postgresql://…``; the schema must be there (``migrate``).

    ``node`` fixes the node number of ids instead of leasing one.
    """
    if url.startswith("sqlite:///"):
        from weft.storage.sqlite import open_sqlite

        return await open_sqlite(url.removeprefix("sqlite:///"), node=node)
    if url.startswith(("postgresql://", "postgres://")):
        from weft.storage.postgres import open_postgres

        return await open_postgres(url, node=node)
    raise ValueError("a database url starts with sqlite:/// or postgresql://")
