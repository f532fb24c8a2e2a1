"""``weft mail test`` and ``weft mail list``: does mail arrive?"""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings

MOST = 500


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    mail = commands.add_parser("mail", help="letters to people")
    parts = mail.add_subparsers(title="commands", metavar="COMMAND", required=True)
    test = parts.add_parser("test", help="send a letter now, and say what the mail server said")
    test.add_argument("address", metavar="ADDRESS")
    test.set_defaults(run=_test)
    shown = parts.add_parser("list", help="how the last letter to each address went")
    shown.set_defaults(run=_list)


def _test(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    sys.stdout.write(asyncio.run(_send(load(), given.address)) + "\n")
    return 0


async def _send(settings: "Settings", address: str) -> str:
    from weft.domain.mail.addresses import BadAddress, checked_address
    from weft.domain.mail.letters import Letter
    from weft.domain.server import now_ms
    from weft.mail.transport import NotSent, transport_of

    transport = transport_of(settings)
    if transport is None:
        raise CommandFailed("this server sends no mail: set WEFT_SMTP_URL to your mail server")
    now = now_ms()
    title = settings.title or settings.domain
    try:
        return await transport.send(
            Letter(
                id=now,
                recipient=checked_address(address),
                subject=f"A letter from {title}",
                body=f"This is a test. The server {settings.domain} can send mail.\n",
                attempts=0,
                created_at=now,
            )
        )
    except BadAddress as error:
        raise CommandFailed(str(error), exit_code=2) from None
    except NotSent as error:
        raise CommandFailed(f"the letter was not sent: {error}") from None


def _list(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    lines = asyncio.run(_read(load()))
    sys.stdout.writelines(f"{line}\n" for line in lines)
    if not lines:
        sys.stdout.write("There are no letters of the last 30 days.\n")
    return 0


async def _read(settings: "Settings") -> list[str]:
    from datetime import UTC, datetime

    from weft.admin.opened import opened
    from weft.domain.mail.letters import LetterResult, LetterState, newest_letters

    async with opened(settings) as server:
        rows: list[LetterResult] = await server.db.all(newest_letters, limit=MOST)
    last: dict[str, LetterResult] = {}
    for row in rows:
        last.setdefault(row.recipient, row)
    return [
        f"{datetime.fromtimestamp(row.created_at / 1000, UTC):%Y-%m-%d %H:%M}  {row.recipient}"
        f"  {LetterState(row.state).name.lower()}  {row.subject}"
        + (f"\n    {row.last_error}" if row.last_error else "")
        for row in last.values()
    ]
