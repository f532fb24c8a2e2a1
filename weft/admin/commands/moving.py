"""``weft user alias``, ``weft user move`` and ``weft user delete``: coming, going and ending."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Awaitable, Callable

    from weft.app import Parts
    from weft.config.settings import Settings
    from weft.domain.actors.records import Actor

    Command = Callable[[Parts, argparse.Namespace], Awaitable[str]]

TIMEOUT_S = 60.0
_KINDS = ("following", "blocks", "mutes", "lists", "bookmarks", "domain_blocks", "collections")


def add(users: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds to the commands of ``weft user``."""
    alias = users.add_parser("alias", help="other accounts of the same person")
    alias.add_argument("name", metavar="NAME")
    alias.add_argument("--add", metavar="ACCOUNT", action="append", default=[])
    alias.add_argument("--remove", metavar="ACCOUNT", action="append", default=[])
    alias.set_defaults(run=lambda given: run_within(_alias, given))
    move = users.add_parser(
        "move",
        help="send the followers to another account, which must have this one as its alias",
    )
    move.add_argument("name", metavar="NAME")
    move.add_argument("to", metavar="ACCOUNT", help="@name@domain or an address")
    move.set_defaults(run=lambda given: run_within(_move, given))
    bring = users.add_parser(
        "import",
        help="bring along follows, blocks, mutes, lists, bookmarks, domains or collections from a file",
    )
    bring.add_argument("name", metavar="NAME")
    bring.add_argument("file", metavar="FILE")
    bring.add_argument("--kind", choices=_KINDS, help="what is in it, if the file does not tell")
    bring.add_argument("--replace", action="store_true", help="take away what is not in the file")
    bring.set_defaults(run=lambda given: run_within(_import, given))
    take = users.add_parser("export", help="write follows, blocks, lists ... as CSV files")
    take.add_argument("name", metavar="NAME")
    take.add_argument("folder", metavar="FOLDER")
    take.set_defaults(run=lambda given: run_within(_export, given))
    rotate = users.add_parser(
        "rotate-keys",
        help="new keys for an account, or with --instance for the server itself and its relays",
    )
    rotate.add_argument("name", metavar="NAME", nargs="?")
    rotate.add_argument("--instance", action="store_true")
    rotate.set_defaults(run=lambda given: run_within(_rotate, given))
    delete = users.add_parser(
        "delete", help="delete an account and all its posts, here and on other servers, for good"
    )
    delete.add_argument("name", metavar="NAME")
    delete.add_argument("--yes", action="store_true", help="without it nothing is done")
    delete.set_defaults(run=lambda given: run_within(_delete, given))


def run_within(command: "Command", given: argparse.Namespace) -> int:
    """Run a command with all parts of the server, but not its background work."""
    from weft.config.settings import load

    sys.stdout.write(asyncio.run(within(load(), command, given)) + "\n")
    return 0


async def within(settings: "Settings", command: "Command", given: argparse.Namespace) -> str:
    from weft.admin.opened import opened
    from weft.app import assembled

    async with opened(settings):
        pass  # schema, key and names belong together
    async with assembled(settings) as parts, asyncio.timeout(TIMEOUT_S):
        return await command(parts, given)


async def _own(parts: "Parts", name: str) -> "Actor":
    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.actors.queries import actor_by_id

    plain = name.removeprefix("@").removesuffix(f"@{parts.settings.domain}")
    handle = parts.settings.handle(plain).casefold()
    account = await parts.db.one(account_by_handle, handle=handle)
    actor = await parts.db.one(actor_by_id, id=account.actor_id) if account else None
    if actor is None or actor.deleted_at is not None:
        raise CommandFailed(f"there is no account {plain} here")
    return actor


async def _other(parts: "Parts", address: str) -> "Actor":
    from weft.domain.actors.queries import actor_by_id
    from weft.federation.unresolved import Unresolved

    try:
        found = await parts.resolver.lookup(address)
        actor = None
        if found is not None and found.kind == "actor":
            actor = await parts.db.one(actor_by_id, id=found.id)
        if actor is not None and not actor.local:
            actor = await parts.resolver.actor(actor.uri, refresh=True)
    except Unresolved as error:
        raise CommandFailed(f"{address} cannot be resolved: {error}") from None
    if actor is None:
        raise CommandFailed(f"there is no account at {address}")
    return actor


