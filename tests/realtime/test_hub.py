"""The hub by itself: bounds, reasons, and what is dropped."""

import asyncio

import pytest

from weft.domain.news import FiltersChanged, PostCame, Word, decode_words, encode_word
from weft.realtime import hub as module
from weft.realtime.carriers import MOST_KEPT, Alone
from weft.realtime.hub import MOST_OF_ACCOUNT, Hub, Subscription, TooMany
from weft.realtime.listener import MOST_WAITING, MOST_WAITING_BYTES, Listener


def listener(account: int = 1, address: str = "192.0.2.1") -> Listener:
    return Listener(account, account, 1, address=address, transport="sse")


async def _beat() -> None:
    pass


async def test_a_slow_listener_is_closed_and_holds_nothing() -> None:
    cut: list[bool] = []
    slow = Listener(1, 1, 1, address="", transport="sse", cut=lambda: cut.append(True))
    for _ in range(MOST_WAITING):
        slow.put(b"x")
    assert slow.waiting == MOST_WAITING
    slow.put(b"x")
    assert (slow.closed, slow.waiting, cut) == ("slow", 0, [True])
    slow.put(b"x")
    assert slow.waiting == 0
    assert await slow.take() == []
    large = listener()
    large.put(b"x" * (MOST_WAITING_BYTES + 1))
    assert large.closed == "slow"


async def test_so_many_streams_and_no_more() -> None:
    hub = Hub(Alone(), most=MOST_OF_ACCOUNT + 2)
    mine = [listener() for _ in range(MOST_OF_ACCOUNT)]
    for each in mine:
        hub.admit(each)
    with pytest.raises(TooMany, match="You have"):
        hub.admit(listener())
    hub.admit(listener(2))
    hub.admit(listener(3))
    with pytest.raises(TooMany, match="on this server"):
        hub.admit(listener(4))
    hub.leave(mine[0], ())
    hub.leave(mine[0], ())
    hub.admit(listener())
    with pytest.raises(TooMany):
        hub.admit(listener())
    assert hub.open["sse"] == MOST_OF_ACCOUNT + 2
    await hub.close()
    with pytest.raises(TooMany, match="about to stop"):
        hub.admit(listener(9))


async def test_one_address_has_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ADDRESS", 2)
    hub = Hub(Alone())
    hub.admit(listener(1))
    hub.admit(listener(2))
    with pytest.raises(TooMany, match="address"):
        hub.admit(listener(3))
    hub.admit(listener(3, "192.0.2.2"))
    await hub.close()


async def test_words_are_told_in_order_and_to_nobody_when_nobody_listens() -> None:
    told: list[Word] = []

    async def tell(word: Word) -> None:
        await asyncio.sleep(0)
        if word == PostCame(2):
            raise LookupError("what one word breaks, the next one does not feel")
        told.append(word)

    hub = Hub(Alone())
    hub.teller(tell, _beat)
    hub.hear(PostCame(1))
    await hub.settled()
    assert told == []
    hub.admit(listener())
    for number in range(1, 5):
        hub.hear(PostCame(number))
    await hub.settled()
    assert told == [PostCame(1), PostCame(3), PostCame(4)]
    await hub.close()


async def test_too_much_news_is_dropped_and_counted() -> None:
    hub = Hub(Alone())

    async def tell(_: Word) -> None:
        await asyncio.Event().wait()

    hub.teller(tell, _beat)
    hub.admit(listener())
    for number in range(MOST_KEPT + 5):
        hub.hear(PostCame(number))
    assert hub.dropped == 5
    await hub.close()


async def test_who_leaves_is_subscribed_to_nothing() -> None:
    hub = Hub(Alone())
    mine = listener()
    hub.admit(mine)
    held = [Subscription(mine, ("tag", "tea"), ""), Subscription(mine, ("home", 1), "")]
    for each in held:
        hub.subscribe(each)
    assert hub.on(("tag", "tea")) == [held[0]]
    assert hub.of_kind("home") == {1: [held[1]]}
    hub.leave(mine, held)
    assert hub.on(("tag", "tea")) == []
    assert hub.of_kind("home") == {}
    assert hub.closed == {"gone": 1}
    await hub.close()


def test_words_survive_the_way() -> None:
    words: list[Word] = [PostCame(7), FiltersChanged(9)]
    assert decode_words(b"[" + b",".join(map(encode_word, words)) + b"]") == words
