"""``weft doctor``."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.admin.doctor.findings import Finding

_WORDS = {"ok": "ok", "warning": "look", "broken": "BROKEN", "skipped": "-"}


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "doctor",
        help="look at everything that the server stands on, and say how to mend it",
        description="Changes nothing. Exit code 1 when something is broken.",
    )
    parser.add_argument("--json", action="store_true", help="a JSON list of findings")
    parser.set_defaults(run=_doctor)


def _doctor(given: argparse.Namespace) -> int:
    import msgspec

    from weft.admin.doctor.examine import TOTAL_S, examine
    from weft.admin.failure import CommandFailed
    from weft.config.settings import load

    settings = load()
    try:
        found = asyncio.run(asyncio.wait_for(examine(settings), TOTAL_S))
    except TimeoutError:
        raise CommandFailed(f"the examination took longer than {TOTAL_S:.0f} seconds") from None
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        sys.stdout.write(readable(found))
    return 1 if any(each.state == "broken" for each in found) else 0


def readable(found: "list[Finding]") -> str:
    """A line for each finding, and how to mend it below."""
    lines = []
    for each in found:
        lines.append(f"{_WORDS[each.state]:<7} {each.check:<14} {each.says}")
        if each.mend:
            lines.append(f"{'':<22} → {each.mend}")
    lines += ["", _summary(found)]
    return "\n".join(lines) + "\n"


def _summary(found: "list[Finding]") -> str:
    broken = sum(each.state == "broken" for each in found)
    warnings = sum(each.state == "warning" for each in found)
    if not broken and not warnings:
        return "All is well."
    return f"{broken or 'nothing'} to mend, {warnings or 'nothing'} to look at."
