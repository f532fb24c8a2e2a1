"""``weft routes``: which API family answers which path, and where they collide."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("routes", help="the families' routes and the collision table")
    parser.set_defaults(run=_routes)


def _routes(_given: argparse.Namespace) -> int:
    from weft.app import routes_of_all

    sys.stdout.write(routes_of_all())
    return 0
