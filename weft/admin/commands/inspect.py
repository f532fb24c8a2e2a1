"""``weft inspect``: why did it not arrive?"""

import argparse
import asyncio
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.admin.opened import Opened
    from weft.config.settings import Settings
    from weft.federation.inspector.find import Filter
    from weft.federation.inspector.records import HostStory, Inbound, ObjectStory, Outbound

INBOUND_STATES = ("unverified", "waiting", "done", "ignored", "refused", "failed", "quarantined")
OUTBOUND_STATES = ("waiting", "delivered", "given up", "not sent")
_AGO = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    inspect = commands.add_parser(
        "inspect", help="what came in and went out, step by step: why did it not arrive?"
    )
    parts = inspect.add_subparsers(title="commands", metavar="COMMAND", required=True)
    inbound = parts.add_parser("inbound", help="activities that other servers sent")
    inbound.add_argument("id", nargs="?", help="its number here, or the activity's id")
    inbound.add_argument("--state", choices=INBOUND_STATES)
    _filters(inbound)
    inbound.add_argument("--body", action="store_true", help="with what was sent")
    inbound.add_argument("--replay", action="store_true", help="apply what is found once more")
    inbound.set_defaults(run=_inbound)
    outbound = parts.add_parser("outbound", help="activities of ours and each try to deliver them")
    outbound.add_argument("id", nargs="?", help="its number, or the activity's id")
    outbound.add_argument("--state", choices=OUTBOUND_STATES)
    _filters(outbound)
    outbound.add_argument("--replay", action="store_true", help="send again what was given up")
    outbound.set_defaults(run=_outbound)
    object_ = parts.add_parser("object", help="everything that is known of a post or an actor")
    object_.add_argument("name", metavar="URL|ID|@user@host")
    object_.add_argument("--json", action="store_true")
    object_.set_defaults(run=_object)
    host = parts.add_parser("host", help="how things stand with another server")
    host.add_argument("name", metavar="HOST")
    host.add_argument("--json", action="store_true")
    host.set_defaults(run=_host)


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="sent by, or to, this server")
    parser.add_argument("--actor", metavar="URL|@user@host")
    parser.add_argument("--type", help="such as Create, or FollowRequested for what we send")
    parser.add_argument(
        "--since", metavar="WHEN", help="2h, 3d, or a date such as 2026-11-23T18:00"
    )
    parser.add_argument("--until", metavar="WHEN")
    parser.add_argument(
        "--before", metavar="ID", type=int, help="older than this number: next page"
    )
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="all that is known, as one document")


