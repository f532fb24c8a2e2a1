"""``weft db migrate`` and ``weft db check``."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("db", help="the database's schema")
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    migrate = parts.add_parser("migrate", help="bring the schema up to date; makes a new database")
    migrate.set_defaults(run=_migrate)
    check = parts.add_parser("check", help="is the schema the one that this version works with?")
    check.set_defaults(run=_check)


def _migrate(_given: argparse.Namespace) -> int:
    from weft.config.settings import load
    from weft.storage.migrate import upgrade

    settings = load()
    path = settings.sqlite_path
    if path is not None:
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        except OSError as error:
            raise CommandFailed(
                f"the folder {path.parent} cannot be made ({error.strerror}): set WEFT_DATA to one"
                " that this user may write to"
            ) from error
    asyncio.run(upgrade(settings.database_url))
    return _check(_given)


def _check(_given: argparse.Namespace) -> int:
    from weft.admin.opened import require_database_file
    from weft.config.settings import load
    from weft.storage.migrate import check

    settings = load()
    require_database_file(settings)
    asyncio.run(check(settings.database_url))
    sys.stdout.write("The schema is up to date.\n")
    return 0
