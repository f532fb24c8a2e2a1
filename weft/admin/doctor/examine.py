"""The whole examination: what depends on nothing first, then the database, then the outside.

At most ``TOTAL_S`` seconds: each check has its own time, and those outside run beside each other.
"""

import asyncio

from msgspec import Struct
from sqlalchemy import Select, bindparam, select

from weft.admin.backups.sqlite import Known
from weft.admin.doctor import inside, outside
from weft.admin.doctor.findings import Finding, within
from weft.config.settings import Settings
from weft.domain.identity.queries import any_local_actor
from weft.federation.instance_actor import NAME as INSTANCE
from weft.storage.database import open_database
from weft.storage.errors import StorageError
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import host
from weft.storage.statements import query

TOTAL_S = 60.0
_CHECK_S = 25.0


class Residents(Struct, frozen=True):
    """What the checks of the outside need to know from the database."""

    has_actors: bool = False
    instance_uri: str | None = None
    peers: tuple[str, ...] = ()


@query(bounded=True)
def instance_actor_uri() -> Select:
    return select(actor.c.uri).where(actor.c.handle == bindparam("handle"), actor.c.local)


@query()
def newest_peers() -> Select:
    """The servers that spoke last."""
    return (
        select(host.c.name)
        .where(host.c.last_seen_at.is_not(None), host.c.suspended.is_(False))
        .order_by(host.c.last_seen_at.desc())
        .limit(bindparam("limit"))
    )


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything."""
    known, found = await _database(settings)
    usable = not any(each.state == "broken" for each in found)
    residents = await _residents(settings) if usable else Residents()
    found = [
        *inside.check_domain(settings, known, residents.has_actors),
        *await within("folder", _CHECK_S, lambda: inside.check_folder(settings)),
        *await within("disk", _CHECK_S, lambda: _now(inside.check_disk(settings))),
        *found,
        *await within("key", _CHECK_S, lambda: _now(inside.check_key(settings, known))),
        *inside.check_proxies(settings),
    ]
    results = await asyncio.gather(
        within("clock", _CHECK_S, lambda: _clock(settings, residents)),
        within("dns", _CHECK_S, lambda: outside.check_dns(settings)),
        within("tls", _CHECK_S, lambda: outside.check_tls(settings)),
        within("server", _CHECK_S, lambda: outside.check_reached(settings)),
        within(
            "webfinger",
            _CHECK_S,
            lambda: outside.check_webfinger(settings, INSTANCE, residents.instance_uri),
        ),
    )
    found += [finding for result in results for finding in result]
    return [*found, *inside.check_mail(settings)]


async def _now(found: list[Finding]) -> list[Finding]:
    return found


async def _database(settings: Settings) -> tuple[Known | None, list[Finding]]:
    known: Known | None = None

    async def look() -> list[Finding]:
        nonlocal known
        known, found = await inside.look_at_database(settings)
        return found

    found = await within("database", _CHECK_S, look)
    return known, found


async def _residents(settings: Settings) -> Residents:
    try:
        db = await open_database(settings.database_url)
    except StorageError:
        return Residents()
    try:
        handle = f"{INSTANCE}@{settings.domain}".casefold()
        instance = await db.one(instance_actor_uri, handle=handle)
        return Residents(
            has_actors=await db.one(any_local_actor) is not None,
            instance_uri=instance[0] if instance is not None else None,
            peers=tuple(row[0] for row in await db.all(newest_peers, limit=3)),
        )
    finally:
        await db.close()


async def _clock(settings: Settings, residents: Residents) -> list[Finding]:
    compared = await outside.check_clock(settings, list(residents.peers))
    return compared or inside.check_kernel_clock()
