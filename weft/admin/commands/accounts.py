"""``weft user create`` and ``weft token create``."""

import argparse
import asyncio
import getpass
import sys
from typing import TYPE_CHECKING

from weft.admin.commands import joining, locked_out, moderation, moving
from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings

# As in weft.domain.accounts.secrets.TOKEN_PREFIXES, which a test compares; not imported for --help.
FAMILIES = ("mastodon", "lemmy")


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    user = commands.add_parser("user", help="accounts of people")
    users = user.add_subparsers(title="commands", metavar="COMMAND", required=True)
    create = users.add_parser("create", help="open an account")
    create.add_argument("name", metavar="NAME", help="the part of the handle before the @")
    create.add_argument("--email", required=True)
    create.add_argument("--password", help="when absent: asked for, or one line of standard input")
    create.add_argument("--admin", action="store_true", help="may do everything on this server")
    create.set_defaults(run=_create_user)
    moving.add(users)
    joining.add_to_user(users)
    moderation.add_to_user(users)
    locked_out.add_to_user(users)

    token = commands.add_parser("token", help="access tokens for scripts and clients")
    tokens = token.add_subparsers(title="commands", metavar="COMMAND", required=True)
    issue = tokens.add_parser(
        "create", help="issue a token and print it, alone, on standard output"
    )
    issue.add_argument("name", metavar="NAME", help="whose account it acts for")
    issue.add_argument("--scopes", default="read", help='such as "read write follow push"')
    issue.add_argument("--family", choices=FAMILIES, default="mastodon")
    issue.set_defaults(run=_create_token)


def _create_user(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    settings = load()
    password = given.password if given.password is not None else _ask_password()
    handle = asyncio.run(_open_account(settings, given, password))
    sys.stdout.write(f"{handle}\n")
    return 0


def _ask_password() -> str:
    """From the terminal, twice; from a pipe, its first line."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandFailed(
                "there is no password: give --password, or write it to standard input", exit_code=2
            )
        return password
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise CommandFailed("the two passwords differ: nothing was done, try again", exit_code=2)
    return password


async def _open_account(settings: "Settings", given: argparse.Namespace, password: str) -> str:
    from weft.admin.opened import opened
    from weft.domain.accounts.create import NameTaken, create_account
    from weft.domain.accounts.names import BadName
    from weft.domain.accounts.queries import Role
    from weft.domain.accounts.secrets import WeakPassword

    if "@" not in given.email.strip("@ "):
        raise CommandFailed(f"--email {given.email} is not an e-mail address", exit_code=2)
    async with opened(settings) as server:
        try:
            made = await create_account(
                server.db,
                server.server,
                server.sealer,
                name=given.name,
                email=given.email,
                password=password,
                role=Role.ADMIN if given.admin else Role.USER,
                # The operator may give away names that a stranger must not take.
                reserved_too=True,
            )
        except (BadName, WeakPassword, NameTaken) as error:
            raise CommandFailed(str(error)) from None
    return f"@{settings.handle(made.actor.username)}"


def _create_token(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    sys.stdout.write(asyncio.run(_issue(load(), given)) + "\n")
    return 0


async def _issue(settings: "Settings", given: argparse.Namespace) -> str:
    from weft.admin.opened import opened
    from weft.domain.accounts.access import issue_token
    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.accounts.scopes import UnknownScope, parse_scopes

    try:
        scopes = parse_scopes(given.scopes)
    except UnknownScope as unknown:
        raise CommandFailed(f"there is no scope {unknown}", exit_code=2) from None
    if not scopes:
        raise CommandFailed('--scopes is empty: give, for example, "read write"', exit_code=2)
    name = given.name.removeprefix("@").removesuffix(f"@{settings.domain}")
    async with opened(settings) as server:
        account = await server.db.one(account_by_handle, handle=settings.handle(name).casefold())
        if account is None:
            raise CommandFailed(
                f"there is no account {name} here: make it with weft user create {name} --email …"
            )
        issued = await issue_token(
            server.db,
            server.server,
            account_id=account.id,
            scopes=scopes,
            family=given.family,
        )
    return issued.token
