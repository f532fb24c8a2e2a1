"""Fetching that costs little: the one door through which the server reads other servers.

A request for a document goes through, in this order: what is remembered about it (a fresh answer,
a failure that is still believed), a flight for it that is already in the air, the host's back-off
and budget, and only then the network, with the validators of what is remembered. So a post that a
thousand people open is fetched once, and a host that is down costs one attempt per pause.

Failures are believed for ten minutes (404, other 4xx, wrong type, too large, refused), one minute
(a 5xx of one document), or for as long as the process lives (410). Failures of the network, 429 and
503 are the host's and pause all of it; see ``budget``.
"""

import asyncio
import math
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from weft.federation.http.budget import HostBudgets, Shares
from weft.federation.http.cache import Entry, FetchCache, Key
from weft.federation.http.client import HttpClient
from weft.federation.http.errors import (
    BadContentType,
    Denied,
    FetchError,
    Gone,
    NotFound,
    Refused,
    TooLarge,
    Unreachable,
)
from weft.federation.http.kinds import ACTIVITY, Kind
from weft.federation.http.policy import check_url
from weft.federation.http.records import Response, Signer

_FRESH_S = 60.0
_FAILURE_S = 600.0
_SERVER_ERROR_S = 60.0
_CACHE_BYTES = 16 * 1024 * 1024


class Fetcher:
    """One per process; shares its client with the delivery lanes."""

    def __init__(
        self,
        client: HttpClient,
        *,
        shares: Shares | None = None,
        cache_bytes: int = _CACHE_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._clock = clock
        self._cache = FetchCache(cache_bytes, clock)
        self._budgets = HostBudgets(shares, clock)
        self._flights: dict[Key, asyncio.Task[Response]] = {}

    async def fetch_json(
        self, url: str, *, sign: Signer | None = None, max_age_s: float = _FRESH_S
    ) -> Response:
        """An ActivityStreams document, as bytes: see :meth:`fetch`."""
        return await self.fetch(url, ACTIVITY, sign=sign, max_age_s=max_age_s)

    async def fetch(
        self, url: str, kind: Kind, *, sign: Signer | None = None, max_age_s: float = _FRESH_S
    ) -> Response:
        """The document at *url*: status 2xx, of the right content type.

        A remembered answer that was checked at most *max_age_s* ago is returned as it is; with 0
        the origin is always asked (with validators). ``Response.url`` is where redirects ended;
        whether the document may speak for itself there is the caller's question.
        Raises one of ``errors``.
        """
        target = check_url(self._client.policy, url)
        key = (target.url, kind.name, sign.name if sign else "")
        if (failure := self._cache.failure(key)) is not None:
            raise type(failure)(url, failure.problem)
        entry = self._cache.answer(key)
        if entry is not None and self._clock() - entry.checked_at < max_age_s:
            return entry.response
        flight = self._flights.get(key)
        if flight is None:
            self._budgets.spend(target.authority, url)
            flight = asyncio.create_task(self._fly(key, target.authority, kind, sign, entry))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: the flight is shared, so one passenger who leaves does not end it.
        return await asyncio.shield(flight)

    async def close(self) -> None:
        """End all flights. The client is closed by its owner."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _landed(self, key: Key, flight: asyncio.Task[Response]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # seen, even if every passenger has left

    async def _fly(
        self, key: Key, host: str, kind: Kind, sign: Signer | None, entry: Entry | None
    ) -> Response:
        try:
            response = await self._client.get(
                key[0],
                accept=kind.accept,
                max_bytes=kind.max_bytes,
                sign=sign,
                validators=entry.validators if entry else None,
            )
        except Unreachable:
            self._budgets.failed(host)
            raise
        except TooLarge as error:
            self._budgets.spent(host, kind.max_bytes)
            self._cache.remember_failure(key, error, _FAILURE_S)
            raise
        except (Refused, BadContentType) as error:
            self._cache.remember_failure(key, error, _FAILURE_S)
            raise
        self._budgets.spent(host, len(response.body))
        if response.status == 304 and entry is not None:
            response = entry.response
        else:
            self._judge(key, host, kind, response)
        self._budgets.answered(host)
        self._cache.remember(key, response)
        return response

    def _judge(self, key: Key, host: str, kind: Kind, response: Response) -> None:
        """Raise what is wrong with an answer, and remember it for as long as it is believed."""
        status, url = response.status, response.url
        error: FetchError
        for_s = _FAILURE_S
        if 200 <= status < 300:
            content_type = response.headers.get("content-type", "")
            if kind.is_type(content_type):
                return
            error = BadContentType(url, f"is {content_type[:100] or 'of no type'}.")
        elif status in (429, 503):
            wait_s = _retry_after_s(response.headers.get("retry-after", ""))
            self._budgets.failed(host, wait_s)
            raise Unreachable(url, f"answers {status}.", retry_after_s=wait_s)
        elif status == 410:
            error, for_s = Gone(url, "is gone (410)."), math.inf
        elif status == 404:
            error = NotFound(url, "is not found (404).")
        elif 400 <= status < 500:
            error = Denied(url, f"is denied ({status}).")
        else:
            error, for_s = Unreachable(url, f"answers {status}."), _SERVER_ERROR_S
        self._budgets.answered(host)
        self._cache.remember_failure(key, error, for_s)
        raise error


def _retry_after_s(value: str) -> float | None:
    """``Retry-After``: seconds, or a date."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
