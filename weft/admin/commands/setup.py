"""``weft setup``: make what a new server needs, and show the way to its first admin."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.app import Parts
    from weft.config.settings import Settings


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "setup",
        help="make data folder, key and schema; print the set-up link for the first admin",
        description="Can be repeated: what is there stays; each time a fresh link is printed.",
    )
    parser.add_argument(
        "--relay",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="ask a relay for posts, so that the server is not empty (see weft relay add)",
    )
    parser.add_argument(
        "--starter",
        metavar="FILE",
        help="a list of accounts to follow: handles or addresses on lines, CSV, or a collection",
    )
    parser.add_argument("--for", dest="name", metavar="NAME", help="whose account follows the list")
    parser.set_defaults(run=_setup)


def _setup(given: argparse.Namespace) -> int:
    from weft.admin.failure import CommandFailed
    from weft.config.settings import load

    if (given.starter is None) != (given.name is None):
        raise CommandFailed("--starter FILE and --for NAME belong together", exit_code=2)
    settings = load()
    link = asyncio.run(prepare(settings))
    say = sys.stderr.write
    say(f"Data is in {settings.data}; handles end in @{settings.domain}.\n")
    if settings.is_development:
        say(
            "No WEFT_DOMAIN is set, so this is a server to look at: what is made on localhost"
            " cannot move to a real domain.\n"
        )
    if link is None:
        say("There is an admin already.\n")
    else:
        say("Open this link to make the first admin (weft serve must be running):\n")
        sys.stdout.write(f"{link}\n")
    if given.relay or given.starter is not None:
        from weft.admin.commands.moving import within

        say(asyncio.run(within(settings, _fill, given)) + "\n")
    return 0


async def _fill(parts: "Parts", given: argparse.Namespace) -> str:
    """So that a new server is not empty: relays, and people to follow."""
    from weft.admin.commands.moving import start_following
    from weft.admin.commands.relay import subscribe

    said = [await subscribe(parts, address) for address in given.relay]
    if given.starter is not None:
        said.append(await start_following(parts, given.name, given.starter))
    return "\n".join(said)


async def prepare(settings: "Settings") -> str | None:
    """Data folder, key, schema and identity; the set-up link, or None when an admin is there.

    Raises:
        CommandFailed, OtherIdentity, StorageError: each with a sentence.
    """
    from weft.admin.failure import CommandFailed
    from weft.admin.opened import SECRET_KEY, opened
    from weft.domain.identity.first_admin import make_setup_link
    from weft.domain.keys.sealing import load_or_make_key
    from weft.storage.migrate import upgrade

    try:
        settings.data.mkdir(mode=0o750, parents=True, exist_ok=True)
        load_or_make_key(settings.data / SECRET_KEY)
    except OSError as error:
        raise CommandFailed(
            f"the data folder {settings.data} cannot be used ({error.strerror}): set WEFT_DATA to"
            " a folder that this user may write to"
        ) from error
    await upgrade(settings.database_url)
    async with opened(settings) as server:
        return await make_setup_link(server.db, settings)
