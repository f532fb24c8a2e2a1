"""``weft moderation hold``: what must be kept for a court, and handing it over."""

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.app import Parts

MOST = 1000


def add(parts: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands of ``weft moderation hold``."""
    from weft.admin.commands.moderation import run

    hold = parts.add_parser("hold", help="legal holds: nothing of an account is removed")
    commands = hold.add_subparsers(title="commands", metavar="COMMAND", required=True)
    place = commands.add_parser("place", help="from now on nothing of this account is removed")
    place.add_argument("handle", metavar="HANDLE")
    place.add_argument("--reason", required=True, help="whose order it is, and its number")
    place.set_defaults(run=lambda given: run(_place, given))
    release = commands.add_parser("release", help="end one: what was deleted meanwhile goes")
    release.add_argument("id", type=int)
    release.add_argument("--reason", required=True)
    release.set_defaults(run=lambda given: run(_release, given))
    shown = commands.add_parser("list", help="those that hold")
    shown.add_argument("--ended", action="store_true", help="those that have ended")
    shown.set_defaults(run=lambda given: run(_list, given))
    export = commands.add_parser("export", help="all that is held of an account, as one archive")
    export.add_argument("handle", metavar="HANDLE")
    export.add_argument("file", metavar="FILE", help="such as case-12.tar.gz; must not exist yet")
    export.set_defaults(run=lambda given: run(_export, given))
    verify = commands.add_parser("verify", help="is an archive as it was when it was written?")
    verify.add_argument("file", metavar="FILE")
    verify.set_defaults(run=lambda given: run(_verify, given))


async def _place(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.admin.commands.moderation import find
    from weft.domain.accounts.roles import COMMAND_LINE
    from weft.domain.moderation.holds import place_hold

    who = await find(parts, given.handle)
    hold_id = await parts.db.write(
        place_hold, parts.server, COMMAND_LINE, who.id, who.handle, given.reason
    )
    return f"{hold_id}  @{who.handle} is held: nothing of it is removed until this is released"


async def _release(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.accounts.roles import COMMAND_LINE
    from weft.domain.moderation.holds import release_hold

    if not await parts.db.write(release_hold, parts.server, COMMAND_LINE, given.id, given.reason):
        raise CommandFailed(f"there is no hold {given.id} that has not ended")
    return f"{given.id} is released; the server removes what was kept within the hour"


async def _list(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.moderation.holds import holds

    rows = await parts.db.all(holds, ended=given.ended, limit=MOST)
    return (
        "\n".join(
            f"{row.id}  @{row.handle}  since {_day(row.created_at)}"
            f"{f'  until {_day(row.released_at)}' if row.released_at else ''}\n    {row.reason}"
            for row in rows
        )
        or "There are none."
    )


def _day(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"


async def _export(parts: "Parts", given: argparse.Namespace) -> str:
    from pathlib import Path

    from weft.admin.commands.moderation import find
    from weft.admin.evidence.archive import export
    from weft.domain.accounts.roles import COMMAND_LINE
    from weft.domain.moderation.audit import record
    from weft.domain.moderation.holds import hold_by_id, hold_of
    from weft.storage.database import Tx

    who = await find(parts, given.handle)
    row = await parts.db.one(hold_of, actor_id=who.id)
    hold = await parts.db.one(hold_by_id, id=row[0]) if row is not None else None
    if hold is None:
        raise CommandFailed(f"@{who.handle} is not held: place a hold first")
    told = {"id": hold.id, "reason": hold.reason, "since": _day(hold.created_at)}
    count = await export(parts, who, told, Path(given.file))

    async def note(tx: Tx) -> None:
        await record(
            tx, COMMAND_LINE.account_id, "hold.export", who.id, who.handle, None,
            {"hold": hold.id, "members": count}, parts.server.now_ms(),
        )  # fmt: skip

    await parts.db.write(note)
    return f"{given.file}: {count} members, signed"


async def _verify(parts: "Parts", given: argparse.Namespace) -> str:
    from pathlib import Path

    from weft.admin.evidence.archive import verify
    from weft.protocol.proofs import BadProof

    try:
        count = await verify(parts, Path(given.file))
    except BadProof as error:
        raise CommandFailed(f"{given.file} is not believed: {error}") from None
    return f"{given.file}: {count} members, all as they were"
