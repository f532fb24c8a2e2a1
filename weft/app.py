"""Where the parts are put together, once: from settings to a running server."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import structlog

from weft.config.settings import Settings
from weft.dialects import make_dialects
from weft.domain.accounts.queries import staff_uris
from weft.domain.accounts.secrets import TOKEN_PREFIXES
from weft.domain.keys.sealing import Sealer, load_or_make_key
from weft.domain.limits import Limiter
from weft.domain.media.records import Allowance
from weft.domain.moderation.addresses import ClosedNetworks
from weft.domain.notifications.notify import NotificationKind
from weft.domain.push.vapid import Vapid
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.domain.signup.join import Joining
from weft.federation.arrive import Arrivals
from weft.federation.asgi import AsgiApp
from weft.federation.documents.by_id import Documents
from weft.federation.documents.discovery import About, Discovery
from weft.federation.endpoints import Endpoints
from weft.federation.followers_sync import FollowersSync
from weft.federation.handlers.received import Tools
from weft.federation.http.client import HttpClient
from weft.federation.http.fetcher import Fetcher
from weft.federation.inbox import Inbox
from weft.federation.inbox_store import Waiting
from weft.federation.instance_actor import InstanceActor
from weft.federation.keyring import KeyRing
from weft.federation.lanes import Lanes
from weft.federation.lookups import look_up_with, refresh_with, resolve_with
from weft.federation.outbound import Outbound
from weft.federation.peers import Peers
from weft.federation.policing import Policing
from weft.federation.policy_trial import Trier
from weft.federation.previews import Previews
from weft.federation.processor import Processor
from weft.federation.reader import Readers
from weft.federation.relays import Relays
from weft.federation.rendering import Renderer
from weft.federation.resolve import Resolver
from weft.federation.retention import Kept
from weft.federation.signing import Signatures
from weft.federation.software import SoftwareReader
from weft.federation.threads.courtesy import Courtesy
from weft.federation.threads.openings import Openings
from weft.federation.threads.profiles import Profiles
from weft.federation.threads.shelves import Shelves
from weft.federation.threads.walker import Walker
from weft.jobs.archives import Archives
from weft.jobs.chores import chores
from weft.jobs.domains import DomainWork
from weft.jobs.imports import Imports
from weft.jobs.pushes import Pushes
from weft.jobs.schedule import Schedule
from weft.mail.exchangers import exchangers
from weft.mail.postman import Postman
from weft.mail.transport import transport_of
from weft.media import serve as media_files
from weft.media.gate import Gate, installed_checks
from weft.media.intake import Bounds, MediaIntake
from weft.media.remote import RemoteAddresses, RemoteFiles
from weft.media.remote_fetch import picture_fetcher
from weft.media.store import LocalStore
from weft.media.worker import MediaWorker
from weft.observe.health import health_app
from weft.observe.metrics import metrics_app, record_request
from weft.platforms.mastodon import pushed
from weft.protocol.activitystreams import Document
from weft.realtime.carriers import carrier_for
from weft.realtime.hub import Hub
from weft.storage.database import Database, open_database
from weft.web import static_files
from weft.web.dispatcher import Dispatcher, describe
from weft.web.families import Family

Role: TypeAlias = Literal["all", "web", "federation", "jobs"]

log = structlog.get_logger("weft")


@dataclass(slots=True)
class Parts:
    """Everything that a running server is made of."""

    settings: Settings
    db: Database
    server: Server
    sealer: Sealer
    http: HttpClient
    fetcher: Fetcher
    keys: KeyRing
    peers: Peers
    instance: InstanceActor
    resolver: Resolver
    inbox: Inbox
    processor: Processor
    lanes: Lanes
    walker: Walker
    openings: Openings
    endpoints: Endpoints
    store: LocalStore
    remote: RemoteFiles
    previews: Previews
    software: SoftwareReader
    media: MediaIntake
    media_worker: MediaWorker
    resolve: Resolve
    relays: Relays
    imports: Imports
    archives: Archives
    vapid: Vapid
    pushes: Pushes
    postman: Postman | None
    """None where this server sends no mail."""
    limiter: Limiter
    hub: Hub
    background: list[asyncio.Task[None]] = field(default_factory=list)
    """What must run while the server does."""


class _Wakes:
    """Lets parts wake others that are made later."""

    def __init__(self) -> None:
        self.lanes: Lanes | None = None
        self.processor: Processor | None = None
        self.postman: Postman | None = None

    def wake_postman(self) -> None:
        if self.postman is not None:
            self.postman.wake()

    def wake_lanes(self) -> None:
        if self.lanes is not None:
            self.lanes.wake()

    def offer(self, entry: Waiting, document: Document | None) -> None:
        if self.processor is not None:
            self.processor.offer(entry, document)


def make_server(
    settings: Settings,
    tell: Any,
    shown_at: Callable[[str], str] = str,
    letter_waits: Callable[[], None] = lambda: None,
) -> Server:
    """The domain's view of the settings."""
    return Server(
        origin=settings.origin,
        domain=settings.domain,
        host=settings.host,
        tell=tell,
        media_origin=settings.media_origin,
        post_length=settings.post_length,
        post_formats=(
            ("text/plain", "text/markdown", "text/html") if settings.markdown else ("text/plain",)
        ),
        shown_at=shown_at,
        sends_mail=settings.sends_mail,
        letter_waits=letter_waits,
        allow_list=settings.limited_federation,
    )


