"""``weft user pending``, ``approve`` and ``reject``, and ``weft invite``: who may come in."""

import argparse
import asyncio
import sys
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.config.settings import Settings
    from weft.domain.signup.store import Applicant

MOST = 1000


def add_to_user(users: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands of ``weft user``."""
    pending = users.add_parser("pending", help="who waits to be let in, the oldest first")
    pending.set_defaults(run=_pending)
    for name, text in (("approve", "let applicants in"), ("reject", "delete their requests")):
        decide = users.add_parser(name, help=text)
        decide.add_argument("names", metavar="NAME", nargs="*")
        decide.add_argument("--ip", metavar="NETWORK", help="all who signed up from there")
        decide.add_argument(
            "--all-like", metavar="TEXT",
            help="all with this in their name, e-mail address or reason",
        )  # fmt: skip
        decide.set_defaults(run=_decide, approves=name == "approve")


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    invite = commands.add_parser("invite", help="invitations to join")
    parts = invite.add_subparsers(title="commands", metavar="COMMAND", required=True)
    create = parts.add_parser("create", help="make one, and print its address")
    create.add_argument("--uses", type=int, default=1, help="for how many people; 0: any number")
    create.add_argument("--hours", type=int, default=168, help="for how long; 0: for ever")
    create.add_argument("--by", metavar="NAME", help="the person here who invites")
    create.add_argument("--autofollow", action="store_true", help="whoever comes follows --by")
    create.set_defaults(run=_invite)
    parts.add_parser("list", help="those that were made").set_defaults(run=_list)
    remove = parts.add_parser("remove", help="make one worthless")
    remove.add_argument("id", type=int)
    remove.set_defaults(run=_remove)


def _pending(_: argparse.Namespace) -> int:
    rows = asyncio.run(_waiting())
    for each in rows:
        mail = each.email or "(address not confirmed)"
        sys.stdout.write(f"{each.username}  {mail}  {each.address or '-'}\n")
        sys.stdout.writelines(f"    {line}\n" for line in (each.reason or "").splitlines())
    if not rows:
        sys.stdout.write("Nobody waits.\n")
    return 0


async def _waiting() -> "list[Applicant]":
    from weft.admin.opened import opened
    from weft.config.settings import load
    from weft.domain.signup.store import waiting_for_approval

    async with opened(load()) as server:
        return await server.db.all(waiting_for_approval, limit=MOST)


def _decide(given: argparse.Namespace) -> int:
    if not given.names and not given.ip and not given.all_like:
        raise CommandFailed("say whom: NAME, --ip NETWORK or --all-like TEXT", exit_code=2)
    done = asyncio.run(_decide_all(given))
    sys.stdout.writelines(f"{name}\n" for name in done)
    if not done:
        raise CommandFailed("nobody of that kind waits: see weft user pending")
    return 0


async def _decide_all(given: argparse.Namespace) -> list[str]:
    from weft.admin.opened import opened
    from weft.config.settings import load
    from weft.domain.signup.admit import approve, reject
    from weft.domain.signup.store import waiting_for_approval

    settings = load()
    async with opened(settings) as server:
        rows = await server.db.all(waiting_for_approval, limit=MOST)
        names = {name.removeprefix("@").partition("@")[0].casefold() for name in given.names}
        if missing := names - {row.username.casefold() for row in rows}:
            raise CommandFailed(f"{min(missing)} does not wait to be let in")
        done = []
        for row in (each for each in rows if _meant(each, names, given)):
            if given.approves:
                changed = await server.db.write(approve, server.server, settings, row.id)
            else:
                # In bulk it is spam, which needs no answer.
                tells = row.username.casefold() in names
                changed = await server.db.write(
                    reject, server.server, settings, row.id, tells=tells
                )
            if changed:
                done.append(row.username)
        return done


def _meant(row: "Applicant", names: set[str], given: argparse.Namespace) -> bool:
    if row.username.casefold() in names:
        return True
    if given.ip is not None and row.address is not None:
        try:
            network = ip_network(given.ip, strict=False)
            if ip_address(row.address) in network:
                return True
        except ValueError:
            raise CommandFailed(f"--ip {given.ip} is not a network", exit_code=2) from None
    if given.all_like:
        text = f"{row.username}\n{row.email or ''}\n{row.reason or ''}".casefold()
        return given.all_like.casefold() in text
    return False


def _invite(given: argparse.Namespace) -> int:
    from weft.config.settings import load

    sys.stdout.write(asyncio.run(_make(load(), given)) + "\n")
    return 0


async def _make(settings: "Settings", given: argparse.Namespace) -> str:
    from weft.admin.opened import opened
    from weft.domain.accounts.queries import account_by_handle
    from weft.domain.signup.invites import InviteRefused, make_invite, new_code
    from weft.storage.database import Tx

    if settings.registrations == "closed":
        raise CommandFailed("registrations are closed: set WEFT_REGISTRATIONS=invite, or open")
    if given.autofollow and not given.by:
        raise CommandFailed("--autofollow needs --by NAME", exit_code=2)
    async with opened(settings) as server:
        inviter = None
        if given.by:
            handle = settings.handle(given.by.removeprefix("@")).casefold()
            inviter = await server.db.one(account_by_handle, handle=handle)
            if inviter is None:
                raise CommandFailed(f"there is no account {given.by} here")
        code = new_code()

        async def keep(tx: Tx) -> None:
            await make_invite(
                tx,
                server.server,
                code=code,
                account_id=inviter.id if inviter else None,
                by_admin=True,
                uses=given.uses or None,
                hours=given.hours or None,
                autofollow=given.autofollow,
            )

        try:
            await server.db.write(keep)
        except InviteRefused as refused:
            raise CommandFailed(str(refused), exit_code=2) from None
    return f"{settings.origin}/invite/{code}"


def _list(_: argparse.Namespace) -> int:
    rows = asyncio.run(_invites())
    sys.stdout.writelines(f"{line}\n" for line in rows)
    if not rows:
        sys.stdout.write("There are no invitations.\n")
    return 0


async def _invites() -> list[str]:
    from datetime import UTC, datetime

    from weft.admin.opened import opened
    from weft.config.settings import load
    from weft.domain.signup.invites import all_invites

    def until(ms: int | None) -> str:
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}" if ms else "for ever"

    async with opened(load()) as server:
        return [
            f"{each.id}  {'any number' if each.uses_left is None else each.uses_left} left"
            f"  until {until(each.expires_at)}"
            for each in await server.db.all(all_invites, limit=MOST)
        ]


def _remove(given: argparse.Namespace) -> int:
    async def run() -> bool:
        from weft.admin.opened import opened
        from weft.config.settings import load
        from weft.domain.signup.invites import delete_invite
        from weft.storage.database import Tx

        async def take(tx: Tx) -> int:
            return await tx.run(delete_invite, of_invite=given.id)

        async with opened(load()) as server:
            return await server.db.write(take) > 0

    if not asyncio.run(run()):
        raise CommandFailed(f"there is no invitation {given.id}: see weft invite list")
    return 0
