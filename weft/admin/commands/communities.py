"""``weft community``."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from weft.admin.commands import moderating
from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    community = commands.add_parser("community", help="communities, which threads are posted to")
    parts = community.add_subparsers(title="commands", metavar="COMMAND", required=True)
    create = parts.add_parser("create", help="open a community")
    create.add_argument("name", metavar="NAME", help="the part of the handle before the @")
    create.add_argument("--title", required=True, help="what people read above its threads")
    create.add_argument("--by", metavar="PERSON", help="a person here, who will moderate it")
    create.add_argument(
        "--moderators-only", action="store_true", help="others answer threads, but begin none"
    )
    create.set_defaults(run=_create)
    moderating.add(parts)


def _create(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    settings = load()
    sys.stdout.write(asyncio.run(_open(settings, given)) + "\n")
    return 0


async def _open(settings: "Settings", given: argparse.Namespace) -> str:
    from weft.admin.opened import opened
    from weft.domain.accounts.create import NameTaken
    from weft.domain.accounts.names import BadName
    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.communities.create import CommunityRefused, create_community

    async with opened(settings) as server:
        creator_id = None
        if given.by is not None:
            name = given.by.removeprefix("@").removesuffix(f"@{settings.domain}")
            handle = settings.handle(name).casefold()
            account = await server.db.one(account_by_handle, handle=handle)
            if account is None:
                raise CommandFailed(f"there is no account {name} here: --by names who moderates it")
            creator_id = account.actor_id
        try:
            made = await create_community(
                server.db,
                server.server,
                server.sealer,
                name=given.name,
                title=given.title,
                creator_id=creator_id,
                only_moderators_post=given.moderators_only,
            )
        except (BadName, NameTaken, CommunityRefused) as error:
            raise CommandFailed(str(error)) from None
    return f"!{settings.handle(made.username)}"
