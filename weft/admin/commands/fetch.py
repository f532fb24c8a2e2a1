"""``weft fetch``."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "fetch", help="resolve an address of the Fediverse and show what Weft makes of it"
    )
    parser.add_argument("address", metavar="URL|@user@host")
    parser.set_defaults(run=_fetch)


def _fetch(given: argparse.Namespace) -> int:
    raise NotImplementedError
