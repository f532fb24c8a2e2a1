"""``weft audit``: what moderators and admins did, when and why."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.domain.moderation.audit import Entry

MOST = 10_000


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    audit = commands.add_parser("audit", help="what moderators and admins did, the newest first")
    audit.add_argument("--by", metavar="NAME", help="one person's acts")
    audit.add_argument("--action", help="such as domain.block, or domain for all about servers")
    audit.add_argument("--about", metavar="TARGET", help="a handle, a domain, a network ...")
    audit.add_argument("--limit", type=int, default=50)
    audit.add_argument("--json", action="store_true")
    audit.set_defaults(run=_audit)


def _audit(given: argparse.Namespace) -> int:
    if not 0 < given.limit <= MOST:
        raise CommandFailed(f"--limit must be from 1 to {MOST}", exit_code=2)
    rows = asyncio.run(_read(given))
    if given.json:
        import msgspec

        sys.stdout.writelines(f"{msgspec.json.encode(row).decode()}\n" for row in rows)
        return 0
    for row in rows:
        when = datetime.fromtimestamp(row.created_at / 1000, UTC)
        who = row.username or ("command line" if row.account_id is None else "somebody gone")
        sys.stdout.write(f"{when:%Y-%m-%d %H:%M:%S}Z  {who}  {row.action}  {row.target or ''}\n")
        sys.stdout.writelines(f"    {each}\n" for each in (row.reason, row.details) if each)
    if not rows:
        sys.stdout.write("Nothing of that kind was done.\n")
    return 0


async def _read(given: argparse.Namespace) -> "list[Entry]":
    from weft.admin.opened import opened
    from weft.config.settings import load
    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.moderation.audit import found_entries
    from weft.storage.ids import MAX_ID

    settings = load()
    async with opened(settings) as server:
        account_id = None
        if given.by:
            name = given.by.removeprefix("@").partition("@")[0]
            handle = settings.handle(name).casefold()
            account = await server.db.one(account_by_handle, handle=handle)
            if account is None:
                raise CommandFailed(f"there is nobody called {name} here")
            account_id = account.id
        return await found_entries(
            server.db,
            max_id=MAX_ID,
            limit=given.limit,
            account_id=account_id,
            action=given.action,
            target=given.about,
        )
