"""What our own pages need of the server; ``weft/app.py`` puts it together."""

from dataclasses import dataclass

from weft.config.settings import Settings
from weft.domain.keys.sealing import Sealer
from weft.domain.limits import Limiter
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.domain.signup.join import Joining
from weft.federation.threads.openings import Openings
from weft.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    db: Database
    server: Server
    settings: Settings
    sealer: Sealer
    resolve: Resolve
    openings: Openings
    limiter: Limiter
    joining: Joining
