"""``weft rules`` and ``weft text``: what people agree to, and what the server says of itself."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

# As in weft.domain.texts.texts.KINDS, which a test compares; not imported for --help.
KINDS = ("about", "privacy", "terms")


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    rules = commands.add_parser("rules", help="the rules of this server")
    parts = rules.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parts.add_parser("list", help="the rules with their ids").set_defaults(run=_list)
    more = parts.add_parser("add", help="put a rule behind the others")
    more.add_argument("text", metavar="TEXT")
    more.add_argument("--hint", default="", help="what is meant by it")
    more.set_defaults(run=_add)
    less = parts.add_parser("remove", help="take a rule away")
    less.add_argument("id", type=int, metavar="ID")
    less.set_defaults(run=_remove)

    text = commands.add_parser("text", help="the pages about, privacy and terms (Markdown)")
    parts = text.add_subparsers(title="commands", metavar="COMMAND", required=True)
    put = parts.add_parser("set", help="show what a file says")
    put.add_argument("kind", choices=KINDS)
    put.add_argument("file", metavar="FILE", help="Markdown; - for standard input")
    put.add_argument("--since", default="", help="terms: the day (2027-01-31) they begin to hold")
    put.set_defaults(run=_set)
    clear = parts.add_parser("clear", help="go back to the text that comes with Weft")
    clear.add_argument("kind", choices=KINDS)
    clear.set_defaults(run=_clear)


def _list(_: argparse.Namespace) -> int:
    rows = asyncio.run(_rules())
    sys.stdout.writelines(f"{line}\n" for line in rows)
    if not rows:
        sys.stdout.write("There are no rules: add one with weft rules add TEXT.\n")
    return 0


async def _rules() -> list[str]:
    from weft.admin.opened import opened
    from weft.config.settings import load
    from weft.domain.rules.rules import all_rules

    async with opened(load()) as server:
        return [
            f"{each.id}  {each.text}" + (f"\n    {each.hint}" if each.hint else "")
            for each in await all_rules(server.db)
        ]


def _add(given: argparse.Namespace) -> int:
    async def run() -> int:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.rules.rules import RuleRefused, add_rule

        async with opened(load()) as server:
            try:
                made = await server.db.write(add_rule, server.server, given.text, given.hint)
            except RuleRefused as refused:
                raise CommandFailed(str(refused), exit_code=2) from None
        return made.id

    sys.stdout.write(f"{asyncio.run(run())}\n")
    return 0


def _remove(given: argparse.Namespace) -> int:
    async def run() -> bool:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.rules.rules import remove_rule

        async with opened(load()) as server:
            return await server.db.write(remove_rule, server.server, given.id)

    if not asyncio.run(run()):
        raise CommandFailed(f"there is no rule {given.id}: see weft rules list")
    return 0


def _set(given: argparse.Namespace) -> int:
    try:
        source = sys.stdin.read() if given.file == "-" else Path(given.file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{given.file} cannot be read: {error}") from None
    if given.since and given.kind != "terms":
        raise CommandFailed("--since is for terms only", exit_code=2)

    async def run() -> str:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.texts.texts import TextRefused, set_text

        async with opened(load()) as server:
            try:
                return await server.db.write(
                    set_text, server.server, given.kind, source, given.since
                )
            except TextRefused as refused:
                raise CommandFailed(str(refused), exit_code=2) from None

    sys.stdout.write(f"{given.kind}: shown, since {asyncio.run(run())}\n")
    return 0


def _clear(given: argparse.Namespace) -> int:
    async def run() -> bool:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.texts.texts import clear_text

        async with opened(load()) as server:
            return await server.db.write(clear_text, given.kind)

    if not asyncio.run(run()):
        raise CommandFailed(f"there is no {given.kind} text of yours")
    return 0
