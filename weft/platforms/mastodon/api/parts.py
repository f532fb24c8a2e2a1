"""What the Mastodon API needs of the server; ``weft/app.py`` puts it together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.domain.keys.sealing import Sealer
from weft.domain.limits import Limiter
from weft.domain.push.vapid import Vapid
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.domain.signup.join import Joining
from weft.federation.policy_trial import Trier
from weft.federation.relays import Relays
from weft.federation.threads.openings import Openings
from weft.media.intake import MediaIntake
from weft.realtime.hub import Hub
from weft.storage.database import Database

if TYPE_CHECKING:
    from weft.config.settings import Settings

__all__ = ["MediaUrl", "Parts"]

MediaUrl = Callable[[str], str]
"""Where a stored file is served, from its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Made once."""

    db: Database
    server: Server
    settings: "Settings"
    resolve: Resolve
    openings: Openings
    limiter: Limiter
    try_rules: Trier
    """Dry runs of policies."""
    joining: Joining
    sealer: Sealer
    vapid: Vapid
    media: MediaIntake
    media_url: MediaUrl
    hub: Hub
    relays: Relays
    instance_actor_id: Callable[[], Awaitable[int | None]]
    """The server's own actor, in whose name reports are passed on."""
