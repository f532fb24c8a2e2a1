"""``weft announce``: what the operator tells everybody here."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings
    from weft.domain.announcements.queries import Announcement

MOST = 200


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    announce = commands.add_parser("announce", help="announcements to everybody here")
    parts = announce.add_subparsers(title="commands", metavar="COMMAND", required=True)
    creating = parts.add_parser("create", help="announce something now")
    creating.add_argument("text")
    creating.add_argument(
        "--starts",
        type=_time,
        metavar="TIME",
        help="when it begins, such as 2026-05-01T18:00+02:00",
    )
    creating.add_argument("--ends", type=_time, metavar="TIME", help="from then on it is not shown")
    creating.add_argument("--all-day", action="store_true", help="only the days matter")
    creating.set_defaults(run=_create)
    shown = parts.add_parser("list", help="all announcements, newest first")
    shown.set_defaults(run=_list)
    deleting = parts.add_parser("delete", help="take an announcement down")
    deleting.add_argument("id", type=int)
    deleting.set_defaults(run=_delete)


def _time(typed: str) -> int:
    """Milliseconds UTC; a time without a zone is UTC."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{typed} is no time: write 2026-05-01 or 2026-05-01T18:00+02:00"
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1000)


def _create(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    sys.stdout.write(f"{asyncio.run(_announce(load(), given))}\n")
    return 0


async def _announce(settings: "Settings", given: argparse.Namespace) -> int:
    from weft.admin.opened import opened
    from weft.domain.announcements.announce import AnnouncementRefused, announce

    async with opened(settings) as server:
        try:
            return await server.db.write(
                announce,
                server.server,
                given.text,
                starts_at=given.starts,
                ends_at=given.ends,
                all_day=given.all_day,
            )
        except AnnouncementRefused as refused:
            raise CommandFailed(str(refused)) from None


def _list(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    rows = asyncio.run(_read(load()))
    for row in rows:
        until = f"  until {_written(row.ends_at)}" if row.ends_at is not None else ""
        sys.stdout.write(f"{row.id}  {_written(row.published_at or 0)}{until}\n    {row.text}\n")
    if not rows:
        sys.stdout.write("There are no announcements.\n")
    return 0


def _written(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M} UTC"


async def _read(settings: "Settings") -> "list[Announcement]":
    from weft.admin.opened import opened
    from weft.domain.announcements.queries import all_announcements

    async with opened(settings) as server:
        return await server.db.all(all_announcements, limit=MOST)


def _delete(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    if not asyncio.run(_take_down(load(), given.id)):
        raise CommandFailed(f"there is no announcement {given.id}")
    return 0


async def _take_down(settings: "Settings", announcement_id: int) -> bool:
    from weft.admin.opened import opened
    from weft.domain.announcements.announce import take_down

    async with opened(settings) as server:
        return await server.db.write(take_down, announcement_id)
