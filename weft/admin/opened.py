"""What most commands start with: settings, secret key and an open, checked database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from weft.admin.failure import CommandFailed
from weft.config.settings import Settings
from weft.domain.events import Event
from weft.domain.identity.guard import check_identity
from weft.domain.keys.sealing import Sealer, SecretKeyError, load_or_make_key
from weft.domain.server import Server
from weft.storage.database import Database, Tx, open_database

SECRET_KEY = "secret.key"  # noqa: S105  a file name


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database that belongs to these settings and this key."""

    settings: Settings
    db: Database
    server: Server
    sealer: Sealer


async def tell_nobody(tx: Tx, event: Event) -> None:
    """For commands that other servers need not hear of; fails where one would have to."""
    raise CommandFailed(f"{type(event).__name__} must be told to other servers: use the web pages")


def server_of(settings: Settings) -> Server:
    """The server as use cases know it when the command line calls them."""
    return Server(
        origin=settings.origin,
        domain=settings.domain,
        host=settings.host,
        tell=tell_nobody,
        media_origin=settings.media_origin,
        post_length=settings.post_length,
    )


def load_sealer(settings: Settings) -> Sealer:
    """The sealer of an existing key.

    Raises:
        SecretKeyError: there is no key, or it is damaged.
    """
    path = settings.data / SECRET_KEY
    if not path.is_file():
        raise SecretKeyError(
            f"there is no {path}: run weft setup for a new server, or put the secret.key of this"
            " database there"
        )
    return Sealer(load_or_make_key(path))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """Open the database for one command and close it afterwards.

    Raises:
        SecretKeyError, OtherIdentity, StorageError: each with a sentence.
    """
    from weft.storage.migrate import check

    sealer = load_sealer(settings)
    await check(settings.database_url)
    db = await open_database(settings.database_url)
    try:
        await check_identity(db, settings, sealer)
        yield Opened(settings, db, server_of(settings), sealer)
    finally:
        await db.close()
