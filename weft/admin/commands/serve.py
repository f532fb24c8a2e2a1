"""``weft serve``: run the server until it is told to stop."""

import argparse
import sys
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings

ROLES = ("all", "web", "federation", "jobs")


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="run the server")
    parser.add_argument("--host", help="address to listen on instead of WEFT_BIND_HOST")
    parser.add_argument("--port", type=_port, help="port to listen on instead of WEFT_BIND_PORT")
    parser.add_argument(
        "--role",
        choices=ROLES,
        default="all",
        help="which part of the server this process is (default: all)",
    )
    parser.set_defaults(run=_serve)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 1 to 65535")
    return int(text)


def _serve(given: argparse.Namespace) -> int:
    import os

    import uvloop

    from weft.config.settings import load
    from weft.observe import logs

    environ = dict(os.environ)
    # Through the settings, because without a domain the port is part of the server's name.
    if given.host is not None:
        environ["WEFT_BIND_HOST"] = given.host
    if given.port is not None:
        environ["WEFT_BIND_PORT"] = str(given.port)
    settings = load(environ)
    logs.configure(settings.log_level, settings.log_format)
    _require_free_port(settings)
    uvloop.run(_run(settings, given.role))
    return 0


async def _run(settings: "Settings", role: str) -> None:
    from typing import cast

    from weft.admin.opened import greeting
    from weft.app import Role, serve

    link = await greeting(settings)
    say = sys.stderr.write
    say(f"Weft is at {settings.origin} (listening on {_where(settings)}).\n")
    if settings.is_development:
        say(
            "No WEFT_DOMAIN is set, so this is a server to look at: what is made on localhost"
            " cannot move to a real domain.\n"
        )
    if link is not None:
        say(f"There is no admin yet. Open this link to make the first one:\n{link}\n")
    sys.stderr.flush()
    await serve(settings, settings.bind_host, settings.bind_port, cast(Role, role))


def _where(settings: "Settings") -> str:
    host = settings.bind_host
    return f"{f'[{host}]' if ':' in host else host}:{settings.bind_port}"


def _require_free_port(settings: "Settings") -> None:
    """Say it in a sentence before anything is opened; the server itself binds a moment later."""
    import socket

    family = socket.AF_INET6 if ":" in settings.bind_host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind_host, settings.bind_port))
        except OSError as error:
            raise CommandFailed(
                f"cannot listen on {_where(settings)} ({error.strerror}): end the program that has"
                " this port, or choose another with --port or WEFT_BIND_PORT"
            ) from None