def _contact(settings: Settings) -> str:
    """Where push services can reach the operator (RFC 8292, section 2.1)."""
    return f"mailto:{settings.contact_email}" if settings.contact_email else settings.origin


def _about(settings: Settings) -> About:
    """What the server says of itself to software."""
    return About(
        version=version("weft"),
        title=settings.title or settings.domain,
        description=settings.description,
        open_registrations=settings.registrations in ("open", "approval"),
    )


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Parts]:
    """The parts, put together and taken apart again; nothing works in the background yet."""
    sealer = Sealer(load_or_make_key(settings.data / "secret.key"))
    db = await open_database(settings.database_url)
    wakes = _Wakes()
    outbound = Outbound(settings.origin, wakes.wake_lanes)
    addresses = RemoteAddresses(
        sealer.derived("addresses of remote pictures"), settings.origin, settings.media_origin
    )
    server = make_server(settings, outbound.tell, addresses.address, wakes.wake_postman)
    http = HttpClient.from_settings(settings)
    fetcher = Fetcher(http)
    dialects = make_dialects()
    keys = KeyRing(db, sealer)
    peers = Peers(db, server)
    http.shuns = peers.is_blocked
    instance = InstanceActor(db, server, sealer)
    signatures = Signatures(db, server, keys, http, instance)
    arrivals = Arrivals(server)
    police = Policing(db, server)
    resolver = Resolver(db, server, fetcher, dialects, keys, peers, signatures, arrivals, police)
    tools = Tools(db, server, dialects, resolver, arrivals, keys, police)
    renderer = Renderer(db, server, keys)
    followers = FollowersSync(db, server, peers, resolver)
    wakes.processor = Processor(tools, peers)
    wakes.lanes = Lanes(db, server, dialects, renderer, signatures.send, followers.header)
    inbox = Inbox(db, server, keys, peers, wakes.offer)
    transport = transport_of(settings)
    wakes.postman = Postman(db, server, transport) if transport is not None else None
    courtesy = Courtesy()
    walker = Walker(db, server, resolver, peers, courtesy)
    profiles = Profiles(db, server, resolver, peers, courtesy)
    shelves = Shelves(db, server, resolver, peers, courtesy)
    store = LocalStore(settings.data / "media")
    gate = Gate(db, installed_checks(), server.now_ms)
    allowed = Allowance(settings.media_quota_bytes, settings.media_quota_files)
    media = MediaIntake(db, store, bounds=Bounds(allowed, settings.min_free_bytes), gate=gate)
    media_worker = MediaWorker(db, server, store, media, gate, at_once=settings.media_jobs)
    media.wake = media_worker.wake
    remote = RemoteFiles(
        db,
        server,
        store,
        addresses,
        picture_fetcher(http),
        peers.shows_media,
        budget_bytes=settings.remote_media_bytes,
        free_bytes=settings.min_free_bytes,
        folder=settings.data,
        gate=gate,
    )
    documents = Documents(db, server, dialects.generic, renderer)
    discovery = Discovery(db, server, documents, _about(settings), instance, lambda: staff_uris(db))
    readers = Readers(server, keys, peers, resolver)
    software = SoftwareReader(db, server, fetcher, peers)
    peers.asks, wakes.lanes.learns = software.ask, software.learn
    resolve = resolve_with(resolver)
    vapid = Vapid(db, server, sealer)
    told = pushed.renderer(db, server, lambda kind: NotificationKind(kind).name)
    pushes = Pushes(db, server, sealer, http, vapid, told, contact=_contact(settings))
    parts = Parts(
        settings=settings,
        db=db,
        server=server,
        sealer=sealer,
        http=http,
        fetcher=fetcher,
        keys=keys,
        peers=peers,
        instance=instance,
        resolver=resolver,
        inbox=inbox,
        processor=wakes.processor,
        lanes=wakes.lanes,
        walker=walker,
        openings=Openings(db, server, profiles, shelves, walker.wake),
        endpoints=Endpoints(settings, inbox, documents, discovery, readers, followers),
        store=store,
        remote=remote,
        previews=Previews(db, server, fetcher, peers, resolver.handle),
        software=software,
        media=media,
        media_worker=media_worker,
        resolve=resolve,
        relays=Relays(db, server, resolver, instance, peers),
        imports=Imports(db, server, look_up_with(resolver)),
        archives=Archives(db, server, documents, store, settings.data / "archives"),
        vapid=vapid,
        pushes=pushes,
        postman=wakes.postman,
        limiter=Limiter(),
        hub=Hub(carrier_for(settings.database_url), settings.max_streams),
    )
    db.ears.add(parts.hub.hear)
    try:
        yield parts
    finally:
        await parts.hub.close()
        await profiles.close()
        await shelves.close()
        await software.close()
        await followers.close()
        await parts.media.close()
        await fetcher.close()
        await http.close()
        await db.close()


