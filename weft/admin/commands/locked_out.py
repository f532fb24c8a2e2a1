"""``weft user reset-factor`` and ``reset-password``: for people who cannot get in any more.

Both are written into the audit log, and the person is told by mail.
"""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.admin.opened import Opened
    from weft.config.settings import Settings
    from weft.domain.security.owners import Owner


def add_to_user(users: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands of ``weft user``."""
    factor = users.add_parser("reset-factor", help="take the second factor off an account")
    factor.add_argument("name", metavar="NAME")
    factor.add_argument("--reason", help="how you know that it is them; for the audit log")
    factor.set_defaults(run=_reset_factor)
    password = users.add_parser(
        "reset-password", help="print a link for a new password, good for an hour"
    )
    password.add_argument("name", metavar="NAME")
    password.add_argument("--reason", help="how you know that it is them; for the audit log")
    password.set_defaults(run=_reset_password)


async def _owner(server: "Opened", settings: "Settings", name: str) -> "Owner":
    from weft.domain.security.owners import owner_by_handle

    plain = name.removeprefix("@").removesuffix(f"@{settings.domain}")
    owner = await server.db.one(owner_by_handle, handle=settings.handle(plain).casefold())
    if owner is None:
        raise CommandFailed(f"there is no account {plain} here")
    return owner


def _reset_factor(given: argparse.Namespace) -> int:
    async def run() -> str:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.moderation.audit import record
        from weft.domain.security.second_factor import drop_factor
        from weft.storage.database import Tx

        settings = load()
        async with opened(settings) as server:
            owner = await _owner(server, settings, given.name)

            async def drop(tx: Tx) -> bool:
                if not await drop_factor(tx, server.server, settings, owner, by_operator=True):
                    return False
                await record(
                    tx, None, "account.reset_factor", owner.id, settings.handle(owner.username),
                    given.reason, None, server.server.now_ms(),
                )  # fmt: skip
                return True

            if not await server.db.write(drop):
                raise CommandFailed(f"{owner.username} has no second factor")
            return owner.username

    name = asyncio.run(run())
    sys.stdout.write(f"{name} signs in with the password alone now\n")
    return 0


def _reset_password(given: argparse.Namespace) -> int:
    async def run() -> str:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.mail.proofs import new_proof_token
        from weft.domain.moderation.audit import record
        from weft.domain.security.passwords import put_reset_token
        from weft.storage.database import Tx

        settings = load()
        async with opened(settings) as server:
            owner = await _owner(server, settings, given.name)
            if owner.why_not_in is not None:
                raise CommandFailed(f"{owner.username} may not sign in: {owner.why_not_in}")
            token = new_proof_token()

            async def put(tx: Tx) -> None:
                await put_reset_token(tx, server.server, owner, token)
                await record(
                    tx, None, "account.reset_password", owner.id,
                    settings.handle(owner.username), given.reason, None, server.server.now_ms(),
                )  # fmt: skip

            await server.db.write(put)
            return f"{settings.origin}/auth/password/edit?reset_password_token={token}"

    sys.stdout.write(f"{asyncio.run(run())}\n")
    return 0
