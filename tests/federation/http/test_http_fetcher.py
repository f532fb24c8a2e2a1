"""A document that many want is fetched once; a host that fails is left alone."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.federation.http.peers import (
    MakeClient,
    Request,
    StartPeer,
    always,
    answer,
    redirect,
)
from weft.federation.http.budget import HostBudgets, Shares
from weft.federation.http.cache import FetchCache
from weft.federation.http.errors import (
    BadContentType,
    Budget,
    Denied,
    FetchError,
    Gone,
    NotFound,
    Refused,
    TooLarge,
    Unreachable,
)
from weft.federation.http.fetcher import Fetcher
from weft.federation.http.kinds import JSON, WEBFINGER, is_activity
from weft.federation.http.records import Response, Signer


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def signer(name: str) -> Signer:
    async def headers(url: str) -> Mapping[str, str]:
        return {"Signature": f"by {name}"}

    return Signer(name, headers)


@pytest.mark.parametrize(
    ("content_type", "is_one"),
    [
        ("application/activity+json", True),
        ("application/activity+json; charset=utf-8", True),
        ("Application/Activity+JSON", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json;charset=utf-8;profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json; profile=https://www.w3.org/ns/activitystreams", True),
        (
            'application/ld+json; profile="http://a.example https://www.w3.org/ns/activitystreams"',
            1,
        ),
        ("application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams2"', False),
        ('application/ld+json; x="profile=https://www.w3.org/ns/activitystreams"', False),
        ("application/json", False),
        ("application/activity+json2", False),
        ("text/html; application/activity+json", False),
        ("text/plain, application/activity+json", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_only_activity_types_are_believed(content_type: str, is_one: bool) -> None:
    assert is_activity(content_type) == bool(is_one)


async def test_many_who_ask_at_once_make_one_request(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(answer(b'{"n":1}'))

    peer = await start_peer(send)
    fetcher = Fetcher(make_client())
    url = f"{peer.url}/note"
    impatient = asyncio.create_task(fetcher.fetch_json(url))
    others = [asyncio.create_task(fetcher.fetch_json(url)) for _ in range(50)]
    await asyncio.sleep(0.01)
    impatient.cancel()
    responses = await asyncio.gather(*others)
    assert {response.body for response in responses} == {b'{"n":1}'}
    await fetcher.fetch_json(url + "#fragment")
    assert len(peer.requests) == 1
    assert fetcher._flights == {}


async def test_another_signer_or_kind_is_another_request(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(answer()))
    fetcher = Fetcher(make_client())
    await fetcher.fetch_json(peer.url)
    await fetcher.fetch_json(peer.url, sign=signer("alice"))
    await fetcher.fetch_json(peer.url, sign=signer("alice"))
    await fetcher.fetch_json(peer.url, sign=signer("bob"))
    await fetcher.fetch(peer.url, JSON)
    signatures = [request.headers.get("signature") for request in peer.requests]
    assert signatures == [None, "by alice", "by bob", None]
    assert peer.requests[0].headers["accept"].startswith("application/activity+json")


async def test_an_old_answer_is_asked_for_with_its_validators(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("if-none-match") == '"one"':
            writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            writer.write(answer(b"first", ETag='"one"'))

    clock = Clock()
    peer = await start_peer(send)
    fetcher = Fetcher(make_client(), clock=clock)
    assert (await fetcher.fetch_json(peer.url)).body == b"first"
    clock.now_s += 59
    assert (await fetcher.fetch_json(peer.url)).body == b"first"
    assert len(peer.requests) == 1
    clock.now_s += 2
    response = await fetcher.fetch_json(peer.url)
    assert (response.status, response.body) == (200, b"first")
    assert len(peer.requests) == 2
    await fetcher.fetch_json(peer.url)
    assert len(peer.requests) == 2
    await fetcher.fetch_json(peer.url, max_age_s=0)
    assert len(peer.requests) == 3


@pytest.mark.parametrize(
    ("sent", "error", "believed_s"),
    [
        (answer(status="404 Not Found"), NotFound, 600),
        (answer(status="403 Forbidden"), Denied, 600),
        (answer(status="401 Unauthorized"), Denied, 600),
        (answer(content_type="text/html"), BadContentType, 600),
        (answer(content_type="application/json"), BadContentType, 600),
        (answer(content_type="application/ld+json"), BadContentType, 600),
        (answer(content_encoding="br"), BadContentType, 600),
        (answer(bytes(1024 * 1024 + 1)), TooLarge, 600),
        (redirect("http://10.0.0.1/"), Refused, 600),
        (answer(status="500 Oops"), Unreachable, 60),
        (answer(status="410 Gone"), Gone, 10**9),
    ],
)
async def test_a_failure_is_believed_for_a_while(
    start_peer: StartPeer,
    make_client: MakeClient,
    sent: bytes,
    error: type[FetchError],
    believed_s: float,
) -> None:
    clock = Clock()
    peer = await start_peer(always(sent))
    fetcher = Fetcher(make_client(), clock=clock)
    for _ in range(3):
        with pytest.raises(error) as raised:
            await fetcher.fetch_json(f"{peer.url}/a")
        assert type(raised.value) is error
    assert len(peer.requests) == 1
    clock.now_s += believed_s - 1
    with pytest.raises(error):
        await fetcher.fetch_json(f"{peer.url}/a")
    assert len(peer.requests) == 1
    if error is not Gone:
        clock.now_s += 2
        with pytest.raises(error):
            await fetcher.fetch_json(f"{peer.url}/a")
        assert len(peer.requests) == 2


async def test_one_broken_document_does_not_pause_its_host(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(status="500 Oops" if request.path == "/broken" else "200 OK"))

    peer = await start_peer(send)
    fetcher = Fetcher(make_client())
    with pytest.raises(Unreachable):
        await fetcher.fetch_json(f"{peer.url}/broken")
    assert (await fetcher.fetch_json(f"{peer.url}/whole")).status == 200


async def test_a_host_that_is_down_is_left_alone_and_found_again(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    is_up = False

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer() if is_up else b"no HTTP\r\n\r\n")

    clock = Clock()
    peer = await start_peer(send)
    fetcher = Fetcher(make_client(), clock=clock)

    async def attempts(count: int) -> int:
        before = len(peer.requests)
        for number in range(count):
            with pytest.raises(Unreachable):
                await fetcher.fetch_json(f"{peer.url}/{number}")
        return len(peer.requests) - before

    assert await attempts(10) == 1
    clock.now_s += 3  # the first pause is 2 s, give or take a fifth
    assert await attempts(10) == 1
    clock.now_s += 3  # the second is 4 s
    assert await attempts(10) == 0
    clock.now_s += 3
    is_up = True
    assert (await fetcher.fetch_json(peer.url)).status == 200
    is_up = False
    assert await attempts(10) == 1
    clock.now_s += 3  # and the count began anew
    assert await attempts(10) == 1


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Unavailable"])
async def test_retry_after_is_respected(
    start_peer: StartPeer, make_client: MakeClient, status: str
) -> None:
    clock = Clock()
    peer = await start_peer(always(answer(status=status, Retry_After="120")))
    fetcher = Fetcher(make_client(), clock=clock)
    with pytest.raises(Unreachable) as raised:
        await fetcher.fetch_json(peer.url)
    assert raised.value.retry_after_s == 120
    clock.now_s += 119
    with pytest.raises(Unreachable):
        await fetcher.fetch_json(f"{peer.url}/other")
    assert len(peer.requests) == 1
    clock.now_s += 2
    with pytest.raises(Unreachable):
        await fetcher.fetch_json(f"{peer.url}/other")
    assert len(peer.requests) == 2


def test_retry_after_is_not_believed_forever() -> None:
    clock = Clock()
    budgets = HostBudgets(clock=clock)
    budgets.failed("a.example", 10.0**9)
    clock.now_s += 3601
    budgets.spend("a.example", "https://a.example/")


async def test_a_host_has_a_budget_of_requests(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    clock = Clock()
    peer, other = await start_peer(always(answer())), await start_peer(always(answer()))
    fetcher = Fetcher(make_client(), shares=Shares(requests=3), clock=clock)
    for number in range(3):
        await fetcher.fetch_json(f"{peer.url}/{number}")
    with pytest.raises(Budget) as raised:
        await fetcher.fetch_json(f"{peer.url}/3")
    assert raised.value.retry_after_s == 60
    assert (await fetcher.fetch_json(f"{peer.url}/0")).status == 200
    assert (await fetcher.fetch_json(other.url)).status == 200
    clock.now_s += 60
    assert (await fetcher.fetch_json(f"{peer.url}/3")).status == 200


async def test_a_host_has_a_budget_of_bytes(start_peer: StartPeer, make_client: MakeClient) -> None:
    peer = await start_peer(always(answer(bytes(6000))))
    fetcher = Fetcher(make_client(), shares=Shares(size_bytes=10_000))
    await fetcher.fetch_json(f"{peer.url}/1")
    await fetcher.fetch_json(f"{peer.url}/2")
    with pytest.raises(Budget):
        await fetcher.fetch_json(f"{peer.url}/3")


async def test_webfinger_is_read_as_its_own_kind(
    start_peer: StartPeer, make_client: MakeClient
) -> None:
    peer = await start_peer(always(answer(content_type="application/jrd+json; charset=utf-8")))
    fetcher = Fetcher(make_client())
    assert (await fetcher.fetch(peer.url, WEBFINGER)).status == 200
    with pytest.raises(BadContentType):
        await fetcher.fetch_json(peer.url)


async def test_closing_ends_the_flights(start_peer: StartPeer, make_client: MakeClient) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        return

    peer = await start_peer(silent)
    fetcher = Fetcher(make_client())
    waiting = asyncio.create_task(fetcher.fetch_json(peer.url))
    await asyncio.sleep(0.05)
    await fetcher.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_the_cache_is_bounded_in_bytes() -> None:
    cache = FetchCache(max_bytes=160_000)
    for number in range(100):
        cache.remember((str(number), "", ""), Response(200, {}, bytes(5000), ""))
        cache.remember((str(number), "", ""), Response(200, {}, bytes(5000), ""))
        assert cache.size_bytes <= 160_000
    assert cache.answer(("99", "", "")) is not None
    assert cache.answer(("0", "", "")) is None
    cache.remember(("huge", "", ""), Response(200, {}, bytes(20_000), ""))
    assert cache.answer(("huge", "", "")) is None
    for number in range(100):
        cache.forget((str(number), "", ""))
    assert cache.size_bytes == 0


def test_remembered_failures_are_bounded_in_number() -> None:
    cache = FetchCache(max_bytes=1)
    for number in range(20_100):
        cache.remember_failure((str(number), "", ""), Gone("u", "is gone."), 1e9)
    assert len(cache._failures) == 20_000
    assert isinstance(cache.failure(("20099", "", "")), Gone)