async def _alias(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.actors.records import actor_facets
    from weft.domain.relations.move_out import MoveRefused, set_aliases

    me = await _own(parts, given.name)
    aliases = list(actor_facets(me.facets).also_known_as)
    aliases += [(await _other(parts, address)).uri for address in given.add]
    for address in given.remove:
        uri = address if address in aliases else (await _other(parts, address)).uri
        if uri not in aliases:
            raise CommandFailed(f"{address} is no alias of {given.name}")
        aliases.remove(uri)
    if given.add or given.remove:
        try:
            await parts.db.write(set_aliases, parts.server, me.id, tuple(aliases))
        except MoveRefused as error:
            raise CommandFailed(str(error)) from None
    return "\n".join(aliases) or f"{given.name} has no aliases"


async def _move(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.relations.move_out import MoveRefused, move_away

    me, target = await _own(parts, given.name), await _other(parts, given.to)
    try:
        await parts.db.write(move_away, parts.server, me, target)
    except MoveRefused as error:
        raise CommandFailed(str(error)) from None
    return f"{given.name} has moved to {target.username}@{target.domain}"


async def _import(parts: "Parts", given: argparse.Namespace) -> str:
    """Only writes the rows down: the running server works them off."""
    from pathlib import Path

    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.moving import imports
    from weft.domain.moving.gathered import read_brought
    from weft.domain.moving.sheets import Kind, SheetRefused, guess_kind

    me = await _own(parts, given.name)
    account = await parts.db.one(account_by_handle, handle=me.handle)
    path = Path(given.file)
    try:
        body = await asyncio.to_thread(path.read_bytes)
        kind = Kind(given.kind) if given.kind else guess_kind(path.name, body)
        if kind is None or account is None:
            raise CommandFailed("name and first line do not tell what is in the file: say --kind")
        rows = read_brought(kind, body, parts.settings.domain)
        planned = await imports.plan(parts.db, me.id, kind, rows, overwrites=given.replace)
        await parts.db.write(
            imports.start_import, parts.server, account.id, kind, planned, given.replace
        )
    except OSError as error:
        raise CommandFailed(f"{given.file} cannot be read: {error.strerror}") from None
    except (SheetRefused, imports.ImportRefused) as error:
        raise CommandFailed(str(error)) from None
    return f"{len(planned)} rows wait; the server works them off while it runs"


async def start_following(parts: "Parts", name: str, file: str) -> str:
    """The same with a starter list, in whichever form it is."""
    from pathlib import Path

    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.moving.imports import ImportRefused
    from weft.domain.moving.sheets import SheetRefused
    from weft.domain.moving.starter import follow_starters

    me = await _own(parts, name)
    account = await parts.db.one(account_by_handle, handle=me.handle)
    if account is None:
        raise CommandFailed(f"there is no account {name} here")
    try:
        body = await asyncio.to_thread(Path(file).read_bytes)
        _, size = await follow_starters(parts.db, parts.server, account.id, body)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}") from None
    except (SheetRefused, ImportRefused) as error:
        raise CommandFailed(str(error)) from None
    return f"{size} accounts wait to be followed; the server works them off while it runs"


async def _export(parts: "Parts", given: argparse.Namespace) -> str:
    from pathlib import Path

    from weft.domain.moving.carried import carried
    from weft.domain.moving.sheets import FILES, write_sheet

    me, folder = await _own(parts, given.name), Path(given.folder)
    written = []
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        for kind, name in FILES.items():
            lines = [write_sheet(kind, [], header=True)]
            lines += [
                write_sheet(kind, page, header=False)
                async for page in carried(parts.db, me.id, kind)
            ]
            await asyncio.to_thread((folder / name).write_bytes, b"".join(lines))
            written.append(str(folder / name))
    except OSError as error:
        raise CommandFailed(f"{given.folder} cannot be written: {error.strerror}") from None
    return "\n".join(written)


async def _rotate(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.accounts.keys import make_actor_keys
    from weft.domain.keys.rotate import put_keys

    if given.instance == (given.name is not None):
        raise CommandFailed("name an account, or say --instance", exit_code=2)
    if given.instance:
        name = "the server"
        await parts.instance.rotate()
    else:
        me, name = await _own(parts, given.name), given.name
        keys = await make_actor_keys(parts.server, parts.sealer, me.id)
        await parts.db.write(put_keys, parts.server, me.id, keys)
    return f"{name} has new keys: restart the server, which still holds the old ones"


async def _delete(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.accounts.close import close_account

    me = await _own(parts, given.name)
    if not given.yes:
        raise CommandFailed(
            f"this deletes {given.name} and every post, for good: add --yes to do it", exit_code=2
        )
    await parts.db.write(close_account, parts.server, me.id)
    for picture in (me.icon_url, me.header_url):
        await parts.media.forget_portrait(picture, parts.server.media_url(""))
    return f"{given.name} is deleted; other servers are told, and posts go in the background"
