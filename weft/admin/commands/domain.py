"""``weft domain``: servers that are blocked, limited or allowed, and lists of them."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Awaitable, Callable

    from weft.admin.opened import Opened
    from weft.domain.moderation.domains_rules import DomainRule
    from weft.domain.moderation.lists import Plan

PAGE = 500


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    domain = commands.add_parser("domain", help="servers that are blocked, limited or allowed")
    parts = domain.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = parts.add_parser("list", help="what is decided, and what is being carried out")
    listed.set_defaults(run=lambda given: _run(_list))
    block = parts.add_parser("block", help="make or change a rule for a domain and all under it")
    block.add_argument("domain")
    block.add_argument("--severity", choices=("noop", "silence", "suspend"), default="suspend")
    block.add_argument("--reject-media", action="store_true", help="show no files of theirs")
    block.add_argument("--reject-reports", action="store_true", help="take no reports of theirs")
    block.add_argument("--obfuscate", action="store_true", help="show its name with stars")
    block.add_argument("--public-comment", metavar="TEXT")
    block.add_argument("--comment", metavar="TEXT", help="for moderators only")
    block.add_argument("--yes", action="store_true", help="also if follows are cut by it")
    block.set_defaults(run=lambda given: _run(_block, given))
    unblock = parts.add_parser("unblock", help="take a rule back, and mend what it cut")
    unblock.add_argument("domain")
    unblock.set_defaults(run=lambda given: _run(_unblock, given))
    preview = parts.add_parser("preview", help="what suspending a domain would cut")
    preview.add_argument("domain")
    preview.set_defaults(run=lambda given: _run(_preview, given))
    for name, text in (("allow", "put a domain on the allow list"), ("disallow", "take it off")):
        change = parts.add_parser(name, help=text)
        change.add_argument("domain")
        change.set_defaults(run=lambda given: _run(_allow, given), takes_off=name == "disallow")
    take = parts.add_parser("import", help="take in a list of servers that others keep")
    take.add_argument("file", type=Path, help="CSV as Mastodon writes it, or a domain on each line")
    take.add_argument("--name", help="the list's name; the file's if not given")
    take.add_argument(
        "--needs", type=int, default=1, metavar="N",
        help="count what it says once N lists say so (this one included)",
    )  # fmt: skip
    take.add_argument("--dry-run", action="store_true", help="only say what would change")
    take.set_defaults(run=lambda given: _run(_import, given))
    forget = parts.add_parser("retract", help="forget a list, and take back what only it said")
    forget.add_argument("name")
    forget.set_defaults(run=lambda given: _run(_retract, given))
    parts.add_parser("lists", help="the lists that were taken in").set_defaults(
        run=lambda given: _run(_lists)
    )
    parts.add_parser("export", help="all rules as Mastodon's CSV").set_defaults(
        run=lambda given: _run(_export)
    )


def _run(work: "Callable[..., Awaitable[None]]", *arguments: Any) -> int:
    from weft.admin.opened import run_opened
    from weft.domain.moderation.domains_rules import DomainRefused
    from weft.domain.moderation.lists_read import ListRefused

    return run_opened((DomainRefused, ListRefused), work, *arguments)


async def _rules(server: "Opened") -> "list[DomainRule]":
    from weft.domain.moderation.domains_rules import rules_by_name

    found: list[DomainRule] = []
    while rows := await server.db.all(
        rules_by_name, after=found[-1].domain if found else "", limit=PAGE
    ):
        found += rows
    return found


async def _list(server: "Opened") -> None:
    from weft.domain.moderation.domains_rules import Severity
    from weft.domain.moderation.domains_sever import work_to_do

    rules = await _rules(server)
    for each in rules:
        flags = [
            name
            for name, given in (
                ("no media", each.rejects_media),
                ("no reports", each.rejects_reports),
                (f"from {each.source}", each.source),
            )
            if given
        ]
        words = [Severity(each.severity).name.lower(), *flags]
        sys.stdout.write(f"{each.domain}  {', '.join(words)}\n")
        for comment in (each.public_comment, each.private_comment):
            if comment:
                sys.stdout.write(f"    {comment}\n")
    if not rules:
        sys.stdout.write("There are no rules about servers.\n")
    for work in await server.db.all(work_to_do, limit=100):
        done = work.progress
        sys.stdout.write(
            f"being carried out: {work.host} ({done.follows} follows, {done.files} files so far)\n"
        )


async def _block(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.domains import AlreadyDecided, decide, decide_again, touched_by
    from weft.domain.moderation.domains_rules import Decision, Severity, checked_domain

    domain = checked_domain(server.server, given.domain)
    decision = Decision(
        severity=Severity[given.severity.upper()],
        rejects_media=given.reject_media,
        rejects_reports=given.reject_reports,
        obfuscated=given.obfuscate,
        public_comment=given.public_comment,
        private_comment=given.comment,
    )
    if decision.severity is Severity.SUSPEND:
        touched = await touched_by(server.db, domain)
        if touched.people and not given.yes:
            raise CommandFailed(f"{touched.sentence} Say --yes if that is meant.")
    try:
        await server.db.write(decide, server.server, None, domain, decision)
    except AlreadyDecided as known:
        await server.db.write(decide_again, server.server, None, known.rule.id, decision)
    sys.stdout.write(f"{domain}: {given.severity}. The running server carries it out.\n")


async def _unblock(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.domains import take_back
    from weft.domain.moderation.domains_rules import checked_domain, rule_by_domain

    domain = checked_domain(server.server, given.domain)
    rule = await server.db.one(rule_by_domain, domain=domain)
    if rule is None:
        raise CommandFailed(f"there is no rule for {domain}: see weft domain list")
    await server.db.write(take_back, server.server, None, rule)
    sys.stdout.write(f"{domain} is as any other. The running server mends what was cut.\n")


async def _preview(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.domains import touched_by
    from weft.domain.moderation.domains_rules import checked_domain

    found = await touched_by(server.db, checked_domain(server.server, given.domain))
    sys.stdout.write(
        f"{found.sentence} Known here: {found.servers} servers, {found.actors} people,"
        f" {found.posts} posts.\n"
    )


async def _allow(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.domains import allow, disallow
    from weft.domain.moderation.domains_rules import allows_for, checked_domain

    domain = checked_domain(server.server, given.domain)
    if not given.takes_off:
        await server.db.write(allow, server.server, None, domain)
    else:
        known = await server.db.all(allows_for, domains=[domain])
        if not known:
            raise CommandFailed(f"{domain} is not on the allow list")
        await server.db.write(disallow, server.server, None, known[0].id)
    if not server.settings.limited_federation:
        sys.stdout.write("Noted. It matters while WEFT_LIMITED_FEDERATION is on.\n")


async def _import(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.lists import checked_name, plan, take_in
    from weft.domain.moderation.lists_read import MOST_BYTES, read_list

    try:
        with given.file.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandFailed(f"{given.file} cannot be read: {error.strerror}") from None
    sheet = read_list(server.server, body)
    name = checked_name(given.name or given.file.stem)
    sys.stderr.writelines(f"{fault}\n" for fault in sheet.faults)
    if given.dry_run:
        _tell(await plan(server.db, server.server, name, sheet.entries, given.needs))
        return
    _tell(await take_in(server.db, server.server, None, name, sheet.entries, given.needs))


async def _retract(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.moderation.lists import retract

    done = await retract(server.db, server.server, None, given.name)
    if done is None:
        raise CommandFailed(f"there is no list {given.name}: see weft domain lists")
    _tell(done)


def _tell(done: "Plan") -> None:
    from weft.domain.moderation.domains_rules import Severity

    for each in done.changes:
        after = Severity(each.after.severity).name.lower() if each.after else "no rule"
        cut = f"  {each.touched.sentence}" if each.touched and each.touched.people else ""
        sys.stdout.write(f"{each.turn:<11}{each.domain}  {after}{cut}\n")
    sys.stdout.write(
        f"{len(done.changes)} changed, {done.unchanged} as they were, of which {done.waiting} wait"
        " for more lists.\n"
    )


async def _lists(server: "Opened") -> None:
    from weft.domain.moderation.lists import MOST_LISTS, kept_lists, list_sizes

    sizes = {row[0]: row[1] for row in await server.db.all(list_sizes)}
    for each in await server.db.all(kept_lists, limit=MOST_LISTS):
        sys.stdout.write(f"{each.name}  {sizes.get(each.id, 0)} domains, needs {each.needs}\n")


async def _export(server: "Opened") -> None:
    from weft.domain.moderation.lists_read import write_list

    sys.stdout.write(write_list(await _rules(server)))