@asynccontextmanager
async def working(parts: Parts, role: Role) -> AsyncIterator[None]:
    """The background work of a role, ended cleanly."""
    await parts.instance.ensure()
    tasks = parts.background
    if role in {"all", "federation"}:
        tasks.append(asyncio.create_task(parts.processor.run(), name="inbox"))
        tasks.append(asyncio.create_task(parts.lanes.run(), name="lanes"))
        tasks.append(asyncio.create_task(parts.previews.run(), name="previews"))
        tasks.append(asyncio.create_task(parts.walker.run(), name="threads"))
    if role in {"all", "jobs"}:
        kept = Kept(parts.settings.log_days, parts.settings.log_bytes)
        regular = chores(
            parts.db, parts.server, parts.sealer, parts.media, parts.remote, parts.software, kept,
            parts.archives, parts.settings, parts.resolve,
        )  # fmt: skip
        schedule = Schedule(parts.db, parts.server, regular)
        tasks.append(asyncio.create_task(schedule.run(), name="schedule"))
        tasks.append(asyncio.create_task(parts.imports.run(), name="imports"))
        tasks.append(asyncio.create_task(parts.archives.run(), name="archives"))
        tasks.append(asyncio.create_task(parts.pushes.run(), name="pushes"))
        work = DomainWork(parts.db, parts.server, parts.remote)
        tasks.append(asyncio.create_task(work.run(), name="servers"))
        tasks.append(asyncio.create_task(parts.media_worker.run(), name="media"))
        if parts.postman is not None:
            tasks.append(asyncio.create_task(parts.postman.run(), name="mail"))
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work ended", part=task.get_name(), exc_info=error)
        # Half a server is worse than none: the supervisor starts us again.
        signal.raise_signal(signal.SIGTERM)


class _Offer(NamedTuple):
    """A family before there is a server to build it for."""

    name: str
    module: str
    """Has ``ROUTES`` and ``build(parts)``."""
    prefix: str
    token_prefix: str | None


