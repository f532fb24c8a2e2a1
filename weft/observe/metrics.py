"""Metrics in Prometheus' text format, at ``/metrics``.

Measured (Python 3.11, one core): prometheus_client costs 1.4 MB and 29 ms at the start. A request
costs one look-up of a kept child and one observation (docs/dependencies.md has the figures); what
the database is asked for is asked when somebody scrapes, and kept for ``KEPT_S``.
"""

import asyncio
import contextlib
import time
from hmac import compare_digest
from ipaddress import ip_address

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from weft.config.addresses import client_address
from weft.config.settings import Settings
from weft.config.values import is_own_loopback
from weft.federation.asgi import AsgiApp, Receive, Scope, Send, headers_of, refuse, respond
from weft.federation.inbox_store import LogState
from weft.observe.parts import Observed
from weft.observe.queries import lane_counts, pending_deliveries, waiting_by_state
from weft.storage.errors import StorageError
from weft.storage.sqlite import SqliteDatabase

TEXT = b"text/plain; version=0.0.4; charset=utf-8"
KEPT_S = 5.0
ASK_S = 5.0
"""How long a scrape waits for the database."""
_FORWARDED = frozenset(
    {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via"}
)

# A second series for each, that nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=REGISTRY)

_requests = Histogram(
    "weft_request_seconds",
    "Time to answer, by family, route and status (0: the client went away).",
    ("family", "route", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_group_size = Histogram(
    "weft_write_group_operations",
    "Operations in one commit (SQLite).",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
    registry=REGISTRY,
)
_group_seconds = Histogram(
    "weft_write_group_seconds",
    "Time of one commit with its operations (SQLite).",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5),
    registry=REGISTRY,
)
_inbox_waiting = Gauge(
    "weft_inbox_waiting", "Activities that wait in the inbox log.", ("state",), registry=REGISTRY
)
_inbox_oldest = Gauge(
    "weft_inbox_oldest_seconds", "Age of the oldest that waits.", ("state",), registry=REGISTRY
)
_inbox_in_hand = Gauge("weft_inbox_in_hand", "Activities being worked on.", registry=REGISTRY)
_inbox_judged = Counter(
    "weft_inbox_judged",
    "Activities that this process judged, by outcome.",
    ("outcome",),
    registry=REGISTRY,
)
_deliveries = Gauge("weft_deliveries_pending", "Deliveries that wait.", registry=REGISTRY)
_lanes = Gauge(
    "weft_lanes",
    "Hosts by the state of their lane: open, resting after a failure, away.",
    ("state",),
    registry=REGISTRY,
)
_lanes_in_hand = Gauge("weft_lanes_in_hand", "Lanes being worked on.", registry=REGISTRY)
_attempts = Counter(
    "weft_delivery_attempts",
    "Deliveries that this process tried, by outcome.",
    ("outcome",),
    registry=REGISTRY,
)
_streams = Gauge(
    "weft_streams_open",
    "Connections of this process on which apps wait for news.",
    ("transport",),
    registry=REGISTRY,
)
_subscriptions = Gauge(
    "weft_stream_subscriptions",
    "What the apps on these connections have asked for; one connection may carry many.",
    registry=REGISTRY,
)
_told = Counter(
    "weft_stream_events", "Events that were put before streams.", ("event",), registry=REGISTRY
)
_streams_closed = Counter(
    "weft_streams_closed",
    "Streams that ended: gone, slow, ended (token or account), stopping.",
    ("reason",),
    registry=REGISTRY,
)
_dropped = Counter(
    "weft_stream_news_dropped", "News that was not told, too much waited.", registry=REGISTRY
)
_database_up = Gauge(
    "weft_database_up", "1 when the database answered this scrape.", registry=REGISTRY
)

_WAITING_STATES = {LogState.UNVERIFIED: "unverified", LogState.RECEIVED: "received"}
# The library's own look-up takes a lock and builds a tuple of texts: 1.7 µs that this saves.
_kept_children: dict[tuple[str, str, int], Histogram] = {}


def record_request(family: str, route: str, status: int, seconds: float) -> None:
    """Count one request. ``route`` is a pattern of ours, never what the client sent."""
    child = _kept_children.get((family, route, status))
    if child is None:
        child = _requests.labels(family or "none", route or "none", str(status))
        _kept_children[family, route, status] = child
    child.observe(seconds)


def record_group(size: int, seconds: float) -> None:
    """Count one write group; called in the writer's thread."""
    _group_size.observe(size)
    _group_seconds.observe(seconds)


def metrics_app(parts: Observed) -> AsgiApp:
    """The handler of ``/metrics``; from now on the database reports its write groups."""
    if isinstance(parts.db, SqliteDatabase):
        parts.db.groups_observed = record_group
    scrapes = _Scrapes(parts)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in {"GET", "HEAD"}:
            await refuse(send, 405, "Metrics can only be read.", {"allow": "GET, HEAD"})
            return
        refusal = why_not(parts.settings, scope)
        if refusal is not None:
            status, sentence = refusal
            extra = {"www-authenticate": 'Bearer realm="metrics"'} if status == 401 else None
            await refuse(send, status, sentence, extra)
            return
        body = await scrapes.text()
        await respond(send, 200, body, TEXT, [(b"cache-control", b"no-store")])

    return app


def why_not(settings: Settings, scope: Scope) -> tuple[int, str] | None:
    """Status and sentence for who may not read the metrics; None for who may.

    ``loopback`` means a program on this machine that asks us directly. A proxy beside us has a
    loopback address too, so what came through one, or asks for a public name, is refused.
    """
    headers = headers_of(scope)
    token = settings.metrics_token
    if settings.metrics == "off":
        return 404, "There is nothing here."
    if token is not None:
        given = headers.get("authorization", "").partition(" ")
        right = given[0].lower() == "bearer" and compare_digest(
            given[2].strip().encode("latin-1", "replace"), token.encode()
        )
        return None if right else (401, "Metrics need the bearer token of WEFT_METRICS.")
    client = scope.get("client")
    address = client_address(client[0] if client else "", [], settings.trusted_proxies)
    direct = headers.keys().isdisjoint(_FORWARDED) and _is_loopback_name(headers.get("host", ""))
    if direct and _is_loopback(address):
        return None
    return 403, "Metrics are read on this machine only, or with a token: see WEFT_METRICS."


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback


def _is_loopback_name(host: str) -> bool:
    return is_own_loopback(host) or host == "[::1]" or host.startswith("[::1]:")


class _Scrapes:
    """Renders the registry; one scrape asks the database, others meanwhile share its answer."""

    def __init__(self, parts: Observed) -> None:
        self._parts = parts
        self._lock = asyncio.Lock()
        self._asked_at = -KEPT_S
        self._counted: dict[tuple[str, str], int] = {}

    async def text(self) -> bytes:
        async with self._lock:
            if time.monotonic() - self._asked_at >= KEPT_S:
                await self._ask()
                self._asked_at = time.monotonic()
        self._read_parts()
        return generate_latest(REGISTRY)

    async def _ask(self) -> None:
        _database_up.set(0)
        with contextlib.suppress(StorageError, TimeoutError):
            async with asyncio.timeout(ASK_S):
                await self._ask_database()
                _database_up.set(1)

    async def _ask_database(self) -> None:
        db = self._parts.db
        waiting = {row.state: row for row in await db.all(waiting_by_state)}
        now_ms = time.time_ns() // 1_000_000
        for state, name in _WAITING_STATES.items():
            row = waiting.get(state)
            _inbox_waiting.labels(name).set(row.count if row else 0)
            age_s = max(0.0, (now_ms - row.oldest_at) / 1000) if row else 0.0
            _inbox_oldest.labels(name).set(age_s)
        pending = await db.one(pending_deliveries)
        _deliveries.set(pending[0] if pending else 0)
        lanes = await db.one(lane_counts)
        if lanes is not None:
            _lanes.labels("open").set(lanes.open)
            _lanes.labels("resting").set(lanes.resting)
            _lanes.labels("away").set(lanes.away)

    def _read_parts(self) -> None:
        _inbox_in_hand.set(self._parts.processor.in_hand)
        _lanes_in_hand.set(self._parts.lanes.in_hand)
        self._raise_to(_inbox_judged, "judged", self._parts.processor.judged)
        self._raise_to(_attempts, "attempts", self._parts.lanes.attempts)
        hub = self._parts.hub
        for transport in ("sse", "websocket"):
            _streams.labels(transport).set(hub.open[transport])
        _subscriptions.set(hub.subscriptions)
        self._raise_to(_told, "told", hub.told)
        self._raise_to(_streams_closed, "closed", hub.closed)
        _dropped.inc(hub.dropped - self._counted.get(("dropped", ""), 0))
        self._counted["dropped", ""] = hub.dropped

    def _raise_to(self, counter: Counter, name: str, counts: dict[str, int]) -> None:
        """Bring a counter up to what a part has counted in plain integers."""
        for outcome, count in counts.items():
            before = self._counted.get((name, outcome), 0)
            counter.labels(outcome).inc(count - before)
            self._counted[name, outcome] = count
