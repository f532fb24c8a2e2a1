"""``weft setup``: make what a new server needs, and show the way to its first admin."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "setup",
        help="make data folder, key and schema; print the set-up link for the first admin",
        description="Can be repeated: what is there stays; each time a fresh link is printed.",
    )
    parser.set_defaults(run=_setup)


def _setup(_given: argparse.Namespace) -> int:
    from weft.config.settings import load

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
    return 0


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
