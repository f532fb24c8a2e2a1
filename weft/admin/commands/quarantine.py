"""``weft quarantine``: what waits for a moderator because a policy said so."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Awaitable, Callable

    from weft.admin.opened import Opened


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    quarantine = commands.add_parser("quarantine", help="what policies keep aside for moderators")
    parts = quarantine.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = parts.add_parser("list", help="what waits, the newest first")
    listed.add_argument("--limit", type=int, default=50)
    listed.add_argument("--before", type=int, metavar="ID", help="older than this: next page")
    listed.set_defaults(run=lambda given: _run(_list, given))
    for name, text in (
        ("release", "let it in, as if it had just come"),
        ("discard", "refuse it"),
    ):
        decide = parts.add_parser(name, help=text)
        decide.add_argument("ids", type=int, nargs="+", metavar="ID")
        decide.set_defaults(run=lambda given: _run(_decide, given), lets_in=name == "release")


def _run(work: "Callable[..., Awaitable[None]]", *arguments: Any) -> int:
    from weft.admin.opened import run_opened
    from weft.federation.quarantine import NotWaiting

    return run_opened((NotWaiting,), work, *arguments)


async def _list(server: "Opened", given: argparse.Namespace) -> None:
    from weft.admin.commands.policy import _plain
    from weft.domain.policy.quarantine import waiting_page
    from weft.domain.visibility.viewer import Visibility
    from weft.federation.inspector.records import iso
    from weft.storage.ids import MAX_ID

    if not 1 <= given.limit <= 1000:
        raise CommandFailed("--limit is from 1 to 1000", exit_code=2)
    before = MAX_ID if given.before is None else max(0, min(given.before, MAX_ID))
    rows = await server.db.all(waiting_page, max_id=before, min_id=0, limit=given.limit)
    for row in rows:
        public = row.visibility is not None and row.visibility <= Visibility.UNLISTED
        said = " ".join(row.excerpt.split()) if public else "(not for everybody)"
        sys.stdout.write(
            f"{row.id}  {iso(row.created_at)}  {row.activity} of {_plain(row.handle or row.host)}\n"
            f"    {row.rule}: {_plain(row.reason)}\n"
        )
        if row.excerpt:
            sys.stdout.write(f"    {_plain(said)}\n")
    if not rows:
        sys.stdout.write("Nothing waits.\n")


async def _decide(server: "Opened", given: argparse.Namespace) -> None:
    from weft.federation.quarantine import discard, release
    from weft.storage.ids import MAX_ID

    for hold_id in given.ids:
        if not 0 < hold_id <= MAX_ID:
            raise CommandFailed(f"{hold_id} is no number of the quarantine", exit_code=2)
        if given.lets_in:
            done = await server.db.write(release, server.server, None, hold_id)
            for each in done:
                sys.stdout.write(f"{each.id} is let in; the running server applies it.\n")
        else:
            await server.db.write(discard, server.server, None, hold_id)
            sys.stdout.write(f"{hold_id} is discarded.\n")
