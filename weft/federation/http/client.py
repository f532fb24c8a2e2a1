"""The HTTP client: GETs through aiohttp, POSTs through our own sender, one set of rules for both.

Redirects are followed here and not by aiohttp, because each hop is checked and signed anew.
Compression is undone here, because the limit counts what comes out of it; only gzip is offered.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from weft.config.settings import Settings
from weft.federation.http.errors import (
    BadContentType,
    Budget,
    Refused,
    TooLarge,
    Unreachable,
)
from weft.federation.http.policy import Policy, Target, check_url
from weft.federation.http.records import Limits, PostResult, Response, Signer, Validators
from weft.federation.http.resolver import ConnectorResolver, Lookup, Resolver
from weft.federation.http.sender import Sender

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_ANY_WRAPPER = 32 + zlib.MAX_WBITS  # zlib reads the gzip or zlib header itself

_GZIP_OVERHEAD = 64 * 1024  # a stream of empty blocks is endless and unpacks to nothing


Shuns = Callable[[str], Awaitable[bool]]


class HttpClient:
    """Made inside the running loop, once per process, and closed at its end."""

    def __init__(
        self,
        policy: Policy,
        user_agent: str,
        *,
        lookup: Lookup | None = None,
        ssl_context: ssl.SSLContext | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.policy = policy
        self._limits = limits = limits or Limits()
        self._resolver = Resolver(policy, lookup)
        ssl_context = ssl_context or _ssl_context()
        self._sender = Sender(policy, self._resolver, ssl_context, user_agent, limits)
        self._session = _session(self._resolver, ssl_context, user_agent, limits)
        self._places = asyncio.Semaphore(limits.at_once)
        self._host_places: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}
        self.shuns: Shuns | None = None
        """Says of a server (``host`` or ``host:port``) whether the operator blocks it."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "HttpClient":
        return cls(Policy.from_settings(settings), f"Weft/{version('weft')} (+{settings.origin})")

    async def close(self) -> None:
        self._sender.close()
        await self._session.close()
        self._resolver.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostResult:
        """Deliver *body*; redirects are not followed. Raises Refused and Unreachable."""
        if self.shuns is not None:
            await self._check_shunned(check_url(self.policy, url))
        return await self._sender.post(url, body, headers)

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        sign: Signer | None = None,
        validators: Validators | None = None,
    ) -> Response:
        """Fetch *url*, following redirects; whatever status the last hop has is returned.

        Raises Refused, Unreachable, TooLarge, BadContentType (an encoding that we did not offer)
        and Budget (no free place in time).
        """
        target = check_url(self.policy, url)
        await self._check_shunned(target)
        async with self._place(target):
            try:
                async with asyncio.timeout(self._limits.total_s):
                    return await self._follow(target, accept, max_bytes, sign, validators)
            except TimeoutError:
                raise Unreachable(url, "did not answer in time.") from None
            except (aiohttp.ClientError, OSError) as error:
                raise Unreachable(url, f"could not be read: {error}.") from None

    async def _follow(
        self,
        target: Target,
        accept: str,
        max_bytes: int,
        sign: Signer | None,
        validators: Validators | None,
    ) -> Response:
        for _ in range(self._limits.redirects + 1):
            headers = {"Accept": accept}
            if validators is not None and validators.url == target.url:
                if validators.etag:
                    headers["If-None-Match"] = validators.etag
                if validators.last_modified:
                    headers["If-Modified-Since"] = validators.last_modified
            signed = await sign.headers(target.url) if sign is not None else {}
            answer = await self._ask(target, headers, signed, max_bytes)
            if isinstance(answer, Response) and answer.status == 401 and sign and sign.again:
                signed = await sign.again(target.url)
                answer = await self._ask(target, headers, signed, max_bytes)
            if isinstance(answer, Response):
                return answer
            target = self._next_hop(target, answer)
            await self._check_shunned(target)
        raise Unreachable(target.url, "is one redirect too many.")

    async def _ask(
        self, target: Target, headers: Mapping[str, str], signed: Mapping[str, str], max_bytes: int
    ) -> Response | str:
        """One request: its answer, or where it redirects to."""
        async with self._session.get(
            URL(target.url, encoded=True), headers={**headers, **signed}, allow_redirects=False
        ) as response:
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return await _read(target.url, response, max_bytes)
            return location

    async def _check_shunned(self, target: Target) -> None:
        if self.shuns is not None and await self.shuns(target.authority):
            raise Refused(target.url, "is on a server that is blocked here.")

    def _next_hop(self, target: Target, location: str) -> Target:
        try:
            url = urljoin(target.url, location)
        except ValueError:
            raise Refused(location, "is not a URL that one can be redirected to.") from None
        hop = check_url(self.policy, url)
        if target.scheme == "https" and hop.scheme != "https":
            raise Refused(hop.url, "is not https, and an https page redirects to it.")
        return hop

    @asynccontextmanager
    async def _place(self, target: Target) -> AsyncIterator[None]:
        """Wait for one of the host's places and one of ours; the wait costs no answer time."""
        key = target.authority
        semaphore, users = self._host_places.setdefault(
            key, (asyncio.Semaphore(self._limits.per_host), [])
        )
        users.append(None)
        try:
            try:
                async with asyncio.timeout(self._limits.slot_s):
                    await semaphore.acquire()
            except TimeoutError:
                raise Budget(target.url, "waited too long for its host's turn.") from None
            try:
                async with self._our_place(target):
                    yield
            finally:
                semaphore.release()
        finally:
            users.pop()
            if not users:
                del self._host_places[key]

    @asynccontextmanager
    async def _our_place(self, target: Target) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._limits.slot_s):
                await self._places.acquire()
        except TimeoutError:
            raise Budget(target.url, "waited too long for a free place.") from None
        try:
            yield
        finally:
            self._places.release()


