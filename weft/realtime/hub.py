"""Who listens to what in this process, and what reaches them.

Words come from the writes of this process (``Database.ears``) and from other processes (the carrier).
While nobody listens a word is dropped as it comes. Else it waits, at most ``MOST_KEPT`` of them, for one
task that hands each in turn to the tellers: an API family's way to look, render and put what it made
into the queues of those who may have it. One after another, so that an edit never overtakes its post.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

import structlog

from weft.domain.accounts.revocations import note_revocation
from weft.domain.news import AccessEnded, Word
from weft.realtime.carriers import MOST_KEPT, Carrier
from weft.realtime.listener import Listener, Reason

Topic: TypeAlias = tuple[str, int | str]
"""A kind, and which of it: ``("home", 12)``, ``("tag", "tea")``, ``("public", "")``."""
K = TypeVar("K")
Teller: TypeAlias = Callable[[Word], Awaitable[None]]
Heartbeat: TypeAlias = Callable[[], Awaitable[None]]

MOST_OF_ACCOUNT = 50
MOST_OF_ADDRESS = 300
"""Behind one address may be a school; an account is one person with some devices."""
BEAT_S = 15.0

log = structlog.get_logger("weft.realtime")


class TooMany(Exception):
    """No more streams for this caller now; the sentence is for them."""


class Subscription:
    """One topic that a listener hears of, and how what it gets is labelled."""

    __slots__ = ("label", "listener", "takes", "topic")

    def __init__(
        self,
        listener: Listener,
        topic: Topic,
        label: str,
        takes: Callable[[object], bool] | None = None,
    ) -> None:
        """``takes`` narrows the topic down: true for what this one wants of it."""
        self.listener, self.topic, self.label, self.takes = listener, topic, label, takes


class Hub:
    """The streams of one process."""

    def __init__(self, carrier: Carrier, most: int = 10_000) -> None:
        """``most``: so many streams are open at once in this process."""
        self._carrier, self._most = carrier, most
        self._topics: dict[str, dict[int | str, dict[Subscription, None]]] = {}
        self._listeners: dict[Listener, None] = {}
        self._of_account: Counter[int] = Counter()
        self._of_address: Counter[str] = Counter()
        self._words: deque[Word] = deque()
        self._tellers: list[Teller] = []
        self._beats: list[Heartbeat] = []
        self._telling: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._stopping = False
        self.cut: Callable[[object], None] = lambda _client: None
        """Breaks the connection of a client (ASGI's ``client``) off; set by who has the sockets."""
        self.told: Counter[str] = Counter()
        """Events that were put into queues, by name."""
        self.closed: Counter[str] = Counter()
        """Streams that ended, by reason."""
        self._dropped = 0

    @property
    def open(self) -> Counter[str]:
        """Open streams by transport."""
        return Counter(each.transport for each in self._listeners)

    @property
    def subscriptions(self) -> int:
        """What the open streams have asked for, taken together."""
        return sum(len(held) for kind in self._topics.values() for held in kind.values())

    @property
    def dropped(self) -> int:
        """Words that were not told, because too many waited."""
        return self._dropped + self._carrier.dropped

    def teller(self, tell: Teller, beat: Heartbeat) -> None:
        """``tell`` gets every word while somebody listens; ``beat`` is called every ``BEAT_S``."""
        self._tellers.append(tell)
        self._beats.append(beat)

    # Words

    def hear(self, word: Word) -> None:
        """What a write of this process said."""
        self._carrier.send(word)
        self._take((word,))

    def _arrived(self, words: Sequence[Word]) -> None:
        for word in words:
            if isinstance(word, AccessEnded):
                note_revocation()
        self._take(words)

    def _take(self, words: Sequence[Word]) -> None:
        if not self._listeners:
            return
        for word in words:
            if len(self._words) >= MOST_KEPT:
                self._dropped += 1
            else:
                self._words.append(word)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell(), name="streams")

    async def _tell(self) -> None:
        while self._words and self._listeners:
            word = self._words.popleft()
            for tell in self._tellers:
                try:
                    await tell(word)
                except Exception:
                    log.exception("not told", word=type(word).__name__)
        self._words.clear()

    async def settled(self) -> None:
        """Until what has been heard is told."""
        while self._telling is not None and not self._telling.done():
            await asyncio.wait([self._telling])

    # Listeners

    def admit(self, listener: Listener) -> None:
        """Let a stream in.

        Raises:
            TooMany: of this account, of this address, or here.
        """
        if self._stopping:
            raise TooMany("This server is about to stop: try again in a moment.")
        if len(self._listeners) >= self._most:
            raise TooMany("Too many streams are open on this server: try again later.")
        if self._of_account[listener.account_id] >= MOST_OF_ACCOUNT:
            raise TooMany(f"You have {MOST_OF_ACCOUNT} streams open: close one first.")
        if self._of_address[listener.address] >= MOST_OF_ADDRESS:
            raise TooMany("Too many streams are open from this address: close one first.")
        if not self._listeners:
            self._carrier.hear(self._arrived)
        self._listeners[listener] = None
        self._of_account[listener.account_id] += 1
        self._of_address[listener.address] += 1
        if self._beating is None or self._beating.done():
            self._beating = asyncio.get_running_loop().create_task(self._beat(), name="heartbeat")

    def leave(self, listener: Listener, subscriptions: Iterable[Subscription]) -> None:
        """A stream that was let in has ended."""
        for each in list(subscriptions):
            self.unsubscribe(each)
        if listener not in self._listeners:
            return
        listener.has_left()
        del self._listeners[listener]
        self.closed[listener.closed or "gone"] += 1
        _count_down(self._of_account, listener.account_id)
        _count_down(self._of_address, listener.address)

    def subscribe(self, subscription: Subscription) -> None:
        kind, which = subscription.topic
        self._topics.setdefault(kind, {}).setdefault(which, {})[subscription] = None

    def unsubscribe(self, subscription: Subscription) -> None:
        kind, which = subscription.topic
        held = self._topics.get(kind, {}).get(which)
        if held is not None:
            held.pop(subscription, None)
            if not held:
                del self._topics[kind][which]

    def on(self, topic: Topic) -> list[Subscription]:
        """Who has subscribed to a topic."""
        kind, which = topic
        return list(self._topics.get(kind, {}).get(which, ()))

    def of_kind(self, kind: str) -> dict[int | str, list[Subscription]]:
        """All subscriptions to topics of a kind, by which of it."""
        return {which: list(held) for which, held in self._topics.get(kind, {}).items()}

    @property
    def listeners(self) -> list[Listener]:
        return list(self._listeners)

    async def _beat(self) -> None:
        while self._listeners:
            await asyncio.sleep(BEAT_S)
            for beat in self._beats:
                try:
                    await beat()
                except Exception:
                    log.exception("heartbeat failed")

    def end_all(self, reason: Reason) -> None:
        """Close every stream, and let none in any more: the server stops."""
        self._stopping = True
        for listener in list(self._listeners):
            listener.close(reason)

    async def close(self) -> None:
        self.end_all("stopping")
        tasks = [each for each in (self._telling, self._beating) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._carrier.close()


def _count_down(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
