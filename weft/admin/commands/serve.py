"""``weft serve``: run the server until it is told to stop."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="run the server")
    parser.add_argument("--host", help="address to listen on instead of WEFT_BIND_HOST")
    parser.add_argument("--port", type=_port, help="port to listen on instead of WEFT_BIND_PORT")
    parser.add_argument(
        "--role", default="all", help="which part of the server this process is (default: all)"
    )
    parser.set_defaults(run=_serve)


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 1 to 65535")
    return int(text)


def _serve(given: argparse.Namespace) -> int:
    import os

    from weft.config.settings import load

    environ = dict(os.environ)
    # Through the settings, because without a domain the port is part of the server's name.
    if given.host is not None:
        environ["WEFT_BIND_HOST"] = given.host
    if given.port is not None:
        environ["WEFT_BIND_PORT"] = str(given.port)
    settings = load(environ)

    from weft.app import serve

    serve(settings, settings.bind_host, settings.bind_port, given.role)
    return 0
