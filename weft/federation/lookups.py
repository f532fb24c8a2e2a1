"""How people's questions about other servers are answered: bounded in time, in their own words."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from weft.domain.actors.records import Actor
from weft.domain.moving.effects import LookUp, RowFailed
from weft.domain.resolving import Resolve
from weft.federation.resolve import Found, Resolver
from weft.federation.unresolved import Unresolved

RESOLVE_S = 15.0
"""How long a person waits for a search on other servers."""

log = structlog.get_logger("weft")


def resolve_with(resolver: Resolver) -> Resolve:
    """How people's searches are answered: bounded in time, and what fails is None."""

    async def resolve(query: str) -> Found | None:
        try:
            async with asyncio.timeout(RESOLVE_S):
                return await resolver.lookup(query)
        except (Unresolved, TimeoutError) as error:
            log.info("not resolved", query=query, reason=str(error) or "it took too long")
            return None

    return resolve


def look_up_with(resolver: Resolver) -> LookUp:
    """The same for imports, whose report says why something was not found."""

    async def look_up(query: str) -> Found:
        try:
            async with asyncio.timeout(RESOLVE_S):
                found = await resolver.lookup(query)
        except Unresolved as error:
            raise RowFailed(str(error), passing=error.passing) from None
        except TimeoutError:
            raise RowFailed("Its server did not answer in time.", passing=True) from None
        if found is None:
            raise RowFailed("There is nothing at this address.")
        return found

    return look_up


def refresh_with(resolver: Resolver) -> Callable[[str], Awaitable[Actor | None]]:
    async def refreshed(uri: str) -> Actor | None:
        try:
            async with asyncio.timeout(RESOLVE_S):
                return await resolver.actor(uri, refresh=True)
        except (Unresolved, TimeoutError) as error:
            log.info("not refreshed", uri=uri, reason=str(error) or "it took too long")
            return None

    return refreshed
