"""``weft fetch``: what an address of the Fediverse stands for, as Weft understands it."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.app import Parts
    from weft.config.settings import Settings

TIMEOUT_S = 60.0


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "fetch",
        help="resolve an address of the Fediverse and show what Weft makes of it",
        description="Looks the address up as the search does: what is known comes from the"
        " database, what is not is fetched, checked and kept.",
    )
    parser.add_argument("address", metavar="URL|@user@host")
    parser.add_argument("--json", action="store_true", help="the records as JSON")
    parser.set_defaults(run=_fetch)


def _fetch(given: argparse.Namespace) -> int:
    import msgspec

    from weft.admin.described import in_lines
    from weft.config.settings import load
    from weft.observe import logs

    address = given.address.strip()
    if not address or len(address) > 4096 or not address.isprintable():
        raise CommandFailed(
            "give the address of a profile, a post or a collection, or a handle such as @user@host",
            exit_code=2,
        )
    settings = load()
    logs.configure("warning", settings.log_format)
    found = asyncio.run(_look_up(settings, address))
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        sys.stdout.write(in_lines(found))
    return 0


async def _look_up(settings: "Settings", address: str) -> dict[str, Any]:
    from weft.admin.opened import opened
    from weft.app import assembled
    from weft.federation.unresolved import Unresolved

    async with opened(settings):
        pass  # schema, key and names belong together
    async with assembled(settings) as parts:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await parts.resolver.lookup(address)
        except Unresolved as error:
            raise CommandFailed(f"{address} cannot be resolved: {error}") from None
        except TimeoutError:
            raise CommandFailed(
                f"{address} was not resolved within {TIMEOUT_S:.0f} seconds: try again later"
            ) from None
        if found is None:
            raise CommandFailed(f"there is nothing at {address}, as far as its server says")
        return await _described(parts, found.kind, found.id)


async def _described(parts: "Parts", kind: str, id_: int) -> dict[str, Any]:
    from weft.admin.described import describe_actor, describe_collection, describe_post
    from weft.domain.actors.queries import actor_by_id
    from weft.domain.collections.queries import collection_by_id, entries_in
    from weft.federation.facts import post_facts
    from weft.federation.peers import host_by_name

    if kind == "actor":
        actor = await parts.db.one(actor_by_id, id=id_)
        if actor is not None:
            return describe_actor(actor, await parts.db.one(host_by_name, name=actor.host))
    elif kind == "collection":
        row = await parts.db.one(collection_by_id, id=id_)
        if row is not None:
            entries = await parts.db.all(entries_in, of_collection=row.id)
            return describe_collection(row, entries)
    else:
        facts = await post_facts(parts.db, parts.server, id_)
        if facts is not None:
            return describe_post(facts)
    raise CommandFailed("it was deleted while it was looked at")