OFFERED = (
    _Offer("mastodon", "weft.platforms.mastodon.api.app", "/api/", TOKEN_PREFIXES["mastodon"]),
    _Offer("lemmy", "weft.platforms.lemmy.api.app", "/api/v3/", TOKEN_PREFIXES["lemmy"]),
    _Offer("web", "weft.web.app", "/", None),
)


def _needs(parts: Parts, name: str) -> Any:
    """What a family's ``build`` is given."""
    shared: dict[str, Any] = {
        "db": parts.db,
        "server": parts.server,
        "settings": parts.settings,
        "openings": parts.openings,
        "limiter": parts.limiter,
        "relays": parts.relays,
        "try_rules": Trier(parts.db, make_dialects()),
    }
    mx = None if parts.settings.insecure_loopback else exchangers
    joining = Joining(parts.db, parts.server, parts.settings, parts.sealer, parts.limiter, mx)
    match name:
        case "mastodon":
            from weft.platforms.mastodon.api import parts as mastodon

            return mastodon.Parts(
                **shared,
                resolve=parts.resolve,
                joining=joining,
                sealer=parts.sealer,
                vapid=parts.vapid,
                media=parts.media,
                media_url=parts.server.media_url,
                hub=parts.hub,
                instance_actor_id=parts.instance.id,
            )
        case "lemmy":
            from weft.platforms.lemmy.api import parts as lemmy

            del shared["limiter"], shared["relays"], shared["try_rules"]
            return lemmy.Parts(**shared, resolve=parts.resolve, version=version("weft"))
        case "web":
            from weft.web.parts import Parts as WebParts

            return WebParts(
                **shared,
                media=parts.media,
                joining=joining,
                sealer=parts.sealer,
                resolve=parts.resolve,
                refreshed=refresh_with(parts.resolver),
                wake_imports=parts.imports.wake,
                wake_archives=parts.archives.wake,
                archive_path=parts.archives.path,
                forget_portrait=lambda url: parts.media.forget_portrait(
                    url, parts.server.media_url("")
                ),
            )
    raise ValueError(f"there is no family {name}")


def _family(offer: _Offer, build: Callable[[], AsgiApp]) -> Family:
    return Family(
        offer.name,
        lambda: import_module(offer.module).ROUTES,
        build,
        offer.prefix,
        offer.token_prefix,
        lambda: getattr(import_module(offer.module), "SOCKETS", ()),
    )


def families(parts: Parts) -> tuple[Family, ...]:
    """The API families and the pages. Their code is imported when it is needed."""

    def builder(offer: _Offer) -> Callable[[], AsgiApp]:
        return lambda: cast(AsgiApp, import_module(offer.module).build(_needs(parts, offer.name)))

    off = parts.settings.disabled_families
    return tuple(_family(each, builder(each)) for each in OFFERED if each.name not in off)


def routes_of_all() -> str:
    """All families' routes and collisions, for people (``weft routes``)."""

    def unbuilt() -> AsgiApp:
        raise RuntimeError("only the routes are known")

    return describe([_family(each, unbuilt) for each in OFFERED])


def web_app(parts: Parts) -> Dispatcher:
    """The whole server as one ASGI application."""
    settings = parts.settings
    health = health_app(parts)
    plain: dict[str, AsgiApp] = {
        **parts.endpoints.routes(),
        "/health/live": health,
        "/health/ready": health,
        "/metrics": metrics_app(parts),
        media_files.PREFIX: media_files.media_app(parts.store, parts.remote),
        static_files.PREFIX: static_files.static_app,
    }
    return Dispatcher(
        plain,
        families(parts),
        closed=ClosedNetworks(parts.db, parts.server),
        trusted=settings.trusted_proxies,
        documents=parts.endpoints.behind_page,
        observe=record_request,
        files_host=settings.media_host if settings.media_host != settings.host else None,
    )


async def serve(settings: Settings, host: str, port: int, role: Role = "all") -> None:
    """Run until SIGTERM or SIGINT; requests in hand are finished first."""
    from weft.web.serving import Serving, allow_many_files

    allow_many_files()
    async with assembled(settings) as parts, working(parts, role):
        app = web_app(parts)

        async def once_open() -> None:
            await app.table()
            # What is here now stays: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()

        await Serving(app, host, port, parts.hub, once_open).serve()