def read_when(text: str, now_ms: int) -> int:
    """``2h`` ago or a date, in milliseconds UTC; a date without a zone is UTC.

    Raises:
        CommandFailed: it is neither.
    """
    from datetime import UTC, datetime

    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now_ms - int(ago[1]) * _SECONDS[ago[2]] * 1000
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise CommandFailed(
            f"{text!r} is no time: write 30m, 2h, 3d or 2026-11-23T18:00", exit_code=2
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


async def _filter(server: "Opened", given: argparse.Namespace) -> "Filter":
    from weft.federation.inspector.find import FOREVER, Filter, actor_named
    from weft.storage.ids import MAX_ID

    now = time.time_ns() // 1_000_000
    if not 1 <= given.limit <= 1000:
        raise CommandFailed("--limit is from 1 to 1000", exit_code=2)
    actor_uri = None
    if given.actor is not None:
        actor_uri = await actor_named(server.db, given.actor)
        if actor_uri is None:
            raise CommandFailed(f"nobody is known here as {given.actor}")
    return Filter(
        host=given.host.casefold() if given.host else None,
        actor_uri=actor_uri,
        type=given.type,
        state=given.state,
        since=read_when(given.since, now) if given.since else 0,
        until=read_when(given.until, now) if given.until else FOREVER,
        before_id=min(given.before, MAX_ID) if given.before is not None else MAX_ID,
        limit=given.limit,
    )


def _inbound(given: argparse.Namespace) -> int:
    async def look(server: "Opened") -> list["Inbound"]:
        from weft.federation.inspector.find import inbound, inbound_one

        if given.id is not None:
            return await inbound_one(server.db, given.id)
        found = await inbound(server.db, await _filter(server, given))
        if not given.body:
            return found
        return [one for each in found for one in await inbound_one(server.db, each.id)]

    async def replay(server: "Opened", found: list["Inbound"]) -> str:
        from weft.federation.inspector.replay import NotReplayable, replay_inbound

        done, refused = 0, []
        for each in found:
            try:
                await server.db.write(replay_inbound, int(each.id), server.server.now_ms())
                done += 1
            except NotReplayable as error:
                refused.append(str(error))
        return "\n".join([f"{done} will be applied again within some seconds.", *refused])

    return _answer(given, look, replay, _inbound_lines)


def _outbound(given: argparse.Namespace) -> int:
    async def look(server: "Opened") -> list["Outbound"]:
        from weft.federation.inspector.find import outbound, outbound_one

        if given.id is not None:
            return await outbound_one(server.db, given.id)
        return await outbound(server.db, await _filter(server, given))

    async def replay(server: "Opened", found: list["Outbound"]) -> str:
        from weft.federation.inspector.replay import replay_outbound

        again = 0
        for each in found:
            again += await server.db.write(replay_outbound, int(each.id), server.server.now_ms())
        return f"{again} deliveries will be tried again within some seconds."

    return _answer(given, look, replay, _outbound_lines)


def _object(given: argparse.Namespace) -> int:
    async def look(server: "Opened") -> "ObjectStory":
        from weft.federation.inspector.find import object_story

        found = await object_story(server.db, given.name.strip())
        if found is None:
            raise CommandFailed(f"nothing is known of {given.name}: weft fetch looks it up")
        return found

    return _answer(given, look, None, _object_lines)


def _host(given: argparse.Namespace) -> int:
    async def look(server: "Opened") -> "HostStory":
        from weft.federation.inspector.find import host_story

        return await host_story(server.db, given.name.strip())

    return _answer(given, look, None, _host_lines)


def _answer(given: argparse.Namespace, look: Any, replay: Any, lines: Any) -> int:
    from weft.config.settings import load

    async def within(settings: "Settings") -> tuple[Any, str | None]:
        from weft.admin.opened import opened

        async with opened(settings) as server:
            found = await look(server)
            said = None
            if replay is not None and given.replay:
                said = await replay(server, found)
            return found, said

    found, said = asyncio.run(within(load()))
    if given.json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        text = "\n".join(_plain(line) for line in lines(found))
        sys.stdout.write((text or "Nothing was found.") + "\n")
    if said is not None:
        sys.stderr.write(said + "\n")
    return 0


def _plain(line: str) -> str:
    """Written by strangers, so without what a terminal would act on."""
    return _CONTROL.sub("\ufffd", line)


def _inbound_lines(found: list["Inbound"]) -> list[str]:
    lines = []
    for each in found:
        lines.append(f"{each.id}  {each.received}  {each.state:<10}  {each.type}  {each.actor}")
        lines.append(f"    {each.activity}")
        lines += [
            f"    {step.step:<10} {step.outcome}{f': {step.why}' if step.why else ''}"
            for step in each.steps
        ]
        if each.again is not None:
            lines.append(f"    is tried again at {each.again}")
        if each.body is not None:
            lines.append(f"    {each.body}")
    return lines


def _outbound_lines(found: list["Outbound"]) -> list[str]:
    lines = []
    for each in found:
        lines.append(f"{each.id}  {each.created}  {each.type}  by {each.actor}")
        lines.append(f"    {each.activity}")
        for to in each.destinations:
            after = f", next at {to.next}" if to.next else ""
            lines.append(f"    {to.state:<10} {to.inbox}{after}")
            lines += [f"        {_tried_line(one)}" for one in to.tries]
    return lines


def _tried_line(one: Any) -> str:
    if one.outcome == "not sent":
        return f"{one.at}  {one.error}"
    status = "no answer" if one.status is None else str(one.status)
    error = f": {one.error}" if one.error else ""
    signed = f" ({one.signed})" if one.signed else ""
    return f"{one.at}  {one.outcome}  {status}{signed}  {one.took_ms} ms{error}"


def _object_lines(found: "ObjectStory") -> list[str]:
    lines = [f"{found.uri}", f"    {found.kind or 'not known here'} {found.id or ''}".rstrip()]
    if found.deleted is not None:
        lines.append(f"    deleted at {found.deleted}")
    if found.inbound:
        lines += ["", "Came in:", *_inbound_lines(found.inbound)]
    if found.outbound:
        lines += ["", "Went out:", *_outbound_lines(found.outbound)]
    return lines


def _host_lines(found: "HostStory") -> list[str]:
    if not found.known and not found.last_tries:
        return [f"{found.host} was never heard of."]
    shown = {
        "software": found.software,
        "signs": found.signs,
        "suspended": "yes" if found.suspended else None,
        "silenced": "yes" if found.silenced else None,
        "first seen": found.first_seen,
        "last seen": found.last_seen,
        "deliveries waiting": str(found.waiting),
        "deliveries given up": str(found.given_up),
        "next try": found.next,
        "failures in a row": str(found.failures) if found.failures else None,
        "failing since": found.failing_since,
        "away since": found.away_since,
        "last delivered": found.last_delivered,
        "last error": found.last_error,
    }
    lines = [found.host]
    lines += [f"    {name:<20} {value}" for name, value in shown.items() if value is not None]
    if found.last_tries:
        lines += ["", "Newest tries:", *(f"    {_tried_line(one)}" for one in found.last_tries)]
    if found.last_inbound:
        lines += ["", "Newest from there:", *_inbound_lines(found.last_inbound)]
    return lines
