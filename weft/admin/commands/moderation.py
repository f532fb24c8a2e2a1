"""``weft moderation`` and ``weft user role``: decisions about people, one by one or many at once."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from weft.admin.commands import holds
from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Awaitable, Callable

    from weft.app import Parts
    from weft.domain.actors.records import Actor
    from weft.domain.moderation.bulk_joining import Wanted

    Command = Callable[[Parts, argparse.Namespace], Awaitable[str]]

ACTIONS = (
    "none", "disable", "sensitive", "silence", "suspend",
)  # fmt: skip
LIFTS = {
    "enable": "disable", "unsensitive": "sensitive", "unsilence": "silence",
    "unsuspend": "suspend",
}  # fmt: skip
ROLES = ("user", "moderator", "admin", "owner")
SHOWN = 200


def add_to_user(users: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands of ``weft user``."""
    role = users.add_parser("role", help="what somebody may do on this server")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=ROLES)
    role.set_defaults(run=lambda given: run(_role, given))


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    moderation = commands.add_parser("moderation", help="decisions about people")
    parts = moderation.add_subparsers(title="commands", metavar="COMMAND", required=True)
    act = parts.add_parser("act", help="warn, limit, suspend ... one account, or take that back")
    act.add_argument("handle", metavar="HANDLE", help="@name, or @name@domain")
    act.add_argument("action", choices=(*ACTIONS, *LIFTS))
    act.add_argument("--text", default="", help="what they are told")
    act.add_argument("--quietly", action="store_true", help="without a letter")
    act.set_defaults(run=lambda given: run(_act, given))
    bulk = parts.add_parser("bulk", help="many at once: says who is meant, and does it with --yes")
    bulk.add_argument("action", choices=("approve", "reject", "silence", "suspend", "unsilence", "unsuspend"))  # fmt: skip
    bulk.add_argument("names", metavar="NAME", nargs="*")
    bulk.add_argument("--text", default="", help="with this in name, e-mail address or reason")
    bulk.add_argument("--ip", default="", metavar="NETWORK", help="who signed up from there")
    bulk.add_argument("--since", metavar="DATE", help="who came then or later (2026-12-31T23:59)")
    bulk.add_argument("--until", metavar="DATE", help="who came before then")
    bulk.add_argument("--domain", default="", help="people of another server, not of this one")
    bulk.add_argument("--quietly", action="store_true", help="without letters")
    bulk.add_argument("--yes", action="store_true", help="without it nothing is done")
    bulk.set_defaults(run=lambda given: run(_bulk, given))
    preset = parts.add_parser("preset", help="sentences that moderators need again and again")
    presets = preset.add_subparsers(title="commands", metavar="COMMAND", required=True)
    new = presets.add_parser("add", help="write one down")
    new.add_argument("title")
    new.add_argument("text")
    new.set_defaults(run=lambda given: run(_add_preset, given))
    presets.add_parser("list", help="all").set_defaults(run=lambda given: run(_list_presets, given))
    remove = presets.add_parser("remove", help="forget one")
    remove.add_argument("id", type=int)
    remove.set_defaults(run=lambda given: run(_remove_preset, given))
    holds.add(parts)


def run(command: "Command", given: argparse.Namespace) -> int:
    """Run a command with the whole server put together, because other servers may hear of it."""
    from weft.config.settings import load

    sys.stdout.write(asyncio.run(_within(load(), command, given)) + "\n")
    return 0


async def _within(settings: Any, command: "Command", given: argparse.Namespace) -> str:
    from weft.admin.opened import opened
    from weft.app import assembled
    from weft.domain.accounts.roles import NotPermitted
    from weft.domain.moderation.actors import ActionRefused
    from weft.domain.moderation.holds import Held, HoldRefused

    async with opened(settings):
        pass  # schema, key and names belong together
    async with assembled(settings) as parts:
        try:
            return await command(parts, given)
        except (ActionRefused, NotPermitted, Held, HoldRefused) as refused:
            raise CommandFailed(str(refused)) from None


async def find(parts: "Parts", handle: str) -> "Actor":
    """An actor that is known here, of this server or another; also one that is suspended."""
    from weft.domain.actors.queries import actors_by_handles

    name, _, domain = handle.strip().removeprefix("@").partition("@")
    full = f"{name}@{domain or parts.settings.domain}".casefold()
    rows = await parts.db.all(actors_by_handles, handles=[full])
    if not rows:
        raise CommandFailed(f"there is no @{full} here")
    return max(rows, key=lambda row: row.id)


