"""``weft address``: networks, mail providers and mailboxes that are kept out."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Awaitable, Callable

    from weft.admin.opened import Opened

MOST = 1000
_SEVERITIES = ("sign_up_requires_approval", "sign_up_block", "no_access")


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    address = commands.add_parser("address", help="networks and mail addresses that are kept out")
    parts = address.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parts.add_parser("list", help="all rules").set_defaults(run=lambda given: _run(_list))
    block = parts.add_parser("block", help="a network (203.0.113.0/24)")
    block.add_argument("network")
    block.add_argument("--severity", choices=_SEVERITIES, default="sign_up_block")
    block.add_argument("--days", type=int, default=0, help="for how long; 0: for ever")
    block.add_argument("--comment", default="")
    block.set_defaults(run=lambda given: _run(_block, given))
    provider = parts.add_parser(
        "block-provider", help="mail addresses of a domain, or of an MX host"
    )
    provider.add_argument("domain")
    provider.add_argument("--with-approval", action="store_true", help="let a moderator decide")
    provider.set_defaults(run=lambda given: _run(_provider, given))
    mailbox = parts.add_parser("block-mailbox", help="one mail address; only its hash is kept")
    mailbox.add_argument("address")
    mailbox.set_defaults(run=lambda given: _run(_mailbox, given))
    unblock = parts.add_parser(
        "unblock", help="take a rule back: a network, a domain or an address"
    )
    unblock.add_argument("what")
    unblock.set_defaults(run=lambda given: _run(_unblock, given))


def _run(work: "Callable[..., Awaitable[None]]", *arguments: Any) -> int:
    from weft.admin.opened import run_opened
    from weft.domain.moderation.addresses import AddressRefused

    return run_opened((AddressRefused,), work, *arguments)


async def _list(server: "Opened") -> None:
    from datetime import UTC, datetime

    from weft.domain.moderation.addresses import NAMES, address_rule_page
    from weft.domain.moderation.addresses_mail import mail_block_page, mail_domain_page
    from weft.domain.signup.blocks import NetworkRule
    from weft.storage.ids import MAX_ID

    page = {"max_id": MAX_ID, "min_id": 0, "limit": MOST}
    for rule in await server.db.all(address_rule_page, **page):
        until = (
            f" until {datetime.fromtimestamp(rule.expires_at / 1000, UTC):%Y-%m-%d %H:%M}Z"
            if rule.expires_at
            else ""
        )
        name = NAMES[NetworkRule(rule.severity)]
        sys.stdout.write(f"{rule.network}  {name}{until}  {rule.comment}\n")
    for domain in await server.db.all(mail_domain_page, **page):
        what = "with approval" if domain.allows_with_approval else "blocked"
        sys.stdout.write(f"@{domain.domain}  {what}\n")
    for box in await server.db.all(mail_block_page, **page):
        sys.stdout.write(f"mailbox {box.hash}\n")


async def _block(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.addresses import SEVERITIES, add_address_rule, checked_network

    severity = SEVERITIES[given.severity]
    made = await server.db.write(
        add_address_rule,
        server.server,
        None,
        checked_network(given.network, severity),
        severity,
        comment=given.comment,
        expires_in_s=given.days * 86_400,
    )
    sys.stdout.write(f"{made.network}: {given.severity}\n")


async def _provider(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.addresses_mail import add_mail_domain, checked_mail_domain

    await server.db.write(
        add_mail_domain,
        server.server,
        None,
        checked_mail_domain(given.domain),
        allows_with_approval=given.with_approval,
    )


async def _mailbox(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.addresses_mail import add_mail_block, hash_of

    await server.db.write(add_mail_block, server.server, None, hash_of(given.address, None))


async def _unblock(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.addresses import (
        address_rule_by_network,
        checked_network,
        remove_address_rule,
    )
    from weft.domain.moderation.addresses_mail import (
        checked_mail_domain,
        hash_of,
        mail_block_by_hash,
        mail_domain_by_name,
        remove_mail_block,
        remove_mail_domain,
    )
    from weft.domain.signup.blocks import NetworkRule

    what = given.what.strip()
    removed: Any = None
    if "@" in what.lstrip("@") or len(what) == 64:
        digest = hash_of(what, None) if "@" in what else hash_of(None, what)
        box = await server.db.one(mail_block_by_hash, hash=digest)
        if box is not None:
            removed = await server.db.write(remove_mail_block, server.server, None, box.id)
    elif ":" in what or what.replace(".", "").replace("/", "").isdigit():
        network = checked_network(what, NetworkRule.NO_SIGN_UP)
        rule = await server.db.one(address_rule_by_network, network=network)
        if rule is not None:
            removed = await server.db.write(remove_address_rule, server.server, None, rule.id)
    else:
        known = await server.db.one(mail_domain_by_name, domain=checked_mail_domain(what))
        if known is not None:
            removed = await server.db.write(remove_mail_domain, server.server, None, known.id)
    if removed is None:
        raise CommandFailed(f"there is no rule for {what}: see weft address list")
