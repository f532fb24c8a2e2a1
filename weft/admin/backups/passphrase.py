"""Where a passphrase comes from: a file, the environment, or the person at the terminal."""

import getpass
import os
import sys
from pathlib import Path

from weft.admin.backups.wrapping import MIN_PASSPHRASE
from weft.admin.failure import CommandFailed

VARIABLE = "WEFT_BACKUP_PASSPHRASE"
_MAX_BYTES = 4096


def take_passphrase(file: Path | None, *, new: bool) -> str:
    """The passphrase; asked for twice, and long enough, if it is a ``new`` one.

    The variable is taken out of the environment: it is no setting, and child processes need not
    have it.

    Raises:
        CommandFailed: there is none, or it is too short.
    """
    given = os.environ.pop(VARIABLE, "")
    if file is not None:
        given = _from_file(file)
    elif not given:
        given = _ask(new)
    if new and len(given) < MIN_PASSPHRASE:
        raise CommandFailed(
            f"the passphrase has {len(given)} characters, and must have at least {MIN_PASSPHRASE}:"
            " it is all that keeps the secret key from who finds the backup",
            exit_code=2,
        )
    return given


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise CommandFailed(f"the passphrase cannot be read from {file}: {reason}") from None
    passphrase = text.splitlines()[0] if text.strip() else ""
    if not passphrase or len(content) > _MAX_BYTES:
        raise CommandFailed(f"the first line of {file} must be the passphrase", exit_code=2)
    return passphrase


def _ask(new: bool) -> str:
    if not sys.stdin.isatty():
        raise CommandFailed(
            f"there is no passphrase: give --passphrase-file FILE, or set {VARIABLE}", exit_code=2
        )
    given = getpass.getpass("Passphrase of the backup: ")
    if new and given != getpass.getpass("Once more: "):
        raise CommandFailed("the two are not the same", exit_code=2)
    return given
