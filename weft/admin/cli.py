"""The command line: ``weft COMMAND …``.

Each module of ``weft.admin.commands`` adds its commands to the parser and runs them. What a command
needs is imported when it runs: ``weft --help`` loads no part of the server.

Exit codes: 0 done; 1 it could not be done, and one sentence on stderr says why and what to do;
2 the command or a setting is wrong.
"""

import argparse
import gc
import os
import sys
from collections.abc import Sequence

from weft.admin.commands import (
    accounts,
    address,
    announce,
    audit,
    backup,
    communities,
    database,
    doctor,
    domain,
    emoji,
    fetch,
    inspect,
    joining,
    mail,
    media,
    moderation,
    policy,
    purge,
    quarantine,
    relay,
    reports,
    routes,
    serve,
    setup,
    texts,
)
from weft.admin.failure import CommandFailed

_GROUPS = (
    serve,
    setup,
    accounts,
    joining,
    communities,
    reports,
    moderation,
    purge,
    domain,
    relay,
    address,
    policy,
    quarantine,
    audit,
    texts,
    mail,
    announce,
    emoji,
    media,
    database,
    routes,
    fetch,
    inspect,
    doctor,
    backup,
)


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets ``run``, a function of the parsed arguments."""
    parser = argparse.ArgumentParser(
        prog="weft", description="One server and one account for the whole Fediverse."
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for group in _GROUPS:
        group.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    # Measured: an eighth of a start and of the inbox's CPU goes into the young collections of
    # Python's own threshold, which find almost nothing.
    gc.set_threshold(20_000, 10, 20)
    parser = make_parser()
    given = parser.parse_args(arguments)
    if given.version:
        return _print_version()
    if given.command is None:
        parser.print_help()
        return 2
    try:
        return int(given.run(given) or 0)
    except CommandFailed as failed:
        return _say(str(failed), failed.exit_code)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output went away; Python must not write to it again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        code = _known(error)
        if code is None:
            raise
        return _say(str(error), code)


def _known(error: Exception) -> int | None:
    """The exit code of an error whose message is written for the operator; None for a defect.

    Looked up here, because importing these types would cost every command what only failures need.
    """
    from weft.config.settings import SettingError
    from weft.domain.identity.guard import OtherIdentity
    from weft.domain.keys.sealing import SecretKeyError
    from weft.storage.errors import StorageError

    if isinstance(error, SettingError):
        return 2
    return 1 if isinstance(error, OtherIdentity | SecretKeyError | StorageError) else None


def _say(sentence: str, code: int) -> int:
    sys.stderr.write(f"weft: {sentence}\n")
    return code


def _print_version() -> int:
    from importlib.metadata import version

    sys.stdout.write(f"weft {version('weft')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
