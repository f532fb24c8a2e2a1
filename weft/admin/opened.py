"""What most commands start with: settings, secret key and an open, checked database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from weft.admin.failure import CommandFailed
from weft.config.settings import Settings, load
from weft.domain.events import Event
from weft.domain.identity.guard import check_identity, remembered_identity
from weft.domain.identity.queries import Remembered
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
        sends_mail=settings.sends_mail,
        allow_list=settings.limited_federation,
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
async def schema_checked(settings: Settings) -> AsyncIterator[Database]:
    """Open the database, and nothing else, once its schema is the right one."""
    from weft.storage.migrate import check

    require_database_file(settings)
    await check(settings.database_url)
    db = await open_database(settings.database_url)
    try:
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """Open the database for one command and close it afterwards.

    Raises:
        SecretKeyError, OtherIdentity, StorageError: each with a sentence.
    """
    sealer = load_sealer(settings)
    async with schema_checked(settings) as db:
        await check_identity(db, settings, sealer)
        yield Opened(settings, db, server_of(settings), sealer)


def run_opened(
    refusals: tuple[type[Exception], ...],
    work: Callable[..., Awaitable[None]],
    *arguments: Any,
) -> int:
    """Run a command, ``work(opened, *arguments)``, and close the database; the exit code. Refusals are
    sentences for the operator.

    Raises:
        CommandFailed, and what ``opened`` raises.
    """

    async def within() -> None:
        async with opened(load()) as server:
            try:
                await work(server, *arguments)
            except refusals as refused:
                raise CommandFailed(str(refused)) from None

    asyncio.run(within())
    return 0


async def greeting(settings: Settings) -> str | None:
    """What a start of the server checks first; the set-up link while there is no admin.

    A database that was never used gets its key here. One that knows a key gets no second one: that
    would only hide which file is missing.
    """
    from weft.domain.identity.first_admin import make_setup_link

    async with schema_checked(settings) as db:
        known = await remembered_identity(db)
        if Remembered.KEY_FINGERPRINT in known:
            sealer = load_sealer(settings)
        else:
            sealer = Sealer(load_or_make_key(settings.data / SECRET_KEY))
        await check_identity(db, settings, sealer)
        return await make_setup_link(db, settings)


def require_database_file(settings: Settings) -> None:
    """SQLite would make an empty file where there is none.

    Raises:
        CommandFailed: there is none.
    """
    path = settings.sqlite_path
    if path is not None and not path.is_file():
        raise CommandFailed(f"there is no database {path}: make it with weft db migrate")
