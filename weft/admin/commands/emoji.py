"""``weft emoji``: custom emoji of this server."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings
    from weft.domain.emoji.queries import EmojiRow


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    emoji = commands.add_parser("emoji", help="custom emoji")
    parts = emoji.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adding = parts.add_parser("add", help="add an emoji, or replace its picture")
    adding.add_argument("shortcode", help="as it is written, with or without colons")
    adding.add_argument("file", type=Path, help="PNG, GIF or WebP, at most 256 KiB")
    adding.add_argument("--category", help="where pickers show it")
    adding.add_argument("--unlisted", action="store_true", help="not in pickers")
    adding.set_defaults(run=_add)
    shown = parts.add_parser("list", help="all emoji that can be used")
    shown.set_defaults(run=_list)
    removing = parts.add_parser("remove", help="let nobody use an emoji any more")
    removing.add_argument("shortcode")
    removing.set_defaults(run=_remove)


def _add(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    if not given.file.is_file():
        raise CommandFailed(f"there is no file {given.file}")
    asyncio.run(_keep(load(), given))
    return 0


async def _keep(settings: "Settings", given: argparse.Namespace) -> None:
    from weft.admin.opened import opened
    from weft.domain.emoji.keep import EmojiRefused, add_emoji, checked_code
    from weft.media.errors import Rejected, TooBusy
    from weft.media.intake import MediaIntake
    from weft.media.store import LocalStore

    async with opened(settings) as server:
        media = MediaIntake(server.db, LocalStore(settings.data / "media"))
        try:
            code = checked_code(given.shortcode)
            with given.file.open("rb") as source:
                picture = await media.accept_emoji(source)
            try:
                await server.db.write(
                    add_emoji,
                    server.server,
                    code=code,
                    store_key=picture.store_key,
                    static_key=picture.static_key,
                    content_type=picture.content_type,
                    category=given.category,
                    listed=not given.unlisted,
                )
            except BaseException:
                await media.forget_emoji(picture)
                raise
        except (EmojiRefused, Rejected, TooBusy) as refused:
            raise CommandFailed(str(refused)) from None
        finally:
            await media.close()


def _list(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    rows = asyncio.run(_read(load()))
    for row in rows:
        notes = [row.category or "", "" if row.listed else "unlisted"]
        sys.stdout.write(f":{row.shortcode}:  {'  '.join(each for each in notes if each)}\n")
    if not rows:
        sys.stdout.write("There are no custom emoji.\n")
    return 0


async def _read(settings: "Settings") -> "list[EmojiRow]":
    from weft.admin.opened import opened
    from weft.domain.emoji.keep import MOST
    from weft.domain.emoji.queries import all_emoji

    async with opened(settings) as server:
        return await server.db.all(all_emoji, limit=MOST)


def _remove(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    if not asyncio.run(_disable(load(), given.shortcode.strip().strip(":"))):
        raise CommandFailed(f"there is no emoji {given.shortcode}")
    return 0


async def _disable(settings: "Settings", code: str) -> bool:
    from weft.admin.opened import opened
    from weft.domain.emoji.keep import remove_emoji

    async with opened(settings) as server:
        return await server.db.write(remove_emoji, server.server, code)