def _ssl_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _session(
    resolver: Resolver, ssl_context: ssl.SSLContext, user_agent: str, limits: Limits
) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=ConnectorResolver(resolver),
        use_dns_cache=False,  # the resolver has its own, of checked answers
        ssl=ssl_context,
        limit=limits.at_once,
        limit_per_host=limits.per_host,  # for hosts that are reached by redirects
        keepalive_timeout=limits.idle_s,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        auto_decompress=False,
        trust_env=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(
            sock_connect=limits.connect_s, sock_read=limits.gap_s, ceil_threshold=60
        ),
        max_headers=limits.max_header_fields,
        read_bufsize=64 * 1024,
    )


async def _read(url: str, response: aiohttp.ClientResponse, max_bytes: int) -> Response:
    headers: dict[str, str] = {}
    for field, value in response.headers.items():
        name = field.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    body = b""
    if 200 <= response.status < 300:
        body = await _read_body(url, response, max_bytes)
    return Response(response.status, headers, body, url)


async def _read_body(url: str, response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        raise BadContentType(url, f"is compressed with {encoding[:40]}, which we do not read.")
    if (response.content_length or 0) > max_bytes:
        raise TooLarge(url, f"is longer than {max_bytes} bytes.")
    unzip = zlib.decompressobj(_ANY_WRAPPER) if "gzip" in encoding else None
    body = bytearray()
    received = 0
    try:
        async for chunk in response.content.iter_any():
            received += len(chunk)
            # One byte more than allowed is enough to know, however large the rest would become.
            room = max_bytes + 1 - len(body)
            body += chunk[:room] if unzip is None else unzip.decompress(chunk, room)
            if len(body) > max_bytes or received > max_bytes + _GZIP_OVERHEAD:
                raise TooLarge(url, f"is longer than {max_bytes} bytes.")
            if unzip is not None and unzip.eof:
                break
    except zlib.error:
        raise Unreachable(url, "sent broken gzip.") from None
    if unzip is not None and not unzip.eof:
        raise Unreachable(url, "sent gzip that ends too early.")
    return bytes(body)