async def _role(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.accounts.queries import Role
    from weft.domain.accounts.roles import COMMAND_LINE
    from weft.domain.moderation.roles import give_role

    who = await find(parts, given.name)
    role = Role[given.role.upper()]
    if not await parts.db.write(give_role, parts.server, COMMAND_LINE, who.id, who.handle, role):
        raise CommandFailed(f"@{who.handle} has no account here")
    return f"@{who.handle} is {given.role} now"


async def _act(parts: "Parts", given: argparse.Namespace) -> str:
    who = await find(parts, given.handle)
    await do(parts, who.id, given.action, given.text, by_mail=not given.quietly)
    return f"@{who.handle}: {given.action}"


async def do(parts: "Parts", actor_id: int, action: str, text: str, *, by_mail: bool) -> None:
    """One decision, or what takes it back."""
    from weft.domain.accounts.roles import COMMAND_LINE
    from weft.domain.moderation.actors import Order, act, lift
    from weft.domain.moderation.strikes import Action

    if action in LIFTS:
        lifted = Action(LIFTS[action])
        if not await parts.db.write(lift, parts.server, COMMAND_LINE, actor_id, lifted):
            raise CommandFailed("that does not hold: nothing was changed")
        return
    order = Order(target_id=actor_id, action=Action(action), text=text, by_mail=by_mail)
    await parts.db.write(act, parts.server, COMMAND_LINE, order)


def _wanted(given: argparse.Namespace) -> "Wanted":
    from weft.domain.moderation.bulk_joining import Wanted

    if not (given.names or given.text or given.ip or given.since or given.until):
        raise CommandFailed(
            "say whom: NAME, --text, --ip, --since or --until (all that is given must fit)",
            exit_code=2,
        )
    return Wanted(
        text=given.text,
        network=given.ip,
        since=_ms(given.since, "--since") if given.since else 0,
        until=_ms(given.until, "--until") if given.until else 2**53,
        names=frozenset(each.removeprefix("@").casefold() for each in given.names),
    )


def _ms(typed: str, option: str) -> int:
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        raise CommandFailed(
            f"{option} {typed} is no date such as 2026-12-31", exit_code=2
        ) from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


async def _bulk(parts: "Parts", given: argparse.Namespace) -> str:
    wanted = _wanted(given)
    if given.action in ("approve", "reject"):
        return await _bulk_applicants(parts, given, wanted)
    return await _bulk_people(parts, given, wanted)


async def _bulk_applicants(parts: "Parts", given: argparse.Namespace, wanted: "Wanted") -> str:
    from weft.domain.moderation.bulk_joining import applicants
    from weft.domain.signup.admit import approve, reject

    if given.domain:
        raise CommandFailed("--domain is for people who are in, not for applicants", exit_code=2)
    try:
        rows = await applicants(parts.db, wanted)
    except ValueError as error:
        raise CommandFailed(str(error), exit_code=2) from None
    named = [(f"@{row.username}  {row.email or '-'}  {row.address or '-'}", row.id) for row in rows]
    if (said := _dry(given, [name for name, _ in named])) is not None:
        return said
    done = 0
    for _, account_id in named:
        if given.action == "approve":
            done += await parts.db.write(approve, parts.server, parts.settings, account_id)
        else:
            done += await parts.db.write(
                reject, parts.server, parts.settings, account_id, tells=not given.quietly
            )
    return f"{given.action}: {done} of {len(named)}"


async def _bulk_people(parts: "Parts", given: argparse.Namespace, wanted: "Wanted") -> str:
    from weft.domain.moderation.actors_list import BadNetwork
    from weft.domain.moderation.bulk_people import MOST, people

    try:
        chosen = await people(parts.db, wanted, domain=given.domain)
    except BadNetwork as error:
        raise CommandFailed(str(error), exit_code=2) from None
    lifting = given.action.startswith("un")
    suspends = given.action.endswith("suspend")
    rows = [
        row
        for row in chosen.rows
        if ((row.suspended_at if suspends else row.silenced_at) is not None) == lifting
    ]
    names = [f"@{row.handle}  {row.email or '-'}  {row.address or '-'}" for row in rows]
    if not chosen.whole:
        sys.stderr.write(f"weft: only the newest {MOST} accounts were looked at\n")
    if (said := _dry(given, names)) is not None:
        return said
    done, failed = 0, []
    for row in rows:
        try:
            await do(parts, row.id, given.action, "", by_mail=not given.quietly)
            done += 1
        except Exception as error:
            failed.append(f"@{row.handle}: {error}")
    return "\n".join([f"{given.action}: {done} of {len(rows)}", *failed])


def _dry(given: argparse.Namespace, names: list[str]) -> str | None:
    """What would happen; None if it is to happen."""
    if not names:
        raise CommandFailed("nobody of that kind is here: nothing was done")
    if given.yes:
        return None
    more = [f"... and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return "\n".join(
        [
            *names[:SHOWN],
            *more,
            f"{len(names)} would be meant by {given.action}: add --yes to do it",
        ]
    )


async def _add_preset(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.moderation.strikes_presets import PresetRefused, add_preset

    try:
        made = await parts.db.write(add_preset, parts.server, given.title, given.text)
    except PresetRefused as refused:
        raise CommandFailed(str(refused), exit_code=2) from None
    return str(made.id)


async def _list_presets(parts: "Parts", _: argparse.Namespace) -> str:
    from weft.domain.moderation.strikes_presets import MOST, presets

    rows = await parts.db.all(presets, limit=MOST)
    return "\n".join(f"{row.id}  {row.title}\n    {row.text}" for row in rows) or "There are none."


async def _remove_preset(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.moderation.strikes_presets import remove_preset

    if not await parts.db.write(remove_preset, given.id):
        raise CommandFailed(f"there is no preset {given.id}: see weft moderation preset list")
    return f"{given.id} is gone"
