"""``weft relay``: servers that pass public posts of many servers on to each other."""

import argparse
from typing import TYPE_CHECKING

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.app import Parts

_ACTS = {
    "ask": "ask again: one that is paused, does not answer or said no",
    "pause": "neither give it posts nor take any, but keep it in the list",
    "remove": "leave it; what came by it stays",
}


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    from weft.admin.commands.moving import run_within

    relay = commands.add_parser("relay", help="relays, which bring public posts of many servers")
    parts = relay.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = parts.add_parser("list", help="all relays and how they stand")
    listed.set_defaults(run=lambda given: run_within(_list, given))
    adding = parts.add_parser("add", help="ask a relay for posts, and give it ours")
    adding.add_argument(
        "address", metavar="ADDRESS", help="its inbox (https://…/inbox), or its actor's address"
    )
    adding.set_defaults(run=lambda given: run_within(_add, given))
    for name, text in _ACTS.items():
        act = parts.add_parser(name, help=text)
        act.add_argument("address", metavar="ADDRESS", help="as it stands in the list, or its id")
        act.set_defaults(run=lambda given: run_within(_change, given), act=name)


async def _list(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.federation.relays import KINDS, STATES

    lines = []
    for each in await parts.relays.all():
        lines.append(f"{each.id}  {each.address}  {KINDS[each.kind]}  {STATES[each.state]}")
        if each.reason:
            lines.append(f"    {each.reason}")
    return "\n".join(lines) or "There are no relays."


async def _add(parts: "Parts", given: argparse.Namespace) -> str:
    return await subscribe(parts, given.address)


async def subscribe(parts: "Parts", address: str) -> str:
    """What ``weft setup`` does too."""
    from weft.domain.relays.records import RelayRefused

    try:
        relay = await parts.relays.subscribe(None, address)
    except RelayRefused as refused:
        raise CommandFailed(str(refused)) from None
    return f"{relay.address} will be asked by the running server; see weft relay list"


async def _change(parts: "Parts", given: argparse.Namespace) -> str:
    known = await parts.relays.named(given.address)
    if known is None:
        raise CommandFailed(f"there is no relay {given.address}: see weft relay list")
    await parts.relays.change(None, known.id, given.act)
    done = {"ask": "is asked again", "pause": "is paused", "remove": "is left"}
    return f"{known.address} {done[given.act]}"
