"""``weft media``: files that are refused before they are stored."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings
    from weft.media.sandbox import Sandbox

_AT_ONCE = 1000
_PAGE = 500
_MOST_LINES = 2_000_000


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    media = commands.add_parser("media", help="uploads and other files")
    hashes = media.add_subparsers(title="commands", metavar="COMMAND", required=True).add_parser(
        "hash", help="files that are refused before they are stored"
    )
    parts = hashes.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adding = parts.add_parser("add", help="refuse a file from now on")
    _named(adding)
    adding.add_argument("--comment", default="", help="why, for the audit log")
    adding.set_defaults(run=_add)
    removing = parts.add_parser("remove", help="refuse it no more")
    _named(removing)
    removing.set_defaults(run=_remove)
    shown = parts.add_parser("list", help="everything on the list")
    shown.set_defaults(run=_list)
    importing = parts.add_parser("import", help="add the hashes in a file, one a line")
    importing.add_argument("list", type=Path, help="lines with a hash first; - is standard input")
    importing.add_argument("--comment", default="", help="where the list is from")
    importing.set_defaults(run=_import)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "hash", nargs="?", help="64 hexadecimal digits, with sha256: or likeness: before them"
    )
    parser.add_argument("--file", type=Path, help="the file itself: to the byte, and how it looks")


def _check_named(given: argparse.Namespace) -> None:
    if (given.hash is None) == (given.file is None):
        raise CommandFailed("name a hash, or a file with --file")
    if given.file is not None and not given.file.is_file():
        raise CommandFailed(f"there is no file {given.file}")


def _add(given: argparse.Namespace) -> int:
    _check_named(given)
    added = asyncio.run(_change(given, adding=True))
    sys.stdout.write(f"{added} added.\n" if added else "It was on the list already.\n")
    return 0


def _remove(given: argparse.Namespace) -> int:
    _check_named(given)
    if not asyncio.run(_change(given, adding=False)):
        raise CommandFailed("it is not on the list")
    return 0


async def _change(given: argparse.Namespace, *, adding: bool) -> int:
    from weft.admin.opened import opened
    from weft.config.settings import load
    from weft.domain.media.hashes import HashRefused, add_hashes, read_hash, remove_hashes
    from weft.domain.server import now_ms

    settings = load()
    async with opened(settings) as server:
        try:
            if given.file is not None:
                found = await _hashes_of(settings, given.file)
            else:
                found = [read_hash(given.hash)]
            if adding:
                return await server.db.write(add_hashes, found, given.comment, now_ms())
            return await server.db.write(remove_hashes, found)
        except HashRefused as refused:
            raise CommandFailed(str(refused)) from None


async def _hashes_of(settings: "Settings", path: Path) -> list[tuple[str, str]]:
    """Of a file: its SHA-256 and, of a picture that has something in it, its likeness."""
    import hashlib

    from weft.domain.media.hashes import LIKENESS, SHA256
    from weft.media import kinds
    from weft.media.sandbox import Sandbox

    with path.open("rb") as source:
        found = [(SHA256, hashlib.file_digest(source, "sha256").hexdigest())]
        source.seek(0)
        kind = kinds.kind_of(source.read(kinds.HEAD_BYTES))
    if kind is not None and not kind.is_moving:
        likeness = await _likeness(Sandbox(), settings, path, kind)
        if likeness:
            found.append((LIKENESS, likeness))
    return found


async def _likeness(sandbox: "Sandbox", settings: "Settings", path: Path, kind: object) -> str:
    from weft.media.errors import Rejected
    from weft.media.kinds import Kind
    from weft.media.store import LocalStore

    if not isinstance(kind, Kind):
        return ""
    async with LocalStore(settings.data / "media").workspace() as folder:
        with path.open("rb") as source:
            try:
                return await sandbox.likeness(source, kind, folder)
            except Rejected as refused:
                sys.stderr.write(f"weft: only to the byte, because: {refused}\n")
                return ""


def _list(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    count = asyncio.run(_print(load()))
    if not count:
        sys.stdout.write("The list is empty.\n")
    return 0


async def _print(settings: "Settings") -> int:
    from weft.admin.opened import opened
    from weft.domain.media.hashes import listed_hashes

    count = after = 0
    async with opened(settings) as server:
        while rows := await server.db.all(listed_hashes, after=after, limit=_PAGE):
            for row in rows:
                sys.stdout.write(f"{row.algorithm}:{row.value}  {row.comment}".rstrip() + "\n")
            count, after = count + len(rows), rows[-1].id
    return count


def _import(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    added, seen = asyncio.run(_take_in(load(), given))
    sys.stdout.write(f"{added} of {seen} added; the others were on the list already.\n")
    return 0


async def _take_in(settings: "Settings", given: argparse.Namespace) -> tuple[int, int]:
    from weft.admin.opened import opened
    from weft.domain.media.hashes import HashRefused, add_hashes, read_hash
    from weft.domain.server import now_ms

    added = seen = 0
    name = str(given.list)
    if name != "-" and not given.list.is_file():
        raise CommandFailed(f"there is no file {given.list}")
    lines = sys.stdin if name == "-" else given.list.open(encoding="utf-8", errors="replace")
    try:
        async with opened(settings) as server:
            batch: list[tuple[str, str]] = []
            for number, line in enumerate(lines, 1):
                if number > _MOST_LINES:
                    raise CommandFailed(f"the file has more than {_MOST_LINES} lines")
                words = line.replace(",", " ").replace(";", " ").split()
                if not words or words[0].startswith("#"):
                    continue
                try:
                    batch.append(read_hash(words[0].strip('"')))
                except HashRefused as refused:
                    raise CommandFailed(f"line {number}: {refused}") from None
                seen += 1
                if len(batch) >= _AT_ONCE:
                    added += await server.db.write(add_hashes, batch, given.comment, now_ms())
                    batch = []
            added += await server.db.write(add_hashes, batch, given.comment, now_ms())
    except HashRefused as refused:
        raise CommandFailed(str(refused)) from None
    finally:
        if lines is not sys.stdin:
            lines.close()
    return added, seen
