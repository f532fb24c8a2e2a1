"""``weft policy``: rules that judge what arrives and what is posted."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from collections.abc import Awaitable, Callable

    from weft.admin.opened import Opened
    from weft.domain.policy.store import RuleRow
    from weft.federation.policy_trial import Trial


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    policy = commands.add_parser("policy", help="rules that judge what arrives and what is posted")
    parts = policy.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = parts.add_parser("list", help="the rules, in the order in which they are asked")
    listed.add_argument("--kinds", action="store_true", help="which rules there are to be set up")
    listed.set_defaults(run=lambda given: _run(_list, given))
    adding = parts.add_parser("add", help="set a rule up")
    adding.add_argument("rule", help="its kind: see weft policy list --kinds")
    _settings(adding)
    adding.add_argument("--name", help="to tell it from others of its kind")
    adding.add_argument("--position", type=int, metavar="N", help="from 1; the end if not given")
    adding.add_argument("--dry", action="store_true", help="only note what it would do")
    adding.add_argument("--off", action="store_true", help="do not ask it yet")
    adding.set_defaults(run=lambda given: _run(_add, given))
    change = parts.add_parser("set", help="change a rule's settings, or turn it on or off")
    change.add_argument("name")
    _settings(change)
    change.add_argument("--on", action="store_true")
    change.add_argument("--off", action="store_true")
    change.add_argument("--dry", choices=("yes", "no"), help="only note what it would do")
    change.set_defaults(run=lambda given: _run(_set, given))
    move = parts.add_parser("move", help="ask a rule earlier or later")
    move.add_argument("name")
    move.add_argument("position", type=int, help="from 1")
    move.set_defaults(run=lambda given: _run(_move, given))
    remove = parts.add_parser("remove", help="forget a rule")
    remove.add_argument("name")
    remove.set_defaults(run=lambda given: _run(_remove, given))
    test = parts.add_parser("test", help="what rules would have done with what came in lately")
    test.add_argument(
        "rule", nargs="?", help="a kind, or the name of a rule; all rules if not given"
    )
    _settings(test)
    test.add_argument("--days", type=int, default=7, metavar="N")
    test.add_argument("--json", action="store_true", help="all that was found, as one document")
    test.set_defaults(run=lambda given: _run(_test, given))


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings", metavar="JSON", help='such as \'{"words": ["casino"]}\'; @FILE reads a file'
    )


def _run(work: "Callable[..., Awaitable[None]]", *arguments: Any) -> int:
    from weft.admin.opened import run_opened
    from weft.domain.policy.records import SettingsRefused

    return run_opened((SettingsRefused,), work, *arguments)


def _read(given: argparse.Namespace) -> str | None:
    text: str | None = given.settings
    if text is None or not text.startswith("@"):
        return text
    try:
        with open(text[1:], encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{text[1:]} cannot be read: {error}") from None


async def _list(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.policy.catalogue import rules, setting_fields
    from weft.domain.policy.pipeline import load
    from weft.domain.policy.store import rules_in_order

    if given.kinds:
        for name, rule in sorted(rules().items()):
            sys.stdout.write(f"{name}  {rule.about}\n")
            for each in setting_fields(rule):
                sys.stdout.write(f"    {each.name}: {each.type}\n")
        return
    rows = await rules_in_order(server.db)
    for row in rows:
        words = ["on" if row.enabled else "off", *(["dry"] if row.dry else [])]
        sys.stdout.write(
            f"{row.position + 1}  {row.name}  {row.rule}, {', '.join(words)}  {row.settings}\n"
        )
        problem = load(row).problem
        if problem:
            sys.stdout.write(f"    it fails, and holds back what it should judge: {problem}\n")
    if not rows:
        sys.stdout.write("There are no policies. See weft policy list --kinds.\n")


async def _add(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.policy.store import add_rule

    row = await server.db.write(
        add_rule,
        server.server,
        None,
        given.rule,
        _read(given) or "{}",
        name=given.name,
        enabled=not given.off,
        dry=given.dry,
        position=_place(given.position),
    )
    _say(row, "is set up")


async def _set(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.policy.store import change_rule

    if given.on and given.off:
        raise CommandFailed("say --on or --off, not both", exit_code=2)
    row = await server.db.write(
        change_rule,
        server.server,
        None,
        given.name,
        settings=_read(given),
        enabled=True if given.on else False if given.off else None,
        dry=None if given.dry is None else given.dry == "yes",
    )
    _say(_found(row, given.name), "is changed")


async def _move(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.policy.store import move_rule

    place = _place(given.position)
    row = await server.db.write(move_rule, server.server, None, given.name, place or 0)
    _say(_found(row, given.name), "is moved")


async def _remove(server: "Opened", given: argparse.Namespace) -> None:
    from weft.domain.policy.store import remove_rule

    row = await server.db.write(remove_rule, server.server, None, given.name)
    sys.stdout.write(f"{_found(row, given.name).name} is forgotten.\n")


def _found(row: "RuleRow | None", name: str) -> "RuleRow":
    if row is None:
        raise CommandFailed(f"there is no rule called {name}: see weft policy list")
    return row


def _say(row: "RuleRow", what: str) -> None:
    sys.stdout.write(
        f"{row.name} {what}, at position {row.position + 1}. A running server sees it within"
        " seconds.\n"
    )


def _place(position: int | None) -> int | None:
    if position is not None and position < 1:
        raise CommandFailed("a position is 1 or more", exit_code=2)
    return None if position is None else position - 1


async def _test(server: "Opened", given: argparse.Namespace) -> None:
    import msgspec

    from weft.dialects import make_dialects
    from weft.domain.policy.store import new_row, rules_in_order
    from weft.federation.policy_trial import DAY_MS, try_rules

    if not 1 <= given.days <= 365:
        raise CommandFailed("--days is from 1 to 365", exit_code=2)
    settings, rows = _read(given), await rules_in_order(server.db)
    if given.rule is not None:
        known = next((row for row in rows if row.name == given.rule), None)
        kind = known.rule if known is not None else given.rule
        if settings is None:
            settings = known.settings if known is not None else "{}"
        rows = [new_row(kind, known.name if known else "tried", settings)]
    shows = sys.stderr.isatty()

    def progress(done: int, total: int) -> None:
        if shows:
            sys.stderr.write(f"\r{done} of {total}")

    trial = await try_rules(
        server.db,
        make_dialects(),
        rows,
        since=server.server.now_ms() - given.days * DAY_MS,
        progress=progress,
    )
    if shows:
        sys.stderr.write("\n")
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(trial)).decode() + "\n")
        return
    _tell(trial)


def _tell(trial: "Trial") -> None:
    for found in trial.outcomes:
        sys.stdout.write(f"{found.rule}: {found.count} {found.outcome}\n")
        for each in trial.examples:
            if (each.rule, each.outcome) == (found.rule, found.outcome):
                said = " ".join(each.excerpt.split())
                sys.stdout.write(
                    f"    {each.entry}  {each.activity} of {_plain(each.actor)}:"
                    f" {_plain(each.reason)}  {_plain(said)}\n"
                )
    sys.stdout.write(
        f"{trial.judged} of {trial.looked_at} entries were judged, {trial.accepted} of them"
        f" accepted as they were; {trial.not_in_the_log} bring nothing themselves,"
        f" {trial.unreadable} cannot be read.\n"
    )


def _plain(text: str) -> str:
    """What strangers wrote, without what would move a terminal's cursor or turn its text around."""
    return "".join(char if char.isprintable() else " " for char in text)
