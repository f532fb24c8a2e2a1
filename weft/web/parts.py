"""What our own pages need of the server; ``weft/app.py`` puts it together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from weft.config.settings import Settings
from weft.domain.actors.records import Actor
from weft.domain.keys.sealing import Sealer
from weft.domain.limits import Limiter
from weft.domain.moving.archives import Archive
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.domain.signup.join import Joining
from weft.federation.policy_trial import Trier
from weft.federation.relays import Relays
from weft.federation.threads.openings import Openings
from weft.media.intake import MediaIntake
from weft.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    db: Database
    server: Server
    settings: Settings
    sealer: Sealer
    resolve: Resolve
    refreshed: Callable[[str], Awaitable[Actor | None]]
    """An actor of another server, fetched anew; None when its server does not answer."""
    openings: Openings
    relays: Relays
    wake_imports: Callable[[], None]
    wake_archives: Callable[[], None]
    archive_path: Callable[[Archive], Path | None]
    forget_portrait: Callable[[str | None], Awaitable[None]]
    """Take a profile's picture out of the store, by its address."""
    limiter: Limiter
    try_rules: Trier
    """Dry runs of policies."""
    joining: Joining
    media: MediaIntake
