"""``weft backup`` and ``weft restore``."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_HOW_GIVEN = "file whose first line is the passphrase; else WEFT_BACKUP_PASSPHRASE, else asked for"


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = commands.add_parser(
        "backup",
        help="write database, uploaded files and key into one file, while the server runs",
        description="Writes a .tar.gz, readable by its owner only, and reads it again to be sure."
        " The secret key in it is wrapped by a passphrase; the rest is not encrypted.",
    )
    backup.add_argument("file", type=Path, metavar="FILE", help="a new file, or a folder for it")
    backup.add_argument("--passphrase-file", type=Path, metavar="FILE", help=_HOW_GIVEN)
    backup.set_defaults(run=_backup)

    restore = commands.add_parser(
        "restore",
        help="put a backup into an empty data folder and database, with the server stopped",
        description="Reads and checks all of the backup before it touches anything.",
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that weft backup made")
    restore.add_argument("--passphrase-file", type=Path, metavar="FILE", help=_HOW_GIVEN)
    restore.add_argument("--force", action="store_true", help="replace the server that is there")
    restore.set_defaults(run=_restore)


def _backup(given: argparse.Namespace) -> int:
    import time

    from weft.admin.backups.make import backup_name, make_backup
    from weft.admin.backups.passphrase import take_passphrase
    from weft.admin.backups.progress import Progress, size
    from weft.config.settings import load

    settings = load()
    target: Path = given.file.absolute()
    if target.is_dir():
        target = target / backup_name(settings.domain, time.time())
    if target.exists():
        raise CommandFailed(f"{target} is there already: give a new name, or a folder", exit_code=2)
    if not target.parent.is_dir():
        raise CommandFailed(f"there is no folder {target.parent} to write to", exit_code=2)
    passphrase = take_passphrase(given.passphrase_file, new=True)
    made = asyncio.run(make_backup(settings, target, passphrase, Progress()))
    sys.stderr.write(f"{made.rows} rows and {made.files} files in {size(made.size_bytes)}.\n")
    sys.stdout.write(f"{made.path}\n")
    return 0


def _restore(given: argparse.Namespace) -> int:
    from weft.admin.backups.passphrase import take_passphrase
    from weft.admin.backups.progress import Progress
    from weft.admin.backups.restore import differences, restore_backup
    from weft.config.settings import load

    settings = load()
    if not given.file.is_file():
        raise CommandFailed(f"there is no file {given.file}", exit_code=2)
    passphrase = take_passphrase(given.passphrase_file, new=False)
    manifest = asyncio.run(
        restore_backup(
            settings, given.file.absolute(), passphrase, force=given.force, progress=Progress()
        )
    )
    for sentence in differences(settings, manifest):
        sys.stderr.write(f"{sentence}\n")
    sys.stdout.write(f"{settings.domain} is restored. Check it with weft doctor, then start it.\n")
    return 0
